-- Grain: one violation per test or internal line and day with more sessions, or more worth, than the threshold.
WITH record AS (
  SELECT u.* FROM usage u CROSS JOIN scope s
  WHERE u.session_start >= s.from_at AND u.session_start < s.to_at
  QUALIFY row_number() OVER (PARTITION BY u.source, u.record_id ORDER BY u.file_id, u.byte_offset, u.row_hash) = 1
),
session AS (
  SELECT correlation_id, min(session_start) AS at, min(service) AS service, min(a_number) AS a_number,
    CAST(sum(quantity) AS BIGINT) AS quantity,
    arg_min(struct_pack(record_id, file_id, byte_offset, row_hash), struct_pack(partial_sequence, record_id, file_id, byte_offset)) AS r
  FROM record GROUP BY correlation_id
),
customer AS (SELECT DISTINCT subscription_id FROM subscription WHERE purpose = 'customer'),
worth AS (
  SELECT r.service, CAST(sum(r.amount) AS DECIMAL(18,6)) AS amount, CAST(sum(r.quantity) AS BIGINT) AS quantity
  FROM rated r SEMI JOIN customer USING (subscription_id) GROUP BY r.service
),
owned AS (
  SELECT x.*, s.subscription_id, s.account_id, s.offer_id, s.segment, s.purpose, s.file_id, s.byte_offset, s.row_hash
  FROM session x JOIN subscription s ON s.msisdn = x.a_number
  WHERE s.valid_from <= CAST(x.at AS DATE) AND (s.valid_to IS NULL OR s.valid_to > CAST(x.at AS DATE))
  QUALIFY row_number() OVER (PARTITION BY x.correlation_id
    ORDER BY s.valid_from DESC, s.subscription_id, s.offer_id, s.account_id, s.row_hash) = 1
),
line AS (
  SELECT o.subscription_id, o.purpose, count(*) AS sessions, CAST(sum(o.quantity) AS BIGINT) AS quantity,
    CAST(coalesce(sum(share_of(w.amount, o.quantity, w.quantity)), 0) AS DECIMAL(18,6)) AS amount, min(o.at) AS at,
    min(o.account_id) AS account_id, min(o.offer_id) AS offer_id, min(o.segment) AS segment,
    arg_min(o.r, struct_pack(o.at, o.correlation_id)) AS r,
    arg_min(struct_pack(o.file_id, o.byte_offset, o.row_hash), struct_pack(o.at, o.correlation_id)) AS l
  FROM owned o LEFT JOIN worth w ON w.service = o.service
  WHERE o.purpose <> 'customer'
    AND NOT EXISTS (SELECT 1 FROM billed b WHERE b.charge_type = 'usage' AND b.correlation_id = o.correlation_id)
  GROUP BY o.subscription_id, o.purpose
)
SELECT
  'free-line|' || subscription_id || '|' || strftime(CAST(s.first_day AS TIMESTAMP), '%Y-%m-%d') AS key,
  CASE purpose WHEN 'test' THEN 'test-line-used' ELSE 'internal-line-used' END AS symptom,
  amount AS impact, true AS estimated, CAST(sessions AS INTEGER) AS records, line.at AS event_time,
  subscription_id, account_id, offer_id, segment,
  'usage' AS left_dataset, r.record_id AS left_id, r.file_id AS left_file, r.byte_offset AS left_offset, r.row_hash AS left_hash,
  'subscription' AS right_dataset, subscription_id AS right_id, l.file_id AS right_file, l.byte_offset AS right_offset,
  l.row_hash AS right_hash
FROM line CROSS JOIN scope s
WHERE amount > CAST($absolute_eur AS DECIMAL(18,6)) OR sessions > CAST($records AS BIGINT);
