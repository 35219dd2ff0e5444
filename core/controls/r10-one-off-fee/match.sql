-- Grain: one violation per order of the day whose fee is not on an invoice in time, or at another amount.
-- What is in time shows in the newest invoice of the days read: there is no clock here.
WITH newest AS (SELECT max(invoiced_at) AS at FROM invoice_line),
orders AS (
  SELECT o.* FROM order_event o CROSS JOIN scope s
  WHERE o.completed_at >= s.from_at AND o.completed_at < s.to_at AND o.currency = s.currency
  QUALIFY row_number() OVER (PARTITION BY o.order_id ORDER BY o.completed_at, o.file_id, o.byte_offset, o.row_hash) = 1
),
line AS (
  SELECT l.* FROM invoice_line l CROSS JOIN scope s
  WHERE l.kind = 'one-off' AND l.reference IS NOT NULL AND l.currency = s.currency
  QUALIFY row_number() OVER (PARTITION BY l.line_id ORDER BY l.file_id, l.byte_offset, l.row_hash) = 1
),
billed_fee AS (
  SELECT reference, CAST(sum(amount) AS DECIMAL(18,6)) AS amount,
    arg_min(struct_pack(line_id, file_id, byte_offset, row_hash), struct_pack(line_id, row_hash)) AS l
  FROM line GROUP BY reference
),
gap AS (
  SELECT o.*, coalesce(b.amount, 0) AS invoiced, b.l, b.reference IS NOT NULL AS on_invoice
  FROM orders o LEFT JOIN billed_fee b ON b.reference = o.order_id
)
SELECT
  'order|' || g.order_id AS key,
  CASE WHEN NOT g.on_invoice THEN 'fee-not-billed' WHEN g.fee > g.invoiced THEN 'fee-too-low' ELSE 'fee-too-high' END AS symptom,
  CAST(g.fee - g.invoiced AS DECIMAL(18,6)) AS impact, g.fee AS expected, CAST(g.invoiced AS DECIMAL(18,6)) AS charged,
  CAST(g.completed_at AS DATE) AS dt, g.completed_at AS event_time, g.subscription_id, g.account_id,
  'order_event' AS left_dataset, g.order_id AS left_id, g.file_id AS left_file, g.byte_offset AS left_offset,
  g.row_hash AS left_hash,
  CASE WHEN g.on_invoice THEN 'invoice_line' END AS right_dataset, g.l.line_id AS right_id, g.l.file_id AS right_file,
  g.l.byte_offset AS right_offset, g.l.row_hash AS right_hash
FROM gap g CROSS JOIN newest n
WHERE abs(g.fee - g.invoiced) > CAST($absolute_eur AS DECIMAL(18,6))
  AND (g.on_invoice OR n.at - g.completed_at > to_days(CAST($lag_days AS INTEGER)));
