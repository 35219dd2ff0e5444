-- Grain: one violation per session of the day that was rated, that no usage record shows, and that was not billed.
-- What is late shows in the newest posting of the days read: there is no clock here.
WITH newest AS (SELECT max(posting_date) AS day FROM billed),
item AS (
  SELECT r.* FROM rated r CROSS JOIN scope s
  WHERE r.start_time >= s.from_at AND r.start_time < s.to_at AND r.amount <> 0 AND r.currency = s.currency
  QUALIFY row_number() OVER (PARTITION BY r.correlation_id ORDER BY r.rated_id, r.file_id, r.byte_offset, r.row_hash) = 1
),
free AS (SELECT DISTINCT subscription_id FROM subscription WHERE purpose <> 'customer'),
-- Files with fewer records than their trailers declare: what is missing of them is counted there.
short AS (
  SELECT d.service, d.period_start, d.period_end
  FROM (SELECT DISTINCT source, file_name, service, declared_records, period_start, period_end FROM file_trailer) d
  LEFT JOIN (SELECT source, file_id, service, count(*) AS records FROM usage GROUP BY ALL) u
    ON u.source = d.source AND u.file_id = d.file_name AND u.service = d.service
  WHERE d.declared_records > coalesce(u.records, 0)
)
SELECT
  'rated-only|' || i.correlation_id AS key, 'rated-not-billed' AS symptom, i.amount AS impact,
  CAST(i.start_time AS DATE) AS dt, i.start_time AS event_time, i.service, i.zone, i.offer_id, i.tariff_id,
  i.source AS rating_source, i.tariff_version AS charged_version, i.subscription_id, i.quantity,
  'rated' AS right_dataset, i.rated_id AS right_id, i.file_id AS right_file, i.byte_offset AS right_offset,
  i.row_hash AS right_hash
FROM item i
CROSS JOIN newest n
ANTI JOIN (SELECT correlation_id FROM usage) u ON u.correlation_id = i.correlation_id
ANTI JOIN (SELECT correlation_id FROM billed WHERE correlation_id IS NOT NULL) b ON b.correlation_id = i.correlation_id
ANTI JOIN free f ON f.subscription_id = i.subscription_id
WHERE n.day - CAST(i.start_time AS DATE) > CAST($lag_days AS INTEGER)
  AND NOT EXISTS (SELECT 1 FROM short s
    WHERE s.service = i.service AND i.start_time >= s.period_start AND i.start_time < s.period_end)
  AND NOT EXISTS (SELECT 1 FROM suspense q WHERE q.correlation_id = i.correlation_id);
