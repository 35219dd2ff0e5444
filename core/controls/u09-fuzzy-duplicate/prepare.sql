-- Sessions that have a neighbour, and what the re-rater makes of them. $seconds: how far apart two starts may be.
-- Neighbours are of one service, line and number: their starts are that near, or calls of which one began before the
-- other ended. The days before and after are looked at as well, because neighbours may stand on both sides of midnight.
CREATE OR REPLACE TEMP TABLE u09_near AS
WITH opening AS (
  SELECT u.correlation_id, u.service, u.a_number, coalesce(u.b_number, '') AS b_number, u.session_start
  FROM usage u CROSS JOIN scope s
  WHERE u.partial_sequence = 1 AND u.quantity > 0
    AND u.session_start >= s.from_at - to_days(1) AND u.session_start < s.to_at + to_days(1)
),
pair AS (
  SELECT service, a_number, b_number FROM opening GROUP BY ALL HAVING min(correlation_id) <> max(correlation_id)
),
paired AS (SELECT * FROM opening SEMI JOIN pair USING (service, a_number, b_number)),
-- When a call ended; of other services nothing lasts.
ended AS (
  SELECT correlation_id, max(epoch_ms(start_time) + quantity * 1000) AS end_ms
  FROM usage SEMI JOIN paired USING (correlation_id) WHERE service = 'voice' GROUP BY correlation_id
),
placed AS (
  SELECT p.*, epoch_ms(p.session_start) AS start_ms, coalesce(e.end_ms, epoch_ms(p.session_start)) AS end_ms
  FROM paired p LEFT JOIN ended e USING (correlation_id)
)
SELECT DISTINCT correlation_id FROM (
  SELECT correlation_id, start_ms, end_ms,
    lead(start_ms) OVER w AS next_ms,
    max(end_ms) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ended_ms,
    lag(start_ms) OVER w AS last_ms
  FROM placed
  WINDOW w AS (PARTITION BY service, a_number, b_number ORDER BY start_ms, correlation_id)
)
WHERE next_ms <= greatest(end_ms, start_ms + CAST($seconds AS BIGINT) * 1000)
  OR start_ms <= greatest(ended_ms, last_ms + CAST($seconds AS BIGINT) * 1000);
