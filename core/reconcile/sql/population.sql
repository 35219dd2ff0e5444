-- Grain: one row per grain, day and combination of dimensions of everything whose money was looked at.
SELECT 'record' AS grain, dt, service, zone, offer_id, segment, source, rating_source, tariff_id, tariff_version,
  charged_version, CAST(sum(sessions) AS BIGINT) AS sessions, CAST(sum(expected) AS DECIMAL(18,6)) AS expected,
  CAST(sum(charged) AS DECIMAL(18,6)) AS charged
FROM (
  SELECT dt, service, zone, offer_id, segment, source, rating_source, tariff_id, tariff_version, charged_version,
    1 AS sessions, expected, charged
  FROM session
  WHERE settled IS NULL OR gap <> 0 OR (settled <> 'not-evaluable' AND NOT starts_with(settled, 'suspended'))
  UNION ALL
  SELECT dt, service, zone, offer_id, segment, source, rating_source, tariff_id, tariff_version, charged_version,
    sessions, expected, expected FROM settled_session
)
GROUP BY ALL
ORDER BY ALL NULLS LAST
