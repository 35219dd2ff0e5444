-- Grain: one row, sums over the records of the finding in millionths of the currency unit, exact.
WITH selected AS (
  SELECT
    CAST(CAST(expected AS DECIMAL(38, 6)) * 1000000 AS HUGEINT) AS expected,
    CAST(CAST(charged AS DECIMAL(38, 6)) * 1000000 AS HUGEINT) AS charged,
    quantity,
    charged_quantity
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
),
totals AS (
  SELECT sum(expected) AS expected, sum(charged) AS charged FROM selected
),
commonest AS (
  SELECT charged_quantity AS commonest_quantity, count(*) AS records
  FROM selected
  WHERE charged_quantity IS NOT NULL AND charged_quantity <> quantity
  GROUP BY charged_quantity
  ORDER BY records DESC, charged_quantity
  LIMIT 1
)
SELECT
  CAST(count(*) AS INTEGER) AS records,
  CAST(totals.expected AS VARCHAR) AS expected_micros,
  CAST(totals.charged AS VARCHAR) AS charged_micros,
  CAST(count(*) FILTER (WHERE selected.charged = 0) AS INTEGER) AS charged_zero,
  CAST(count(*) FILTER (WHERE selected.charged < selected.expected) AS INTEGER) AS charged_less,
  CAST(count(*) FILTER (WHERE selected.charged > selected.expected) AS INTEGER) AS charged_more,
  CAST(count(*) FILTER (WHERE selected.expected <> 0 AND selected.charged = 2 * selected.expected) AS INTEGER) AS charged_double,
  -- Half a cent either way is what rounding can do to one charge; below ten times that a ratio says nothing.
  CAST(count(*) FILTER (WHERE selected.expected >= 50000) AS INTEGER) AS comparable,
  CAST(count(*) FILTER (
    WHERE selected.expected >= 50000
      AND abs(selected.charged * totals.expected - selected.expected * totals.charged) <= 5000 * abs(totals.expected)
  ) AS INTEGER) AS at_common_ratio,
  CAST(count(*) FILTER (WHERE quantity IS NOT NULL AND charged_quantity IS NOT NULL) AS INTEGER) AS with_quantities,
  CAST(count(*) FILTER (WHERE charged_quantity <> quantity) AS INTEGER) AS quantity_differs,
  CAST(count(*) FILTER (WHERE charged_quantity < quantity) AS INTEGER) AS quantity_less,
  CAST(sum(quantity) FILTER (WHERE charged_quantity IS NOT NULL) AS VARCHAR) AS quantity_used,
  CAST(sum(charged_quantity) FILTER (WHERE quantity IS NOT NULL) AS VARCHAR) AS quantity_rated,
  CAST(min(quantity) FILTER (WHERE charged_quantity <> quantity) AS VARCHAR) AS smallest_used_where_differs,
  CAST(max(charged_quantity) FILTER (WHERE charged_quantity <> quantity) AS VARCHAR) AS largest_rated_where_differs,
  CAST(any_value(commonest_quantity) AS VARCHAR) AS commonest_rated_quantity,
  CAST(any_value(commonest.records) AS INTEGER) AS commonest_rated_records
FROM selected
CROSS JOIN totals
LEFT JOIN commonest ON TRUE
GROUP BY totals.expected, totals.charged
