-- Grain: one row per finding, with what its violations are about.
SELECT finding_id, min(grain) AS grain FROM violation GROUP BY finding_id
