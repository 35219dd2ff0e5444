-- Re-rates every row of rate_input. Grain of the result `rating`: one row per correlation_id of rate_input.
-- Reads: rate_input(correlation_id, a_number, b_number, visited_plmn, service, session_start, quantity),
--        subscription, catalog, tariff, zone, band_profile, band_slot.
-- All arithmetic is in integers (millionths); nothing is divided but by `//`.

-- The charge before rounding. What fits 64 bits is computed there: six times as fast as in 128.
CREATE OR REPLACE TEMP MACRO raw_micros(quantity, increment, minimum, price_micros, connect_micros) AS
  CASE WHEN quantity = 0 THEN CAST(0 AS HUGEINT)
    WHEN quantity < 1000000000 AND minimum < 1000000000 AND increment < 1000000000
      AND price_micros BETWEEN -1000000000 AND 1000000000
      AND connect_micros BETWEEN -1000000000000000 AND 1000000000000000
      THEN CAST(CAST(connect_micros AS BIGINT)
        + ((CAST(greatest(quantity, minimum) AS BIGINT) + increment - 1) // increment) * CAST(price_micros AS BIGINT)
        AS HUGEINT)
    ELSE
    CAST(connect_micros AS HUGEINT)
      + ((CAST(greatest(quantity, minimum) AS HUGEINT) + increment - 1) // increment) * price_micros
  END;

CREATE OR REPLACE TEMP MACRO charge_micros(quantity, increment, minimum, price_micros, connect_micros, step, method) AS
  round_micros(raw_micros(quantity, increment, minimum, price_micros, connect_micros), step, method);

-- Grain: one span of time in which no reference row begins or ends.
CREATE OR REPLACE TEMP TABLE span AS
WITH bounds AS (SELECT min(session_start) AS lo, max(session_start) AS hi FROM rate_input),
  change AS (
    SELECT valid_from AS instant FROM catalog UNION ALL SELECT valid_to FROM catalog
    UNION ALL SELECT valid_from FROM tariff UNION ALL SELECT valid_to FROM tariff
    UNION ALL SELECT valid_from FROM zone UNION ALL SELECT valid_to FROM zone
  ),
  cut AS (
    SELECT lo AS instant FROM bounds WHERE lo IS NOT NULL
    UNION SELECT c.instant FROM change c, bounds b WHERE c.instant > b.lo AND c.instant <= b.hi
  )
SELECT row_number() OVER (ORDER BY instant) AS span, instant AS from_at FROM cut;

-- Grain: one calling number and UTC day. Of several subscriptions the newest counts.
CREATE OR REPLACE TEMP TABLE line AS
SELECT a.a_number, a.day, s.subscription_id, s.account_id, s.offer_id, s.segment, s.purpose
FROM (SELECT DISTINCT a_number, CAST(session_start AS DATE) AS day FROM rate_input) a
JOIN subscription s
  ON s.msisdn = a.a_number AND s.valid_from <= a.day AND (s.valid_to IS NULL OR a.day < s.valid_to)
QUALIFY row_number() OVER (
  PARTITION BY a.a_number, a.day
  ORDER BY s.valid_from DESC, s.subscription_id, s.offer_id, s.account_id, s.segment, s.purpose) = 1;

-- Grain: one span and offer.
CREATE OR REPLACE TEMP TABLE offer_in_span AS
SELECT p.span, c.offer_id, min(c.tariff_id) AS tariff_id, count(*) AS found
FROM span p
JOIN catalog c ON c.valid_from <= p.from_at AND (c.valid_to IS NULL OR p.from_at < c.valid_to)
GROUP BY ALL;

-- Grain: one row of the price list; amounts in millionths.
CREATE OR REPLACE TEMP TABLE price AS
SELECT
  row_number() OVER (
    ORDER BY t.tariff_id, t.version, t.service, t.zone, t.time_band, t.valid_from, t.valid_to, t.increment,
      t.minimum, t.price_per_increment, t.connect_fee) AS price_id,
  t.tariff_id, t.version, t.valid_from, t.valid_to, t.service, t.zone, t.time_band, t.increment, t.minimum, t.free,
  CAST(t.price_per_increment * 1000000 AS BIGINT) AS price_micros,
  CAST(t.connect_fee * 1000000 AS BIGINT) AS connect_micros,
  [1, 10, 100, 1000, 10000, 100000, 1000000][7 - least(6, t.rounding_decimals)] AS step,
  t.rounding_method AS method, t.currency, b.profile_id
FROM tariff t
JOIN band_profile b
  ON b.time_zone = t.time_zone AND b.peak_from_hour = t.peak_from_hour AND b.peak_to_hour = t.peak_to_hour
  AND b.holiday_calendar = coalesce(t.holiday_calendar, '');

-- Grain: one span and tariff.
CREATE OR REPLACE TEMP TABLE version_in_span AS
SELECT p.span, t.tariff_id, min(t.version) AS version, count(DISTINCT t.version) AS found
FROM span p
JOIN price t ON t.valid_from <= p.from_at AND (t.valid_to IS NULL OR p.from_at < t.valid_to)
GROUP BY ALL;

-- Grain: one span, tariff, service and zone: which row of the price list holds in each time band.
CREATE OR REPLACE TEMP TABLE price_in_span AS
SELECT
  p.span, t.tariff_id, t.service, t.zone,
  min(t.price_id) FILTER (t.time_band = 'any') AS any_id,
  min(t.price_id) FILTER (t.time_band = 'peak') AS peak_id,
  min(t.price_id) FILTER (t.time_band = 'offpeak') AS offpeak_id,
  count(*) FILTER (t.time_band = 'any') AS any_found,
  count(*) FILTER (t.time_band = 'peak') AS peak_found,
  count(*) FILTER (t.time_band = 'offpeak') AS offpeak_found,
  min(t.profile_id) FILTER (t.time_band <> 'any') AS profile_id,
  count(DISTINCT t.profile_id) FILTER (t.time_band <> 'any') AS profiles
FROM span p
JOIN price t ON t.valid_from <= p.from_at AND (t.valid_to IS NULL OR p.from_at < t.valid_to)
GROUP BY ALL;

-- Grain: one span, kind and code.
CREATE OR REPLACE TEMP TABLE zone_in_span AS
SELECT p.span, z.kind, z.code, min(z.zone) AS zone, count(*) AS found
FROM span p
JOIN zone z ON z.valid_from <= p.from_at AND (z.valid_to IS NULL OR p.from_at < z.valid_to)
GROUP BY ALL;

-- Grain: one session, with its span and the head of the called number that decides its zone.
CREATE OR REPLACE TEMP TABLE rate_head AS
SELECT
  i.correlation_id, i.a_number, i.visited_plmn, i.service, i.session_start, i.quantity, p.span,
  CASE
    WHEN i.visited_plmn IS NOT NULL OR i.service = 'data' THEN NULL
    ELSE substr(coalesce(i.b_number, ''), 1, (SELECT coalesce(max(length(code)), 0) FROM zone WHERE kind = 'prefix'))
  END AS head
FROM rate_input i
ASOF JOIN span p ON i.session_start >= p.from_at;

-- Grain: one span and head: its longest prefix, looked up once, not once per session.
CREATE OR REPLACE TEMP TABLE head_zone AS
WITH head AS (SELECT DISTINCT span, head FROM rate_head WHERE head IS NOT NULL),
  cut AS (SELECT h.span, h.head, l.n, substr(h.head, 1, l.n) AS code
          FROM head h JOIN (SELECT DISTINCT length(code) AS n FROM zone WHERE kind = 'prefix') l
            ON length(h.head) >= l.n)
SELECT c.span, c.head, z.code, z.zone, z.found
FROM cut c JOIN zone_in_span z ON z.kind = 'prefix' AND z.span = c.span AND z.code = c.code
QUALIFY row_number() OVER (PARTITION BY c.span, c.head ORDER BY c.n DESC) = 1;

-- Grain: one session.
CREATE OR REPLACE TEMP TABLE rating AS
WITH zoned AS (
  SELECT
    i.correlation_id, i.service, i.session_start, i.quantity, i.span,
    l.subscription_id, l.account_id, l.offer_id, l.segment, l.purpose,
    o.tariff_id, coalesce(o.found, 0) AS offers, v.version AS tariff_version, coalesce(v.found, 0) AS versions,
    CASE WHEN i.visited_plmn IS NOT NULL THEN n.zone WHEN i.service = 'data' THEN 'home' ELSE h.zone END AS zone,
    CASE WHEN i.visited_plmn IS NOT NULL THEN n.found WHEN i.service = 'data' THEN 1 ELSE h.found END AS zones
  FROM rate_head i
  LEFT JOIN line l ON l.a_number = i.a_number AND l.day = CAST(i.session_start AS DATE)
  LEFT JOIN offer_in_span o ON o.span = i.span AND o.offer_id = l.offer_id
  LEFT JOIN version_in_span v ON v.span = i.span AND v.tariff_id = o.tariff_id
  LEFT JOIN head_zone h ON h.span = i.span AND h.head = i.head
  LEFT JOIN zone_in_span n ON n.kind = 'plmn' AND n.span = i.span AND n.code = i.visited_plmn
),
found AS (
  SELECT
    z.*, k.profiles,
    CASE WHEN b.peak THEN coalesce(k.peak_id, k.any_id) WHEN NOT b.peak THEN coalesce(k.offpeak_id, k.any_id)
    ELSE k.any_id END AS price_id,
  CASE WHEN b.peak AND k.peak_found > 0 THEN k.peak_found
    WHEN NOT b.peak AND k.offpeak_found > 0 THEN k.offpeak_found
    ELSE k.any_found END AS prices
FROM zoned z
LEFT JOIN price_in_span k
  ON k.span = z.span AND k.tariff_id = z.tariff_id AND k.service = z.service AND k.zone = z.zone
LEFT JOIN band_slot b ON b.profile_id = k.profile_id AND b.slot = epoch_ms(z.session_start) // 900000
),
priced AS (
  SELECT
    f.*, x.time_band, x.free, x.currency, x.step, x.method,
    raw_micros(f.quantity, x.increment, x.minimum, x.price_micros, x.connect_micros) AS raw
  FROM found f
  LEFT JOIN price x ON x.price_id = f.price_id
),
judged AS (
  SELECT *,
    CASE
      WHEN subscription_id IS NULL THEN 'no-subscription'
      WHEN purpose <> 'customer' OR quantity = 0 THEN NULL
      WHEN offers = 0 THEN 'no-offer'
      WHEN offers > 1 THEN 'ambiguous-offer'
      WHEN versions = 0 THEN 'no-tariff'
      WHEN versions > 1 THEN 'ambiguous-tariff'
      WHEN zone IS NULL THEN 'no-zone'
      WHEN zones > 1 THEN 'ambiguous-zone'
      WHEN profiles > 1 THEN 'ambiguous-price'
      WHEN price_id IS NULL THEN 'no-price'
      WHEN prices > 1 THEN 'ambiguous-price'
      WHEN abs(raw) >= 100000000000000000 THEN 'amount-out-of-range'
    END AS reason
  FROM priced
)
SELECT
  correlation_id, subscription_id, account_id, offer_id, segment, purpose, tariff_id, tariff_version, zone, time_band,
  price_id, coalesce(free, false) AS free, currency, reason,
  CASE WHEN reason IS NOT NULL THEN 'suspended' WHEN purpose <> 'customer' THEN 'free-by-purpose' ELSE 'rated' END
    AS outcome,
  CASE
    WHEN reason IS NOT NULL THEN NULL
    WHEN purpose <> 'customer' OR quantity = 0 THEN CAST(0 AS DECIMAL(18,6))
    ELSE micros_to_decimal(round_micros(raw, step, method))
  END AS expected
FROM judged;
