-- Grain: one violation per subscription and month with more days billed but not served than the lag allows.
SELECT subscription_id AS key, 'billed-not-active' AS symptom, unserved_open AS impact
FROM open_subscription
WHERE unserved_days > CAST($lag_days AS INTEGER) AND unserved_open <> 0;
