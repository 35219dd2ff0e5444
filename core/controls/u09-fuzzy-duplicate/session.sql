-- Grain: one session that has a neighbour, as rating reads it; a record that was sent again counts once.
CREATE OR REPLACE TEMP TABLE rate_input AS
SELECT correlation_id, min(source) AS source, min(service) AS service, min(a_number) AS a_number,
  min(b_number) AS b_number, min(nullif(visited_plmn, '')) AS visited_plmn, min(session_start) AS session_start,
  CAST(sum(quantity) AS BIGINT) AS quantity,
  min(struct_pack(record_id, file_id, byte_offset, row_hash)) AS r
FROM (
  SELECT * FROM usage SEMI JOIN u09_near USING (correlation_id)
  QUALIFY row_number() OVER (
    PARTITION BY correlation_id, source, record_id, partial_sequence, start_time, quantity, a_number
    ORDER BY file_id, byte_offset, row_hash) = 1
)
GROUP BY correlation_id;
