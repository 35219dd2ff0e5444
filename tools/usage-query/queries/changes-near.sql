-- Grain: one row per change of the change log that took effect in the window, in order, with the records of the
-- finding that lie before it and the first that lies after it.
WITH affected AS (
  SELECT event_time, records FROM violation WHERE finding_id = $finding
),
-- The window ends when a fifth of the records has been affected: what comes later did not begin it.
reached AS (
  SELECT event_time, sum(records) OVER (ORDER BY event_time) AS so_far, sum(records) OVER () AS total FROM affected
),
window_end AS (
  SELECT coalesce(CAST($before AS TIMESTAMP), min(event_time) + INTERVAL 6 HOUR) AS last
  FROM reached
  WHERE so_far * 5 >= total
),
changes AS (
  SELECT change_id, changed_at, system, kind, target, description
  FROM change_log, window_end
  WHERE changed_at >= CAST($after AS TIMESTAMP) AND changed_at < window_end.last
  GROUP BY ALL
)
SELECT
  changes.*,
  CAST(coalesce(sum(records) FILTER (WHERE event_time < changed_at), 0) AS INTEGER) AS records_before,
  CAST(sum(records) AS INTEGER) AS records,
  min(event_time) FILTER (WHERE event_time >= changed_at) AS next_record
FROM changes
CROSS JOIN affected
GROUP BY ALL
ORDER BY changed_at, change_id
LIMIT $limit
