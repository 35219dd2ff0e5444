-- Grain: one violation per gap in the file numbers of a source and service, per number used twice, per restart.
-- Files are put in order of the time they cover, not of arrival: a late file leaves no gap. Numbers begin again at 0 or 1
-- after the last one that their digits allow (9999, 99999 …); anywhere else that is a restart.
-- The money of missing files is the mean number of records of a file times the mean charge of a record of the day.
WITH file AS (
  SELECT t.source, t.file_name, min(t.file_sequence) AS number, min(t.period_start) AS period_start,
    max(t.period_end) AS period_end, min(struct_pack(file_id := t.file_id, byte_offset := t.byte_offset, row_hash := t.row_hash)) AS r
  FROM file_trailer t CROSS JOIN scope s
  WHERE t.period_start >= s.from_at - to_days(1) AND t.period_start < s.to_at
  GROUP BY t.source, t.file_name
),
-- Grain: one file, with the run of numbers that it belongs to.
run AS (
  SELECT *, CAST(sum(CASE WHEN number <= 1 AND before > number THEN 1 ELSE 0 END) OVER (
    PARTITION BY source ORDER BY period_start, number, file_name) AS BIGINT) AS run
  FROM (
    SELECT *, lag(number) OVER (PARTITION BY source ORDER BY period_start, number, file_name) AS before FROM file
  )
),
step AS (
  SELECT *,
    lag(number) OVER w AS last_number, lag(period_end) OVER w AS last_end, lag(file_name) OVER w AS last_name, lag(r) OVER w AS l
  FROM run
  WINDOW w AS (PARTITION BY source, run ORDER BY number, period_start, file_name)
),
broken AS (
  SELECT t.* FROM step t CROSS JOIN scope s
  WHERE t.period_start >= s.from_at AND t.period_start < s.to_at
    AND (t.number = t.last_number OR t.number - t.last_number - 1 > CAST($files AS BIGINT))
),
-- Grain: one source and service: what its files hold.
held AS (
  SELECT t.source, t.service, CAST(sum(t.declared_records) AS BIGINT) AS records, count(DISTINCT t.file_name) AS files
  FROM file_trailer t CROSS JOIN scope s
  WHERE t.period_start >= s.from_at - to_days(1) AND t.period_start < s.to_at
  GROUP BY t.source, t.service
),
-- Records of the time of a gap, in a file of which there is no trailer: only the trailer is lost.
arrived AS (
  SELECT DISTINCT g.source, g.number
  FROM broken g
  JOIN usage u ON u.source = g.source AND u.start_time >= g.last_end AND u.start_time < g.period_start
  WHERE u.file_id NOT IN (SELECT file_name FROM file)
),
gap AS (
  SELECT g.*, h.service, (g.number - g.last_number - 1) * h.records // h.files AS records, w.amount, w.records AS whole,
    a.source IS NOT NULL AS only_trailer
  FROM broken g
  JOIN held h USING (source)
  LEFT JOIN record_worth w ON w.service = h.service
  LEFT JOIN arrived a ON a.source = g.source AND a.number = g.number
  WHERE g.number <> g.last_number
)
SELECT
  'file|' || source || '|' || (last_number + 1) || '-' || (number - 1) || '|' || service AS key,
  CASE WHEN only_trailer THEN 'trailer-missing' ELSE 'files-missing' END AS symptom,
  CASE WHEN only_trailer THEN CAST(0 AS DECIMAL(18,6)) ELSE share_of(amount, records, whole) END AS impact,
  true AS estimated, records, CAST(period_start AS DATE) AS dt, last_end AS event_time, service, source,
  'file_trailer' AS left_dataset, last_name AS left_id,
  l.file_id AS left_file, l.byte_offset AS left_offset, l.row_hash AS left_hash,
  'file_trailer' AS right_dataset, file_name AS right_id, r.file_id AS right_file, r.byte_offset AS right_offset,
  r.row_hash AS right_hash
FROM gap
UNION ALL
SELECT 'file|' || source || '|' || number || '|' || file_name, 'number-repeated', CAST(0 AS DECIMAL(18,6)), false, 1,
  CAST(period_start AS DATE), period_start, NULL, source, 'file_trailer', last_name,
  l.file_id, l.byte_offset, l.row_hash, 'file_trailer', file_name, r.file_id, r.byte_offset, r.row_hash
FROM broken WHERE number = last_number
UNION ALL
SELECT 'file|' || t.source || '|' || t.before || '-' || t.number, 'numbers-restarted', CAST(0 AS DECIMAL(18,6)), false, 1,
  CAST(t.period_start AS DATE), t.period_start, NULL, t.source, NULL, NULL, NULL, NULL, NULL,
  'file_trailer', t.file_name, t.r.file_id, t.r.byte_offset, t.r.row_hash
FROM step t CROSS JOIN scope s
WHERE t.before > t.number AND t.number <= 1 AND NOT regexp_matches(CAST(t.before AS VARCHAR), '^9{4,}$')
  AND t.period_start >= s.from_at AND t.period_start < s.to_at;
