-- Invoiced subscriptions that discounts which are due leave less than the floor of their offer: a share of what was
-- charged before discounts, else nothing. Grain: one invoice, subscription and currency. `short` is what is missing.
CREATE OR REPLACE TEMP VIEW below_floor AS
WITH line AS (
  SELECT l.* FROM invoice_line l CROSS JOIN scope s
  WHERE l.invoiced_at >= s.from_at AND l.invoiced_at < s.to_at AND l.subscription_id IS NOT NULL
    AND l.kind IN ('usage', 'recurring', 'discount')
  QUALIFY row_number() OVER (PARTITION BY l.line_id ORDER BY l.file_id, l.byte_offset, l.row_hash) = 1
),
undue AS (
  SELECT invoice_id, subscription_id, currency, CAST(sum(amount) AS DECIMAL(18,6)) AS amount
  FROM undue_discount WHERE subscription_id IS NOT NULL GROUP BY ALL
),
total AS (
  SELECT l.invoice_id, l.subscription_id, l.currency, min(l.account_id) AS account_id, min(l.invoiced_at) AS invoiced_at,
    coalesce(max(l.period_to), CAST(max(l.invoiced_at) AS DATE)) AS covered_to,
    CAST(coalesce(sum(l.amount) FILTER (l.kind <> 'discount'), 0) AS DECIMAL(18,6)) AS gross,
    CAST(coalesce(sum(l.amount) FILTER (l.kind = 'discount'), 0) AS DECIMAL(18,6)) AS given,
    min(struct_pack(line_id := l.line_id, file_id := l.file_id, byte_offset := l.byte_offset, row_hash := l.row_hash)) FILTER (l.kind = 'discount') AS r, count(*) FILTER (l.kind = 'discount') AS lines
  FROM line l GROUP BY ALL
),
held AS (
  SELECT t.*, CAST(t.given - coalesce(u.amount, 0) AS DECIMAL(18,6)) AS discounts, s.offer_id, s.segment
  FROM total t
  LEFT JOIN undue u USING (invoice_id, subscription_id, currency)
  LEFT JOIN subscription s ON s.subscription_id = t.subscription_id AND s.valid_from <= t.covered_to
    AND (s.valid_to IS NULL OR s.valid_to >= t.covered_to)
  WHERE t.gross > 0
  QUALIFY row_number() OVER (PARTITION BY t.invoice_id, t.subscription_id, t.currency
    ORDER BY s.valid_from DESC, s.offer_id, s.account_id, s.segment) = 1
),
floored AS (
  SELECT h.*, percent_of(h.gross, coalesce(c.floor_percent, CAST(0 AS DECIMAL(18,6))), 6) AS floor
  FROM held h
  LEFT JOIN commitment c ON c.offer_id = h.offer_id AND c.currency = h.currency
    AND c.valid_from <= CAST(h.covered_to AS TIMESTAMP_MS)
    AND (c.valid_to IS NULL OR CAST(h.covered_to AS TIMESTAMP_MS) < c.valid_to)
  QUALIFY row_number() OVER (PARTITION BY h.invoice_id, h.subscription_id, h.currency
    ORDER BY c.valid_from DESC, c.floor_percent DESC) = 1
)
SELECT invoice_id, subscription_id, currency, account_id, offer_id, segment, invoiced_at, r, lines, floor,
  CAST(gross + discounts AS DECIMAL(18,6)) AS net,
  CAST(least(floor - gross - discounts, -discounts) AS DECIMAL(18,6)) AS short
FROM floored
WHERE discounts < 0 AND gross + discounts < floor;
