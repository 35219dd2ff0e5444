-- Grain: one violation per invoice, subscription and discount that another of its group excludes.
-- Only discounts that are eligible take part: what is not due at all is R07's.
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
-- A line and its reversal cancel out: what was taken back excludes nothing.
given AS (
  SELECT
    l.invoice_id, coalesce(l.subscription_id, l.account_id) AS holder, l.reference AS discount_id, d.exclusion_group,
    l.currency, CAST(sum(l.amount) AS DECIMAL(18,6)) AS amount, min(d.priority) AS priority,
    min(l.account_id) AS account_id, min(l.subscription_id) AS subscription_id, min(d.offer_id) AS offer_id,
    min(d.segment) AS segment, min(l.invoiced_at) AS invoiced_at, min(l.line_id) AS line_id, count(*) AS lines
  FROM line l
  JOIN due d ON d.line_id = l.line_id
  GROUP BY ALL
  HAVING sum(l.amount) <> 0
),
ranked AS (
  SELECT *, row_number() OVER (
    PARTITION BY invoice_id, holder, exclusion_group, currency ORDER BY priority, discount_id) AS place
  FROM given
)
SELECT
  'stacked|' || invoice_id || '|' || holder || '|' || discount_id || '|' || exclusion_group
    || CASE WHEN r.currency = s.currency THEN '' ELSE '|' || r.currency END AS key,
  'stacked' AS symptom,
  CAST(-amount AS DECIMAL(18,6)) AS impact, CAST(0 AS DECIMAL(18,6)) AS expected, amount AS charged,
  CAST(invoiced_at AS DATE) AS dt, invoiced_at AS event_time, account_id, subscription_id, offer_id, segment,
  r.currency, lines AS records, 'invoice_line' AS left_dataset, line_id AS left_id
FROM ranked r
CROSS JOIN scope s
WHERE place > 1 AND abs(amount) > CAST($absolute_eur AS DECIMAL(18,6));
