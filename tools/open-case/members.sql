-- Grain: one row per violation of the finding.
SELECT
  grain,
  key,
  dt,
  impact
FROM read_parquet($violations) AS violations
JOIN read_parquet($members) AS members USING (violation_id)
WHERE finding_id = $finding
ORDER BY violation_id
