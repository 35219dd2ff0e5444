-- The fast pass: settles the sessions that are plainly right, in one pass over usage_file, rated_file and billed_file:
-- one usage record, one rated item and one billed item, all in $currency, charged exactly what re-rating yields.
-- Only counts and sums of them are kept, in `settled_session` and `settled_received`. Every other key goes to `unsettled`.
-- settle_apart: keys that must not be settled here, because something outside of the three files belongs to them.
-- Rows meet by the lower half of the MD5 of their correlation id; the upper half is checked (see `proof`).

-- Counts of records per file, and the sources.
CREATE OR REPLACE TEMP TABLE settle_received AS
SELECT file_id AS file, service, source, epoch_ms(start_time) // 3600000 AS hour_no, count(*) AS records
FROM usage_file GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE settle_source AS
SELECT source, CAST(row_number() OVER (ORDER BY source) - 1 AS BIGINT) AS source_no
FROM (SELECT DISTINCT source FROM settle_received WHERE source IS NOT NULL)
QUALIFY source_no < 1024;

CREATE OR REPLACE TEMP TABLE settle_charger AS
SELECT rating_source, charged_version, CAST(row_number() OVER (ORDER BY rating_source, charged_version) - 1 AS BIGINT) AS charger
FROM (SELECT DISTINCT source AS rating_source, tariff_version AS charged_version FROM rated_file
  WHERE source IS NOT NULL AND tariff_version IS NOT NULL)
QUALIFY charger < 1024;

-- side: 1 usage, 4 rated, 16 billed, 2 anything that needs a closer look. money: millionths, below 2^37.
-- proof: cancels out over the three sides where keys are equal in their upper half and the charge is the due one.
CREATE OR REPLACE TEMP TABLE settle_group AS
WITH priced AS (
  SELECT u.key_low, u.key_high, p.kind, s.source_no,
    CASE WHEN p.kind IS NOT NULL AND s.source_no IS NOT NULL AND u.quantity BETWEEN 1 AND 2147483647
        AND CAST(u.session_start AS DATE) = CAST($day AS DATE) THEN
      (p.connect_micros + (greatest(u.quantity, p.minimum) + p.increment - 1) // p.increment * p.price_micros + p.add)
        // p.step * p.step END AS due
  FROM (
    SELECT w.*, settle_service(w.service) AS service_no, l.class, t.code,
      CASE WHEN w.visited_plmn <> '' THEN n.zone_no WHEN w.service = 'data' THEN $home ELSE h.zone_no END AS zone_no
    FROM usage_file w
    LEFT JOIN settle_line l ON l.msisdn = w.a_number
    LEFT JOIN settle_slot t ON t.slot = epoch_ms(w.session_start) // 900000
    LEFT JOIN settle_head h ON h.head = substr(w.b_number, 1, $head_length)
    LEFT JOIN settle_plmn n ON n.code = w.visited_plmn
  ) u
  LEFT JOIN settle_price p ON p.place = ((u.code * $classes + u.class) * 3 + u.service_no) * $zones + u.zone_no
  LEFT JOIN settle_source s ON s.source = u.source
),
side AS (
  SELECT key_low, CASE WHEN due <= 99999999999 THEN due * 128 + 1 ELSE 2 END AS money_side,
    CASE WHEN due <= 99999999999 THEN kind * CAST(1048576 AS BIGINT) + source_no ELSE 0 END AS kinds,
    xor(key_high, CAST(CASE WHEN due <= 99999999999 THEN due ELSE 0 END AS UBIGINT)) AS proof
  FROM priced
  UNION ALL
  SELECT r.key_low, CASE WHEN r.currency = $currency AND c.charger IS NOT NULL THEN 4 ELSE 2 END,
    coalesce(c.charger * 1024, 0), r.key_high >> 1
  FROM rated_file r
  LEFT JOIN settle_charger c ON c.rating_source = r.source AND c.charged_version = r.tariff_version
  UNION ALL
  SELECT key_low, CASE WHEN charge_type = 'usage' AND currency = $currency AND micros >= 0 THEN 16 ELSE 2 END, 0,
    xor(xor(key_high, (key_high >> 1)), CAST(CASE WHEN micros >= 0 THEN micros ELSE 0 END AS UBIGINT))
  FROM (
    SELECT *, CAST(TRY_CAST(amount AS DECIMAL(11,6)) * CAST(1000000 AS DECIMAL(7,0)) AS BIGINT) AS micros
    FROM billed_file WHERE charge_type = 'usage' OR charge_type = 'adjustment'
  )
),
met AS (
  SELECT key_low, count(*) AS n, bit_xor(money_side) AS money_side, bit_xor(kinds) AS kinds, bit_xor(proof) AS proof
  FROM side WHERE key_low IS NOT NULL GROUP BY key_low
),
judged AS (
  SELECT *, n = 3 AND (money_side & 127) = 21 AND proof = 0
    AND key_low NOT IN (SELECT key_low FROM settle_apart) AS settled FROM met
)
SELECT CASE WHEN settled THEN kinds END AS kinds, CASE WHEN NOT settled THEN key_low END AS key_low,
  count(*) AS sessions, sum(money_side // 128) AS micros, sum(n) AS rows_in
FROM judged GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE unsettled AS
SELECT key_low FROM settle_group WHERE key_low IS NOT NULL UNION SELECT key_low FROM settle_apart;

-- Grain: one combination of what a population is counted by. Each session is charged what is due.
CREATE OR REPLACE TEMP TABLE settled_session AS
SELECT CAST($day AS DATE) AS dt, k.service, k.zone, k.offer_id, k.segment, s.source, c.rating_source, k.tariff_id,
  k.tariff_version, c.charged_version, CAST(g.sessions AS BIGINT) AS sessions, micros_to_decimal(g.micros) AS expected
FROM settle_group g
JOIN settle_kind k ON k.kind = g.kinds >> 20
JOIN settle_charger c ON c.charger = (g.kinds >> 10) & 1023
JOIN settle_source s ON s.source_no = g.kinds & 1023
WHERE g.kinds IS NOT NULL;
