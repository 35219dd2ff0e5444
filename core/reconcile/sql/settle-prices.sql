-- What the fast pass looks up, in small integers. Reads what rating made for the whole of $day (span, offer_in_span,
-- version_in_span, price_in_span, zone_in_span, price, band_slot), the view settle_subscription, zone,
-- and settle_planned: the price list rows that only a charge plan can price.
-- What is not in these tables, or is ambiguous or beyond 64 bits, is left to the judgement of single sessions.

-- Grain: one quarter of an hour of the day in which no reference row begins or ends. Slots with the same `code` have
-- the same prices. peaks: whether it is peak, by profile.
CREATE OR REPLACE TEMP TABLE settle_slot AS
WITH slot AS (
  SELECT epoch_ms(CAST(CAST($day AS DATE) AS TIMESTAMP_MS)) // 900000 + n AS slot FROM range(96) r(n)
),
spanned AS (
  SELECT s.slot, max(p.span) FILTER (epoch_ms(p.from_at) <= s.slot * 900000) AS span,
    count(*) FILTER (epoch_ms(p.from_at) > s.slot * 900000 AND epoch_ms(p.from_at) < (s.slot + 1) * 900000) AS cuts
  FROM slot s, span p GROUP BY s.slot
),
known AS (
  SELECT s.slot, s.span, coalesce((SELECT list(b.peak ORDER BY b.profile_id) FROM band_slot b WHERE b.slot = s.slot), []) AS peaks
  FROM spanned s WHERE s.cuts = 0 AND s.span IS NOT NULL
)
SELECT *, CAST(dense_rank() OVER (ORDER BY span, peaks) - 1 AS INTEGER) AS code FROM known;

-- Grain: one offer and segment of customers.
CREATE OR REPLACE TEMP TABLE settle_class AS
SELECT offer_id, segment, CAST(row_number() OVER (ORDER BY offer_id, segment) - 1 AS INTEGER) AS class
FROM (SELECT DISTINCT offer_id, segment FROM settle_subscription WHERE purpose = 'customer');

-- Grain: one calling number with one customer line on the day.
CREATE OR REPLACE TEMP TABLE settle_line AS
SELECT s.msisdn, max(c.class) AS class
FROM settle_subscription s LEFT JOIN settle_class c ON c.offer_id = s.offer_id AND c.segment = s.segment AND s.purpose = 'customer'
WHERE s.valid_from <= CAST($day AS DATE) AND (s.valid_to IS NULL OR CAST($day AS DATE) < s.valid_to)
GROUP BY s.msisdn HAVING count(*) = 1 AND max(c.class) IS NOT NULL;

CREATE OR REPLACE TEMP TABLE settle_zone AS
SELECT zone, CAST(row_number() OVER (ORDER BY zone) - 1 AS INTEGER) AS zone_no
FROM (SELECT DISTINCT zone FROM price_in_span WHERE zone IS NOT NULL);

-- Grain: one serving network, or one beginning of called numbers, whose zone is one and the same all day.
CREATE OR REPLACE TEMP TABLE settle_plmn AS
SELECT n.code, max(z.zone_no) AS zone_no
FROM zone_in_span n JOIN settle_zone z USING (zone)
WHERE n.kind = 'plmn'
GROUP BY n.code HAVING count(*) = (SELECT count(*) FROM span) AND max(n.found) = 1 AND count(DISTINCT n.zone) = 1;

CREATE OR REPLACE TEMP TABLE settle_head AS
WITH head AS (
  SELECT DISTINCT substr(b_number, 1, (SELECT coalesce(max(length(code)), 0) FROM zone WHERE kind = 'prefix')) AS head
  FROM usage_file WHERE b_number IS NOT NULL
),
longest AS (
  SELECT h.head, z.span, z.zone, z.found
  FROM head h
  JOIN (SELECT DISTINCT length(code) AS n FROM zone WHERE kind = 'prefix') l ON length(h.head) >= l.n
  JOIN zone_in_span z ON z.kind = 'prefix' AND z.code = substr(h.head, 1, l.n)
  QUALIFY row_number() OVER (PARTITION BY h.head, z.span ORDER BY l.n DESC) = 1
)
SELECT l.head, max(z.zone_no) AS zone_no
FROM longest l LEFT JOIN settle_zone z USING (zone)
GROUP BY l.head
HAVING count(*) = (SELECT count(*) FROM span) AND max(l.found) = 1 AND count(DISTINCT l.zone) = 1 AND max(z.zone_no) IS NOT NULL;

