-- Grain: one violation per account and service whose usage some allowance covers. Sums of the month are compared, not
-- sessions: a late session moves the benefit between sessions, and nothing is lost by that.
WITH RECURSIVE session AS (
  SELECT r.*
  FROM rated r CROSS JOIN scope s
  WHERE r.start_time >= s.from_at AND r.start_time < s.to_at
  QUALIFY row_number() OVER (PARTITION BY r.correlation_id, r.service ORDER BY r.rated_id, r.file_id, r.byte_offset) = 1
),
-- Who held what in the month: of several the newest.
holder AS (
  SELECT s.subscription_id, s.account_id, s.offer_id, s.segment
  FROM subscription s CROSS JOIN scope x
  WHERE s.purpose = 'customer' AND s.valid_from <= x.last_day AND (s.valid_to IS NULL OR s.valid_to > x.first_day)
  QUALIFY row_number() OVER (
    PARTITION BY s.subscription_id ORDER BY s.valid_from DESC, s.offer_id, s.account_id, s.segment) = 1
),
opened AS (
  SELECT allowance_id, account_id, coalesce(subscription_id, '') AS owner, max(opening) AS opening
  FROM allowance_balance b CROSS JOIN scope x
  WHERE b.period_start >= x.from_at AND b.period_start < x.to_at
  GROUP BY ALL
),
-- Grain: one bucket. Its rank is the same for all lines of the account.
bucket AS (
  SELECT
    g.*, g.quantity + coalesce(o.opening, 0) AS available,
    g.allowance_id || '|' || g.account_id || '|' || g.owner AS bucket_id,
    dense_rank() OVER (PARTITION BY g.account_id ORDER BY g.priority, g.allowance_id) AS rank
  FROM (
    SELECT DISTINCT
      a.allowance_id, a.priority, a.service, a.zone, a.quantity, h.account_id,
      CASE WHEN a.shared THEN '' ELSE h.subscription_id END AS owner
    FROM allowance a
    JOIN holder h ON h.offer_id = a.offer_id
    CROSS JOIN scope x
    WHERE a.valid_from <= x.from_at AND (a.valid_to IS NULL OR a.valid_to >= x.to_at)
  ) g
  LEFT JOIN opened o ON o.allowance_id = g.allowance_id AND o.account_id = g.account_id AND o.owner = g.owner
),
-- Grain: one subscription, service and zone, and a bucket that covers it.
draw AS (
  SELECT l.subscription_id, l.service, l.zone, b.rank, b.bucket_id, b.available
  FROM (SELECT DISTINCT subscription_id, service, zone FROM session) l
  JOIN holder h ON h.subscription_id = l.subscription_id
  JOIN bucket b ON b.account_id = h.account_id AND b.owner IN ('', l.subscription_id)
    AND b.service = l.service AND (b.zone IS NULL OR b.zone = l.zone)
),
-- Grain: one row of the price list per version, service and zone; of peak and off-peak the lower, as an estimate.
price AS (
  SELECT
    tariff_id, version, service, zone, increment, minimum, decimal_to_micros(price_per_increment) AS price_micros,
    decimal_to_micros(connect_fee) AS connect_micros, rounding_method AS method,
    [1000000, 100000, 10000, 1000, 100, 10, 1][1 + least(6, rounding_decimals)] AS step,
    count(*) OVER (PARTITION BY tariff_id, version, service, zone) > 1 AS banded
  FROM tariff
  QUALIFY row_number() OVER (
    PARTITION BY tariff_id, version, service, zone
    ORDER BY price_per_increment, connect_fee, increment, minimum, rounding_decimals, rounding_method, valid_from) = 1
),
wanted AS (
  SELECT
    s.correlation_id, s.subscription_id, s.service, s.zone, s.start_time, s.quantity, s.amount, s.currency,
    h.account_id, h.offer_id, h.segment, p.increment, p.price_micros, p.connect_micros, p.method, p.step, p.banded,
    CASE WHEN s.quantity = 0 THEN CAST(0 AS HUGEINT)
      ELSE (CAST(greatest(s.quantity, p.minimum) AS HUGEINT) + p.increment - 1) // p.increment END * p.increment AS units
  FROM session s
  JOIN holder h ON h.subscription_id = s.subscription_id
  JOIN price p ON p.tariff_id = s.tariff_id AND p.version = s.tariff_version AND p.service = s.service AND p.zone = s.zone
  WHERE EXISTS (SELECT 1 FROM bucket b WHERE b.account_id = h.account_id AND b.service = s.service)
),
-- One round per rank: in each bucket the running sum of what was wanted before says what is left.
level AS (
  SELECT correlation_id, subscription_id, service, zone, start_time, units AS rest, CAST(0 AS BIGINT) AS rank FROM wanted
  UNION ALL
  SELECT
    l.correlation_id, l.subscription_id, l.service, l.zone, l.start_time,
    CASE WHEN d.bucket_id IS NULL THEN l.rest ELSE l.rest - least(l.rest, greatest(0, d.available - coalesce(
      sum(l.rest) OVER (PARTITION BY d.bucket_id ORDER BY l.start_time, l.correlation_id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))) END,
    l.rank + 1
  FROM level l
  LEFT JOIN draw d ON d.subscription_id = l.subscription_id AND d.service = l.service AND d.zone = l.zone
    AND d.rank = l.rank + 1
  WHERE l.rank < (SELECT max(rank) FROM draw)
),
due AS (
  SELECT
    w.*, l.rest,
    CASE WHEN l.rest = 0 THEN CAST(0 AS DECIMAL(18,6)) ELSE micros_to_decimal(round_micros(
      w.connect_micros + ((l.rest + w.increment - 1) // w.increment) * w.price_micros, w.step, w.method)) END AS due
  FROM wanted w
  JOIN level l ON l.correlation_id = w.correlation_id AND l.service = w.service
    AND l.rank = (SELECT coalesce(max(rank), 0) FROM draw)
),
total AS (
  SELECT
    account_id, service, currency, CAST(sum(due) AS DECIMAL(18,6)) AS due, CAST(sum(amount) AS DECIMAL(18,6)) AS charged,
    CAST(sum(quantity) AS BIGINT) AS quantity, CAST(sum(rest) AS BIGINT) AS beyond, count(*) AS sessions,
    bool_or(banded) AS banded, min(offer_id) AS offer_id, min(segment) AS segment, min(start_time) AS first_at
  FROM due GROUP BY account_id, service, currency
)
SELECT
  'usage|' || t.account_id || '|' || t.service || CASE WHEN t.currency = s.currency THEN '' ELSE '|' || t.currency END AS key,
  CASE WHEN due > charged THEN 'benefit-too-large' ELSE 'benefit-not-given' END AS symptom,
  CAST(due - charged AS DECIMAL(18,6)) AS impact, due AS expected, charged, banded AS estimated,
  CAST(first_at AS DATE) AS dt, first_at AS event_time, account_id, service, offer_id, segment, quantity,
  beyond AS charged_quantity, t.currency, sessions AS records
FROM total t
CROSS JOIN scope s
WHERE abs(due - charged) > greatest(
  CAST($absolute_eur AS DECIMAL(18,6)), abs(due) * CAST($relative_per_mille AS DECIMAL(9,3)) * 0.001);
