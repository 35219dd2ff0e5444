-- Grain: one violation per subscription, service and month that the network and the offers disagree on for longer than
-- the lag allows. A set of days is one BIGINT, bit 0 = first day of the month. Only days on which the network serves the
-- line count: on the others nothing is used, and their fee is another control's.
WITH month AS (SELECT first_day, CAST(last_day - first_day + 1 AS INTEGER) AS days FROM scope),
-- Grain: one validity of a line, a service of a SIM, or an offer, as the days from_bit .. to_bit - 1 of the month.
span AS (
  SELECT 'served' AS what, n.imsi AS owner, '' AS service, n.active_from AS a, n.active_to AS b FROM network_profile n
  WHERE n.status = 'active'
  UNION ALL SELECT 'allowed', imsi, service, active_from, active_to FROM network_service
  UNION ALL SELECT 'sold', subscription_id || chr(10) || offer_id, '', valid_from, valid_to FROM subscription
),
cut AS (
  SELECT s.what, s.owner, s.service, greatest(0, s.a - m.first_day) AS f,
    least(m.days, coalesce(s.b, m.first_day + m.days) - m.first_day) AS t
  FROM span s CROSS JOIN month m
),
bits AS (
  SELECT what, owner, service, bit_or(CASE WHEN t > f THEN ((CAST(1 AS BIGINT) << CAST(t AS BIGINT)) - 1) & ~((CAST(1 AS BIGINT) << CAST(f AS BIGINT)) - 1) ELSE 0 END) AS bits
  FROM cut GROUP BY what, owner, service
),
-- Grain: one subscription that is a customer's, with its newest offer of the month.
line AS (
  SELECT s.*
  FROM subscription s CROSS JOIN scope c
  WHERE s.purpose = 'customer' AND s.valid_from <= c.last_day AND (s.valid_to IS NULL OR s.valid_to > c.first_day)
  QUALIFY row_number() OVER (PARTITION BY s.subscription_id
    ORDER BY s.valid_from DESC, s.offer_id, s.account_id, s.msisdn, s.imsi, s.segment) = 1
),
-- Grain: one subscription and service that its offers include.
included AS (
  SELECT s.subscription_id, e.service, bit_or(b.bits) AS bits
  FROM (SELECT DISTINCT subscription_id, offer_id FROM subscription) s
  JOIN (SELECT DISTINCT offer_id, service FROM entitlement WHERE included) e ON e.offer_id = s.offer_id
  JOIN bits b ON b.what = 'sold' AND b.owner = s.subscription_id || chr(10) || s.offer_id
  GROUP BY s.subscription_id, e.service
),
allowed AS (
  SELECT l.subscription_id, b.service, b.bits
  FROM line l JOIN bits b ON b.what = 'allowed' AND b.owner = l.imsi
),
pair AS (
  SELECT coalesce(a.subscription_id, i.subscription_id) AS subscription_id, coalesce(a.service, i.service) AS service,
    coalesce(a.bits, 0) AS allowed, coalesce(i.bits, 0) AS included
  FROM allowed a FULL JOIN included i ON i.subscription_id = a.subscription_id AND i.service = a.service
),
-- What a service is worth a month: what the line's own offer says, else the least that any offer asks.
worth AS (SELECT offer_id, service, min(monthly_price) AS price FROM entitlement GROUP BY offer_id, service),
least_worth AS (SELECT service, min(monthly_price) AS price FROM entitlement GROUP BY service),
judged AS (
  SELECT p.subscription_id, p.service, l.account_id, l.offer_id, l.segment, l.imsi, l.file_id, l.byte_offset, l.row_hash,
    bit_count(p.allowed & ~p.included & v.bits) AS unsold, bit_count(p.included & ~p.allowed & v.bits) AS unallowed,
    coalesce(w.price, x.price, 0) AS price
  FROM pair p
  JOIN line l ON l.subscription_id = p.subscription_id
  JOIN bits v ON v.what = 'served' AND v.owner = l.imsi
  LEFT JOIN worth w ON w.offer_id = l.offer_id AND w.service = p.service
  LEFT JOIN least_worth x ON x.service = p.service
),
found AS (
  SELECT *, 'service-not-sold' AS symptom, unsold AS days, 1 AS sign FROM judged
  UNION ALL
  SELECT *, 'service-not-provisioned', unallowed, -1 FROM judged
),
record AS (
  SELECT imsi, service, file_id, byte_offset, row_hash FROM network_service
  QUALIFY row_number() OVER (PARTITION BY imsi, service ORDER BY active_from DESC, file_id, byte_offset, row_hash) = 1
),
priced AS (
  SELECT f.*, share_of(CAST(f.price AS DECIMAL(18,6)), f.days, m.days) AS amount FROM found f CROSS JOIN month m
)
SELECT
  'service|' || f.subscription_id || '|' || f.service || '|' || f.symptom AS key,
  f.symptom,
  CAST(f.sign * f.amount AS DECIMAL(18,6)) AS impact,
  CAST(CASE WHEN f.sign > 0 THEN f.amount ELSE 0 END AS DECIMAL(18,6)) AS expected,
  CAST(CASE WHEN f.sign > 0 THEN 0 ELSE f.amount END AS DECIMAL(18,6)) AS charged,
  true AS estimated,
  f.subscription_id, f.account_id, f.offer_id, f.segment, CAST(f.days AS BIGINT) AS quantity,
  'subscription' AS left_dataset, f.subscription_id AS left_id, f.file_id AS left_file, f.byte_offset AS left_offset,
  f.row_hash AS left_hash,
  CASE WHEN r.imsi IS NOT NULL THEN 'network_service' END AS right_dataset, r.imsi AS right_id, r.file_id AS right_file,
  r.byte_offset AS right_offset, r.row_hash AS right_hash
FROM priced f
LEFT JOIN record r ON r.imsi = f.imsi AND r.service = f.service
WHERE f.days > CAST($lag_days AS INTEGER);
