-- Grain: one violation per session of the day that a probe saw and of which there is no usage record.
-- Matched by correlation id, else to usage that no other session claims, by numbers, start and quantity. What mediation
-- put aside is no loss here. Where a file of that time lacks records or is lost itself, other controls hold the money.
WITH seen AS (
  SELECT g.* FROM signalling g CROSS JOIN scope s
  WHERE g.quantity > 0 AND g.start_time >= s.from_at AND g.start_time < s.to_at
  QUALIFY row_number() OVER (PARTITION BY g.source, g.session_id ORDER BY g.file_id, g.byte_offset, g.row_hash) = 1
),
recorded AS (
  SELECT u.* FROM usage u CROSS JOIN scope s
  WHERE u.session_start >= s.from_at - to_days(1) AND u.session_start < s.to_at + to_days(1)
),
unknown AS (
  SELECT * FROM seen WHERE correlation_id IS NULL OR correlation_id NOT IN (SELECT correlation_id FROM recorded)
),
-- Grain: one session of usage of such a number that no session in signalling names. A record sent again counts once.
unclaimed AS (
  SELECT correlation_id, min(service) AS service, min(a_number) AS a_number, min(coalesce(b_number, '')) AS b_number,
    min(session_start) AS started, CAST(sum(quantity) AS BIGINT) AS quantity
  FROM (
    SELECT DISTINCT correlation_id, service, source, record_id, partial_sequence, a_number, b_number, session_start,
      start_time, quantity
    FROM recorded SEMI JOIN unknown USING (a_number) ANTI JOIN seen USING (correlation_id)
  )
  GROUP BY correlation_id
),
lacking AS (
  SELECT k.* FROM unknown k
  WHERE NOT EXISTS (
      SELECT 1 FROM unclaimed u
      WHERE u.a_number = k.a_number AND u.service = k.service AND u.b_number = coalesce(k.b_number, '')
        AND abs(epoch_ms(u.started) - epoch_ms(k.start_time)) <= CAST($seconds AS BIGINT) * 1000
        AND abs(u.quantity - k.quantity) <= CAST($units AS BIGINT))
    AND NOT EXISTS (
      SELECT 1 FROM suspense p
      WHERE p.correlation_id = k.correlation_id
        OR (p.service = k.service AND p.a_number = k.a_number AND coalesce(p.b_number, '') = coalesce(k.b_number, '')
          AND abs(epoch_ms(p.start_time) - epoch_ms(k.start_time)) <= CAST($seconds AS BIGINT) * 1000))
),
declared AS (
  SELECT t.file_name, t.source, t.service, CAST(sum(t.declared_records) AS BIGINT) AS records,
    min(t.period_start) AS period_start, max(t.period_end) AS period_end
  FROM file_trailer t
  CROSS JOIN scope s
  WHERE t.service IN (SELECT service FROM lacking)
    AND t.period_start >= s.from_at - to_days(1) AND t.period_start < s.to_at
  GROUP BY t.file_name, t.source, t.service
),
judged AS (
  SELECT k.*,
    EXISTS (
      SELECT 1 FROM lacking_file l
      WHERE l.service = k.service AND l.period_start <= k.start_time AND k.start_time < l.period_end
    ) OR EXISTS (
      SELECT 1 FROM (SELECT DISTINCT source, service FROM declared) d
      WHERE d.service = k.service AND NOT EXISTS (
        SELECT 1 FROM declared f
        WHERE f.source = d.source AND f.service = d.service
          AND f.period_start <= k.start_time AND k.start_time < f.period_end)
    ) AS counted_elsewhere
  FROM lacking k
)
SELECT
  'signalling|' || k.source || '|' || k.session_id AS key,
  CASE WHEN k.counted_elsewhere THEN 'session-of-lost-records' ELSE 'session-without-record' END AS symptom,
  CASE WHEN k.counted_elsewhere THEN CAST(0 AS DECIMAL(18,6)) ELSE share_of(w.amount, k.quantity, w.quantity) END AS impact,
  true AS estimated, CAST(k.start_time AS DATE) AS dt, k.start_time AS event_time, k.service, k.source, k.quantity,
  'signalling' AS left_dataset, k.session_id AS left_id, k.file_id AS left_file, k.byte_offset AS left_offset,
  k.row_hash AS left_hash
FROM judged k
LEFT JOIN unit_worth w ON w.service = k.service;
