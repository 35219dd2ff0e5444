-- Grain: one violation per rated item whose charge differs from what most of the same usage of the same hour cost, at
-- another engine or on another path. Only services that no price list of the line prices: all others are re-rated.
WITH item AS (
  SELECT r.* FROM rated r CROSS JOIN scope s
  WHERE r.start_time >= s.from_at AND r.start_time < s.to_at AND r.amount <> 0 AND r.currency = s.currency
  QUALIFY row_number() OVER (PARTITION BY r.rated_id ORDER BY r.file_id, r.byte_offset, r.row_hash) = 1
),
-- Grain: a line and a service of the day that the re-rater can price.
priced AS (
  SELECT DISTINCT s.subscription_id, t.service
  FROM subscription s
  CROSS JOIN scope d
  JOIN catalog c ON c.offer_id = s.offer_id
  JOIN tariff t ON t.tariff_id = c.tariff_id
  WHERE s.valid_from <= d.last_day + 1 AND (s.valid_to IS NULL OR s.valid_to >= d.first_day)
    AND t.valid_from < d.to_at AND (t.valid_to IS NULL OR t.valid_to > d.from_at)
),
open AS (
  SELECT i.*, date_trunc('hour', i.start_time) AS hour FROM item i
  ANTI JOIN priced p ON p.subscription_id = i.subscription_id AND p.service = i.service
),
-- Of the charges of the same usage the most frequent, at the engine and on the path that made most of them.
counted AS (
  SELECT service, quantity, zone, offer_id, tariff_id, tariff_version, hour, amount, source, rate_path, count(*) AS items,
    sum(count(*)) OVER (PARTITION BY service, quantity, zone, offer_id, tariff_id, tariff_version, hour, amount) AS alike
  FROM open
  GROUP BY service, quantity, zone, offer_id, tariff_id, tariff_version, hour, amount, source, rate_path
),
usual AS (
  SELECT * FROM counted
  QUALIFY row_number() OVER (PARTITION BY service, quantity, zone, offer_id, tariff_id, tariff_version, hour
    ORDER BY alike DESC, rate_path = 'standard' DESC, amount DESC, items DESC, source, rate_path) = 1
)
SELECT
  'rated|' || o.rated_id AS key,
  CASE WHEN o.source <> u.source THEN 'differs-by-engine' ELSE 'differs-by-path' END AS symptom,
  CAST(u.amount - o.amount AS DECIMAL(18,6)) AS impact, u.amount AS expected, o.amount AS charged, true AS estimated,
  CAST(o.start_time AS DATE) AS dt, o.start_time AS event_time, o.service, o.zone, o.offer_id, o.tariff_id,
  o.source AS rating_source, o.tariff_version AS charged_version, o.subscription_id, o.quantity,
  o.quantity AS charged_quantity,
  'rated' AS right_dataset, o.rated_id AS right_id, o.file_id AS right_file, o.byte_offset AS right_offset,
  o.row_hash AS right_hash
FROM open o
JOIN usual u USING (service, quantity, zone, offer_id, tariff_id, tariff_version, hour)
WHERE (o.source <> u.source OR o.rate_path <> u.rate_path)
  AND abs(u.amount - o.amount) > greatest(
    CAST($absolute_eur AS DECIMAL(18,6)), abs(u.amount) * CAST($relative_per_mille AS DECIMAL(9,3)) * 0.001);
