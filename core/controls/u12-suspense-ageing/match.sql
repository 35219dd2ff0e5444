-- Grain: one violation per record of the day that is in suspense and too old, or was sent in again too often.
-- How old it is shows in the newest record that anything put aside in the days read: there is no clock here.
WITH newest AS (SELECT max(since) AS at FROM suspense),
record AS (
  SELECT * FROM suspense
  QUALIFY row_number() OVER (
    PARTITION BY source, record_id ORDER BY since DESC, attempts DESC, state, file_id, byte_offset, row_hash) = 1
),
-- What stands in usage all the same is judged there, session by session: its money is not counted here again.
judged AS (
  SELECT DISTINCT u.source, u.record_id FROM usage u SEMI JOIN record r ON r.source = u.source AND r.record_id = u.record_id
)
SELECT
  'suspense|' || r.source || '|' || r.record_id AS key,
  CASE WHEN r.attempts >= CAST($attempts AS BIGINT) THEN 'tried-in-vain' ELSE 'over-age' END AS symptom,
  CASE WHEN j.record_id IS NULL AND NOT EXISTS (
      SELECT 1 FROM lacking_file l WHERE l.source = r.source AND l.service = r.service
        AND l.period_start <= r.start_time AND r.start_time < l.period_end
    ) THEN share_of(w.amount, r.quantity, w.quantity) ELSE CAST(0 AS DECIMAL(18,6)) END AS impact,
  true AS estimated,
  CAST(r.start_time AS DATE) AS dt, r.start_time AS event_time, r.service, r.source, r.quantity,
  'suspense' AS left_dataset, r.record_id AS left_id, r.file_id AS left_file, r.byte_offset AS left_offset,
  r.row_hash AS left_hash
FROM record r
CROSS JOIN newest n
CROSS JOIN scope s
LEFT JOIN unit_worth w ON w.service = r.service
LEFT JOIN judged j ON j.source = r.source AND j.record_id = r.record_id
WHERE r.state IN ('suspended', 'rejected', 'recycled')
  AND r.start_time >= s.from_at AND r.start_time < s.to_at
  AND (r.attempts >= CAST($attempts AS BIGINT)
    OR n.at - r.since > to_days(CAST($lag_days AS INTEGER)));
