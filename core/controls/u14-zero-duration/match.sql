-- Grain: one violation per source and service with more records of quantity zero on the day than the tolerance above the
-- highest share of any of the days before. Days with fewer records than the tolerance say nothing; three must say something.
-- The money: records beyond the mean share, times the mean quantity of a record that has one, at the mean charge of a unit.
WITH share AS (
  SELECT u.source, u.service, CAST(u.session_start AS DATE) AS day, count(*) AS records,
    count(*) FILTER (u.quantity = 0) AS zeros, CAST(sum(u.quantity) AS BIGINT) AS quantity
  FROM usage u CROSS JOIN scope s
  WHERE u.session_start >= s.from_at - to_days(28) AND u.session_start < s.to_at
  GROUP BY ALL
  HAVING count(*) >= CAST($records AS BIGINT)
),
band AS (
  SELECT h.source, h.service, max(h.zeros * 1000000 // h.records) AS highest_ppm, CAST(sum(h.records) AS BIGINT) AS records,
    CAST(sum(h.zeros) AS BIGINT) AS zeros, CAST(sum(h.quantity) AS BIGINT) AS quantity
  FROM share h CROSS JOIN scope s
  WHERE h.day < s.first_day
  GROUP BY h.source, h.service
  HAVING count(*) >= 3
),
beyond AS (
  SELECT t.source, t.service, t.day, t.zeros - t.records * b.zeros // b.records AS records,
    b.quantity AS usual_quantity, b.records - b.zeros AS usual_records
  FROM share t
  JOIN band b USING (source, service)
  CROSS JOIN scope s
  WHERE t.day >= s.first_day
    AND t.zeros * 1000000 > t.records * (b.highest_ppm + CAST($share_per_mille AS BIGINT) * 1000)
)
SELECT
  'zero|' || b.source || '|' || b.service || '|' || b.day AS key,
  'zero-share-high' AS symptom,
  CASE WHEN b.usual_records > 0
    THEN share_of(w.amount, CAST(b.records AS HUGEINT) * b.usual_quantity // b.usual_records, w.quantity)
    ELSE CAST(0 AS DECIMAL(18,6)) END AS impact,
  true AS estimated, b.records, b.day AS dt, CAST(b.day AS TIMESTAMP_MS) AS event_time, b.service, b.source
FROM beyond b
LEFT JOIN unit_worth w ON w.service = b.service;
