-- Grain: one violation per session that was charged by the fallback rate, or zero though its price is not.
SELECT
  correlation_id AS key,
  CASE WHEN rate_path = 'default' THEN 'default-rate' ELSE 'zero-rate' END AS symptom,
  open_gap AS impact
FROM open_session
WHERE has_usage AND has_rated
  AND (rate_path = 'default' OR (rated_amount = 0 AND expected > 0 AND NOT free))
  AND abs(open_gap) > greatest(
    CAST($absolute_eur AS DECIMAL(18,6)),
    abs(expected) * CAST($relative_per_mille AS DECIMAL(9,3)) * 0.001);
