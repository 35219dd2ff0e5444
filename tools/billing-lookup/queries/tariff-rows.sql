-- Grain: one row per version and time band of one tariff, service and zone.
SELECT
  tariff_id, version, valid_from, valid_to, time_band, increment, minimum, price_per_increment, connect_fee, free,
  rounding_method, rounding_decimals, time_zone, peak_from_hour, peak_to_hour, currency
FROM tariff
WHERE tariff_id = $tariff AND service = $service AND zone = $zone
ORDER BY version DESC, time_band
LIMIT 12
