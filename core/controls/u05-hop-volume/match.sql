-- Grain: one violation per session that was rated for another quantity than was used, with the money of that quantity.
-- The part of the quantity is what the price in force makes of the quantity used, less what it makes of the one rated.
-- Where that leaves no more than the tolerance of the gap, it is the whole gap. Adjustments can only have made it smaller.
WITH gap AS (
  SELECT s.correlation_id, s.open_gap, s.adjusted,
    greatest(CAST($absolute_eur AS DECIMAL(18,6)),
      abs(s.expected) * CAST($relative_per_mille AS DECIMAL(9,3)) * 0.001) AS tolerated,
    s.expected - micros_to_decimal(charge_micros(
      s.charged_quantity, p.increment, p.minimum, p.price_micros, p.connect_micros, p.step, p.method)) AS part
  FROM open_session s
  JOIN price p ON p.price_id = s.price_id
  WHERE s.has_usage AND s.has_rated AND s.outcome = 'rated' AND s.charged_quantity <> s.quantity
    AND (s.items = 0 OR abs(s.items_amount - s.extra - s.rated_amount) <= CAST($absolute_eur AS DECIMAL(18,6)))
)
SELECT
  correlation_id AS key,
  'quantity-differs' AS symptom,
  CAST(CASE
    WHEN abs(open_gap - part) <= tolerated THEN open_gap
    WHEN adjusted <> 0 AND abs(open_gap) < abs(part) THEN open_gap
    ELSE part
  END AS DECIMAL(18,6)) AS impact
FROM gap
WHERE abs(open_gap) > tolerated AND abs(part) > tolerated AND (adjusted = 0 OR sign(part) = sign(open_gap));
