-- Grain: one violation per subscription and month whose fee is wrong for the days that are both served and billed.
-- The days that are not both are taken out first, whether within their lag or not. Adjustments close a wrong fee, but are
-- never read as one: a credit given for another reason is no loss of fees.
WITH rest AS (
  SELECT o.subscription_id, o.gap - o.unbilled_open - o.unserved_open AS money, coalesce(b.adjusted, 0) AS adjusted
  FROM open_subscription o
  LEFT JOIN fee_billed b ON b.subscription_id = o.subscription_id
  WHERE o.charged_quantity > 0
),
fee_gap AS (
  SELECT subscription_id,
    CASE WHEN money > 0 THEN greatest(0, money + least(adjusted, 0)) ELSE least(0, money + greatest(adjusted, 0)) END AS money
  FROM rest
)
SELECT subscription_id AS key, CASE WHEN money > 0 THEN 'fee-too-low' ELSE 'fee-too-high' END AS symptom,
  CAST(money AS DECIMAL(18,6)) AS impact
FROM fee_gap
WHERE abs(money) > CAST($absolute_eur AS DECIMAL(18,6));
