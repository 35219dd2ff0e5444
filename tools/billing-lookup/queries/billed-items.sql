-- Grain: one row per posting: of a session where `by` is correlation_id, else of a subscription without a session.
SELECT bill_item_id, charge_type, event_time, posting_date, period_from, period_to, amount, currency, reference, file_id, byte_offset
FROM read_parquet(string_split($paths, chr(10)))
WHERE ($by = 'correlation_id' AND correlation_id = $key)
  OR ($by = 'subscription_id' AND subscription_id = $key AND correlation_id IS NULL)
ORDER BY event_time, bill_item_id
LIMIT 40
