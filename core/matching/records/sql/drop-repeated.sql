-- Candidates that can no longer be: one of the two is repeated, both are kept for others, or the source already has a
-- record in the cluster that it would join.
DELETE FROM match_candidate
WHERE x_id IN (SELECT repeated_id FROM match_duplicate) OR y_id IN (SELECT repeated_id FROM match_duplicate)
  OR (x_id IN (SELECT kept_id FROM match_cluster) AND y_id IN (SELECT kept_id FROM match_cluster))
  OR (x_id, y_source) IN (SELECT (kept_id, source) FROM match_cluster)
  OR (y_id, x_source) IN (SELECT (kept_id, source) FROM match_cluster);
