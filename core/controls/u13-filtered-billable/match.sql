-- Grain: one violation per record of the day that a filter dropped although its rule says billable, or without a rule.
-- What stands in usage all the same was not dropped. Nothing has priced the record: it is worth the mean charge of a unit
-- of the service on the day. Where the file of its hour lacks records, the count at the hop holds the money.
WITH record AS (
  SELECT * FROM suspense
  QUALIFY row_number() OVER (
    PARTITION BY source, record_id ORDER BY since DESC, attempts DESC, state, file_id, byte_offset, row_hash) = 1
),
dropped AS (
  SELECT r.* FROM record r CROSS JOIN scope s
  WHERE r.state = 'filtered' AND r.start_time >= s.from_at AND r.start_time < s.to_at
    AND NOT EXISTS (
      SELECT 1 FROM usage u CROSS JOIN scope d
      WHERE u.session_start >= d.from_at AND u.session_start < d.to_at
        AND u.source = r.source AND u.record_id = r.record_id)
),
-- Of several rules that hold, one that says billable.
rule AS (
  SELECT d.source, d.record_id, bool_or(f.billable) AS billable
  FROM dropped d
  JOIN filter_rule f ON f.rule = d.reason AND f.service = d.service
    AND f.valid_from <= d.start_time AND (f.valid_to IS NULL OR d.start_time < f.valid_to)
  GROUP BY d.source, d.record_id
)
SELECT
  'filtered|' || d.source || '|' || d.record_id AS key,
  CASE WHEN f.billable THEN 'filtered-billable' ELSE 'filtered-without-rule' END AS symptom,
  CASE WHEN f.billable AND NOT EXISTS (
      SELECT 1 FROM lacking_file l WHERE l.source = d.source AND l.service = d.service
        AND l.period_start <= d.start_time AND d.start_time < l.period_end
    ) THEN share_of(w.amount, d.quantity, w.quantity) ELSE CAST(0 AS DECIMAL(18,6)) END AS impact,
  true AS estimated, CAST(d.start_time AS DATE) AS dt, d.start_time AS event_time, d.service, d.source, d.quantity,
  'suspense' AS left_dataset, d.record_id AS left_id, d.file_id AS left_file, d.byte_offset AS left_offset,
  d.row_hash AS left_hash
FROM dropped d
LEFT JOIN rule f ON f.source = d.source AND f.record_id = d.record_id
LEFT JOIN unit_worth w ON w.service = d.service
WHERE coalesce(f.billable, true) AND (SELECT count(*) FROM dropped) > CAST($records AS BIGINT);
