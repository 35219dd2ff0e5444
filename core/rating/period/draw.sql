-- Grain: one session and bucket of this rank. All ranks are run in order, so what is left of a session goes on to the
-- next bucket; inside a bucket the running sum of what was wanted before, in event-time order, says what is left.
-- Reads period_draw(line_id, rank, bucket_id) and period_bucket(bucket_id, available). Parameter: rank.
INSERT INTO period_drawn
WITH before AS (
  SELECT
    r.session_id, d.bucket_id, r.rest, b.available,
    coalesce(sum(r.rest) OVER (
      PARTITION BY d.bucket_id ORDER BY r.start_time, r.session_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS wanted_before
  FROM period_rest r
  JOIN period_draw d ON d.line_id = r.line_id AND d.rank = $rank
  JOIN period_bucket b ON b.bucket_id = d.bucket_id
)
SELECT session_id, bucket_id, least(rest, available - wanted_before) AS units
FROM before
WHERE rest > 0 AND available > wanted_before;
