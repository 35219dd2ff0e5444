-- Grain: one violation per invoice and tax code; charges without a code are one of their own per invoice.
-- A line that came twice counts once. Sums are per invoice, so a line and its reversal cancel out.
WITH line AS (
  SELECT l.* FROM invoice_line l CROSS JOIN scope s WHERE l.invoiced_at >= s.from_at AND l.invoiced_at < s.to_at
  QUALIFY row_number() OVER (PARTITION BY l.line_id ORDER BY l.file_id, l.byte_offset, l.row_hash) = 1
),
coded AS (
  SELECT
    invoice_id, coalesce(tax_code, '') AS tax_code, currency, min(account_id) AS account_id, min(invoiced_at) AS invoiced_at,
    CAST(coalesce(sum(amount) FILTER (kind <> 'tax'), 0) AS DECIMAL(18,6)) AS base,
    CAST(coalesce(sum(amount) FILTER (kind = 'tax'), 0) AS DECIMAL(18,6)) AS billed,
    count(*) FILTER (kind <> 'tax' AND amount <> 0) AS charges,
    count(*) AS lines,
    min(struct_pack(line_id := line_id, file_id := file_id, byte_offset := byte_offset, row_hash := row_hash)) AS r
  FROM line
  GROUP BY ALL
),
rate AS (
  SELECT c.invoice_id, c.tax_code, c.currency, count(t.tax_code) AS found, min(t.percent) AS percent,
    min(t.rounding_decimals) AS decimals
  FROM coded c
  LEFT JOIN tax_rate t ON t.tax_code = c.tax_code AND t.valid_from <= c.invoiced_at
    AND (t.valid_to IS NULL OR c.invoiced_at < t.valid_to)
  GROUP BY ALL
),
due AS (
  SELECT
    c.*, r.found,
    CASE WHEN r.found = 1 THEN percent_of(c.base, r.percent, least(6, r.decimals)) ELSE c.billed END AS tax
  FROM coded c
  JOIN rate r USING (invoice_id, tax_code, currency)
)
SELECT
  'tax|' || invoice_id || '|' || tax_code || CASE WHEN d.currency = s.currency THEN '' ELSE '|' || d.currency END AS key,
  CASE WHEN tax_code = '' THEN 'no-tax-code' WHEN found <> 1 THEN 'no-single-rate'
    WHEN tax > billed THEN 'tax-too-low' ELSE 'tax-too-high' END AS symptom,
  CAST(tax - billed AS DECIMAL(18,6)) AS impact, tax AS expected, billed AS charged,
  CAST(invoiced_at AS DATE) AS dt, invoiced_at AS event_time, account_id, d.currency, lines AS records,
  'invoice_line' AS left_dataset, d.r.line_id AS left_id, d.r.file_id AS left_file,
  d.r.byte_offset AS left_offset, d.r.row_hash AS left_hash
FROM due d
CROSS JOIN scope s
WHERE CASE WHEN tax_code = '' OR found <> 1 THEN charges > 0 OR billed <> 0
  ELSE abs(tax - billed) > CAST($absolute_eur AS DECIMAL(18,6)) END;