-- Grain: one time code, class, service and zone with one price. Bounds keep quantity times price within 64 bits.
-- add: what is added before cutting to a multiple of the step, to round as the price list says.
CREATE OR REPLACE TEMP TABLE settle_choice AS
WITH time AS (SELECT DISTINCT code, span, peaks FROM settle_slot),
chosen AS (
  SELECT t.code, c.class, c.offer_id, c.segment, k.service, k.zone, v.version,
    CASE WHEN t.peaks[k.profile_id + 1] THEN coalesce(k.peak_id, k.any_id)
      WHEN NOT t.peaks[k.profile_id + 1] THEN coalesce(k.offpeak_id, k.any_id) ELSE k.any_id END AS price_id,
    CASE WHEN t.peaks[k.profile_id + 1] AND k.peak_found > 0 THEN k.peak_found
      WHEN NOT t.peaks[k.profile_id + 1] AND k.offpeak_found > 0 THEN k.offpeak_found ELSE k.any_found END AS prices
  FROM time t
  CROSS JOIN settle_class c
  JOIN offer_in_span o ON o.span = t.span AND o.offer_id = c.offer_id AND o.found = 1
  JOIN version_in_span v ON v.span = t.span AND v.tariff_id = o.tariff_id AND v.found = 1
  JOIN price_in_span k ON k.span = t.span AND k.tariff_id = o.tariff_id AND k.profiles <= 1
)
SELECT h.code, h.class, h.service, h.zone, h.offer_id, h.segment, x.tariff_id, h.version AS tariff_version,
  x.increment, x.minimum, x.price_micros, x.connect_micros, CAST(x.step AS BIGINT) AS step,
  CAST(CASE x.method WHEN 'half_up' THEN x.step // 2 WHEN 'up' THEN x.step - 1 ELSE 0 END AS BIGINT) AS add
FROM chosen h JOIN price x ON x.price_id = h.price_id
ANTI JOIN settle_planned q ON q.tariff_id = x.tariff_id AND q.version = h.version AND q.service = h.service AND q.zone = h.zone
WHERE h.prices = 1 AND x.currency = $currency AND x.method IN ('half_up', 'up', 'down')
  AND x.increment BETWEEN 1 AND 2147483647 AND x.minimum BETWEEN 0 AND 2147483647
  AND x.price_micros BETWEEN 0 AND 1000000000 AND x.connect_micros BETWEEN 0 AND 1000000000000;

-- Grain: one combination of what a population is counted by, on the side of usage.
CREATE OR REPLACE TEMP TABLE settle_kind AS
SELECT *, CAST(row_number() OVER (ORDER BY service, zone, offer_id, segment, tariff_id, tariff_version) - 1 AS INTEGER) AS kind
FROM (SELECT DISTINCT service, zone, offer_id, segment, tariff_id, tariff_version FROM settle_choice);

CREATE OR REPLACE TEMP MACRO settle_service(service) AS
  CASE service WHEN 'data' THEN 0 WHEN 'voice' THEN 1 WHEN 'sms' THEN 2 END;
CREATE OR REPLACE TEMP TABLE settle_price AS
SELECT
  ((c.code * (SELECT count(*) FROM settle_class) + c.class) * 3 + settle_service(c.service))
    * (SELECT count(*) FROM settle_zone) + z.zone_no AS place,
  k.kind, c.increment, c.minimum, c.price_micros, c.connect_micros, c.step, c.add
FROM settle_choice c
JOIN settle_zone z ON z.zone = c.zone
JOIN settle_kind k ON k.service = c.service AND k.zone = c.zone AND k.offer_id = c.offer_id
  AND k.segment IS NOT DISTINCT FROM c.segment AND k.tariff_id = c.tariff_id AND k.tariff_version = c.tariff_version
WHERE settle_service(c.service) IS NOT NULL;
