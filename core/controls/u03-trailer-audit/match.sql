-- Grain: one violation per file, source and service whose recount differs from its trailer, but for records that are
-- missing: those belong to the count at the hop. A record that is repeated in its file counts once.
-- The difference is worth the mean charge of a unit of the service on the day. A source that declares no quantities
-- (0 beside records) is only held to its records.
WITH declared AS (
  SELECT t.file_name, t.source, t.service, CAST(sum(t.declared_records) AS BIGINT) AS records,
    CAST(sum(t.declared_quantity) AS BIGINT) AS quantity, min(t.period_start) AS period_start,
    min(struct_pack(file_id := t.file_id, byte_offset := t.byte_offset, row_hash := t.row_hash)) AS r
  FROM file_trailer t CROSS JOIN scope s
  WHERE t.period_start >= s.from_at AND t.period_start < s.to_at
  GROUP BY t.file_name, t.source, t.service
),
found AS (
  SELECT file_id, source, service, count(*) AS records, CAST(sum(quantity) AS BIGINT) AS quantity
  FROM (
    SELECT DISTINCT u.file_id, u.source, u.service, u.start_time, u.correlation_id, u.record_id, u.partial_sequence,
      u.quantity, u.a_number
    FROM usage u CROSS JOIN scope s
    WHERE u.session_start >= s.from_at - to_days(1) AND u.session_start < s.to_at
      AND u.start_time >= s.from_at - to_days(1)
      AND u.file_id IN (SELECT file_name FROM declared)
  )
  GROUP BY file_id, source, service
),
differing AS (
  SELECT d.*, f.quantity AS found_quantity, f.records > d.records AS more,
    CASE WHEN d.quantity = 0 THEN
      -- What the records beyond those declared hold, by the mean of the file.
      -(f.quantity * (f.records - d.records) // f.records)
    ELSE d.quantity - f.quantity END AS difference
  FROM declared d
  JOIN found f ON f.file_id = d.file_name AND f.source = d.source AND f.service = d.service
  WHERE f.records > d.records
    OR (f.records = d.records AND d.quantity > 0
      AND abs(d.quantity - f.quantity) > CAST($units AS BIGINT)
      AND abs(d.quantity - f.quantity) * 1000 > d.quantity * CAST($relative_per_mille AS BIGINT))
)
SELECT
  'trailer|' || d.file_name || '|' || d.source || '|' || d.service AS key,
  CASE WHEN d.more THEN 'more-than-declared' ELSE 'volume-differs' END AS symptom,
  CAST(sign(d.difference) * share_of(w.amount, abs(d.difference), w.quantity) AS DECIMAL(18,6)) AS impact,
  true AS estimated, CAST(d.period_start AS DATE) AS dt, d.period_start AS event_time, d.service, d.source,
  d.quantity, d.found_quantity AS charged_quantity, 'file_trailer' AS left_dataset, d.file_name AS left_id, d.r.file_id AS left_file,
  d.r.byte_offset AS left_offset, d.r.row_hash AS left_hash
FROM differing d
LEFT JOIN unit_worth w ON w.service = d.service;
