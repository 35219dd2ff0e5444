-- Days served against days billed, per subscription and month. A set of days is one BIGINT, bit 0 = first day of month.
-- Grain of subscription_month: one row per customer subscription that was served, billed or sold in the month.
CREATE OR REPLACE TEMP TABLE month AS
SELECT CAST($first AS DATE) AS first, CAST($days AS INTEGER) AS days;

-- The days from_day .. to_day - 1 that lie in the month.
CREATE OR REPLACE TEMP MACRO day_bits(from_day, to_day, first, days) AS
  CASE WHEN least(to_day, first + days) <= greatest(from_day, first) THEN CAST(0 AS BIGINT)
  ELSE ((CAST(1 AS BIGINT) << CAST(least(to_day, first + days) - first AS BIGINT)) - 1)
    & ~((CAST(1 AS BIGINT) << CAST(greatest(from_day, first) - first AS BIGINT)) - 1) END;

-- Grain: one validity of an offer of a subscription, with its price and what of the month it covers.
CREATE OR REPLACE TEMP TABLE sold AS
SELECT s.subscription_id, s.account_id, s.msisdn, s.imsi, s.offer_id, s.segment, s.purpose, s.valid_from, s.valid_to,
  day_bits(s.valid_from, coalesce(s.valid_to, m.first + m.days), m.first, m.days) AS bits,
  row_number() OVER (PARTITION BY s.subscription_id ORDER BY s.valid_from DESC, s.offer_id, s.account_id, s.msisdn,
    s.imsi, s.segment, s.purpose) AS newest
FROM subscription s, month m
WHERE s.valid_from < m.first + m.days;

-- Monthly fee of an offer: the one valid last in the month.
CREATE OR REPLACE TEMP TABLE fee AS
SELECT c.offer_id, c.monthly_fee, c.currency, c.tariff_id
FROM catalog c, month m
WHERE CAST(c.valid_from AS DATE) < m.first + m.days AND (c.valid_to IS NULL OR CAST(c.valid_to AS DATE) >= m.first)
QUALIFY row_number() OVER (PARTITION BY c.offer_id ORDER BY c.valid_from DESC, c.monthly_fee, c.currency, c.tariff_id) = 1;

CREATE OR REPLACE TEMP TABLE line AS SELECT * FROM sold WHERE newest = 1;

