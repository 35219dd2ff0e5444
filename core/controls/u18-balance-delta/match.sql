-- Grain: one violation per subscription and day whose prepaid balance moved by another amount than its sessions cost.
-- Prepaid is whose balance moved in the week up to the day, or for a session of the day. A charge belongs to the day of
-- its session, also where the balance moved before or after midnight; one that names no session of these days to the day on
-- which it moved. Sessions that were rated and never billed are left out on both sides: the controls of single sessions
-- hold their money. A refund with a session is part of what it was charged.
WITH moved AS (
  SELECT m.* FROM balance_movement m CROSS JOIN scope s
  WHERE m.moved_at >= s.from_at - to_days(7) AND m.moved_at < s.to_at + to_days(1) AND m.currency = s.currency
  QUALIFY row_number() OVER (PARTITION BY m.movement_id ORDER BY m.file_id, m.byte_offset, m.row_hash) = 1
),
item AS (
  SELECT r.correlation_id, r.subscription_id, r.offer_id, r.amount,
    r.start_time >= s.from_at AND r.start_time < s.to_at AS of_the_day
  FROM rated r CROSS JOIN scope s
  WHERE r.start_time >= s.from_at - to_days(1) AND r.start_time < s.to_at + to_days(1) AND r.currency = s.currency
  QUALIFY row_number() OVER (PARTITION BY r.correlation_id ORDER BY r.rated_id, r.file_id, r.byte_offset, r.row_hash) = 1
),
prepaid AS (
  SELECT m.subscription_id, min(m.account_id) AS account_id
  FROM moved m CROSS JOIN scope s
  WHERE m.moved_at < s.to_at OR m.correlation_id IN (SELECT correlation_id FROM item WHERE of_the_day)
  GROUP BY m.subscription_id
),
cost AS (SELECT * FROM item SEMI JOIN prepaid USING (subscription_id) WHERE of_the_day),
unbilled AS (
  SELECT correlation_id FROM cost ANTI JOIN (SELECT correlation_id FROM billed WHERE charge_type = 'usage')
    USING (correlation_id)
),
charged AS (
  SELECT m.subscription_id, CAST(-sum(m.amount) AS DECIMAL(18,6)) AS amount, 
    min(struct_pack(movement_id := m.movement_id, file_id := m.file_id, byte_offset := m.byte_offset, row_hash := m.row_hash)) AS r
  FROM moved m ANTI JOIN unbilled USING (correlation_id)
  LEFT JOIN item i ON i.correlation_id = m.correlation_id
  CROSS JOIN scope s
  WHERE coalesce(i.of_the_day, m.moved_at >= s.from_at AND m.moved_at < s.to_at)
    AND (m.kind = 'charge' OR (m.kind = 'adjustment' AND m.correlation_id IS NOT NULL))
  GROUP BY m.subscription_id
),
due AS (
  SELECT subscription_id, CAST(sum(amount) AS DECIMAL(18,6)) AS amount, min(offer_id) AS offer_id
  FROM cost ANTI JOIN unbilled USING (correlation_id)
  GROUP BY subscription_id
),
compared AS (
  SELECT p.subscription_id, p.account_id, d.offer_id, c.r,
    coalesce(d.amount, CAST(0 AS DECIMAL(18,6))) AS expected, coalesce(c.amount, CAST(0 AS DECIMAL(18,6))) AS charged
  FROM prepaid p
  LEFT JOIN due d USING (subscription_id)
  LEFT JOIN charged c USING (subscription_id)
)
SELECT
  'balance|' || c.subscription_id || '|' || s.first_day AS key,
  CASE WHEN c.expected > c.charged THEN 'balance-charged-less' ELSE 'balance-charged-more' END AS symptom,
  CAST(c.expected - c.charged AS DECIMAL(18,6)) AS impact, c.expected, c.charged,
  c.subscription_id, c.account_id, c.offer_id,
  CASE WHEN c.r IS NOT NULL THEN 'balance_movement' END AS left_dataset, c.r.movement_id AS left_id,
  c.r.file_id AS left_file, c.r.byte_offset AS left_offset, c.r.row_hash AS left_hash
FROM compared c CROSS JOIN scope s
WHERE abs(c.expected - c.charged) > greatest(
  CAST($absolute_eur AS DECIMAL(18,6)),
  abs(c.expected) * CAST($relative_per_mille AS DECIMAL(9,3)) * 0.001);
