-- Grain of the result `period_rating`: one session. Tiers are counted in paid increments, per counter.
-- Reads period_tier(price_id, from_increments, to_increments, unit_micros): from is exclusive, to inclusive or NULL.
CREATE OR REPLACE TEMP TABLE period_paid AS
WITH paid AS (
  SELECT
    w.session_id, w.counter_id, w.price_id, w.start_time, w.wanted - r.rest AS covered,
    CASE WHEN r.rest = w.wanted THEN w.increments
      WHEN w.boundary_rounding = 'up' THEN (r.rest + w.increment - 1) // w.increment
      WHEN w.boundary_rounding = 'down' THEN r.rest // w.increment END AS paid
  FROM period_wanted w
  JOIN period_rest r ON r.session_id = w.session_id
)
SELECT
  *,
  sum(paid) OVER (PARTITION BY counter_id ORDER BY start_time, session_id ROWS UNBOUNDED PRECEDING) AS paid_until,
  sum(paid) OVER (PARTITION BY counter_id) AS paid_total
FROM paid;

CREATE OR REPLACE TEMP TABLE period_rating AS
WITH tiered AS (
  SELECT
    p.session_id,
    sum(CAST(CASE p2.mode
      WHEN 'volume' THEN p.paid
      ELSE least(coalesce(t.to_increments, p.paid_until), p.paid_until)
        - greatest(t.from_increments, p.paid_until - p.paid) END AS HUGEINT) * t.unit_micros) AS micros
  FROM period_paid p
  JOIN period_price p2 ON p2.price_id = p.price_id
  JOIN period_tier t ON t.price_id = p.price_id AND CASE p2.mode
    WHEN 'volume' THEN t.from_increments < p.paid_total
      AND (t.to_increments IS NULL OR p.paid_total <= t.to_increments)
    ELSE t.from_increments < p.paid_until
      AND (t.to_increments IS NULL OR t.to_increments > p.paid_until - p.paid) END
  WHERE p.paid > 0
  GROUP BY p.session_id
)
SELECT
  p.session_id, p.covered, p.paid AS paid_increments,
  CASE WHEN p.paid = 0 THEN CAST(0 AS DECIMAL(18,6))
    ELSE micros_to_decimal(round_micros(x.connect_micros + t.micros, x.step, x.method)) END AS amount
FROM period_paid p
JOIN period_price x ON x.price_id = p.price_id
LEFT JOIN tiered t ON t.session_id = p.session_id;
