-- Grain of violation: one row per violation and finding that it belongs to. Grain of population: one row per day
-- and combination of dimensions of all sessions that could be evaluated.
CREATE TABLE violation AS
SELECT members.finding_id, violations.*
FROM read_parquet($violations) AS violations
JOIN read_parquet($members) AS members USING (violation_id);

CREATE TABLE population AS
SELECT * FROM read_parquet($population);
