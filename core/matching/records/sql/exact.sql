-- Rule 1: the same line, service, start and quantity. Where several records of a side have the same key, they are
-- paired in the order of amount and id. Grain of match_pair: one row per record of the side that has several, so one
-- row per match in a match of one with one.
CREATE OR REPLACE TEMP TABLE match_pair (left_id VARCHAR, right_id VARCHAR, rule VARCHAR, dt_ms BIGINT, dq BIGINT);

INSERT INTO match_pair
WITH numbered_left AS (
  SELECT id, a_number, coalesce(b_number, '') AS b_number, service, start_time, quantity,
    row_number() OVER (PARTITION BY a_number, coalesce(b_number, ''), service, start_time, quantity
      ORDER BY amount NULLS LAST, id) AS n
  FROM match_left
),
numbered_right AS (
  SELECT id, a_number, coalesce(b_number, '') AS b_number, service, start_time, quantity,
    row_number() OVER (PARTITION BY a_number, coalesce(b_number, ''), service, start_time, quantity
      ORDER BY amount NULLS LAST, id) AS n
  FROM match_right
)
SELECT l.id, r.id, 'exact', 0, 0
FROM numbered_left l
JOIN numbered_right r USING (a_number, b_number, service, start_time, quantity, n);

-- Grain: one record that is not matched yet. Times in milliseconds since 1970, amounts in millionths.
CREATE OR REPLACE TEMP TABLE match_open AS
SELECT 'left' AS side, id, a_number, coalesce(b_number, '') AS b_number, service,
  epoch_ms(CAST(start_time AS TIMESTAMP)) AS ms, CAST(quantity AS BIGINT) AS quantity,
  CAST(CAST(amount AS DECIMAL(24,6)) * 1000000 AS HUGEINT) AS amount
FROM match_left WHERE id NOT IN (SELECT left_id FROM match_pair)
UNION ALL
SELECT 'right', id, a_number, coalesce(b_number, ''), service,
  epoch_ms(CAST(start_time AS TIMESTAMP)), CAST(quantity AS BIGINT),
  CAST(CAST(amount AS DECIMAL(24,6)) * 1000000 AS HUGEINT)
FROM match_right WHERE id NOT IN (SELECT right_id FROM match_pair);
