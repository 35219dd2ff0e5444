-- Grain: one violation per invoice, subscription and discount.
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
    min(l.subscription_id) AS subscription_id, min(l.invoiced_at) AS invoiced_at, min(l.line_id) AS line_id,
    count(*) AS lines, max(j.known) AS known, max(j.valid) AS valid, max(j.eligible) AS eligible
  FROM line l
  JOIN judged j ON j.line_id = l.line_id
  GROUP BY ALL
)
SELECT
  'discount|' || invoice_id || '|' || holder || '|' || discount_id
    || CASE WHEN g.currency = s.currency THEN '' ELSE '|' || g.currency END AS key,
  CASE WHEN known = 0 THEN 'unknown-discount' WHEN valid = 0 THEN 'outside-validity' ELSE 'not-eligible' END AS symptom,
  CAST(-amount AS DECIMAL(18,6)) AS impact, CAST(0 AS DECIMAL(18,6)) AS expected, amount AS charged,
  CAST(invoiced_at AS DATE) AS dt, invoiced_at AS event_time, account_id, subscription_id,
  o.offer_id, o.segment, g.currency, lines AS records, 'invoice_line' AS left_dataset, g.line_id AS left_id
FROM given g
CROSS JOIN scope s
LEFT JOIN (SELECT line_id, min(offer_id) AS offer_id, min(segment) AS segment FROM holder GROUP BY line_id) o
  ON o.line_id = g.line_id
WHERE g.eligible = 0 AND abs(amount) > CAST($absolute_eur AS DECIMAL(18,6));
