-- Grain: one row per UTC hour in which the finding has records.
SELECT
  strftime(date_trunc('hour', event_time), '%Y-%m-%dT%H:%M:%SZ') AS hour,
  CAST(sum(records) AS INTEGER) AS records
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
GROUP BY 1
ORDER BY 1
