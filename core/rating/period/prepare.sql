-- Grain: one session, with what it wants from allowances. Exact integers; nothing is divided but by `//`.
-- Reads period_session(session_id, line_id, counter_id, price_id, start_time, quantity) and
-- period_price(price_id, increment, minimum, connect_micros, mode, draw_rounding, boundary_rounding, step, method).
CREATE OR REPLACE TEMP TABLE period_wanted AS
SELECT
  s.session_id, s.line_id, s.counter_id, s.price_id, s.start_time, s.quantity, p.increment, p.boundary_rounding,
  CASE WHEN s.quantity = 0 THEN CAST(0 AS HUGEINT)
    ELSE (CAST(greatest(s.quantity, p.minimum) AS HUGEINT) + p.increment - 1) // p.increment END AS increments,
  CASE WHEN p.draw_rounding = 'exact' THEN CAST(s.quantity AS HUGEINT) ELSE increments * p.increment END AS wanted
FROM period_session s
JOIN period_price p ON p.price_id = s.price_id;

CREATE OR REPLACE TEMP TABLE period_rest AS SELECT session_id, line_id, start_time, wanted AS rest FROM period_wanted;

-- Grain: one session and bucket that it drew on.
CREATE OR REPLACE TEMP TABLE period_drawn(session_id VARCHAR, bucket_id BIGINT, units HUGEINT);
