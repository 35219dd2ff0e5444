-- grain: one change of the log, newest first, between two instants.
SELECT change_id, changed_at, system, actor, kind, target, description
FROM read_parquet($file)
WHERE changed_at >= CAST($from_at AS TIMESTAMP) AND changed_at < CAST($to_at AS TIMESTAMP)
ORDER BY changed_at DESC, change_id
LIMIT $rows
