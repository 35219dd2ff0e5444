-- Grain: one violation per subscription and month for which CRM and billing system name another offer or monthly fee.
-- It names the cause. Its money counts only where nothing else can see it: no day served, no fee item in the month.
WITH month AS (SELECT first_day, last_day, from_at, to_at, CAST(last_day - first_day + 1 AS INTEGER) AS days FROM scope),
sold AS (
  SELECT s.* FROM subscription s CROSS JOIN month m
  WHERE s.purpose = 'customer' AND s.valid_from <= m.last_day AND (s.valid_to IS NULL OR s.valid_to > m.first_day)
  QUALIFY row_number() OVER (PARTITION BY s.subscription_id
    ORDER BY s.valid_from DESC, s.offer_id, s.account_id, s.msisdn, s.imsi, s.segment) = 1
),
kept AS (
  SELECT b.* FROM billing_subscription b CROSS JOIN month m
  WHERE b.valid_from <= m.last_day AND (b.valid_to IS NULL OR b.valid_to > m.first_day)
  QUALIFY row_number() OVER (PARTITION BY b.subscription_id
    ORDER BY b.valid_from DESC, b.offer_id, b.monthly_fee, b.account_id, b.row_hash) = 1
),
fee AS (
  SELECT c.offer_id, c.monthly_fee, c.currency FROM catalog c CROSS JOIN month m
  WHERE CAST(c.valid_from AS DATE) <= m.last_day AND (c.valid_to IS NULL OR CAST(c.valid_to AS DATE) >= m.first_day)
  QUALIFY row_number() OVER (PARTITION BY c.offer_id ORDER BY c.valid_from DESC, c.monthly_fee, c.currency, c.tariff_id) = 1
),
served AS (
  SELECT n.imsi, n.msisdn FROM network_profile n CROSS JOIN month m
  WHERE n.status = 'active' AND n.active_from <= m.last_day AND (n.active_to IS NULL OR n.active_to > m.first_day)
),
-- What the month of fees and adjustments holds: those subscriptions are judged with their money by P01, P02 and R09.
charged AS (
  SELECT DISTINCT b.subscription_id FROM billed b CROSS JOIN month m
  WHERE (b.charge_type = 'recurring' AND b.period_from <= m.last_day AND b.period_to >= m.first_day)
    OR (b.charge_type = 'adjustment' AND b.correlation_id IS NULL)
),
pair AS (
  SELECT s.*, k.offer_id AS kept_offer, k.monthly_fee AS kept_fee, f.monthly_fee AS due_fee,
    k.file_id AS kept_file, k.byte_offset AS kept_offset, k.row_hash AS kept_hash,
    greatest(s.valid_from, k.valid_from, m.first_day) AS both_from,
    least(coalesce(s.valid_to, m.last_day + 1), coalesce(k.valid_to, m.last_day + 1), m.last_day + 1) AS both_to, m.days,
    NOT EXISTS (SELECT 1 FROM served n WHERE n.imsi = s.imsi)
      AND NOT EXISTS (SELECT 1 FROM served n WHERE n.msisdn = s.msisdn)
      AND NOT EXISTS (SELECT 1 FROM charged c WHERE c.subscription_id = s.subscription_id) AS counted
  FROM sold s CROSS JOIN month m
  JOIN kept k ON k.subscription_id = s.subscription_id
  LEFT JOIN fee f ON f.offer_id = s.offer_id AND f.currency = k.currency
),
found AS (
  SELECT *, CASE WHEN kept_offer <> offer_id THEN 'offer-differs' ELSE 'fee-differs' END AS symptom,
    CASE WHEN counted AND due_fee IS NOT NULL THEN due_fee ELSE 0 END AS by_crm,
    CASE WHEN counted AND due_fee IS NOT NULL THEN kept_fee ELSE 0 END AS by_billing
  FROM pair
  WHERE both_to > both_from
    AND (kept_offer <> offer_id OR abs(kept_fee - due_fee) > CAST($absolute_eur AS DECIMAL(18,6)))
),
priced AS (
  SELECT *, share_of(CAST(by_crm AS DECIMAL(18,6)), both_to - both_from, days) AS expected,
    share_of(CAST(by_billing AS DECIMAL(18,6)), both_to - both_from, days) AS charged
  FROM found
)
SELECT
  'plan|' || subscription_id AS key,
  symptom,
  CAST(expected - charged AS DECIMAL(18,6)) AS impact,
  expected, charged,
  subscription_id, account_id, offer_id, segment,
  'subscription' AS left_dataset, subscription_id AS left_id, file_id AS left_file, byte_offset AS left_offset,
  row_hash AS left_hash,
  'billing_subscription' AS right_dataset, subscription_id AS right_id, kept_file AS right_file,
  kept_offset AS right_offset, kept_hash AS right_hash
FROM priced;
