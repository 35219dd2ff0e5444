-- Grain: one row per violation of the finding, with the gap of its key over all controls.
WITH gaps AS (
  SELECT
    *,
    sum(impact) OVER (PARTITION BY grain, key, dt) AS gap
  FROM read_parquet($violations)
)
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
  estimated,
  CAST(gap AS DECIMAL(18, 6)) AS gap
FROM gaps
JOIN read_parquet($members) AS members USING (violation_id)
WHERE finding_id = $finding
ORDER BY violation_id
