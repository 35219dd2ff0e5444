-- Discounts of invoices of the scope that were not due: unknown, outside of their validity, for somebody else, or beside
-- a better one of their exclusion group. Grain: one invoice, holder, discount, exclusion group and currency. The controls
-- of eligibility and of stacking count this money, and that of minimum and maximum leaves it to them.
CREATE OR REPLACE TEMP VIEW undue_discount AS
WITH line AS (
  SELECT
    l.*, coalesce(l.period_from, CAST(l.invoiced_at AS DATE)) AS from_day,
    coalesce(l.period_to, CAST(l.invoiced_at AS DATE)) AS to_day
  FROM invoice_line l CROSS JOIN scope s
  WHERE l.invoiced_at >= s.from_at AND l.invoiced_at < s.to_at AND l.kind = 'discount'
  QUALIFY row_number() OVER (PARTITION BY l.line_id ORDER BY l.file_id, l.byte_offset, l.row_hash) = 1
),
-- Who was billed: the subscription of the line, or any of the account where the line is of none.
holder AS (
  SELECT l.line_id, s.offer_id, s.segment
  FROM line l
  JOIN subscription s
    ON CASE WHEN l.subscription_id IS NULL THEN s.account_id = l.account_id ELSE s.subscription_id = l.subscription_id END
    AND s.valid_from <= l.to_day AND (s.valid_to IS NULL OR s.valid_to > l.from_day)
),
judged AS (
  SELECT
    l.line_id,
    count(d.discount_id) AS known,
    count(d.discount_id) FILTER (d.valid_from < CAST(l.to_day + 1 AS TIMESTAMP_MS)
      AND (d.valid_to IS NULL OR d.valid_to > CAST(l.from_day AS TIMESTAMP_MS))) AS valid,
    count(d.discount_id) FILTER (d.valid_from < CAST(l.to_day + 1 AS TIMESTAMP_MS)
      AND (d.valid_to IS NULL OR d.valid_to > CAST(l.from_day AS TIMESTAMP_MS))
      AND EXISTS (SELECT 1 FROM holder h WHERE h.line_id = l.line_id
        AND (d.offer_id IS NULL OR d.offer_id = h.offer_id)
        AND (d.segment IS NULL OR d.segment = h.segment))) AS eligible
  FROM line l
  LEFT JOIN discount d ON d.discount_id = l.reference
  GROUP BY l.line_id
),
-- A line and its reversal cancel out.
given AS (
  SELECT
    l.invoice_id, coalesce(l.subscription_id, l.account_id) AS holder, coalesce(l.reference, '') AS discount_id,
    l.currency, CAST(sum(l.amount) AS DECIMAL(18,6)) AS amount, min(l.account_id) AS account_id,
    min(l.subscription_id) AS subscription_id, min(l.invoiced_at) AS invoiced_at,
    min(struct_pack(line_id := l.line_id, file_id := l.file_id, byte_offset := l.byte_offset, row_hash := l.row_hash)) AS r,
    count(*) AS lines, max(j.known) AS known, max(j.valid) AS valid, max(j.eligible) AS eligible
  FROM line l
  JOIN judged j ON j.line_id = l.line_id
  GROUP BY ALL
),
-- Of discounts that exclude each other only those that are eligible take part.
due AS (
  SELECT l.line_id, d.exclusion_group, min(d.priority) AS priority, min(h.offer_id) AS offer_id, min(h.segment) AS segment
  FROM line l
  JOIN discount d ON d.discount_id = l.reference AND d.exclusion_group IS NOT NULL
    AND d.valid_from < CAST(l.to_day + 1 AS TIMESTAMP_MS)
    AND (d.valid_to IS NULL OR d.valid_to > CAST(l.from_day AS TIMESTAMP_MS))
  JOIN holder h ON h.line_id = l.line_id AND (d.offer_id IS NULL OR d.offer_id = h.offer_id)
    AND (d.segment IS NULL OR d.segment = h.segment)
  GROUP BY l.line_id, d.exclusion_group
  QUALIFY row_number() OVER (PARTITION BY l.line_id ORDER BY min(d.priority), d.exclusion_group) = 1
),
-- What was taken back excludes nothing.
grouped AS (
  SELECT
    l.invoice_id, coalesce(l.subscription_id, l.account_id) AS holder, l.reference AS discount_id, d.exclusion_group,
    l.currency, CAST(sum(l.amount) AS DECIMAL(18,6)) AS amount, min(d.priority) AS priority,
    min(l.account_id) AS account_id, min(l.subscription_id) AS subscription_id, min(d.offer_id) AS offer_id,
    min(d.segment) AS segment, min(l.invoiced_at) AS invoiced_at, count(*) AS lines,
    min(struct_pack(line_id := l.line_id, file_id := l.file_id, byte_offset := l.byte_offset, row_hash := l.row_hash)) AS r
  FROM line l
  JOIN due d ON d.line_id = l.line_id
  GROUP BY ALL
  HAVING sum(l.amount) <> 0
),
ranked AS (
  SELECT *, row_number() OVER (
    PARTITION BY invoice_id, holder, exclusion_group, currency ORDER BY priority, discount_id) AS place
  FROM grouped
)
SELECT
  CASE WHEN known = 0 THEN 'unknown-discount' WHEN valid = 0 THEN 'outside-validity' ELSE 'not-eligible' END AS symptom,
  g.invoice_id, g.holder, g.discount_id, '' AS exclusion_group, g.currency, g.amount, g.account_id, g.subscription_id,
  o.offer_id, o.segment, g.invoiced_at, g.r, g.lines
FROM given g
LEFT JOIN (SELECT line_id, min(offer_id) AS offer_id, min(segment) AS segment FROM holder GROUP BY line_id) o
  ON o.line_id = g.r.line_id
WHERE g.eligible = 0
UNION ALL
SELECT 'stacked', invoice_id, holder, discount_id, exclusion_group, currency, amount, account_id, subscription_id,
  offer_id, segment, invoiced_at, r, lines
FROM ranked WHERE place > 1;
