-- Grain: one violation per session that was rated as of whole hours before or after it began, at a price of that time.
WITH gap AS (
  SELECT s.*, r.start_time AS rated_start,
    greatest(CAST($absolute_eur AS DECIMAL(18,6)),
      abs(s.expected) * CAST($relative_per_mille AS DECIMAL(9,3)) * 0.001) AS tolerated,
    abs(epoch_ms(r.start_time) - epoch_ms(s.event_time)) AS shift_ms,
    micros_to_decimal(charge_micros(coalesce(s.charged_quantity, s.quantity), p.increment, p.minimum, p.price_micros,
      p.connect_micros, p.step, p.method)) - s.rated_amount AS part
  FROM open_session s
  JOIN price p ON p.price_id = s.price_id
  JOIN rated_session r USING (correlation_id)
  WHERE s.has_usage AND s.has_rated AND s.outcome = 'rated'
    AND (s.items = 0 OR abs(s.items_amount - s.extra - s.rated_amount) <= CAST($absolute_eur AS DECIMAL(18,6)))
),
shifted AS (
  SELECT * FROM gap
  WHERE shift_ms >= 1800000 AND
    abs(shift_ms - 3600000 * ((shift_ms + 1800000) // 3600000)) <= CAST($seconds AS BIGINT) * 1000
),
-- A row of the tariff that held at the wrong time, in its time band, and yields what was rated.
reading AS (
  SELECT DISTINCT g.correlation_id
  FROM shifted g
  JOIN price x ON x.price_id = g.price_id
  JOIN price p ON p.service = x.service AND p.tariff_id = x.tariff_id AND p.zone = x.zone AND p.price_id <> x.price_id
    AND p.valid_from <= g.rated_start AND (p.valid_to IS NULL OR g.rated_start < p.valid_to)
  LEFT JOIN band_slot b ON b.profile_id = p.profile_id AND b.slot = epoch_ms(g.rated_start) // 900000
  WHERE p.time_band IN ('any', CASE WHEN b.peak THEN 'peak' ELSE 'offpeak' END)
    AND abs(micros_to_decimal(charge_micros(coalesce(g.charged_quantity, g.quantity), p.increment, p.minimum,
      p.price_micros, p.connect_micros, p.step, p.method)) - g.rated_amount)
    <= CAST($absolute_eur AS DECIMAL(18,6)) * 0.1
)
SELECT
  g.correlation_id AS key,
  'clock-shifted' AS symptom,
  CAST(CASE
    WHEN abs(g.open_gap - g.part) <= g.tolerated THEN g.open_gap
    WHEN g.adjusted <> 0 AND abs(g.open_gap) < abs(g.part) THEN g.open_gap
    ELSE g.part
  END AS DECIMAL(18,6)) AS impact
FROM shifted g
JOIN reading USING (correlation_id)
WHERE abs(g.open_gap) > g.tolerated AND abs(g.part) > g.tolerated
  AND (g.adjusted = 0 OR sign(g.part) = sign(g.open_gap));
