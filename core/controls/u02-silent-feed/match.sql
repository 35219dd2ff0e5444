-- Grain: one violation per day and service of a source that was silent for longer than the factor times its usual interval.
-- There is no clock: a silence lasts until the next file of the source, else until the newest time that any source has
-- covered. A silence after which the numbers go on further than by one is left to the control of file numbers, where that
-- sees both files (of one day and the day before). Forecast: records per covered time of the days before.
WITH file AS (
  SELECT t.source, t.file_name, min(t.file_sequence) AS number, min(t.period_start) AS period_start,
    max(t.period_end) AS period_end, min(struct_pack(file_id := t.file_id, byte_offset := t.byte_offset, row_hash := t.row_hash)) AS r
  FROM file_trailer t CROSS JOIN scope s
  WHERE t.period_start >= s.from_at - to_days(7) AND t.period_start < s.to_at + to_days(1)
  GROUP BY t.source, t.file_name
),
newest AS (SELECT max(period_end) AS at FROM file),
paced AS (
  SELECT *,
    max(period_end) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS covered,
    lead(period_start) OVER w AS next_start, lead(number) OVER w AS next_number,
    epoch_ms(lead(period_start) OVER w) - epoch_ms(period_start) AS interval_ms
  FROM file
  WINDOW w AS (PARTITION BY source ORDER BY period_start, number, file_name)
),
-- With fewer than three intervals nothing is usual.
usual AS (
  SELECT source, quantile_disc(interval_ms, 0.5) AS interval_ms FROM paced
  WHERE interval_ms > 0 GROUP BY source HAVING count(*) >= 3
),
silence AS (
  SELECT p.source, p.file_name, p.r, greatest(p.covered, s.from_at) AS silent_from,
    least(coalesce(p.next_start, n.at), s.to_at) AS silent_to
  FROM paced p
  JOIN usual u USING (source)
  CROSS JOIN newest n
  CROSS JOIN scope s
  WHERE (epoch_ms(coalesce(p.next_start, n.at)) - epoch_ms(p.covered)) * 1000
      > u.interval_ms * CAST($factor_per_mille AS BIGINT)
    AND NOT (p.next_number IS NOT NULL AND p.next_number > p.number + 1
      AND p.period_start >= CAST(CAST(p.next_start AS DATE) AS TIMESTAMP_MS) - to_days(1))
    AND p.covered < s.to_at AND coalesce(p.next_start, n.at) > s.from_at
),
-- Grain: one source and service: what came per covered time.
held AS (
  SELECT t.source, t.service, CAST(sum(t.declared_records) AS BIGINT) AS records,
    CAST(sum(epoch_ms(t.period_end) - epoch_ms(t.period_start)) AS BIGINT) AS covered_ms
  FROM file_trailer t CROSS JOIN scope s
  WHERE t.period_start >= s.from_at - to_days(7) AND t.period_start < s.to_at
  GROUP BY t.source, t.service
),
forecast AS (
  SELECT i.*, h.service, w.amount, w.records AS whole,
    CAST(CAST(h.records AS HUGEINT) * (epoch_ms(i.silent_to) - epoch_ms(i.silent_from)) // h.covered_ms AS BIGINT) AS records
  FROM silence i
  JOIN held h USING (source)
  LEFT JOIN record_worth w ON w.service = h.service
  WHERE h.covered_ms > 0
)
SELECT
  'feed|' || source || '|' || strftime(CAST(silent_from AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S') || '|' || service AS key,
  'feed-silent' AS symptom,
  share_of(amount, records, whole) AS impact,
  true AS estimated, records, CAST(silent_from AS DATE) AS dt, silent_from AS event_time, service, source,
  'file_trailer' AS left_dataset, file_name AS left_id, r.file_id AS left_file,
  r.byte_offset AS left_offset, r.row_hash AS left_hash
FROM forecast;
