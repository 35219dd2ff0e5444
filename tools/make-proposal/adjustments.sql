-- Grain: one row per violation of the finding.
SELECT
  violation_id,
  grain,
  key,
  dt,
  event_time,
  subscription_id,
  account_id,
  service,
  impact,
  currency,
  estimated
FROM read_parquet($violations) AS violations
JOIN read_parquet($members) AS members USING (violation_id)
WHERE finding_id = $finding
ORDER BY violation_id
