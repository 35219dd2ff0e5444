-- Grain: one violation per session that the network recorded and for which nothing was billed.
-- What was rated at zero is left to the control of zero rates.
SELECT
  correlation_id AS key,
  CASE WHEN has_rated THEN 'missing-at-billing' ELSE 'missing-at-rating' END AS symptom,
  open_gap AS impact
FROM open_session
WHERE has_usage AND items = 0 AND open_gap <> 0 AND NOT (has_rated AND rated_amount = 0);
