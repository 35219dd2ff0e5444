-- Grain: one row per explanation and one without, which says how many were compared. An explanation, such as
-- "version 3 of the tariff", has the number of records that it reproduces to the fourth decimal
-- (some engines post four decimals where the price list has six).
-- A record is priced again under every candidate row, in whole millionths of the currency unit.
WITH selected AS (
  SELECT
    violation_id, event_time, service, zone, tariff_id, tariff_version, quantity, charged_quantity,
    CAST(CAST(expected AS DECIMAL(38, 6)) * 1000000 AS HUGEINT) AS expected,
    CAST(CAST(charged AS DECIMAL(38, 6)) * 1000000 AS HUGEINT) AS charged
  FROM violation
  WHERE finding_id = $finding
    AND dt BETWEEN CAST($from AS DATE) AND CAST($to AS DATE)
    AND ($service IS NULL OR service = $service)
    AND ($zone IS NULL OR zone = $zone)
    AND ($offer_id IS NULL OR offer_id = $offer_id)
    AND ($segment IS NULL OR segment = $segment)
    AND ($source IS NULL OR source = $source)
    AND ($rating_source IS NULL OR rating_source = $rating_source)
    AND ($tariff_id IS NULL OR tariff_id = $tariff_id)
    AND ($tariff_version IS NULL OR tariff_version = CAST($tariff_version AS INTEGER))
    AND ($charged_version IS NULL OR charged_version = CAST($charged_version AS INTEGER))
    AND grain = 'record' AND tariff_id IS NOT NULL AND quantity IS NOT NULL AND zone IS NOT NULL
  ORDER BY violation_id
  LIMIT 1000
),
prices AS (
  SELECT
    tariff_id, version, valid_from, valid_to, service, zone, time_band, increment, minimum, rounding_method,
    CAST(CAST(price_per_increment AS DECIMAL(38, 6)) * 1000000 AS HUGEINT) AS price,
    CAST(CAST(connect_fee AS DECIMAL(38, 6)) * 1000000 AS HUGEINT) AS connect_fee,
    CAST(power(10, 6 - rounding_decimals) AS HUGEINT) AS unit
  FROM tariff
),
candidates AS (
  SELECT
    selected.violation_id, selected.charged, selected.expected, selected.quantity, prices.*,
    CASE
      WHEN prices.tariff_id <> selected.tariff_id THEN 'other-tariff'
      WHEN prices.version <> selected.tariff_version THEN 'other-version'
      WHEN prices.zone <> selected.zone THEN 'other-zone'
      ELSE 'other-time-band'
    END AS explanation
  FROM selected
  JOIN prices ON prices.service = selected.service
    AND (
      (prices.tariff_id = selected.tariff_id AND prices.zone = selected.zone)
      OR (prices.tariff_id = selected.tariff_id AND prices.version = selected.tariff_version)
      OR (
        prices.zone = selected.zone AND selected.event_time >= prices.valid_from
        AND (prices.valid_to IS NULL OR selected.event_time < prices.valid_to)
      )
    )
  UNION ALL
  SELECT
    selected.violation_id, selected.charged, selected.expected, selected.charged_quantity, prices.*, 'rated-quantity'
  FROM selected
  JOIN prices ON prices.service = selected.service AND prices.tariff_id = selected.tariff_id
    AND prices.version = selected.tariff_version AND prices.zone = selected.zone
  WHERE selected.charged_quantity IS NOT NULL AND selected.charged_quantity <> selected.quantity
),
exact_prices AS (
  SELECT *,
    CASE WHEN quantity = 0 THEN 0
      ELSE connect_fee + ((greatest(quantity, minimum) + increment - 1) // increment) * price
    END AS unrounded
  FROM candidates
),
priced AS (
  SELECT *,
    CASE rounding_method
      WHEN 'half_up' THEN ((2 * unrounded + unit) // (2 * unit)) * unit
      WHEN 'up' THEN ((unrounded + unit - 1) // unit) * unit
      ELSE (unrounded // unit) * unit
    END AS price_here
  FROM exact_prices
)
SELECT
  explanation,
  CASE explanation
    WHEN 'other-tariff' THEN tariff_id
    WHEN 'other-version' THEN CAST(version AS VARCHAR)
    WHEN 'other-zone' THEN zone
    WHEN 'other-time-band' THEN time_band
    ELSE 'as rated'
  END AS value,
  min(valid_from) AS valid_from,
  max(valid_to) AS valid_to,
  CAST(count(DISTINCT violation_id) FILTER (WHERE abs(price_here - charged) <= 50) AS INTEGER) AS exact,
  CAST((SELECT count(*) FROM selected) AS INTEGER) AS compared
FROM priced
GROUP BY 1, 2
HAVING exact > 0 OR explanation = 'other-version'
UNION ALL
SELECT NULL, NULL, NULL, NULL, 0, CAST(count(*) AS INTEGER) FROM selected
ORDER BY exact DESC, explanation NULLS LAST, value
LIMIT 20
