-- Grain: one violation per session that was billed and that no network element recorded.
SELECT correlation_id AS key, 'no-usage' AS symptom, open_gap AS impact
FROM open_session
WHERE NOT has_usage AND items > 0 AND open_gap <> 0;
