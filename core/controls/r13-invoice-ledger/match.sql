-- Grain: one violation per account and kind of charge that is not on its invoices of the month, and one per invoice of the
-- month that the ledger has otherwise. What is in time shows in the newest invoice and booking of the days read.
WITH seen AS (
  SELECT (SELECT max(invoiced_at) FROM invoice_line) AS invoiced, (SELECT max(booked_at) FROM ledger_entry) AS booked
),
line AS (
  SELECT *, coalesce(period_from, CAST(invoiced_at AS DATE)) AS from_day,
    coalesce(period_to, period_from, CAST(invoiced_at AS DATE)) AS to_day
  FROM invoice_line
  QUALIFY row_number() OVER (PARTITION BY line_id ORDER BY file_id, byte_offset, row_hash) = 1
),
-- Which days are those of the month, by account and kind: a bill cycle that runs into the month belongs to the month
-- before with all of its days, one that runs out of it to this month. Without such lines they are those of the calendar.
cycle AS (
  SELECT l.account_id, l.kind,
    coalesce(max(l.to_day) FILTER (l.from_day < s.first_day AND l.to_day >= s.first_day) + 1, min(s.first_day)) AS first_day,
    coalesce(max(l.to_day) FILTER (l.from_day >= s.first_day AND l.from_day <= s.last_day AND l.to_day > s.last_day),
      min(s.last_day)) AS last_day
  FROM line l CROSS JOIN scope s
  WHERE l.kind IN ('usage', 'recurring') AND l.currency = s.currency AND l.to_day - l.from_day <= 31
  GROUP BY l.account_id, l.kind
),
posted AS (
  SELECT b.account_id, b.charge_type AS kind, CAST(sum(b.amount) AS DECIMAL(18,6)) AS amount,
    arg_min(struct_pack(bill_item_id, file_id, byte_offset, row_hash), struct_pack(bill_item_id, row_hash)) AS r
  FROM (
    SELECT * FROM billed
    QUALIFY row_number() OVER (PARTITION BY bill_item_id ORDER BY file_id, byte_offset, row_hash) = 1
  ) b CROSS JOIN scope s
  LEFT JOIN cycle c ON c.account_id = b.account_id AND c.kind = b.charge_type
  WHERE b.charge_type IN ('usage', 'recurring') AND b.currency = s.currency
    AND CASE b.charge_type WHEN 'recurring' THEN b.period_from ELSE CAST(b.event_time AS DATE) END
      BETWEEN coalesce(c.first_day, s.first_day) AND coalesce(c.last_day, s.last_day)
  GROUP BY b.account_id, b.charge_type
),
invoiced AS (
  SELECT l.account_id, l.kind, CAST(sum(l.amount) AS DECIMAL(18,6)) AS amount,
    arg_min(struct_pack(line_id, file_id, byte_offset, row_hash), struct_pack(line_id, row_hash)) AS r
  FROM line l CROSS JOIN scope s
  LEFT JOIN cycle c ON c.account_id = l.account_id AND c.kind = l.kind
  WHERE l.kind IN ('usage', 'recurring') AND l.currency = s.currency
    AND l.from_day BETWEEN coalesce(c.first_day, s.first_day) AND coalesce(c.last_day, s.last_day)
  GROUP BY l.account_id, l.kind
),
account AS (
  SELECT 'account|' || coalesce(p.account_id, i.account_id) || '|' || coalesce(p.kind, i.kind) AS key,
    CASE WHEN i.account_id IS NULL THEN 'not-invoiced' ELSE 'invoiced-otherwise' END AS symptom,
    coalesce(p.account_id, i.account_id) AS account_id, coalesce(p.amount, 0) AS expected, coalesce(i.amount, 0) AS charged,
    CASE WHEN p.account_id IS NOT NULL THEN 'billed' END AS left_dataset, p.r.bill_item_id AS left_id, p.r.file_id AS left_file,
    p.r.byte_offset AS left_offset, p.r.row_hash AS left_hash,
    CASE WHEN i.account_id IS NOT NULL THEN 'invoice_line' END AS right_dataset, i.r.line_id AS right_id,
    i.r.file_id AS right_file, i.r.byte_offset AS right_offset, i.r.row_hash AS right_hash
  FROM posted p FULL JOIN invoiced i ON i.account_id = p.account_id AND i.kind = p.kind
  CROSS JOIN scope s CROSS JOIN seen n
  LEFT JOIN cycle c ON c.account_id = coalesce(p.account_id, i.account_id) AND c.kind = coalesce(p.kind, i.kind)
  WHERE n.invoiced >= CAST(coalesce(c.last_day, s.last_day) + 1 AS TIMESTAMP) + to_days(CAST($lag_days AS INTEGER))
),
invoice AS (
  SELECT l.invoice_id, min(l.account_id) AS account_id, CAST(sum(l.amount) AS DECIMAL(18,6)) AS amount,
    min(l.invoiced_at) AS at,
    arg_min(struct_pack(line_id, file_id, byte_offset, row_hash), struct_pack(line_id, row_hash)) AS r
  FROM line l CROSS JOIN scope s WHERE l.currency = s.currency GROUP BY l.invoice_id
),
booking AS (
  SELECT e.invoice_id, min(e.account_id) AS account_id, CAST(sum(e.amount) AS DECIMAL(18,6)) AS amount, min(e.booked_at) AS at,
    arg_min(struct_pack(entry_id, file_id, byte_offset, row_hash), struct_pack(entry_id, row_hash)) AS r
  FROM (
    SELECT * FROM ledger_entry
    QUALIFY row_number() OVER (PARTITION BY entry_id ORDER BY file_id, byte_offset, row_hash) = 1
  ) e CROSS JOIN scope s WHERE e.currency = s.currency GROUP BY e.invoice_id
),
ledger AS (
  SELECT 'invoice|' || coalesce(i.invoice_id, k.invoice_id) AS key,
    CASE WHEN k.invoice_id IS NULL THEN 'not-booked' WHEN i.invoice_id IS NULL THEN 'booked-without-invoice'
      ELSE 'booked-otherwise' END AS symptom,
    coalesce(i.account_id, k.account_id) AS account_id, coalesce(i.amount, 0) AS expected, coalesce(k.amount, 0) AS charged,
    CASE WHEN i.invoice_id IS NOT NULL THEN 'invoice_line' END AS left_dataset, i.r.line_id AS left_id, i.r.file_id AS left_file,
    i.r.byte_offset AS left_offset, i.r.row_hash AS left_hash,
    CASE WHEN k.invoice_id IS NOT NULL THEN 'ledger_entry' END AS right_dataset, k.r.entry_id AS right_id,
    k.r.file_id AS right_file, k.r.byte_offset AS right_offset, k.r.row_hash AS right_hash
  FROM invoice i FULL JOIN booking k ON k.invoice_id = i.invoice_id
  CROSS JOIN scope s CROSS JOIN seen n
  WHERE coalesce(i.at, k.at) >= s.from_at AND coalesce(i.at, k.at) < s.to_at
    AND (k.invoice_id IS NOT NULL OR n.booked >= CAST(i.at AS TIMESTAMP) + to_days(CAST($lag_days AS INTEGER)))
),
total AS (SELECT * FROM account UNION ALL SELECT * FROM ledger)
SELECT key, symptom, CAST(expected - charged AS DECIMAL(18,6)) AS impact, CAST(expected AS DECIMAL(18,6)) AS expected,
  CAST(charged AS DECIMAL(18,6)) AS charged, account_id, left_dataset, left_id, left_file, left_offset, left_hash,
  right_dataset, right_id, right_file, right_offset, right_hash
FROM total
WHERE abs(expected - charged) > greatest(CAST($absolute_eur AS DECIMAL(18,6)),
  abs(expected) * CAST($relative_per_mille AS DECIMAL(9,3)) * 0.001);
