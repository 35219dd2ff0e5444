-- One round: takes each candidate that is the best of every record in it, and drops the candidates that share a
-- record with one that was taken. Repeated until none is left, this is the assignment that goes through all candidates
-- by rank and takes each whose records are still free.
CREATE OR REPLACE TEMP TABLE match_chosen AS
SELECT ord
FROM (SELECT ord, ord = min(ord) OVER (PARTITION BY side, id) AS best FROM match_member)
GROUP BY ord HAVING bool_and(best);

INSERT INTO match_pair
SELECT l.id, r.id, c.rule, c.dt_ms, c.dq
FROM match_chosen
JOIN match_candidate c USING (ord)
JOIN match_member l ON l.ord = c.ord AND l.side = 'left'
JOIN match_member r ON r.ord = c.ord AND r.side = 'right';

CREATE OR REPLACE TEMP TABLE match_taken AS
SELECT side, id FROM match_member SEMI JOIN match_chosen USING (ord);

CREATE OR REPLACE TEMP TABLE match_dropped AS
SELECT DISTINCT ord FROM match_member SEMI JOIN match_taken USING (side, id);

DELETE FROM match_member WHERE ord IN (SELECT ord FROM match_dropped);
DELETE FROM match_open USING match_taken t WHERE match_open.side = t.side AND match_open.id = t.id;
