-- Folds usage records into sessions. Grain of usage_session: one row per correlation_id of `usage`.
-- A record that was sent again (same source, id, partial, start, quantity and number) counts once.
CREATE OR REPLACE TEMP TABLE usage_repeated AS
SELECT correlation_id FROM usage GROUP BY correlation_id HAVING count(*) > 1;

CREATE OR REPLACE TEMP TABLE usage_folded AS
WITH partial AS (
  SELECT * FROM usage SEMI JOIN usage_repeated USING (correlation_id)
  QUALIFY row_number() OVER (
    PARTITION BY correlation_id, source, record_id, partial_sequence, start_time, quantity, a_number
    ORDER BY file_id, byte_offset, row_hash) = 1
)
SELECT
  *, sum(quantity) OVER w AS session_quantity, count(*) OVER w AS partials,
  row_number() OVER (w ORDER BY partial_sequence, source, record_id, start_time, quantity, a_number,
    file_id, byte_offset, row_hash) AS position
FROM partial
WINDOW w AS (PARTITION BY correlation_id);

CREATE OR REPLACE TEMP TABLE usage_session AS
SELECT correlation_id, record_id, source, service, a_number, b_number, nullif(visited_plmn, '') AS visited_plmn,
  session_start, quantity, 1 AS partials, file_id, byte_offset, row_hash
FROM usage ANTI JOIN usage_repeated USING (correlation_id)
UNION ALL
SELECT correlation_id, record_id, source, service, a_number, b_number, nullif(visited_plmn, ''),
  session_start, CAST(session_quantity AS BIGINT), partials, file_id, byte_offset, row_hash
FROM usage_folded WHERE position = 1;

CREATE OR REPLACE TEMP VIEW rate_input AS SELECT * FROM usage_session;
