-- Grain: one row, the violation of the finding with this key, or the one with the largest amount.
SELECT
  violation_id, grain, key, symptom, CAST(dt AS VARCHAR) AS dt, event_time, subscription_id, account_id, service, zone,
  offer_id, tariff_id, tariff_version, charged_version, quantity, charged_quantity, expected, charged, impact
FROM violation
WHERE finding_id = $finding AND ($key IS NULL OR key = $key)
ORDER BY abs(impact) DESC, violation_id
LIMIT 1
