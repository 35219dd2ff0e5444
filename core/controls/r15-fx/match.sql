-- Grain: one violation per converted invoice line.
-- The published direction is multiplied with; only without it the opposite one is divided by. Both round once.
WITH published AS (
  SELECT rate_date, from_currency, to_currency, rate, rounding_decimals AS decimals, false AS opposite FROM fx_rate
  UNION ALL
  SELECT o.rate_date, o.to_currency, o.from_currency, o.rate, o.rounding_decimals, true
  FROM fx_rate o
  ANTI JOIN fx_rate d ON d.rate_date = o.rate_date AND d.from_currency = o.to_currency
    AND d.to_currency = o.from_currency
  WHERE o.rate > 0
),
line AS (
  SELECT l.*, CAST(l.invoiced_at AS DATE) AS day
  FROM invoice_line l CROSS JOIN scope s
  WHERE l.invoiced_at >= s.from_at AND l.invoiced_at < s.to_at
    AND l.foreign_amount IS NOT NULL AND l.foreign_currency IS NOT NULL AND l.foreign_currency <> l.currency
  QUALIFY row_number() OVER (PARTITION BY l.line_id ORDER BY l.file_id, l.byte_offset, l.row_hash) = 1
),
-- One line with every rate of its pair: its own day, and those by which a difference may be explained.
tried AS (
  SELECT
    l.line_id, l.amount, p.rate_date = l.day AS own,
    [1000000, 100000, 10000, 1000, 100, 10, 1][1 + least(6, p.decimals)] AS step,
    decimal_to_micros(l.foreign_amount) AS foreign_micros, decimal_to_micros(p.rate) AS rate_micros, p.opposite,
    CASE WHEN p.opposite THEN foreign_micros * 1000000 ELSE foreign_micros * rate_micros END AS numerator,
    CASE WHEN p.opposite THEN rate_micros ELSE CAST(1000000 AS HUGEINT) END AS denominator,
    micros_to_decimal(round_micros(numerator, denominator * step, 'half_up') // denominator) AS due,
    micros_to_decimal(round_micros(numerator, denominator, 'half_up') // denominator) AS unrounded,
    CASE WHEN rate_micros = 0 THEN NULL WHEN p.opposite
      THEN micros_to_decimal(round_micros(foreign_micros * rate_micros, CAST(1000000 AS HUGEINT) * step, 'half_up') // 1000000)
      ELSE micros_to_decimal(round_micros(foreign_micros * 1000000, rate_micros * step, 'half_up') // rate_micros)
    END AS inverse
  FROM line l
  JOIN published p ON p.from_currency = l.foreign_currency AND p.to_currency = l.currency
),
judged AS (
  SELECT
    line_id,
    min(due) FILTER (own) AS due,
    bool_or(own AND inverse = amount) AS inverted,
    -- Nearer to the unrounded amount than one unit of the last decimal: the rate is right, the rounding is not.
    bool_or(own AND abs(decimal_to_micros(unrounded) - decimal_to_micros(amount)) < step) AS rounded,
    bool_or(NOT own AND due = amount) AS dated
  FROM tried
  GROUP BY line_id
)
SELECT
  'line|' || l.line_id AS key,
  CASE WHEN j.due IS NULL THEN 'no-rate' WHEN j.inverted THEN 'inverse-rate' WHEN j.rounded THEN 'wrong-decimals'
    WHEN j.dated THEN 'other-day' ELSE 'other-rate' END AS symptom,
  CAST(coalesce(j.due - l.amount, 0) AS DECIMAL(18,6)) AS impact,
  coalesce(j.due, l.amount) AS expected, l.amount AS charged,
  l.day AS dt, l.invoiced_at AS event_time, l.account_id, l.subscription_id, l.currency,
  'invoice_line' AS left_dataset, l.line_id AS left_id, l.file_id AS left_file, l.byte_offset AS left_offset,
  l.row_hash AS left_hash
FROM line l
LEFT JOIN judged j ON j.line_id = l.line_id
WHERE j.due IS NULL OR abs(j.due - l.amount) > CAST($absolute_eur AS DECIMAL(18,6));
