-- Counts at the three hops of one day. Grain: one row per kind, file, service, source and hour, or per kind, service and
-- hour. Counts of several buckets of a day add up.
-- What stands in a file counts once, however often it is repeated there: a repeated record replaces none that is lost.
-- Records that repeat each other share a correlation id.
CREATE OR REPLACE TEMP TABLE usage_by_file_repeated AS
SELECT correlation_id FROM usage_by_file GROUP BY correlation_id HAVING count(*) > 1;

CREATE OR REPLACE TEMP VIEW received_record AS
SELECT file_id, source, service, start_time FROM usage_by_file ANTI JOIN usage_by_file_repeated USING (correlation_id)
UNION ALL
SELECT file_id, source, service, start_time FROM (
  SELECT DISTINCT file_id, source, service, start_time, correlation_id, record_id, partial_sequence, quantity, a_number
  FROM usage_by_file SEMI JOIN usage_by_file_repeated USING (correlation_id)
);

CREATE OR REPLACE TEMP TABLE hop AS
SELECT 'received' AS kind, CAST($day AS DATE) AS dt, file_id AS file, service, source,
  hour, '' AS note, CAST(sum(records) AS BIGINT) AS records, CAST(0 AS DECIMAL(38,6)) AS expected
FROM (
  SELECT file_id, source, service, date_trunc('hour', start_time)::TIMESTAMP_MS AS hour, 1 AS records
  FROM received_record WHERE CAST(start_time AS DATE) = CAST($day AS DATE)
  UNION ALL
  SELECT file, source, service, hour, records FROM settled_received
)
GROUP BY ALL
UNION ALL
SELECT 'declared', CAST($day AS DATE), file_name, service, source, date_trunc('hour', period_start)::TIMESTAMP_MS, '',
  CAST(sum(declared_records) AS BIGINT), 0
FROM file_trailer GROUP BY ALL
UNION ALL
-- What a record of a service is worth on the day: its re-rated charges over all its records, repeated ones once.
SELECT 'worth', CAST($day AS DATE), '', service, '', CAST($day AS TIMESTAMP_MS), '', CAST(sum(partials) AS BIGINT), 0
FROM (SELECT service, partials FROM usage_session UNION ALL SELECT service, sessions FROM settled_session) GROUP BY ALL
UNION ALL
SELECT 'worth', CAST($day AS DATE), '', service, '', CAST($day AS TIMESTAMP_MS), '', 0, sum(expected)
FROM (SELECT service, expected FROM session WHERE has_usage UNION ALL SELECT service, expected FROM settled_session)
GROUP BY ALL
UNION ALL
SELECT 'unaccounted', dt, '', service, '', date_trunc('hour', event_time)::TIMESTAMP_MS,
  CASE WHEN has_usage OR items > 0 THEN 'billed-without-rating' ELSE 'rated-without-usage' END, count(*), 0
FROM session
WHERE settled IS DISTINCT FROM 'not-evaluable'
  AND ((has_rated AND NOT has_usage AND items = 0) OR (has_usage AND items > 0 AND NOT has_rated))
GROUP BY ALL;
