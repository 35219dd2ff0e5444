-- Candidates of several records of one side with one of the other: a run whose first record starts at most $skew_ms
-- from the single one and whose sum of quantities, of amounts, or of both ($by_quantity, $by_amount) is within the
-- drift. $chains: the run is a chain of partials; else it lies within $window_ms of its first start.
-- A run has 2 to $max_members records. `ord` is the rank over all candidates, without ties.
CREATE OR REPLACE TEMP TABLE match_candidate AS
WITH first AS (
  SELECT s.side AS single_side, s.id AS single_id, s.ms AS single_ms, s.quantity AS single_quantity,
    s.amount AS single_amount, f.*
  FROM (SELECT *, ms // $cell_ms + unnest([-1, 0, 1]) AS cell FROM match_open) s
  JOIN (SELECT *, ms // $cell_ms AS cell FROM match_run) f USING (a_number, b_number, service, cell)
  WHERE f.side <> s.side AND abs(f.ms - s.ms) <= $skew_ms
),
reach AS (
  SELECT *, position + unnest(range(1, $max_members)) AS last_position FROM first
),
run AS (
  SELECT c.*, m.quantity_to - c.quantity_to + c.quantity AS run_quantity,
    m.amount_to - c.amount_to + coalesce(c.amount, 0) AS run_amount,
    m.amounts_to - c.amounts_to + CASE WHEN c.amount IS NULL THEN 0 ELSE 1 END AS run_amounts,
    m.position - c.position + 1 AS members
  FROM reach c
  JOIN match_run m ON m.side = c.side AND m.a_number = c.a_number AND m.b_number = c.b_number
    AND m.service = c.service AND m.position = c.last_position
  WHERE CASE WHEN $chains THEN m.chain = c.chain ELSE m.ms - c.ms <= $window_ms END
),
agreed AS (
  SELECT r.* FROM run r LEFT JOIN match_tolerance t USING (service)
  WHERE (NOT $by_quantity OR abs(run_quantity - single_quantity) <= coalesce(t.drift, 0)
      OR abs(run_quantity - single_quantity) * 1000000
        <= greatest(run_quantity, single_quantity) * coalesce(t.drift_ppm, 0))
    AND (NOT $by_amount OR (run_amounts = members AND single_amount IS NOT NULL
      AND (abs(run_amount - single_amount) <= $amount_drift
        OR abs(run_amount - single_amount) * 1000000
          <= greatest(abs(run_amount), abs(single_amount)) * $amount_drift_ppm)))
    AND single_quantity IS NOT NULL
)
SELECT row_number() OVER (ORDER BY abs(ms - single_ms), abs(run_quantity - single_quantity), members DESC,
    single_id, id, single_side) AS ord,
  CASE WHEN $chains THEN 'chain' WHEN side = 'left' THEN 'many-to-one' ELSE 'one-to-many' END AS rule,
  CASE WHEN side = 'left' THEN single_ms - ms ELSE ms - single_ms END AS dt_ms,
  CAST(CASE WHEN side = 'left' THEN single_quantity - run_quantity ELSE run_quantity - single_quantity END AS BIGINT)
    AS dq,
  single_side, single_id, side, a_number, b_number, service, position, last_position
FROM agreed;

-- Grain: one record of a candidate.
CREATE OR REPLACE TEMP TABLE match_member AS
SELECT ord, single_side AS side, single_id AS id FROM match_candidate
UNION ALL
SELECT c.ord, c.side, m.id
FROM (SELECT *, unnest(range(position, last_position + 1)) AS member_position FROM match_candidate) c
JOIN match_run m ON m.side = c.side AND m.a_number = c.a_number AND m.b_number = c.b_number
  AND m.service = c.service AND m.position = c.member_position;
