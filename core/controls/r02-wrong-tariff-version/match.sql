-- Grain: one violation per session whose rated amount is what another version of its tariff gives for the quantity rated.
-- The part of the version is what the version in force gives for that quantity, less what was rated.
WITH gap AS (
  SELECT s.*, coalesce(s.charged_quantity, s.quantity) AS rated_quantity,
    greatest(CAST($absolute_eur AS DECIMAL(18,6)),
      abs(s.expected) * CAST($relative_per_mille AS DECIMAL(9,3)) * 0.001) AS tolerated,
    micros_to_decimal(charge_micros(coalesce(s.charged_quantity, s.quantity), p.increment, p.minimum, p.price_micros,
      p.connect_micros, p.step, p.method)) - s.rated_amount AS part
  FROM open_session s
  JOIN price p ON p.price_id = s.price_id
  WHERE s.has_usage AND s.has_rated AND s.outcome = 'rated'
    AND (s.items = 0 OR abs(s.items_amount - s.extra - s.rated_amount) <= CAST($absolute_eur AS DECIMAL(18,6)))
),
-- Grain: one session whose amount some other row of its tariff yields; the other time band explains it before another
-- version does, unless the engine itself says that it took another version.
reading AS (
  SELECT g.correlation_id,
    bool_or(p.version <> x.version) AS other_version,
    bool_or(p.version = x.version AND p.time_band <> x.time_band) AS other_band
  FROM gap g
  JOIN price x ON x.price_id = g.price_id
  JOIN price p ON p.service = x.service AND p.tariff_id = x.tariff_id AND p.zone = x.zone AND p.price_id <> x.price_id
  WHERE abs(micros_to_decimal(charge_micros(
      g.rated_quantity, p.increment, p.minimum, p.price_micros, p.connect_micros, p.step, p.method)) - g.rated_amount)
    <= CAST($absolute_eur AS DECIMAL(18,6)) * 0.1
  GROUP BY g.correlation_id
)
SELECT
  g.correlation_id AS key,
  'wrong-version' AS symptom,
  CAST(CASE
    WHEN abs(g.open_gap - g.part) <= g.tolerated THEN g.open_gap
    WHEN g.adjusted <> 0 AND abs(g.open_gap) < abs(g.part) THEN g.open_gap
    ELSE g.part
  END AS DECIMAL(18,6)) AS impact
FROM gap g
JOIN reading r USING (correlation_id)
WHERE r.other_version AND (g.charged_version IS DISTINCT FROM g.tariff_version OR NOT r.other_band)
  AND abs(g.open_gap) > g.tolerated AND abs(g.part) > g.tolerated
  AND (g.adjusted = 0 OR sign(g.part) = sign(g.open_gap));
