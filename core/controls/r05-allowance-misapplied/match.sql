-- Grain: one violation per account and service whose usage some allowance covers. What is due stands in period_rating:
-- the period kernel has drawn and priced every session of r05_session in event-time order. Sums of the month are
-- compared, not sessions: a late session moves the benefit between sessions, and the bill is the sum.
WITH judged AS (
  SELECT s.*, p.amount AS due, p.paid_increments,
    s.priced AND (NOT s.planned OR p.paid_increments = 0) AS judged
  FROM r05_session s
  JOIN period_rating p ON p.session_id = s.session_id
),
total AS (
  SELECT
    account_id, service, currency, CAST(sum(due) FILTER (judged) AS DECIMAL(18,6)) AS due,
    CAST(sum(amount) FILTER (judged) AS DECIMAL(18,6)) AS charged,
    CAST(sum(quantity) FILTER (judged) AS BIGINT) AS quantity,
    CAST(sum(quantity) FILTER (judged AND paid_increments > 0) AS BIGINT) AS beyond,
    count(*) FILTER (judged) AS sessions, bool_or(NOT judged) AS partly,
    min(offer_id) AS offer_id, min(segment) AS segment, min(start_time) AS first_at
  FROM judged GROUP BY account_id, service, currency
)
SELECT
  'usage|' || t.account_id || '|' || t.service || CASE WHEN t.currency = s.currency THEN '' ELSE '|' || t.currency END AS key,
  CASE WHEN due > charged THEN 'benefit-too-large' ELSE 'benefit-not-given' END AS symptom,
  CAST(due - charged AS DECIMAL(18,6)) AS impact, due AS expected, charged,
  partly OR EXISTS (
    SELECT 1 FROM r05_bucket b WHERE b.account_id = t.account_id AND b.service = t.service AND b.opening_unknown) AS estimated,
  CAST(first_at AS DATE) AS dt, first_at AS event_time, account_id, service, offer_id, segment, quantity,
  coalesce(beyond, 0) AS charged_quantity, t.currency, sessions AS records
FROM total t
CROSS JOIN scope s
WHERE sessions > 0 AND abs(due - charged) > greatest(
  CAST($absolute_eur AS DECIMAL(18,6)), abs(due) * CAST($relative_per_mille AS DECIMAL(9,3)) * 0.001);
