-- Sessions of one line that run at the same time where the service forbids it. Grain of match_overlap: one session that
-- begins more than $skew_ms before the end of an earlier one, with the earlier one that ends last. Repeated records
-- are left out: they are duplicates, not sessions.
CREATE OR REPLACE TEMP TABLE match_overlap AS
WITH session AS (
  SELECT r.*, ms + quantity * 1000 AS end_ms
  FROM match_record r JOIN match_tolerance t USING (service)
  WHERE t.is_seconds AND t.is_exclusive AND quantity > 0
    AND id NOT IN (SELECT repeated_id FROM match_duplicate)
),
ordered AS (
  SELECT id, ms, end_ms,
    max({'end_ms': end_ms, 'id': id}) OVER (PARTITION BY a_number, service ORDER BY ms, id
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
  FROM session
)
SELECT before.id AS first_id, id AS second_id, least(before.end_ms, end_ms) - ms AS overlap_ms
FROM ordered WHERE before.end_ms - ms > $skew_ms;
