-- Grain: one row per change of the change log that took effect in the window, in order.
SELECT change_id, changed_at, system, actor, kind, target, description
FROM change_log
WHERE changed_at >= CAST($after AS TIMESTAMP) AND changed_at < CAST($before AS TIMESTAMP)
GROUP BY ALL
ORDER BY changed_at, change_id
LIMIT $limit
