-- Grain: one session, with what is left of it after the ranks so far.
CREATE OR REPLACE TEMP TABLE period_rest AS
SELECT w.session_id, w.line_id, w.start_time, w.wanted - coalesce(d.units, 0) AS rest
FROM period_wanted w
LEFT JOIN (SELECT session_id, sum(units) AS units FROM period_drawn GROUP BY session_id) d
  ON d.session_id = w.session_id;
