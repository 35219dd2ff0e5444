-- Grain: one row per CDR of the session, in order.
SELECT record_id, partial_sequence, final_partial, source, service, visited_plmn, start_time, session_start, quantity, file_id, byte_offset
FROM read_parquet(string_split($paths, chr(10)))
WHERE correlation_id = $key
ORDER BY partial_sequence, record_id
LIMIT 20
