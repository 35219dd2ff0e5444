-- Grain: one violation per session whose charge differs from its re-rated charge by more than the tolerance
-- (the larger of the absolute and the relative one). The symptom names the first reading of the price lists that
-- yields exactly what was rated, for the quantity that was rated. Another quantity, another version, a shifted clock and
-- numbers not normalised have controls of their own, which come first: here is what they leave.
WITH gap AS (
  SELECT * FROM open_session
  WHERE has_usage AND (items > 0 OR has_rated OR adjusted <> 0)
    AND abs(open_gap) > greatest(
      CAST($absolute_eur AS DECIMAL(18,6)),
      abs(expected) * CAST($relative_per_mille AS DECIMAL(9,3)) * 0.001)
),
-- Grain: one session and price row of its service: what the row would have charged.
reading AS (
  SELECT
    g.correlation_id, p.tariff_id = x.tariff_id AS same_tariff, p.version = x.version AS same_version,
    p.zone = x.zone AS same_zone, p.time_band = x.time_band AS same_band, p.zone = g.rated_zone AS rated_zone
  FROM gap g
  JOIN price x ON x.price_id = g.price_id
  JOIN price p ON p.service = x.service AND p.price_id <> x.price_id
  WHERE abs(micros_to_decimal(charge_micros(
      coalesce(g.charged_quantity, g.quantity), p.increment, p.minimum, p.price_micros, p.connect_micros, p.step, p.method)) - g.rated_amount)
    <= CAST($absolute_eur AS DECIMAL(18,6)) * 0.1
    AND (p.tariff_id = x.tariff_id OR p.tariff_id = g.rated_tariff_id)
),
readings AS (
  SELECT
    correlation_id,
    bool_or(NOT same_tariff AND same_zone) AS other_tariff,
    bool_or(same_tariff AND same_version AND NOT same_zone AND rated_zone) AS other_zone,
    bool_or(same_tariff AND same_version AND same_zone AND NOT same_band) AS other_band
  FROM reading GROUP BY correlation_id
)
SELECT
  g.correlation_id AS key,
  CASE
    WHEN r.other_band THEN 'wrong-time-band'
    WHEN r.other_zone THEN 'wrong-zone'
    WHEN r.other_tariff THEN 'wrong-offer'
    ELSE 'price-differs'
  END AS symptom,
  g.open_gap AS impact
FROM gap g
LEFT JOIN readings r USING (correlation_id);
