-- Files of `file_trailer` of which `usage` lacks records: their hours. The count at the hop holds the money of these, so
-- that a check of single records counts none for them. Grain: one file, source and service.
CREATE OR REPLACE TEMP VIEW lacking_file AS
  WITH declared AS (
    SELECT file_name, source, service, CAST(sum(declared_records) AS BIGINT) AS records,
      min(period_start) AS period_start, max(period_end) AS period_end
    FROM file_trailer GROUP BY file_name, source, service
  ),
  found AS (
    SELECT file_id, source, service, count(*) AS records
    FROM (
      SELECT DISTINCT file_id, source, service, start_time, correlation_id, record_id, partial_sequence, quantity, a_number
      FROM usage WHERE file_id IN (SELECT file_name FROM declared)
    )
    GROUP BY file_id, source, service
  )
  SELECT d.source, d.service, d.period_start, d.period_end
  FROM declared d
  LEFT JOIN found f ON f.file_id = d.file_name AND f.source = d.source AND f.service = d.service
  WHERE d.records > coalesce(f.records, 0);
