-- Grain: one violation per subscription that was invoiced in the month.
-- Counted are the lines that a minimum or maximum is about; one-off charges, credits and tax are not. Discounts that were
-- not due are added back first: two other controls count what those took off.
WITH line AS (
  SELECT l.* FROM invoice_line l CROSS JOIN scope s WHERE l.invoiced_at >= s.from_at AND l.invoiced_at < s.to_at
    AND l.subscription_id IS NOT NULL AND l.kind IN ('usage', 'recurring', 'discount', 'minimum', 'cap')
  QUALIFY row_number() OVER (PARTITION BY l.line_id ORDER BY l.file_id, l.byte_offset, l.row_hash) = 1
),
invoiced AS (
  SELECT
    subscription_id, currency, CAST(sum(amount) AS DECIMAL(18,6)) AS total, count(*) AS lines,
    min(struct_pack(line_id := line_id, file_id := file_id, byte_offset := byte_offset, row_hash := row_hash)) AS r, max(invoiced_at) AS invoiced_at,
    coalesce(max(period_to), CAST(max(invoiced_at) AS DATE)) AS covered_to
  FROM line
  GROUP BY ALL
),
-- Nobody counts discounts where no catalogue of them is fed, and none of a cent.
undue AS (
  SELECT subscription_id, currency, CAST(sum(taken) AS DECIMAL(18,6)) AS taken
  FROM (
    SELECT subscription_id, currency, -amount AS taken FROM undue_discount
    WHERE abs(amount) > CAST($absolute_eur AS DECIMAL(18,6))
    UNION ALL SELECT subscription_id, currency, short FROM below_floor WHERE short > CAST($absolute_eur AS DECIMAL(18,6))
  )
  WHERE subscription_id IS NOT NULL AND EXISTS (SELECT 1 FROM discount)
  GROUP BY ALL
),
-- The offer of the last day covered, where it was held for the whole of that month: parts of a month commit to nothing.
held AS (
  SELECT i.*, s.account_id, s.offer_id, s.segment
  FROM invoiced i
  JOIN subscription s ON s.subscription_id = i.subscription_id AND s.purpose = 'customer'
    AND s.valid_from <= date_trunc('month', i.covered_to) AND (s.valid_to IS NULL OR s.valid_to > last_day(i.covered_to))
  QUALIFY row_number() OVER (
    PARTITION BY i.subscription_id, i.currency ORDER BY s.valid_from DESC, s.offer_id, s.account_id, s.segment) = 1
),
committed AS (
  SELECT
    h.*, h.total + coalesce(u.taken, 0) AS net,
    CASE WHEN net < c.minimum THEN c.minimum WHEN net > c.maximum THEN c.maximum ELSE net END AS due
  FROM held h
  LEFT JOIN undue u ON u.subscription_id = h.subscription_id AND u.currency = h.currency
  JOIN commitment c ON c.offer_id = h.offer_id AND c.currency = h.currency
    AND c.valid_from <= CAST(h.covered_to AS TIMESTAMP_MS)
    AND (c.valid_to IS NULL OR CAST(h.covered_to AS TIMESTAMP_MS) < c.valid_to)
  QUALIFY row_number() OVER (
    PARTITION BY h.subscription_id, h.currency ORDER BY c.valid_from DESC, c.minimum, c.maximum) = 1
)
SELECT
  'commitment|' || subscription_id || '|' || strftime(covered_to, '%Y-%m')
    || CASE WHEN c.currency = s.currency THEN '' ELSE '|' || c.currency END AS key,
  CASE WHEN due > net THEN 'below-minimum' ELSE 'above-maximum' END AS symptom,
  CAST(due - net AS DECIMAL(18,6)) AS impact, CAST(due AS DECIMAL(18,6)) AS expected, total AS charged,
  CAST(invoiced_at AS DATE) AS dt, invoiced_at AS event_time, subscription_id, account_id, offer_id, segment,
  c.currency, lines AS records, 'invoice_line' AS left_dataset, r.line_id AS left_id, r.file_id AS left_file,
  r.byte_offset AS left_offset, r.row_hash AS left_hash
FROM committed c
CROSS JOIN scope s
WHERE abs(due - net) > CAST($absolute_eur AS DECIMAL(18,6));
