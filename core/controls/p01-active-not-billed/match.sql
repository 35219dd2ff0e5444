-- Grain: one violation per subscription and month with more days served but not billed than the lag allows.
SELECT subscription_id AS key, 'active-not-billed' AS symptom, unbilled_open AS impact
FROM open_subscription
WHERE unbilled_days > CAST($lag_days AS INTEGER) AND unbilled_open <> 0;
