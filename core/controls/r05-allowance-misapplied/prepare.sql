-- What the period kernel (core/rating/period) reads, for every account that has included usage in the month, from the
-- views of the check and band_profile and band_slot. Exact integers in millionths.

-- Grain: one rated session and service of the month.
CREATE OR REPLACE TEMP TABLE r05_rated AS
SELECT r.correlation_id || '|' || r.service AS session_id, r.*
FROM rated r CROSS JOIN scope s
WHERE r.start_time >= s.from_at AND r.start_time < s.to_at
QUALIFY row_number() OVER (
  PARTITION BY r.correlation_id, r.service ORDER BY r.rated_id, r.file_id, r.byte_offset, r.row_hash) = 1;

-- Grain: one subscription: who held what in the month. `changed` where it was of two offers or accounts.
CREATE OR REPLACE TEMP TABLE r05_holder AS
SELECT s.subscription_id, s.account_id, s.offer_id, s.segment,
  min(s.offer_id || '|' || s.account_id) OVER w <> max(s.offer_id || '|' || s.account_id) OVER w AS changed
FROM subscription s CROSS JOIN scope x
WHERE s.purpose = 'customer' AND s.valid_from <= x.last_day AND (s.valid_to IS NULL OR s.valid_to > x.first_day)
WINDOW w AS (PARTITION BY s.subscription_id)
QUALIFY row_number() OVER (
  PARTITION BY s.subscription_id ORDER BY s.valid_from DESC, s.offer_id, s.account_id, s.segment) = 1;

-- Grain: one account and service of which the rules do not say what is due: an allowance that begins or ends within the
-- month, or a line that changed its offer or account in it, so that parts of months would have to be granted.
CREATE OR REPLACE TEMP TABLE r05_unclear AS
SELECT DISTINCT h.account_id, a.service
FROM subscription s
CROSS JOIN scope x
JOIN r05_holder h ON h.subscription_id = s.subscription_id
JOIN allowance a ON a.offer_id = s.offer_id
WHERE s.valid_from <= x.last_day AND (s.valid_to IS NULL OR s.valid_to > x.first_day)
  AND a.valid_from < x.to_at AND (a.valid_to IS NULL OR a.valid_to > x.from_at)
  AND (h.changed OR a.valid_from > x.from_at OR a.valid_to < x.to_at);

-- Grain: one bucket. Its rank is the same for all lines of the account. `opening_unknown` where what was carried over
-- would count and no feed says how much it was.
CREATE OR REPLACE TEMP TABLE r05_bucket AS
WITH granted AS (
  SELECT a.allowance_id, h.account_id, CASE WHEN a.shared THEN '' ELSE h.subscription_id END AS owner,
    a.service, a.zone, a.priority, max(a.quantity) AS quantity, max(a.rollover_months) AS rollover_months
  FROM allowance a
  JOIN r05_holder h ON h.offer_id = a.offer_id
  ANTI JOIN r05_unclear u ON u.account_id = h.account_id AND u.service = a.service
  CROSS JOIN scope x
  WHERE a.valid_from <= x.from_at AND (a.valid_to IS NULL OR a.valid_to >= x.to_at)
  GROUP BY ALL
),
opened AS (
  SELECT allowance_id, account_id, coalesce(subscription_id, '') AS owner, max(opening) AS opening
  FROM allowance_balance b CROSS JOIN scope x
  WHERE b.period_start >= x.from_at AND b.period_start < x.to_at
  GROUP BY ALL
)
SELECT
  row_number() OVER (ORDER BY g.account_id, g.owner, g.priority, g.allowance_id, g.service, g.zone) AS bucket_id,
  dense_rank() OVER (PARTITION BY g.account_id ORDER BY g.priority, g.allowance_id, g.service, g.zone) AS rank,
  g.account_id, g.owner, g.service, g.zone, g.quantity + coalesce(o.opening, 0) AS available,
  g.rollover_months > 0 AND o.opening IS NULL AS opening_unknown
FROM granted g
LEFT JOIN opened o ON o.allowance_id = g.allowance_id AND o.account_id = g.account_id AND o.owner = g.owner;

