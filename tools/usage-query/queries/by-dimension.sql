-- Grain: one row per dimension and value. Records of the finding, and sessions (for fees: subscriptions) of the same days.
WITH affected AS (
  SELECT
    coalesce(CAST(service AS VARCHAR), '(none)') AS service,
    coalesce(CAST(zone AS VARCHAR), '(none)') AS zone,
    coalesce(CAST(offer_id AS VARCHAR), '(none)') AS offer_id,
    coalesce(CAST(segment AS VARCHAR), '(none)') AS segment,
    coalesce(CAST(source AS VARCHAR), '(none)') AS source,
    coalesce(CAST(rating_source AS VARCHAR), '(none)') AS rating_source,
    coalesce(CAST(tariff_id AS VARCHAR), '(none)') AS tariff_id,
    coalesce(CAST(tariff_version AS VARCHAR), '(none)') AS tariff_version,
    coalesce(CAST(charged_version AS VARCHAR), '(none)') AS charged_version,
    records, impact
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
sessions AS (
  SELECT
    coalesce(CAST(service AS VARCHAR), '(none)') AS service,
    coalesce(CAST(zone AS VARCHAR), '(none)') AS zone,
    coalesce(CAST(offer_id AS VARCHAR), '(none)') AS offer_id,
    coalesce(CAST(segment AS VARCHAR), '(none)') AS segment,
    coalesce(CAST(source AS VARCHAR), '(none)') AS source,
    coalesce(CAST(rating_source AS VARCHAR), '(none)') AS rating_source,
    coalesce(CAST(tariff_id AS VARCHAR), '(none)') AS tariff_id,
    coalesce(CAST(tariff_version AS VARCHAR), '(none)') AS tariff_version,
    coalesce(CAST(charged_version AS VARCHAR), '(none)') AS charged_version,
    sessions
  FROM population
  WHERE grain = $p_grain AND dt BETWEEN CAST($from AS DATE) AND CAST($to AS DATE)
    AND ($p_service IS NULL OR service = $p_service)
    AND ($p_zone IS NULL OR zone = $p_zone)
    AND ($p_offer_id IS NULL OR offer_id = $p_offer_id)
    AND ($p_segment IS NULL OR segment = $p_segment)
    AND ($p_source IS NULL OR source = $p_source)
    AND ($p_rating_source IS NULL OR rating_source = $p_rating_source)
    AND ($p_tariff_id IS NULL OR tariff_id = $p_tariff_id)
    AND ($p_tariff_version IS NULL OR tariff_version = CAST($p_tariff_version AS INTEGER))
    AND ($p_charged_version IS NULL OR charged_version = CAST($p_charged_version AS INTEGER))
),
affected_values AS (
  SELECT dimension, value, sum(records) AS records, sum(impact) AS impact
  FROM (
    UNPIVOT affected
    ON service, zone, offer_id, segment, source, rating_source, tariff_id, tariff_version, charged_version
    INTO NAME dimension VALUE value
  )
  GROUP BY dimension, value
),
session_values AS (
  SELECT dimension, value, sum(sessions) AS sessions
  FROM (
    UNPIVOT sessions
    ON service, zone, offer_id, segment, source, rating_source, tariff_id, tariff_version, charged_version
    INTO NAME dimension VALUE value
  )
  GROUP BY dimension, value
)
SELECT
  dimension,
  value,
  CAST(coalesce(records, 0) AS INTEGER) AS records,
  CAST(coalesce(sessions, 0) AS INTEGER) AS sessions,
  coalesce(impact, 0) AS impact
FROM affected_values
FULL JOIN session_values USING (dimension, value)
ORDER BY dimension, records DESC, sessions DESC, value
