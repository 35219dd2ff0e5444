-- grain: one change of the log, newest first, between two instants; only the one of a name where one is given.
SELECT change_id, changed_at, system, actor, kind, target, description
FROM read_parquet($file)
WHERE changed_at >= CAST($from_at AS TIMESTAMP) AND changed_at < CAST($to_at AS TIMESTAMP)
  AND ($change_id IS NULL OR lower(change_id) = lower($change_id))
ORDER BY changed_at DESC, change_id
LIMIT $rows
