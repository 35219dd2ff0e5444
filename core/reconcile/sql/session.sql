-- Puts the three sides together. Grain of `session`: one row per correlation_id that any side knows.
-- $session_complete: no slot of a feed is missing that is needed to judge sessions with usage,
-- $ghost_complete: the same for sessions without, $duplicates_complete: the same for billed items among themselves.
CREATE OR REPLACE TEMP TABLE side AS
SELECT
  coalesce(u.correlation_id, b.correlation_id, r.correlation_id, a.correlation_id) AS correlation_id,
  u.correlation_id IS NOT NULL AS has_usage,
  r.correlation_id IS NOT NULL AS has_rated,
  coalesce(b.items, 0) AS items,
  coalesce(u.session_start, b.event_time, r.start_time) AS event_time,
  coalesce(u.service, b.service, r.service) AS service,
  u.source, r.source AS rating_source, u.quantity, r.quantity AS charged_quantity,
  r.rate_path, r.amount AS rated_amount, r.zone AS rated_zone, r.tariff_id AS rated_tariff_id,
  r.tariff_version AS charged_version,
  coalesce(b.items_amount, 0) AS items_amount, coalesce(b.extra, 0) AS extra, coalesce(a.adjusted, 0) AS adjusted,
  coalesce(b.in_currency, true) AND coalesce(a.in_currency, true) AND coalesce(r.currency = $currency, true) AS in_currency,
  b.subscription_id AS billed_subscription, b.account_id AS billed_account, r.subscription_id AS rated_subscription
FROM usage_session u
FULL JOIN rated_session r USING (correlation_id)
FULL JOIN billed_session b USING (correlation_id)
FULL JOIN adjusted_session a USING (correlation_id);

-- Grain: one subscription of a session that rating could not name (no usage, or number unknown to CRM).
CREATE OR REPLACE TEMP TABLE billed_line AS
SELECT n.subscription_id, n.day, s.account_id, s.offer_id, s.segment
FROM (
  SELECT DISTINCT coalesce(s.billed_subscription, s.rated_subscription) AS subscription_id,
    CAST(s.event_time AS DATE) AS day
  FROM side s LEFT JOIN rating r USING (correlation_id)
  WHERE r.subscription_id IS NULL
) n
JOIN subscription s ON s.subscription_id = n.subscription_id
QUALIFY row_number() OVER (
  PARTITION BY n.subscription_id, n.day
  ORDER BY s.valid_from <= n.day AND (s.valid_to IS NULL OR n.day < s.valid_to) DESC, s.valid_from DESC, s.offer_id,
    s.account_id, s.segment) = 1;

