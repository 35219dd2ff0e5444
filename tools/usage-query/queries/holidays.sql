-- Grain: one row per holiday in the range, with the records of the finding on that UTC day.
SELECT
  CAST(holiday_date AS VARCHAR) AS day,
  name,
  CAST((SELECT coalesce(sum(records), 0) FROM violation WHERE finding_id = $finding AND dt = holiday_date) AS INTEGER) AS records
FROM holiday
WHERE holiday_date BETWEEN CAST($from AS DATE) AND CAST($to AS DATE)
ORDER BY holiday_date, name
