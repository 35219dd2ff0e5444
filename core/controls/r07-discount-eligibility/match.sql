-- Grain: one violation per invoice, subscription and discount. Which discounts were not due is the same for this control,
-- that of stacking and that of minimum and maximum: core/reconcile/sql/undue-discounts.sql.
SELECT
  'discount|' || invoice_id || '|' || holder || '|' || discount_id
    || CASE WHEN u.currency = s.currency THEN '' ELSE '|' || u.currency END AS key,
  symptom,
  CAST(-amount AS DECIMAL(18,6)) AS impact, CAST(0 AS DECIMAL(18,6)) AS expected, amount AS charged,
  CAST(invoiced_at AS DATE) AS dt, invoiced_at AS event_time, account_id, subscription_id,
  offer_id, segment, u.currency, lines AS records, 'invoice_line' AS left_dataset, r.line_id AS left_id, r.file_id AS left_file,
  r.byte_offset AS left_offset, r.row_hash AS left_hash
FROM undue_discount u
CROSS JOIN scope s
WHERE symptom IN ('unknown-discount', 'outside-validity', 'not-eligible')
  AND abs(amount) > CAST($absolute_eur AS DECIMAL(18,6));
