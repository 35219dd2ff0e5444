-- Grain: one row per document, the one that began to hold last.
SELECT contract_id, kind, title, subject, body
FROM read_parquet($file)
QUALIFY row_number() OVER (PARTITION BY contract_id ORDER BY valid_from DESC) = 1
ORDER BY contract_id
