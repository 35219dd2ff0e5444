-- Grain: one violation per credit line of the day that names no approval, names one that was used before for the same
-- subscription, or is one more for the same account and reason than a month may have. The days before are read as well.
WITH line AS (
  SELECT * FROM invoice_line WHERE kind = 'credit' AND amount <> 0
  QUALIFY row_number() OVER (PARTITION BY line_id ORDER BY file_id, byte_offset, row_hash) = 1
),
ordered AS (
  SELECT *,
    nullif(trim(reference), '') AS approval,
    row_number() OVER (PARTITION BY account_id, subscription_id, nullif(trim(reference), ''), amount < 0
      ORDER BY invoiced_at, line_id) AS use_of_approval,
    row_number() OVER (PARTITION BY account_id, reason, amount < 0 ORDER BY invoiced_at, line_id) AS time_of_reason
  FROM line
),
judged AS (
  SELECT o.*, CASE
      WHEN approval IS NULL THEN 'no-approval'
      WHEN use_of_approval > 1 THEN 'approval-used-again'
      WHEN reason IS NOT NULL AND amount < 0 AND time_of_reason > CAST($records AS BIGINT) THEN 'repeated' END AS symptom
  FROM ordered o CROSS JOIN scope s
  WHERE o.invoiced_at >= s.from_at AND o.invoiced_at < s.to_at AND o.currency = s.currency
)
SELECT
  'credit|' || line_id AS key, symptom, CAST(-amount AS DECIMAL(18,6)) AS impact, CAST(0 AS DECIMAL(18,6)) AS expected,
  amount AS charged, CAST(invoiced_at AS DATE) AS dt, invoiced_at AS event_time, subscription_id, account_id,
  'invoice_line' AS right_dataset, line_id AS right_id, file_id AS right_file, byte_offset AS right_offset,
  row_hash AS right_hash
FROM judged
WHERE symptom IS NOT NULL;
