-- Grain: one violation per session that was not billed and whose last record arrived after the cut-off.
-- Its bill closes with the month (UTC) in which it began. Without a time of arrival nothing is late.
WITH session_arrival AS (
  SELECT correlation_id, max(arrived_at) AS arrived_at,
    max(CASE WHEN service = 'voice' THEN start_time + quantity * INTERVAL 1 SECOND ELSE start_time END) AS ended_at
  FROM usage SEMI JOIN open_session USING (correlation_id)
  GROUP BY correlation_id
)
SELECT
  s.correlation_id AS key,
  CASE
    WHEN a.arrived_at > s.event_time + to_days(CAST($lag_days AS INTEGER)) THEN 'past-back-bill-limit'
    WHEN a.arrived_at >= date_trunc('month', s.event_time) + INTERVAL 1 MONTH THEN 'after-bill-close'
    ELSE 'late'
  END AS symptom,
  s.open_gap AS impact
FROM open_session s
JOIN session_arrival a USING (correlation_id)
WHERE s.has_usage AND s.items = 0 AND s.open_gap <> 0 AND NOT (s.has_rated AND s.rated_amount = 0)
  AND a.arrived_at - a.ended_at > to_hours(CAST($lag_hours AS INTEGER));