-- Days served. A line of the network belongs, day by day, to the subscription that then had its SIM (of several to the one
-- that had it first), on other days to the one that had it last; without any to the newest with its number.
CREATE OR REPLACE TEMP TABLE served AS
WITH profile AS (
  SELECT n.imsi, n.msisdn, day_bits(n.active_from, coalesce(n.active_to, m.first + m.days), m.first, m.days) AS bits
  FROM network_profile n, month m WHERE n.status = 'active'
),
sim AS (
  SELECT imsi, min(subscription_id) AS subscription_id, min(subscription_id) <> max(subscription_id) AS shared
  FROM sold GROUP BY imsi
),
turn AS (
  SELECT s.imsi, s.subscription_id, s.bits, s.place = 1 AS heir,
    coalesce(bit_or(s.bits) OVER (PARTITION BY s.imsi ORDER BY s.valid_from, s.subscription_id, s.offer_id, s.newest
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS taken,
    bit_or(s.bits) OVER (PARTITION BY s.imsi) AS held
  FROM (
    SELECT *, row_number() OVER (PARTITION BY imsi ORDER BY valid_from DESC, subscription_id, offer_id, newest) AS place
    FROM sold SEMI JOIN (SELECT imsi FROM sim WHERE shared) x USING (imsi)
  ) s
),
by_sim AS (
  SELECT p.bits, p.msisdn, s.subscription_id, s.imsi IS NOT NULL AS known
  FROM profile p LEFT JOIN sim s ON s.imsi = p.imsi WHERE p.bits <> 0 AND NOT coalesce(s.shared, false)
  UNION ALL
  SELECT p.bits & ((t.bits & ~t.taken) | CASE WHEN t.heir THEN ~t.held ELSE 0 END), p.msisdn, t.subscription_id, true
  FROM profile p JOIN turn t ON t.imsi = p.imsi
),
by_number AS (
  SELECT b.bits, coalesce(b.subscription_id, n.subscription_id) AS subscription_id
  FROM by_sim b
  LEFT JOIN (
    SELECT msisdn, subscription_id FROM line
    QUALIFY row_number() OVER (PARTITION BY msisdn ORDER BY valid_from DESC, subscription_id) = 1
  ) n ON NOT b.known AND n.msisdn = b.msisdn
)
SELECT subscription_id, bit_or(bits) AS bits FROM by_number
WHERE subscription_id IS NOT NULL AND bits <> 0 GROUP BY subscription_id;

-- Days and money billed. Adjustments without a session belong to the fee of their subscription. One order (reference)
-- carries adjustments of many subscriptions: only within one subscription does it count once.
CREATE OR REPLACE TEMP TABLE fee_item AS
SELECT b.*, day_bits(b.period_from, b.period_to + 1, m.first, m.days) AS bits
FROM billed b, month m
WHERE (b.charge_type = 'recurring' AND b.period_from <= b.period_to AND b.period_to >= m.first AND b.period_from < m.first + m.days)
  OR (b.charge_type = 'adjustment' AND b.correlation_id IS NULL
    AND coalesce(b.period_from, CAST(b.event_time AS DATE)) >= m.first
    AND coalesce(b.period_from, CAST(b.event_time AS DATE)) < m.first + m.days)
QUALIFY row_number() OVER (
  PARTITION BY b.charge_type, CASE WHEN b.charge_type = 'adjustment' THEN b.subscription_id END,
    CASE WHEN b.charge_type = 'adjustment' THEN coalesce(b.reference, b.bill_item_id) ELSE b.bill_item_id END
  ORDER BY b.bill_item_id, b.file_id, b.byte_offset) = 1;

CREATE OR REPLACE TEMP TABLE fee_billed AS
SELECT subscription_id,
  coalesce(bit_or(bits) FILTER (charge_type = 'recurring' AND amount >= 0), 0) AS bits,
  CAST(coalesce(sum(amount) FILTER (charge_type = 'recurring'), 0) AS DECIMAL(18,6)) AS recurring,
  CAST(coalesce(sum(amount) FILTER (charge_type = 'adjustment'), 0) AS DECIMAL(18,6)) AS adjusted,
  bool_and(currency = $currency) AS in_currency,
  max(account_id) AS account_id,
  min(bill_item_id) FILTER (charge_type = 'recurring') AS bill_item_id,
  arg_min(file_id, bill_item_id) FILTER (charge_type = 'recurring') AS bill_file,
  arg_min(byte_offset, bill_item_id) FILTER (charge_type = 'recurring') AS bill_offset,
  arg_min(row_hash, bill_item_id) FILTER (charge_type = 'recurring') AS bill_hash
FROM fee_item GROUP BY subscription_id;

-- What the network says of a SIM: its newest line, as the other side of a violation. Grain: one row per IMSI.
CREATE OR REPLACE TEMP TABLE network_record AS
SELECT imsi, file_id AS network_file, byte_offset AS network_offset, row_hash AS network_hash
FROM network_profile
QUALIFY row_number() OVER (PARTITION BY imsi ORDER BY active_from DESC, file_id, byte_offset) = 1;

-- Money of a set of days: fee * days / days in month, rounded half up to cents. In whole cents * 10^4 millionths.
CREATE OR REPLACE TEMP MACRO fee_micros(fee_days, days) AS round_micros(
  (fee_days * 2 + days * CASE WHEN fee_days >= 0 THEN 1 ELSE -1 END) // (2 * days), 10000, 'half_up');

CREATE OR REPLACE TEMP TABLE day_fee AS
-- Grain: one subscription and offer: fee times days, in millionths, of the sets of days that matter. Days outside of
-- every validity count with the newest offer.
WITH part AS (
  SELECT s.subscription_id, s.offer_id,
    CASE WHEN s.newest = 1 THEN s.bits | ~coalesce(bit_or(o.bits), 0) ELSE s.bits END AS own_bits
  FROM sold s
  LEFT JOIN sold o ON o.subscription_id = s.subscription_id AND o.newest > 1 AND s.newest = 1
  GROUP BY s.subscription_id, s.offer_id, s.newest, s.bits, s.valid_from
)
SELECT p.subscription_id,
  sum(decimal_to_micros(f.monthly_fee) * bit_count(p.own_bits & coalesce(v.bits, 0))) AS served,
  sum(decimal_to_micros(f.monthly_fee) * bit_count(p.own_bits & coalesce(v.bits, 0) & ~coalesce(b.bits, 0))) AS unbilled,
  sum(decimal_to_micros(f.monthly_fee) * bit_count(p.own_bits & coalesce(b.bits, 0) & ~coalesce(v.bits, 0))) AS unserved,
  bool_and(f.offer_id IS NOT NULL AND f.currency = $currency) AS priced
FROM part p
LEFT JOIN fee f ON f.offer_id = p.offer_id
LEFT JOIN served v ON v.subscription_id = p.subscription_id
LEFT JOIN fee_billed b ON b.subscription_id = p.subscription_id
GROUP BY p.subscription_id;

CREATE OR REPLACE TEMP TABLE subscription_month AS
WITH seen AS (
  SELECT l.subscription_id, l.account_id, l.offer_id, l.segment, l.purpose, l.valid_from, f.tariff_id,
    coalesce(v.bits, 0) AS served_bits, coalesce(b.bits, 0) AS billed_bits,
    coalesce(b.recurring, 0) AS recurring, coalesce(b.adjusted, 0) AS adjusted, coalesce(b.in_currency, true) AS in_currency,
    b.bill_item_id, b.bill_file, b.bill_offset, b.bill_hash, n.imsi AS network_id, n.network_file, n.network_offset, n.network_hash,
    d.served, d.unbilled, d.unserved, d.priced, m.days, m.first
  FROM line l CROSS JOIN month m
  LEFT JOIN network_record n ON n.imsi = l.imsi
  LEFT JOIN fee f ON f.offer_id = l.offer_id
  LEFT JOIN served v ON v.subscription_id = l.subscription_id
  LEFT JOIN fee_billed b ON b.subscription_id = l.subscription_id
  JOIN day_fee d ON d.subscription_id = l.subscription_id
  WHERE coalesce(v.bits, 0) <> 0 OR b.subscription_id IS NOT NULL
  UNION ALL
  -- Billed, but unknown to CRM: nothing says what it should cost.
  SELECT b.subscription_id, b.account_id, NULL, NULL, 'unknown', NULL, NULL, 0, b.bits, b.recurring, b.adjusted, b.in_currency,
    b.bill_item_id, b.bill_file, b.bill_offset, b.bill_hash, NULL, NULL, NULL, NULL, 0, 0, 0, false, m.days, m.first
  FROM fee_billed b CROSS JOIN month m WHERE NOT EXISTS (SELECT 1 FROM line l WHERE l.subscription_id = b.subscription_id)
),
judged AS (
  SELECT *,
    CASE
      WHEN NOT $complete THEN 'not-evaluable'
      WHEN valid_from IN (SELECT day FROM unposted_day) THEN 'not-evaluable'
      WHEN purpose = 'unknown' THEN 'suspended: no-subscription'
      WHEN purpose <> 'customer' AND recurring + adjusted = 0 THEN 'free-by-purpose'
      WHEN NOT in_currency THEN 'suspended: currency-mismatch'
      WHEN NOT priced THEN 'suspended: no-offer'
    END AS unknown
  FROM seen
),
money AS (
  SELECT *,
    CASE WHEN purpose <> 'customer' THEN CAST(0 AS DECIMAL(18,6)) ELSE micros_to_decimal(fee_micros(served, days)) END AS due,
    bit_count(served_bits & ~billed_bits) AS unbilled_days, bit_count(billed_bits & ~served_bits) AS unserved_days,
    CASE WHEN purpose <> 'customer' THEN CAST(0 AS DECIMAL(18,6)) ELSE micros_to_decimal(fee_micros(unbilled, days)) END
      AS unbilled_fee,
    micros_to_decimal(fee_micros(-unserved, days)) AS unserved_fee
  FROM judged
)
SELECT
  subscription_id, account_id, offer_id, segment, tariff_id, first AS dt, CAST(first AS TIMESTAMP_MS) AS event_time,
  CAST(bit_count(served_bits) AS BIGINT) AS quantity, CAST(bit_count(billed_bits) AS BIGINT) AS charged_quantity,
  unbilled_days, unserved_days, bill_item_id, bill_file, bill_offset, bill_hash,
  network_id, network_file, network_offset, network_hash,
  CASE WHEN unknown IS NULL THEN due ELSE CAST(0 AS DECIMAL(18,6)) END AS expected,
  CAST(CASE WHEN unknown IS NULL THEN recurring + adjusted ELSE 0 END AS DECIMAL(18,6)) AS charged,
  CAST(CASE WHEN unknown IS NULL THEN due - recurring - adjusted ELSE 0 END AS DECIMAL(18,6)) AS gap,
  -- Adjustments first close what they can have been made for: charges the unbilled days, credits the unserved ones.
  CAST(CASE WHEN unknown IS NOT NULL THEN 0 WHEN adjusted > 0 THEN greatest(0, unbilled_fee - adjusted) ELSE unbilled_fee END
    AS DECIMAL(18,6)) AS unbilled_open,
  CAST(CASE WHEN unknown IS NOT NULL THEN 0 WHEN adjusted < 0 THEN least(0, unserved_fee - adjusted) ELSE unserved_fee END
    AS DECIMAL(18,6)) AS unserved_open,
  CASE WHEN unknown IS NOT NULL THEN unknown
    WHEN due = recurring + adjusted AND unbilled_days = 0 AND unserved_days = 0 THEN 'matched' END AS settled
FROM money;

CREATE OR REPLACE TEMP TABLE claim (key VARCHAR, control_id VARCHAR, rank INTEGER, impact DECIMAL(18,6));
CREATE OR REPLACE TEMP VIEW open_subscription AS SELECT * FROM subscription_month WHERE settled IS NULL;
