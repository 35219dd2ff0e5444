-- Grain: one violation per invoice, subscription and discount that another of its group excludes, and one per invoice and
-- subscription that the discounts which are due leave below the floor of its offer. What is not due at all is left to the
-- control of eligibility. See undue-discounts.sql and below-floor.sql in core/reconcile/sql.
SELECT
  'stacked|' || invoice_id || '|' || holder || '|' || discount_id || '|' || exclusion_group
    || CASE WHEN u.currency = s.currency THEN '' ELSE '|' || u.currency END AS key,
  symptom,
  CAST(-amount AS DECIMAL(18,6)) AS impact, CAST(0 AS DECIMAL(18,6)) AS expected, amount AS charged,
  CAST(invoiced_at AS DATE) AS dt, invoiced_at AS event_time, account_id, subscription_id, offer_id, segment,
  u.currency, lines AS records, 'invoice_line' AS left_dataset, r.line_id AS left_id, r.file_id AS left_file,
  r.byte_offset AS left_offset, r.row_hash AS left_hash
FROM undue_discount u
CROSS JOIN scope s
WHERE symptom = 'stacked' AND abs(amount) > CAST($absolute_eur AS DECIMAL(18,6))
UNION ALL
SELECT
  'floor|' || invoice_id || '|' || subscription_id || CASE WHEN f.currency = s.currency THEN '' ELSE '|' || f.currency END,
  'below-floor', short, floor, net, CAST(invoiced_at AS DATE), invoiced_at, account_id, subscription_id, offer_id, segment,
  f.currency, lines, 'invoice_line', r.line_id, r.file_id, r.byte_offset, r.row_hash
FROM below_floor f
CROSS JOIN scope s
WHERE short > CAST($absolute_eur AS DECIMAL(18,6));
