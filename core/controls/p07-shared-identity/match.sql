-- Grain: one violation per pair of subscriptions of two accounts that share a SIM or a number in the month, or of which
-- one got the number of the other with a new SIM before it had rested. It has no money of its own.
WITH own AS (
  SELECT s.subscription_id, s.account_id, s.msisdn, s.imsi, s.valid_from, s.valid_to, s.offer_id, s.segment,
    s.file_id, s.byte_offset, s.row_hash
  FROM subscription s CROSS JOIN scope c
  WHERE s.valid_from <= c.last_day AND (s.valid_to IS NULL OR s.valid_to > s.valid_from)
),
-- The later of the two is the one to look at; which is later is decided in the same way for every order of rows.
pair AS (
  SELECT a.subscription_id AS first_id, a.valid_to AS first_end, a.file_id AS first_file, a.byte_offset AS first_offset,
    a.row_hash AS first_hash, b.*, a.imsi = b.imsi AS same_sim, a.msisdn = b.msisdn AS same_number,
    a.valid_to IS NULL OR b.valid_from < a.valid_to AS together
  FROM own a
  JOIN (SELECT imsi AS k, 'sim' AS by_what, * FROM own UNION ALL SELECT msisdn, 'number', * FROM own) b
    ON b.k = CASE b.by_what WHEN 'sim' THEN a.imsi ELSE a.msisdn END
  WHERE a.account_id <> b.account_id
    AND (a.valid_from < b.valid_from OR (a.valid_from = b.valid_from AND a.subscription_id < b.subscription_id))
),
found AS (
  SELECT p.*, CASE
      WHEN together AND same_sim THEN 'sim-on-two-accounts'
      WHEN together THEN 'number-on-two-accounts'
      ELSE 'number-recycled' END AS symptom
  FROM pair p CROSS JOIN scope c
  WHERE (together AND (first_end IS NULL OR first_end > c.first_day) AND (valid_to IS NULL OR valid_to > c.first_day))
    OR (NOT together AND same_number AND NOT same_sim AND valid_from >= c.first_day
      AND valid_from - first_end < CAST($lag_days AS INTEGER))
)
SELECT
  'identity|' || first_id || '|' || subscription_id AS key, symptom, CAST(0 AS DECIMAL(18,6)) AS impact,
  subscription_id, account_id, offer_id, segment,
  'subscription' AS left_dataset, first_id AS left_id, first_file AS left_file, first_offset AS left_offset,
  first_hash AS left_hash,
  'subscription' AS right_dataset, subscription_id AS right_id, file_id AS right_file, byte_offset AS right_offset,
  row_hash AS right_hash
FROM found
QUALIFY row_number() OVER (PARTITION BY first_id, subscription_id
  ORDER BY array_position(['sim-on-two-accounts', 'number-on-two-accounts', 'number-recycled'], symptom),
    valid_from, first_end, row_hash, first_hash) = 1;
