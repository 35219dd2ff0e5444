-- Records of settled sessions per file: all of the day, less those of sessions that are judged by themselves.
CREATE OR REPLACE TEMP TABLE settled_received AS
SELECT file, service, source, make_timestamp_ms(hour_no * 3600000)::TIMESTAMP_MS AS hour, CAST(sum(records) AS BIGINT) AS records
FROM (
  SELECT file, service, source, hour_no, records FROM settle_received
  UNION ALL
  SELECT file_id, service, source, epoch_ms(start_time) // 3600000, -1 FROM usage
)
WHERE hour_no // 24 = CAST($day AS DATE) - DATE '1970-01-01'
GROUP BY ALL HAVING sum(records) <> 0;
