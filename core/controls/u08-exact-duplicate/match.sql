-- Grain: one violation per session with billed items that repeat another one (same amount, service and event time).
-- extra_open is the sum of the repeated items, less what credits have already given back.
SELECT correlation_id AS key, 'billed-twice' AS symptom, -extra_open AS impact
FROM open_session
WHERE extra_open <> 0 AND claims = 0;
