-- Prices every row of plan_session by its schedule. Grain of the result `plan_charge`: one row per session_id.
-- Reads: plan_session(session_id, schedule_id, start_ms, quantity), plan_schedule, plan_segment, plan_rate, plan_slot.
-- Costs are integers of 10^-12 over the schedule's common rate unit until a named rounding; nothing is divided but by `//`.

-- num / den as an integer; signs are treated alike. den is above zero.
CREATE OR REPLACE TEMP MACRO plan_divide(num, den, method) AS
  sign(num) * CASE method
    WHEN 'half_up' THEN (abs(num) * 2 + den) // (2 * den)
    WHEN 'half_even' THEN (abs(num) * 2 + den) // (2 * den)
      - CASE WHEN (abs(num) * 2) % (2 * den) = den AND ((abs(num) * 2 + den) // (2 * den)) % 2 = 1 THEN 1 ELSE 0 END
    WHEN 'up' THEN (abs(num) + den - 1) // den
    WHEN 'down' THEN abs(num) // den
  END;

CREATE OR REPLACE TEMP MACRO plan_round(num, den, method, step) AS
  plan_divide(num, den * step, method) * step;

-- Grain: one session with a quantity, and what is charged of it at least.
CREATE OR REPLACE TEMP TABLE plan_whole AS
SELECT
  s.session_id, s.schedule_id, s.start_ms, d.splits, d.unit_nanos, d.denominator AS den,
  greatest(CAST(s.quantity AS HUGEINT), coalesce(r.minimum, 0)) AS whole, r.rate_id IS NULL AS unpriced
FROM plan_session s
JOIN plan_schedule d ON d.schedule_id = s.schedule_id
LEFT JOIN plan_segment g ON g.schedule_id = s.schedule_id AND s.start_ms >= g.from_ms AND s.start_ms < g.to_ms
LEFT JOIN plan_rate r ON r.rate_id = g.rate_id
WHERE s.quantity > 0;

-- Grain: one session and span. Each round takes the next span of every session that is not yet at its end.
CREATE OR REPLACE TEMP TABLE plan_walk AS
WITH RECURSIVE walk AS (
  SELECT
    session_id, schedule_id, start_ms, splits, unit_nanos, den, whole,
    CAST(0 AS HUGEINT) AS used, CAST(0 AS HUGEINT) AS total,
    CAST(NULL AS VARCHAR) AS method, -1 AS decimals, CAST(NULL AS VARCHAR) AS currency,
    CASE
      WHEN unpriced THEN 'NO_PRICE'
      WHEN splits AND whole > 34560000000000000 // unit_nanos THEN 'SESSION_TOO_LONG'
    END AS failure
  FROM plan_whole
  UNION ALL
  SELECT
    session_id, schedule_id, start_ms, splits, unit_nanos, den, whole,
    used + quantity,
    CASE WHEN failure IS NULL AND max_cost IS NOT NULL AND total + cost > max_cost * den THEN max_cost * den
      WHEN failure IS NULL THEN total + cost END,
    CASE WHEN session_method IS NOT NULL AND session_decimals > decimals THEN session_method ELSE method END,
    CASE WHEN session_method IS NOT NULL THEN greatest(session_decimals, decimals) ELSE decimals END,
    coalesce(currency, rate_currency),
    CASE WHEN failure IS NOT NULL THEN failure
      WHEN abs(total + cost) >= 100000000000000000000000::HUGEINT * den THEN 'AMOUNT_OUT_OF_RANGE' END
  FROM (
    SELECT *,
      CASE
        WHEN failure IS NOT NULL THEN NULL
        WHEN increment_method IS NOT NULL AND increments <= 1000000
          THEN plan_round(span, den * increments, increment_method, increment_step) * increments * den
        ELSE span
      END AS cost
    FROM (
      SELECT *,
        CASE
          WHEN failure IS NOT NULL THEN NULL
          WHEN span_method IS NOT NULL THEN plan_round(raw, den, span_method, span_step) * den
          ELSE raw
        END AS span
      FROM (
        SELECT *,
          CASE WHEN failure IS NULL THEN quantity * price * (den // unit) END AS raw
        FROM (
          SELECT *,
            CASE
              WHEN price IS NULL THEN 'NO_PRICE'
              -- quantity * price * (den // unit) would be 10^11 or more; asked so, the product cannot overflow.
              WHEN price <> 0
                AND quantity > (100000000000000000000000::HUGEINT * den - 1) // (abs(price) * (den // unit))
                THEN 'AMOUNT_OUT_OF_RANGE'
            END AS failure
          FROM (
            SELECT *,
              ((least(slot_end, window_end) - used + increment - 1) // increment) AS increments,
              ((least(slot_end, window_end) - used + increment - 1) // increment) * increment AS quantity
            FROM (
              SELECT
                w.session_id, w.schedule_id, w.start_ms, w.splits, w.unit_nanos, w.den, w.whole, w.used,
                w.total + CASE WHEN w.used = 0 THEN coalesce(r.connect_fee, 0) * w.den ELSE 0 END AS total,
                w.method, w.decimals, w.currency,
                r.currency AS rate_currency, r.max_cost, r.session_method, r.session_decimals,
                r.span_method, r.span_step, r.increment_method, r.increment_step,
                s.price, s.unit, s.increment,
                CASE WHEN r.volume OR s.next_quantity IS NULL THEN w.whole
                  ELSE least(s.next_quantity, w.whole) END AS slot_end,
                CASE WHEN w.splits
                  THEN least(w.whole, ((CAST(g.to_ms - w.start_ms AS HUGEINT) * 1000000 + w.unit_nanos - 1) // w.unit_nanos))
                  ELSE w.whole END AS window_end
              FROM walk w
              LEFT JOIN plan_segment g
                ON g.schedule_id = w.schedule_id
                AND w.start_ms + CASE WHEN w.splits THEN CAST(w.used * w.unit_nanos // 1000000 AS BIGINT) ELSE 0 END >= g.from_ms
                AND w.start_ms + CASE WHEN w.splits THEN CAST(w.used * w.unit_nanos // 1000000 AS BIGINT) ELSE 0 END < g.to_ms
              LEFT JOIN plan_rate r ON r.rate_id = g.rate_id
              LEFT JOIN plan_slot s
                ON s.rate_id = r.rate_id
                AND CASE WHEN r.volume
                  THEN (s.slot = 0 OR s.from_quantity < w.whole)
                    AND (s.next_quantity IS NULL OR w.whole <= s.next_quantity)
                  ELSE s.from_quantity <= w.used AND (s.next_quantity IS NULL OR w.used < s.next_quantity) END
              WHERE w.failure IS NULL AND w.used < w.whole
            )
          )
        )
      )
    )
  )
)
SELECT * FROM walk WHERE failure IS NOT NULL OR used >= whole;

CREATE OR REPLACE TEMP TABLE plan_charge AS
SELECT
  s.session_id, w.failure, w.currency,
  CASE
    WHEN w.failure IS NOT NULL THEN NULL
    WHEN w.session_id IS NULL THEN CAST(0 AS HUGEINT)
    WHEN w.method IS NULL THEN plan_round(w.total, w.den, 'half_up', 100)
    ELSE plan_round(w.total, w.den, w.method,
      CAST('1' || repeat('0', greatest(0, 12 - w.decimals)) AS HUGEINT))
  END AS cost
FROM plan_session s
LEFT JOIN plan_walk w ON w.session_id = s.session_id;
