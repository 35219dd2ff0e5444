-- Open records of a line in the order of start and id. Those that follow one another from `position` i to j are a run;
-- its sums are differences of running sums. `chain` is the same as long as each record begins where the one before
-- ended, at most $chain_gap_ms apart, which only quantities in seconds can tell.
CREATE OR REPLACE TEMP TABLE match_run AS
WITH linked AS (
  SELECT o.*, coalesce(t.is_seconds AND abs(o.ms - lag(o.ms + o.quantity * 1000) OVER line) <= $chain_gap_ms, false)
    AS continues
  FROM match_open o LEFT JOIN match_tolerance t USING (service)
  WHERE o.quantity IS NOT NULL AND o.ms IS NOT NULL
  WINDOW line AS (PARTITION BY o.side, o.a_number, o.b_number, o.service ORDER BY o.ms, o.id)
)
SELECT side, id, a_number, b_number, service, ms, quantity, amount,
  row_number() OVER line AS position,
  sum(quantity) OVER line AS quantity_to,
  sum(coalesce(amount, 0)) OVER line AS amount_to,
  count(amount) OVER line AS amounts_to,
  sum(CASE WHEN continues THEN 0 ELSE 1 END) OVER line AS chain
FROM linked
WINDOW line AS (PARTITION BY side, a_number, b_number, service ORDER BY ms, id ROWS UNBOUNDED PRECEDING);