-- Grain: one row of the price list. `planned` where its version, service and zone is priced by a charge plan.
CREATE OR REPLACE TEMP TABLE r05_price AS
SELECT
  row_number() OVER (
    ORDER BY t.tariff_id, t.version, t.service, t.zone, t.time_band, t.slot_from NULLS FIRST, t.valid_from, t.valid_to,
      t.increment, t.minimum, t.price_per_increment, t.connect_fee, t.rounding_decimals, t.rounding_method) AS price_id,
  t.tariff_id, t.version, t.service, t.zone, t.time_band, t.valid_from, t.valid_to, t.slot_from, t.currency,
  t.increment, t.minimum, decimal_to_micros(t.price_per_increment) AS price_micros,
  decimal_to_micros(t.connect_fee) AS connect_micros, t.rounding_method AS method,
  [1000000, 100000, 10000, 1000, 100, 10, 1][1 + least(6, t.rounding_decimals)] AS step, b.profile_id,
  bool_or(t.rounding_method = 'half_even' OR coalesce(
    t.window_months, t.window_month_days, t.window_week_days, t.window_days, t.window_from, t.window_to, t.tier_mode,
    t.rounding_point, CAST(t.window_weight AS VARCHAR), CAST(t.slot_from AS VARCHAR), CAST(t.rate_unit AS VARCHAR),
    CAST(t.increment_rounding_decimals AS VARCHAR), CAST(t.max_charge AS VARCHAR)) IS NOT NULL)
    OVER (PARTITION BY t.tariff_id, t.version, t.service, t.zone) AS planned
FROM tariff t
JOIN band_profile b
  ON b.time_zone = t.time_zone AND b.peak_from_hour = t.peak_from_hour AND b.peak_to_hour = t.peak_to_hour
  AND b.holiday_calendar = coalesce(t.holiday_calendar, '');

-- Grain: one session that some bucket of its account may cover, with the price of the version that the engine applied,
-- at its own time band. `judged` is false where that price is not there, is of another currency, or needs a plan.
CREATE OR REPLACE TEMP TABLE r05_session AS
SELECT
  s.session_id, s.subscription_id, s.service, s.zone, s.start_time, s.quantity, s.amount, s.currency,
  h.account_id, h.offer_id, h.segment, coalesce(p.price_id, 0) AS price_id, coalesce(p.planned, false) AS planned,
  coalesce(p.currency = s.currency, false) AS priced
FROM r05_rated s
JOIN r05_holder h ON h.subscription_id = s.subscription_id
LEFT JOIN r05_price p ON p.tariff_id = s.tariff_id AND p.version = s.tariff_version AND p.service = s.service
  AND p.zone = s.zone
LEFT JOIN band_slot b ON b.profile_id = p.profile_id AND b.slot = epoch_ms(s.start_time) // 900000
WHERE EXISTS (SELECT 1 FROM r05_bucket k WHERE k.account_id = h.account_id AND k.service = s.service)
  AND coalesce(p.planned OR p.time_band IN ('any', CASE WHEN b.peak THEN 'peak' ELSE 'offpeak' END), true)
QUALIFY row_number() OVER (
  PARTITION BY s.session_id
  ORDER BY coalesce(p.valid_from <= s.start_time AND (p.valid_to IS NULL OR s.start_time < p.valid_to), false) DESC,
    p.time_band = 'any', p.price_id) = 1;

-- A session without a price takes its quantity from the buckets all the same.
CREATE OR REPLACE TEMP TABLE period_price AS
SELECT price_id, increment, minimum, connect_micros, 'graduated' AS mode, 'increment' AS draw_rounding,
  'up' AS boundary_rounding, step, method
FROM r05_price
UNION ALL SELECT 0, 1, 0, 0, 'graduated', 'exact', 'up', 1, 'half_up';

CREATE OR REPLACE TEMP TABLE period_tier AS
SELECT price_id, 0 AS from_increments, CAST(NULL AS BIGINT) AS to_increments, price_micros AS unit_micros FROM r05_price
UNION ALL SELECT 0, 0, NULL, 0;

CREATE OR REPLACE TEMP TABLE period_session AS
SELECT session_id, subscription_id || '|' || service || '|' || zone AS line_id,
  subscription_id || '|' || price_id AS counter_id, price_id, start_time, quantity
FROM r05_session;

CREATE OR REPLACE TEMP TABLE period_bucket AS SELECT bucket_id, available FROM r05_bucket;

CREATE OR REPLACE TEMP TABLE period_draw AS
SELECT DISTINCT l.subscription_id || '|' || l.service || '|' || l.zone AS line_id, b.rank, b.bucket_id
FROM (SELECT DISTINCT subscription_id, account_id, service, zone FROM r05_session) l
JOIN r05_bucket b ON b.account_id = l.account_id AND b.owner IN ('', l.subscription_id)
  AND b.service = l.service AND (b.zone IS NULL OR b.zone = l.zone);
