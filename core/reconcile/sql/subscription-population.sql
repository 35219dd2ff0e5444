-- Grain: one row per offer and segment of the month's subscriptions whose money was looked at.
SELECT 'subscription' AS grain, dt, CAST(NULL AS VARCHAR) AS service, CAST(NULL AS VARCHAR) AS zone, offer_id, segment,
  CAST(NULL AS VARCHAR) AS source, CAST(NULL AS VARCHAR) AS rating_source, tariff_id,
  CAST(NULL AS INTEGER) AS tariff_version, CAST(NULL AS INTEGER) AS charged_version, count(*) AS sessions,
  CAST(sum(expected) AS DECIMAL(18,6)) AS expected, CAST(sum(charged) AS DECIMAL(18,6)) AS charged
FROM subscription_month
WHERE settled IS NULL OR settled = 'matched' OR settled = 'free-by-purpose'
GROUP BY ALL
ORDER BY ALL NULLS LAST
