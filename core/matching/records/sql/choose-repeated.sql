-- One round: each pair that is the best of both its records. Kept is the one that is kept for others already, else the
-- earlier.
CREATE OR REPLACE TEMP TABLE match_chosen AS
WITH best AS (
  SELECT id, min(ord) AS ord
  FROM (SELECT x_id AS id, ord FROM match_candidate UNION ALL SELECT y_id, ord FROM match_candidate)
  GROUP BY id
)
SELECT c.*, c.y_id IN (SELECT kept_id FROM match_cluster) AS keeps_y
FROM match_candidate c
JOIN best x ON x.id = c.x_id AND x.ord = c.ord
JOIN best y ON y.id = c.y_id AND y.ord = c.ord;

INSERT INTO match_duplicate
SELECT CASE WHEN keeps_y THEN y_id ELSE x_id END, CASE WHEN keeps_y THEN x_id ELSE y_id END, 'fuzzy',
  CASE WHEN keeps_y THEN -dt_ms ELSE dt_ms END, CASE WHEN keeps_y THEN -dq ELSE dq END
FROM match_chosen;

INSERT INTO match_cluster
SELECT CASE WHEN keeps_y THEN y_id ELSE x_id END, unnest([x_source, y_source]) FROM match_chosen;
