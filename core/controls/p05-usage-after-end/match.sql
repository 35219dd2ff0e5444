-- Grain: one violation per session of the day of a number whose subscription has ended, or whose line is barred, for
-- longer than the grace. Nothing of it is billed.
WITH record AS (
  SELECT u.* FROM usage u CROSS JOIN scope s
  WHERE u.session_start >= s.from_at AND u.session_start < s.to_at AND u.a_number IS NOT NULL
  QUALIFY row_number() OVER (PARTITION BY u.source, u.record_id ORDER BY u.file_id, u.byte_offset, u.row_hash) = 1
),
session AS (
  SELECT correlation_id, min(session_start) AS at, CAST(sum(quantity) AS BIGINT) AS quantity,
    arg_min(struct_pack(record_id, source, service, a_number, imsi, file_id, byte_offset, row_hash),
      struct_pack(partial_sequence, record_id, file_id, byte_offset)) AS r
  FROM record GROUP BY correlation_id
),
-- The last subscription of a number that had ended before the grace.
ended AS (
  SELECT x.correlation_id, s.subscription_id, s.account_id, s.offer_id, s.segment, s.file_id, s.byte_offset, s.row_hash
  FROM session x JOIN subscription s ON s.msisdn = x.r.a_number
  WHERE s.purpose = 'customer'
    AND CAST(s.valid_to AS TIMESTAMP) + to_hours(CAST($lag_hours AS INTEGER)) <= x.at
  QUALIFY row_number() OVER (PARTITION BY x.correlation_id
    ORDER BY s.valid_to DESC, s.valid_from DESC, s.subscription_id, s.offer_id, s.row_hash) = 1
),
-- Whose number it is at the time, the grace and any change of day in local time included.
held AS (
  SELECT DISTINCT x.correlation_id FROM session x JOIN subscription s ON s.msisdn = x.r.a_number
  WHERE CAST(s.valid_from AS TIMESTAMP) - to_hours(CAST($lag_hours AS INTEGER)) <= x.at
    AND (s.valid_to IS NULL OR CAST(s.valid_to AS TIMESTAMP) + to_hours(CAST($lag_hours AS INTEGER)) > x.at)
),
line AS (
  SELECT x.correlation_id, n.status, n.active_from, n.file_id, n.byte_offset, n.row_hash, n.imsi
  FROM session x JOIN network_profile n ON n.msisdn = x.r.a_number
  WHERE CAST(n.active_from AS TIMESTAMP) <= x.at AND (n.active_to IS NULL OR CAST(n.active_to AS TIMESTAMP) > x.at)
  QUALIFY row_number() OVER (PARTITION BY x.correlation_id
    ORDER BY n.status, n.active_from DESC, n.imsi, n.file_id, n.byte_offset, n.row_hash) = 1
),
price AS (
  SELECT correlation_id, amount FROM rated
  QUALIFY row_number() OVER (PARTITION BY correlation_id ORDER BY rated_id, file_id, byte_offset, row_hash) = 1
),
found AS (
  SELECT x.*, 'used-after-end' AS symptom, e.subscription_id, e.account_id, e.offer_id, e.segment,
    coalesce(p.amount, share_of(w.amount, x.quantity, w.quantity)) AS amount, p.amount IS NULL AS guessed,
    'subscription' AS other, e.subscription_id AS other_id, e.file_id, e.byte_offset, e.row_hash
  FROM session x JOIN ended e USING (correlation_id)
  ANTI JOIN held USING (correlation_id)
  LEFT JOIN price p USING (correlation_id)
  LEFT JOIN unit_worth w ON w.service = x.r.service
  UNION ALL
  -- The session itself has a subscription, so whether it was charged is judged as for any other.
  SELECT x.*, 'used-while-barred', NULL, NULL, NULL, NULL, CAST(0 AS DECIMAL(18,6)), false,
    'network_profile', l.imsi, l.file_id, l.byte_offset, l.row_hash
  FROM session x JOIN line l USING (correlation_id) SEMI JOIN held USING (correlation_id)
  WHERE l.status = 'barred' AND CAST(l.active_from AS TIMESTAMP) + to_hours(CAST($lag_hours AS INTEGER)) <= x.at
)
SELECT
  'ended-line|' || f.correlation_id AS key, f.symptom, CAST(f.amount AS DECIMAL(18,6)) AS impact, f.guessed AS estimated,
  CAST(f.at AS DATE) AS dt, f.at AS event_time, f.r.service AS service, f.r.source AS source, f.quantity,
  f.subscription_id, f.account_id, f.offer_id, f.segment,
  'usage' AS left_dataset, f.r.record_id AS left_id, f.r.file_id AS left_file, f.r.byte_offset AS left_offset,
  f.r.row_hash AS left_hash,
  f.other AS right_dataset, f.other_id AS right_id, f.file_id AS right_file, f.byte_offset AS right_offset,
  f.row_hash AS right_hash
FROM found f
WHERE NOT EXISTS (SELECT 1 FROM billed b WHERE b.charge_type = 'usage' AND b.correlation_id = f.correlation_id);
