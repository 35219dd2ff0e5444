-- Records of `match_records` that say the same event twice. Grain of match_duplicate: one repeated record, with the one
-- that is kept; dt_ms and dq are repeated minus kept. Exact: the same line, service, start and quantity, whatever the
-- source; kept is the first by source and id.
CREATE OR REPLACE TEMP TABLE match_record AS
SELECT id, source, a_number, coalesce(b_number, '') AS b_number, service,
  epoch_ms(CAST(start_time AS TIMESTAMP)) AS ms, CAST(quantity AS BIGINT) AS quantity
FROM match_records
WHERE id IS NOT NULL AND source IS NOT NULL AND a_number IS NOT NULL AND service IS NOT NULL
  AND start_time IS NOT NULL AND quantity IS NOT NULL;

CREATE OR REPLACE TEMP TABLE match_duplicate AS
SELECT kept_id, id AS repeated_id, 'exact' AS rule, CAST(0 AS BIGINT) AS dt_ms, CAST(0 AS BIGINT) AS dq
FROM (
  SELECT id, first_value(id) OVER (PARTITION BY a_number, b_number, service, ms, quantity ORDER BY source, id) AS kept_id
  FROM match_record)
WHERE id <> kept_id;

-- Which sources a kept record stands for: each reports an event once, so none joins it twice.
CREATE OR REPLACE TEMP TABLE match_cluster AS
SELECT DISTINCT d.kept_id, r.source FROM match_duplicate d JOIN match_record r ON r.id = d.repeated_id
UNION
SELECT d.kept_id, r.source FROM match_duplicate d JOIN match_record r ON r.id = d.kept_id;

-- Fuzzy: two sources, the same line and service, starts and quantities within drift. `ord` is the rank, without ties.
CREATE OR REPLACE TEMP TABLE match_candidate AS
WITH single AS (
  SELECT * FROM match_record WHERE id NOT IN (SELECT repeated_id FROM match_duplicate)
),
near AS (
  SELECT x.id AS x_id, y.id AS y_id, x.source AS x_source, y.source AS y_source, y.ms - x.ms AS dt_ms,
    y.quantity - x.quantity AS dq, greatest(x.quantity, y.quantity) AS larger, service
  FROM (SELECT *, ms // $cell_ms + unnest([-1, 0, 1]) AS cell FROM single) x
  JOIN (SELECT *, ms // $cell_ms AS cell FROM single) y USING (a_number, b_number, service, cell)
  WHERE x.source <> y.source AND (x.ms, x.source, x.id) < (y.ms, y.source, y.id) AND y.ms - x.ms <= $skew_ms
)
SELECT row_number() OVER (ORDER BY dt_ms, abs(dq), x_id, y_id) AS ord, x_id, y_id, x_source, y_source, dt_ms, dq
FROM near LEFT JOIN match_tolerance t USING (service)
WHERE abs(dq) <= coalesce(t.drift, 0)
  OR CAST(abs(dq) AS HUGEINT) * 1000000 <= CAST(larger AS HUGEINT) * coalesce(t.drift_ppm, 0);
