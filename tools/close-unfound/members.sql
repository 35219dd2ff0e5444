-- Grain: one violation of the finding as its own run had it, and whether the later run has one on the same record.
SELECT v.control_id, v.key, CAST(v.dt AS VARCHAR) AS dt, l.key IS NOT NULL AS still
FROM read_parquet($violations) v
JOIN read_parquet($members) m USING (violation_id)
LEFT JOIN (SELECT DISTINCT control_id, key, dt FROM read_parquet($later)) l
  ON l.control_id = v.control_id AND l.key = v.key AND l.dt = v.dt
WHERE m.finding_id = $finding
ORDER BY v.key, v.dt
