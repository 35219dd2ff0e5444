-- Grain: one row per grain, day and combination of dimensions of everything whose money was looked at.
SELECT 'record' AS grain, dt, service, zone, offer_id, segment, source, rating_source, tariff_id, tariff_version,
  charged_version, count(*) AS sessions, CAST(sum(expected) AS DECIMAL(18,6)) AS expected,
  CAST(sum(charged) AS DECIMAL(18,6)) AS charged
FROM session
WHERE settled IS NULL OR gap <> 0 OR (settled <> 'not-evaluable' AND NOT starts_with(settled, 'suspended'))
GROUP BY ALL
ORDER BY ALL NULLS LAST
