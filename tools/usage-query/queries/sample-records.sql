-- Grain: one row per record of the finding, largest amount first.
SELECT
  violation_id, control_id, key, symptom, event_time, subscription_id, account_id, service, zone, offer_id, segment,
  source, rating_source, tariff_id, tariff_version, charged_version, quantity, charged_quantity, expected, charged,
  impact, estimated, records, left_dataset, left_id, left_file, left_offset, right_dataset, right_id, right_file, right_offset
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
ORDER BY abs(impact) DESC, violation_id
LIMIT $limit
