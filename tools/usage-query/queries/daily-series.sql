-- Grain: one row per day of the range. Records of the finding, and all sessions of its segment
-- on that day (for fees: subscriptions).
WITH days AS (
  SELECT CAST(day AS DATE) AS dt
  FROM generate_series(CAST($from AS DATE), CAST($to AS DATE), INTERVAL 1 DAY) AS series(day)
),
affected AS (
  SELECT dt, sum(records) AS records, sum(impact) AS impact
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
  GROUP BY dt
),
sessions AS (
  SELECT dt, sum(sessions) AS sessions
  FROM population
  WHERE grain = $p_grain
    AND ($p_service IS NULL OR service = $p_service)
    AND ($p_zone IS NULL OR zone = $p_zone)
    AND ($p_offer_id IS NULL OR offer_id = $p_offer_id)
    AND ($p_segment IS NULL OR segment = $p_segment)
    AND ($p_source IS NULL OR source = $p_source)
    AND ($p_rating_source IS NULL OR rating_source = $p_rating_source)
    AND ($p_tariff_id IS NULL OR tariff_id = $p_tariff_id)
    AND ($p_tariff_version IS NULL OR tariff_version = CAST($p_tariff_version AS INTEGER))
    AND ($p_charged_version IS NULL OR charged_version = CAST($p_charged_version AS INTEGER))
  GROUP BY dt
)
SELECT
  CAST(dt AS VARCHAR) AS day,
  CAST(coalesce(records, 0) AS INTEGER) AS records,
  CAST(coalesce(sessions, 0) AS INTEGER) AS sessions,
  coalesce(impact, 0) AS impact
FROM days
LEFT JOIN affected USING (dt)
LEFT JOIN sessions USING (dt)
ORDER BY dt
