-- Grain: one row per document that is valid on some day of the period.
SELECT contract_id, kind, title, subject, body
FROM contract
WHERE valid_from < CAST($to AS TIMESTAMP) + INTERVAL 1 DAY AND (valid_to IS NULL OR valid_to > CAST($from AS TIMESTAMP))
ORDER BY contract_id, valid_from
