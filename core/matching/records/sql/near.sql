-- Candidates of one record with one: the same line and service, starts at most $skew_ms apart and, unless
-- $any_quantity, quantities within the drift of the service (absolute or relative to the larger, whichever is larger).
-- Both sides are cut into cells of $cell_ms >= $skew_ms, so that a pair meets in exactly one of three neighbours.
-- `ord` is the rank over all candidates, without ties.
CREATE OR REPLACE TEMP TABLE match_candidate AS
WITH near AS (
  SELECT l.id AS left_id, r.id AS right_id, r.ms - l.ms AS dt_ms, r.quantity - l.quantity AS dq,
    greatest(l.quantity, r.quantity) AS larger, service
  FROM (SELECT *, ms // $cell_ms + unnest([-1, 0, 1]) AS cell FROM match_open WHERE side = 'left') l
  JOIN (SELECT *, ms // $cell_ms AS cell FROM match_open WHERE side = 'right') r
    USING (a_number, b_number, service, cell)
)
SELECT row_number() OVER (ORDER BY abs(dt_ms), abs(dq), left_id, right_id) AS ord,
  $rule AS rule, dt_ms, dq, left_id, right_id
FROM near LEFT JOIN match_tolerance t USING (service)
WHERE abs(dt_ms) <= $skew_ms AND dq IS NOT NULL
  AND ($any_quantity OR abs(dq) <= coalesce(t.drift, 0)
    OR CAST(abs(dq) AS HUGEINT) * 1000000 <= CAST(larger AS HUGEINT) * coalesce(t.drift_ppm, 0));

-- Grain: one record of a candidate.
CREATE OR REPLACE TEMP TABLE match_member AS
SELECT ord, 'left' AS side, left_id AS id FROM match_candidate
UNION ALL
SELECT ord, 'right', right_id FROM match_candidate;