CREATE OR REPLACE TEMP TABLE session AS
WITH known AS (
  SELECT
    s.*, r.outcome, r.reason, r.price_id, r.time_band, coalesce(r.free, false) AS free, r.tariff_version,
    coalesce(r.subscription_id, s.billed_subscription, s.rated_subscription) AS subscription_id,
    coalesce(r.account_id, s.billed_account, l.account_id) AS account_id,
    coalesce(r.offer_id, l.offer_id) AS offer_id, coalesce(r.segment, l.segment) AS segment,
    coalesce(r.tariff_id, s.rated_tariff_id) AS tariff_id, coalesce(r.zone, s.rated_zone) AS zone,
    r.expected AS re_rated, r.currency AS price_currency,
    s.extra - CASE WHEN s.extra > 0 AND s.adjusted < 0 THEN least(s.extra, -s.adjusted) ELSE 0 END AS extra_left
  FROM side s
  LEFT JOIN rating r USING (correlation_id)
  LEFT JOIN billed_line l
    ON r.subscription_id IS NULL AND l.subscription_id = coalesce(s.billed_subscription, s.rated_subscription)
    AND l.day = CAST(s.event_time AS DATE)
),
judged AS (
  SELECT *,
    CASE
      WHEN has_usage AND NOT $session_complete THEN 'not-evaluable'
      WHEN NOT has_usage AND NOT $ghost_complete THEN 'not-evaluable'
      WHEN NOT in_currency OR (price_currency IS NOT NULL AND price_currency <> $currency) THEN 'suspended: currency-mismatch'
      WHEN has_usage AND outcome = 'suspended' THEN 'suspended: ' || reason
      -- What included usage covers is due by account and period, in order of event time: no single session says it.
      WHEN has_usage AND outcome = 'rated' AND EXISTS (
        SELECT 1 FROM allowance w
        WHERE w.offer_id = known.offer_id AND w.service = known.service AND coalesce(w.zone, known.zone) = known.zone
          AND w.valid_from <= known.event_time AND (w.valid_to IS NULL OR known.event_time < w.valid_to)
      ) THEN 'suspended: under-allowance'
    END AS unknown
  FROM known
),
due AS (
  SELECT *,
    -- Where the due charge is unknown, only repeated items are money: they are wrong whatever the price.
    CASE WHEN unknown IS NULL THEN coalesce(re_rated, 0) ELSE 0 END AS expected,
    CASE WHEN unknown IS NULL THEN items_amount + adjusted
      WHEN in_currency AND $duplicates_complete THEN extra_left ELSE 0 END AS charged,
    CASE WHEN in_currency AND $duplicates_complete THEN extra_left ELSE 0 END AS extra_open
  FROM judged
)
SELECT
  * EXCLUDE (unknown, re_rated, extra_left, expected, charged, extra_open),
  CAST(event_time AS DATE) AS dt,
  CAST(expected AS DECIMAL(18,6)) AS expected, CAST(charged AS DECIMAL(18,6)) AS charged,
  CAST(expected - charged AS DECIMAL(18,6)) AS gap, CAST(extra_open AS DECIMAL(18,6)) AS extra_open,
  CASE
    WHEN unknown IS NOT NULL THEN unknown
    WHEN outcome = 'free-by-purpose' AND charged = 0 THEN 'free-by-purpose'
    WHEN NOT has_usage AND items = 0 AND adjusted = 0 THEN 'rated-only'
    WHEN expected <> charged OR extra_open <> 0 THEN NULL
    WHEN items = 0 AND adjusted = 0 THEN 'nothing-due'
    ELSE 'matched'
  END AS settled
FROM due;

-- Grain: one session that a control may have to explain.
CREATE OR REPLACE TEMP TABLE candidate AS
SELECT s.*,
  u.record_id AS usage_id, u.file_id AS usage_file, u.byte_offset AS usage_offset, u.row_hash AS usage_hash,
  r.rated_id, r.file_id AS rated_file, r.byte_offset AS rated_offset, r.row_hash AS rated_hash,
  b.bill_item_id AS billed_id, b.file_id AS billed_file, b.byte_offset AS billed_offset, b.row_hash AS billed_hash,
  x.bill_item_id AS extra_id, x.file_id AS extra_file, x.byte_offset AS extra_offset, x.row_hash AS extra_hash
FROM session s
LEFT JOIN usage_session u USING (correlation_id)
LEFT JOIN rated_session r USING (correlation_id)
LEFT JOIN billed_session b USING (correlation_id)
LEFT JOIN billed_many x ON x.correlation_id = s.correlation_id AND x.bill_item_id = b.extra_id
WHERE s.settled IS NULL OR s.gap <> 0 OR s.extra_open <> 0;
-- What was settled before, in sums: see settle.sql. Empty where every session was judged by itself.
CREATE TEMP TABLE IF NOT EXISTS settled_session (
  dt DATE, service VARCHAR, zone VARCHAR, offer_id VARCHAR, segment VARCHAR, source VARCHAR, rating_source VARCHAR,
  tariff_id VARCHAR, tariff_version INTEGER, charged_version INTEGER, sessions BIGINT, expected DECIMAL(18,6));
CREATE TEMP TABLE IF NOT EXISTS settled_received (
  file VARCHAR, service VARCHAR, source VARCHAR, hour TIMESTAMP_MS, records BIGINT);
CREATE OR REPLACE TEMP TABLE claim (key VARCHAR, control_id VARCHAR, rank INTEGER, impact DECIMAL(18,6));
-- Grain: as candidate, with what no control of a lower rank has taken.
CREATE OR REPLACE TEMP VIEW open_session AS
SELECT c.*, CAST(c.gap - coalesce(t.taken, 0) AS DECIMAL(18,6)) AS open_gap, coalesce(t.claims, 0) AS claims
FROM candidate c
LEFT JOIN (SELECT key, sum(impact) AS taken, count(*) AS claims FROM claim GROUP BY key) t ON t.key = c.correlation_id;
