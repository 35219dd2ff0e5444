-- Grain of open_hop: one row per hop, service, hour and source with its unaccounted records.
-- Reads hop (summed over buckets) and quarantined(file, records).
CREATE OR REPLACE TEMP TABLE hop_total AS
SELECT kind, dt, file, service, source, hour, note, CAST(sum(records) AS BIGINT) AS records, sum(expected) AS expected
FROM hop GROUP BY ALL;

-- Grain: one file, service and source, with what is missing of it before quarantine.
CREATE OR REPLACE TEMP TABLE file_count AS
SELECT d.dt, d.file, d.service, d.source, d.hour, d.records AS declared, coalesce(r.records, 0) AS received
FROM hop_total d
LEFT JOIN (
  SELECT file, service, source, CAST(sum(records) AS BIGINT) AS records FROM hop_total WHERE kind = 'received' GROUP BY ALL
) r ON r.file = d.file AND r.service = d.service AND r.source = d.source
WHERE d.kind = 'declared';

-- Quarantined records of a file have no service that could be trusted: they fill its gaps, the largest first.
CREATE OR REPLACE TEMP TABLE file_gap AS
-- Each file stands for itself: what one has too much replaces nothing that another lacks.
SELECT *, greatest(0, least(missing, coalesce(quarantined, 0) - filled_before)) AS explained
FROM (
  SELECT f.*, greatest(0, f.declared - f.received) AS missing, q.records AS quarantined,
    coalesce(sum(greatest(0, f.declared - f.received)) OVER (
      PARTITION BY f.file ORDER BY f.declared - f.received DESC, f.service, f.source, f.hour
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS filled_before
  FROM file_count f
  LEFT JOIN (SELECT file, CAST(sum(records) AS BIGINT) AS records FROM quarantined GROUP BY file) q ON q.file = f.file
);

CREATE OR REPLACE TEMP TABLE open_hop AS
WITH residual AS (
  SELECT 1 AS hop, 'missing-at-mediation' AS symptom, dt, service, source, hour, min(file) AS file,
    CAST(sum(declared) AS BIGINT) AS declared, CAST(sum(received) AS BIGINT) AS received,
    CAST(sum(missing - explained) AS BIGINT) AS missing
  FROM file_gap GROUP BY ALL
  UNION ALL
  SELECT CASE note WHEN 'rated-without-usage' THEN 2 ELSE 3 END, note, dt, service, source, hour, NULL, NULL, NULL, records
  FROM hop_total WHERE kind = 'unaccounted'
),
worth AS (
  SELECT dt, service, CAST(sum(records) AS BIGINT) AS records, CAST(sum(expected) AS DECIMAL(18,6)) AS expected
  FROM hop_total WHERE kind = 'worth' GROUP BY ALL
)
SELECT
  CASE r.hop WHEN 1 THEN 'network-to-mediation' WHEN 2 THEN 'usage-to-rated' ELSE 'rated-to-billed' END
    || '|' || r.service || '|' || strftime(CAST(r.hour AS TIMESTAMP), '%Y-%m-%dT%H') || '|' || r.source AS key,
  r.*, w.records AS mean_records, w.expected AS mean_expected
FROM residual r
LEFT JOIN worth w ON w.dt = r.dt AND w.service = r.service;
