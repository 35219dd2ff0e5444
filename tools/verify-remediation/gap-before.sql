-- Grain: one row per key of the finding: its whole gap as the run found it, over all controls that share it.
SELECT
  key,
  sum(impact) AS gap
FROM read_parquet($violations)
WHERE grain = $grain
  AND key IN (
    SELECT key
    FROM read_parquet($violations) AS violations
    JOIN read_parquet($members) AS members USING (violation_id)
    WHERE finding_id = $finding
  )
GROUP BY key
ORDER BY key
