-- Grain: one violation per billed session that repeats, or overlaps with, a better one of the same line and number.
-- Better is what lasted longer, then what began earlier, then the source and the id that come first.
-- Twice: two sources, starts and quantities within the tolerance. Overlapping: a line that talks to a number cannot talk
-- to it in a second call. The money is the smaller of the two charges: what else the worse one was charged is a wrong
-- price, which the controls of prices see.
WITH opening AS (
  SELECT u.correlation_id, u.service, u.a_number, coalesce(u.b_number, '') AS b_number, u.session_start
  FROM usage u CROSS JOIN scope s
  WHERE u.partial_sequence = 1 AND u.quantity > 0 AND u.session_start >= s.from_at AND u.session_start < s.to_at
),
pair AS (
  SELECT service, a_number, b_number FROM opening GROUP BY ALL HAVING min(correlation_id) <> max(correlation_id)
),
near AS (
  SELECT DISTINCT correlation_id FROM (
    SELECT *,
      epoch_ms(session_start) - epoch_ms(lag(session_start) OVER w) AS after_ms,
      epoch_ms(lead(session_start) OVER w) - epoch_ms(session_start) AS before_ms
    FROM opening SEMI JOIN pair USING (service, a_number, b_number)
    WINDOW w AS (PARTITION BY service, a_number, b_number ORDER BY session_start, correlation_id)
  )
  WHERE service = 'voice' OR least(after_ms, before_ms) <= CAST($seconds AS BIGINT) * 1000
),
-- Grain: one session that has a neighbour; a record that was sent again counts once.
session AS (
  SELECT correlation_id, min(source) AS source, min(service) AS service, min(a_number) AS a_number,
    min(coalesce(b_number, '')) AS b_number, min(session_start) AS started, CAST(sum(quantity) AS BIGINT) AS quantity,
    min(record_id) AS record_id, arg_min(file_id, record_id) AS file_id, arg_min(byte_offset, record_id) AS byte_offset,
    arg_min(row_hash, record_id) AS row_hash
  FROM (
    SELECT * FROM usage SEMI JOIN near USING (correlation_id)
    QUALIFY row_number() OVER (
      PARTITION BY correlation_id, source, record_id, partial_sequence, start_time, quantity, a_number
      ORDER BY file_id, byte_offset, row_hash) = 1
  )
  GROUP BY correlation_id
),
-- Items beyond the first are exact duplicates, and credits of such sessions are theirs.
item AS (
  SELECT b.*, count(*) FILTER (b.charge_type = 'usage') OVER (PARTITION BY b.correlation_id) AS items
  FROM (
    SELECT * FROM billed SEMI JOIN near USING (correlation_id)
    WHERE charge_type IN ('usage', 'adjustment')
    QUALIFY row_number() OVER (
      PARTITION BY correlation_id, charge_type,
        CASE charge_type WHEN 'adjustment' THEN coalesce(reference, bill_item_id) ELSE bill_item_id END
      ORDER BY bill_item_id, file_id, byte_offset) = 1
  ) b
  CROSS JOIN scope s WHERE b.currency = s.currency
),
charge AS (
  SELECT correlation_id, min(bill_item_id) FILTER (charge_type = 'usage') AS bill_item_id,
    min(subscription_id) AS subscription_id, min(account_id) AS account_id,
    CAST(arg_min(amount, bill_item_id) FILTER (charge_type = 'usage')
      + coalesce(sum(amount) FILTER (charge_type = 'adjustment' AND items = 1), 0) AS DECIMAL(18,6)) AS amount
  FROM item GROUP BY correlation_id
),
charged AS (
  SELECT * FROM session JOIN charge USING (correlation_id) WHERE amount > 0
),
twin AS (
  SELECT c.correlation_id, k.correlation_id AS kept_id, k.amount AS kept_amount, k.bill_item_id AS kept_item,
    k.source <> c.source AND abs(epoch_ms(k.started) - epoch_ms(c.started)) <= CAST($seconds AS BIGINT) * 1000
      AND abs(k.quantity - c.quantity) <= CAST($units AS BIGINT) AS repeated,
    k.service = 'voice' AND least(epoch_ms(k.started) + k.quantity * 1000, epoch_ms(c.started) + c.quantity * 1000)
      - greatest(epoch_ms(k.started), epoch_ms(c.started)) > CAST($seconds AS BIGINT) * 1000 AS overlapping
  FROM charged c
  JOIN charged k ON k.service = c.service AND k.a_number = c.a_number AND k.b_number = c.b_number
    AND k.correlation_id <> c.correlation_id
    AND (-k.quantity, k.started, k.source, k.correlation_id) < (-c.quantity, c.started, c.source, c.correlation_id)
)
SELECT
  'session|' || c.correlation_id AS key,
  CASE WHEN t.repeated THEN 'recorded-twice' ELSE 'overlapping' END AS symptom,
  CAST(-least(c.amount, t.kept_amount) AS DECIMAL(18,6)) AS impact,
  CAST(c.amount - least(c.amount, t.kept_amount) AS DECIMAL(18,6)) AS expected, c.amount AS charged,
  CAST(c.started AS DATE) AS dt, c.started AS event_time, c.subscription_id, c.account_id, c.service, c.source, c.quantity,
  'usage' AS left_dataset, c.record_id AS left_id, c.file_id AS left_file, c.byte_offset AS left_offset,
  c.row_hash AS left_hash, 'billed' AS right_dataset, c.bill_item_id AS right_id
FROM charged c
JOIN twin t USING (correlation_id)
WHERE t.repeated OR t.overlapping
QUALIFY row_number() OVER (PARTITION BY c.correlation_id ORDER BY t.repeated DESC, t.kept_id) = 1;
