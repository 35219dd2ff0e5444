-- Grain: one violation per cut session of the day whose chain of partials has a hole, two ends or none.
-- The money is what the session should have been, less what its records make of it: the mean partial for each that is
-- missing, minus a final partial that stands beside another of the same start. A chain without an end is not priced:
-- nothing says how long it went on. Where a file of the same time lacks records, the count at the hop holds the money.
WITH chain_id AS (
  SELECT DISTINCT u.correlation_id
  FROM usage u CROSS JOIN scope s
  WHERE (u.partial_sequence > 1 OR NOT u.final_partial)
    AND u.session_start >= s.from_at AND u.session_start < s.to_at
),
part AS (
  SELECT *, row_number() OVER (
    PARTITION BY correlation_id, final_partial ORDER BY partial_sequence DESC, quantity DESC, record_id DESC) AS rank
  FROM (
    SELECT DISTINCT correlation_id, source, service, record_id, partial_sequence, final_partial, session_start, start_time,
      quantity, a_number
    FROM usage SEMI JOIN chain_id USING (correlation_id)
  )
),
final AS (SELECT correlation_id, partial_sequence, start_time FROM part WHERE final_partial AND rank = 1),
chain AS (
  SELECT p.correlation_id, min(p.source) AS source, min(p.service) AS service, min(p.session_start) AS session_start,
    min(p.start_time) AS first_start, max(p.start_time) AS last_start, min(p.record_id) AS record_id,
    CAST(sum(p.quantity) AS BIGINT) AS quantity, count(*) AS records,
    max(p.partial_sequence) - count(DISTINCT p.partial_sequence) AS missing,
    count(*) FILTER (p.final_partial) AS finals,
    CAST(coalesce(sum(p.quantity) FILTER (p.final_partial AND p.rank > 1
      AND (p.start_time = f.start_time OR p.partial_sequence = f.partial_sequence)), 0) AS BIGINT) AS repeated
  FROM part p
  LEFT JOIN final f USING (correlation_id)
  GROUP BY p.correlation_id
),
newest AS (
  SELECT max(u.start_time) AS at FROM usage u CROSS JOIN scope s
  WHERE u.session_start >= s.from_at AND u.session_start < s.to_at + to_days(1)
),
broken AS (
  SELECT c.*,
    CASE
      WHEN c.missing > CAST($records AS BIGINT) THEN 'partial-missing'
      WHEN c.finals > 1 THEN 'final-twice'
      ELSE 'no-final'
    END AS symptom
  FROM chain c CROSS JOIN newest n
  WHERE c.missing > CAST($records AS BIGINT) OR c.finals > 1
    OR (c.finals = 0 AND n.at - c.last_start > to_hours(CAST($lag_hours AS INTEGER)))
),
declared AS (
  SELECT t.file_name, t.source, t.service, CAST(sum(t.declared_records) AS BIGINT) AS records,
    min(t.period_start) AS period_start, max(t.period_end) AS period_end
  FROM file_trailer t
  SEMI JOIN (SELECT source, service FROM broken WHERE symptom = 'partial-missing') b
    ON b.source = t.source AND b.service = t.service
  GROUP BY t.file_name, t.source, t.service
),
found AS (
  SELECT file_id, source, service, count(*) AS records
  FROM (
    SELECT DISTINCT file_id, source, service, start_time, correlation_id, record_id, partial_sequence, quantity, a_number
    FROM usage WHERE file_id IN (SELECT file_name FROM declared)
  )
  GROUP BY file_id, source, service
),
lost AS (
  SELECT d.* FROM declared d
  LEFT JOIN found f ON f.file_id = d.file_name AND f.source = d.source AND f.service = d.service
  WHERE d.records > coalesce(f.records, 0)
),
rate AS (
  SELECT correlation_id, amount, quantity FROM rated SEMI JOIN broken USING (correlation_id)
  QUALIFY row_number() OVER (PARTITION BY correlation_id ORDER BY rated_id, file_id, byte_offset, row_hash) = 1
),
record AS (
  SELECT correlation_id, record_id, min(struct_pack(file_id, byte_offset, row_hash)) AS r
  FROM usage SEMI JOIN broken USING (correlation_id, record_id) GROUP BY ALL
),
priced AS (
  SELECT b.*,
    CASE WHEN r.quantity > 0 THEN r.amount ELSE w.amount END AS amount,
    CASE WHEN r.quantity > 0 THEN r.quantity ELSE w.quantity END AS whole,
    EXISTS (
      SELECT 1 FROM lost l WHERE l.source = b.source AND l.service = b.service
        AND l.period_end > b.first_start AND l.period_start <= b.last_start
    ) AS counted_at_hop
  FROM broken b
  LEFT JOIN rate r USING (correlation_id)
  LEFT JOIN unit_worth w ON w.service = b.service
)
SELECT
  'chain|' || correlation_id AS key,
  symptom,
  CAST(CASE
    WHEN symptom = 'partial-missing' AND NOT counted_at_hop
      THEN share_of(amount, quantity * missing // records, whole)
    WHEN symptom = 'final-twice' THEN -share_of(amount, repeated, whole)
    ELSE 0
  END AS DECIMAL(18,6)) AS impact,
  true AS estimated, CAST(session_start AS DATE) AS dt, session_start AS event_time, service, source, quantity, records,
  'usage' AS left_dataset, record_id AS left_id, r.file_id AS left_file, r.byte_offset AS left_offset,
  r.row_hash AS left_hash
FROM priced JOIN record USING (correlation_id, record_id);
