-- Grain: one violation per billed session that repeats, or overlaps with, a better one of the same line and number.
-- Better is what lasted longer, then what began earlier, then the source and the id that come first.
-- Twice: two sources, starts and quantities within the tolerance. Overlapping: a line that talks to a number cannot talk
-- to it in a second call. Nothing is due of such a session. What it was charged beyond or below its re-rated charge is
-- a gap of the session, which the controls of sessions take: here is the re-rated charge, and all of the charge where
-- there is no re-rated one. `prepare.sql` and `session.sql` have found and re-rated the sessions.
WITH session AS (
  SELECT i.correlation_id, i.source, i.service, i.a_number, coalesce(i.b_number, '') AS b_number,
    i.session_start AS started, i.quantity, i.r.record_id, i.r.file_id, i.r.byte_offset, i.r.row_hash,
    CASE WHEN g.outcome = 'free-by-purpose' THEN 0
      WHEN g.outcome = 'rated' AND coalesce(g.currency, s.currency) = s.currency AND NOT EXISTS (
        SELECT 1 FROM allowance w
        WHERE w.offer_id = g.offer_id AND w.service = i.service AND coalesce(w.zone, g.zone) = g.zone
          AND w.valid_from <= i.session_start AND (w.valid_to IS NULL OR i.session_start < w.valid_to)
      ) THEN g.expected END AS re_rated
  FROM rate_input i
  CROSS JOIN scope s
  LEFT JOIN rating g USING (correlation_id)
),
-- Items beyond the first are exact duplicates, and credits of such sessions are theirs.
item AS (
  SELECT b.*, count(*) FILTER (b.charge_type = 'usage') OVER (PARTITION BY b.correlation_id) AS items
  FROM (
    SELECT * FROM billed SEMI JOIN rate_input USING (correlation_id)
    WHERE charge_type IN ('usage', 'adjustment')
    QUALIFY row_number() OVER (
      PARTITION BY correlation_id, charge_type,
        CASE charge_type WHEN 'adjustment' THEN coalesce(reference, bill_item_id) ELSE bill_item_id END
      ORDER BY bill_item_id, file_id, byte_offset) = 1
  ) b
  CROSS JOIN scope s WHERE b.currency = s.currency
),
charge AS (
  SELECT correlation_id, min(struct_pack(bill_item_id := bill_item_id, file_id := file_id, byte_offset := byte_offset, row_hash := row_hash))
      FILTER (charge_type = 'usage') AS b,
    min(subscription_id) AS subscription_id, min(account_id) AS account_id,
    CAST(arg_min(amount, bill_item_id) FILTER (charge_type = 'usage')
      + coalesce(sum(amount) FILTER (charge_type = 'adjustment' AND items = 1), 0) AS DECIMAL(18,6)) AS amount
  FROM item GROUP BY correlation_id
),
charged AS (
  SELECT * FROM session JOIN charge USING (correlation_id) WHERE amount > 0
),
twin AS (
  SELECT c.correlation_id, k.correlation_id AS kept_id,
    k.source <> c.source AND abs(epoch_ms(k.started) - epoch_ms(c.started)) <= CAST($seconds AS BIGINT) * 1000
      AND abs(k.quantity - c.quantity) <= CAST($units AS BIGINT) AS repeated,
    k.service = 'voice' AND least(epoch_ms(k.started) + k.quantity * 1000, epoch_ms(c.started) + c.quantity * 1000)
      - greatest(epoch_ms(k.started), epoch_ms(c.started)) > CAST($seconds AS BIGINT) * 1000 AS overlapping
  FROM charged c
  JOIN charged k ON k.service = c.service AND k.a_number = c.a_number AND k.b_number = c.b_number
    AND k.correlation_id <> c.correlation_id
    AND (-k.quantity, k.started, k.source, k.correlation_id) < (-c.quantity, c.started, c.source, c.correlation_id)
  CROSS JOIN scope s
  WHERE c.started >= s.from_at AND c.started < s.to_at
)
SELECT
  'session|' || c.correlation_id AS key,
  CASE WHEN t.repeated THEN 'recorded-twice' ELSE 'overlapping' END AS symptom,
  CAST(-coalesce(c.re_rated, c.amount) AS DECIMAL(18,6)) AS impact,
  CAST(0 AS DECIMAL(18,6)) AS expected, c.amount AS charged,
  CAST(c.started AS DATE) AS dt, c.started AS event_time, c.subscription_id, c.account_id, c.service, c.source, c.quantity,
  'usage' AS left_dataset, c.record_id AS left_id, c.file_id AS left_file, c.byte_offset AS left_offset,
  c.row_hash AS left_hash, 'billed' AS right_dataset, c.b.bill_item_id AS right_id, c.b.file_id AS right_file,
  c.b.byte_offset AS right_offset, c.b.row_hash AS right_hash
FROM charged c
JOIN twin t USING (correlation_id)
WHERE (t.repeated OR t.overlapping) AND coalesce(c.re_rated, c.amount) <> 0
QUALIFY row_number() OVER (PARTITION BY c.correlation_id ORDER BY t.repeated DESC, t.kept_id) = 1;
