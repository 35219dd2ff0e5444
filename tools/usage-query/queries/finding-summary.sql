-- Grain: one row, the records of the finding that are selected.
SELECT
  CAST(count(*) AS INTEGER) AS violations,
  CAST(sum(records) AS INTEGER) AS records,
  CAST(count(DISTINCT subscription_id) AS INTEGER) AS subscriptions,
  CAST(count(DISTINCT account_id) AS INTEGER) AS accounts,
  sum(expected) AS expected,
  sum(charged) AS charged,
  sum(impact) AS impact,
  min(event_time) AS first_event,
  max(event_time) AS last_event,
  CAST(count(*) FILTER (WHERE charged = 0) AS INTEGER) AS charged_zero,
  min(currency) AS currency,
  string_agg(DISTINCT symptom, ', ' ORDER BY symptom) AS symptoms
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
