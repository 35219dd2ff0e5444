-- Grain: one violation per session that was charged by the zone which its number has in the form in which it was dialled.
WITH gap AS (
  SELECT s.*,
    greatest(CAST($absolute_eur AS DECIMAL(18,6)),
      abs(s.expected) * CAST($relative_per_mille AS DECIMAL(9,3)) * 0.001) AS tolerated,
    micros_to_decimal(charge_micros(coalesce(s.charged_quantity, s.quantity), p.increment, p.minimum, p.price_micros,
      p.connect_micros, p.step, p.method)) - s.rated_amount AS part
  FROM open_session s
  JOIN price p ON p.price_id = s.price_id
  WHERE s.has_usage AND s.has_rated AND s.outcome = 'rated' AND s.rated_zone <> s.zone
    AND (s.items = 0 OR abs(s.items_amount - s.extra - s.rated_amount) <= CAST($absolute_eur AS DECIMAL(18,6)))
),
-- Grain: one session and way of taking the dialled digits for an international number: as they are, or without the
-- zeros in front (00 of international and 0 of national calls).
form AS (
  SELECT d.correlation_id, d.event_time, d.rated_zone, unnest([d.digits, ltrim(d.digits, '0')]) AS digits
  FROM (
    SELECT g.correlation_id, g.event_time, g.rated_zone,
      min(regexp_replace(u.b_number_dialled, '[^0-9]', '', 'g')) AS digits
    FROM gap g JOIN usage u USING (correlation_id)
    WHERE u.b_number_dialled IS NOT NULL AND coalesce(u.visited_plmn, '') = ''
    GROUP BY g.correlation_id, g.event_time, g.rated_zone
  ) d
),
landed AS (
  SELECT f.correlation_id, f.rated_zone, z.zone
  FROM form f
  JOIN zone z ON z.kind = 'prefix' AND starts_with(f.digits, z.code)
    AND z.valid_from <= f.event_time AND (z.valid_to IS NULL OR f.event_time < z.valid_to)
  QUALIFY row_number() OVER (PARTITION BY f.correlation_id, f.digits ORDER BY length(z.code) DESC, z.zone) = 1
),
-- A row of the price list of the zone in which the dialled form lies, which yields what was rated.
reading AS (
  SELECT DISTINCT g.correlation_id
  FROM gap g
  JOIN landed l ON l.correlation_id = g.correlation_id AND l.zone = l.rated_zone
  JOIN price x ON x.price_id = g.price_id
  JOIN price p ON p.service = x.service AND p.tariff_id = x.tariff_id AND p.version = x.version AND p.zone = g.rated_zone
  WHERE abs(micros_to_decimal(charge_micros(coalesce(g.charged_quantity, g.quantity), p.increment, p.minimum,
      p.price_micros, p.connect_micros, p.step, p.method)) - g.rated_amount)
    <= CAST($absolute_eur AS DECIMAL(18,6)) * 0.1
)
SELECT
  g.correlation_id AS key,
  'number-not-normalised' AS symptom,
  CAST(CASE
    WHEN abs(g.open_gap - g.part) <= g.tolerated THEN g.open_gap
    WHEN g.adjusted <> 0 AND abs(g.open_gap) < abs(g.part) THEN g.open_gap
    ELSE g.part
  END AS DECIMAL(18,6)) AS impact
FROM gap g
JOIN reading USING (correlation_id)
WHERE abs(g.open_gap) > g.tolerated AND abs(g.part) > g.tolerated
  AND (g.adjusted = 0 OR sign(g.part) = sign(g.open_gap));
