-- Grain: one row per rated item of the session.
SELECT rated_id, subscription_id, source, service, start_time, quantity, zone, offer_id, tariff_id, tariff_version, rate_path, amount, currency, file_id, byte_offset
FROM read_parquet(string_split($paths, chr(10)))
WHERE correlation_id = $key
ORDER BY rated_id
LIMIT 20
