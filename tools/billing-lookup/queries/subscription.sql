-- Grain: one row per validity of the subscription in CRM, with what the network serves on its number.
SELECT
  s.subscription_id, s.account_id, s.offer_id, s.segment, s.purpose,
  CAST(s.valid_from AS VARCHAR) AS valid_from, CAST(s.valid_to AS VARCHAR) AS valid_to,
  n.status AS network_status, CAST(n.active_from AS VARCHAR) AS active_from, CAST(n.active_to AS VARCHAR) AS active_to,
  c.name AS offer_name, c.monthly_fee
FROM subscription AS s
LEFT JOIN network_profile AS n ON n.msisdn = s.msisdn OR n.imsi = s.imsi
LEFT JOIN catalog AS c ON c.offer_id = s.offer_id
  AND c.valid_from <= CAST($day AS TIMESTAMP) AND (c.valid_to IS NULL OR c.valid_to > CAST($day AS TIMESTAMP))
WHERE s.subscription_id = $subscription
ORDER BY s.valid_from, n.active_from
LIMIT 10
