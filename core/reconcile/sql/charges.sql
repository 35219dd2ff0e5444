-- What was rated and billed, one row per session.

-- Grain of rated_session: one row per correlation_id of `rated`; of several items the first by id.
CREATE OR REPLACE TEMP TABLE rated_repeated AS
SELECT correlation_id FROM rated GROUP BY correlation_id HAVING count(*) > 1;

CREATE OR REPLACE TEMP VIEW rated_session AS
SELECT * FROM rated ANTI JOIN rated_repeated USING (correlation_id)
UNION ALL
SELECT * FROM (
  SELECT * FROM rated SEMI JOIN rated_repeated USING (correlation_id)
  QUALIFY row_number() OVER (PARTITION BY correlation_id ORDER BY rated_id, file_id, byte_offset, row_hash) = 1
);

-- Usage charges. An item without a correlation id stands for itself: nothing can be behind it.
CREATE OR REPLACE TEMP VIEW billed_usage AS
SELECT * REPLACE (coalesce(correlation_id, 'item:' || bill_item_id) AS correlation_id)
FROM billed WHERE charge_type = 'usage';

CREATE OR REPLACE TEMP TABLE billed_repeated AS
SELECT correlation_id FROM billed_usage GROUP BY correlation_id HAVING count(*) > 1;

-- Items of sessions with more than one. The same posting delivered twice is one posting.
CREATE OR REPLACE TEMP TABLE billed_many AS
WITH item AS (
  SELECT * FROM billed_usage SEMI JOIN billed_repeated USING (correlation_id)
  QUALIFY row_number() OVER (PARTITION BY correlation_id, bill_item_id ORDER BY file_id, byte_offset, row_hash) = 1
)
SELECT *,
  row_number() OVER (PARTITION BY correlation_id, amount, service, event_time, currency ORDER BY bill_item_id) AS copy,
  row_number() OVER (PARTITION BY correlation_id ORDER BY bill_item_id) AS position
FROM item;

-- Grain of billed_session: one row per session with billed usage. `extra` is what items beyond the first of their
-- kind add up to; `last` is the last such item.
CREATE OR REPLACE TEMP TABLE billed_session AS
SELECT correlation_id, bill_item_id, subscription_id, account_id, service, event_time, 1 AS items,
  amount AS items_amount, CAST(0 AS DECIMAL(18,6)) AS extra, currency = $currency AS in_currency,
  file_id, byte_offset, row_hash, CAST(NULL AS VARCHAR) AS extra_id
FROM billed_usage ANTI JOIN billed_repeated USING (correlation_id)
UNION ALL
SELECT f.correlation_id, f.bill_item_id, f.subscription_id, f.account_id, f.service, f.event_time, s.items,
  s.items_amount, s.extra, s.in_currency, f.file_id, f.byte_offset, f.row_hash, s.extra_id
FROM billed_many f
JOIN (
  SELECT correlation_id, count(*) AS items, CAST(sum(amount) AS DECIMAL(18,6)) AS items_amount,
    CAST(coalesce(sum(amount) FILTER (copy > 1), 0) AS DECIMAL(18,6)) AS extra,
    bool_and(currency = $currency) AS in_currency, max(bill_item_id) FILTER (copy > 1) AS extra_id
  FROM billed_many GROUP BY correlation_id
) s USING (correlation_id)
WHERE f.position = 1;

-- Grain of adjusted_session: one row per session with adjustments. The same reference is one adjustment.
CREATE OR REPLACE TEMP TABLE adjusted_session AS
SELECT correlation_id, CAST(sum(amount) AS DECIMAL(18,6)) AS adjusted, bool_and(currency = $currency) AS in_currency
FROM (
  SELECT * FROM billed WHERE charge_type = 'adjustment' AND correlation_id IS NOT NULL
  QUALIFY row_number() OVER (
    PARTITION BY correlation_id, coalesce(reference, bill_item_id) ORDER BY bill_item_id, file_id, byte_offset) = 1
)
GROUP BY correlation_id;
