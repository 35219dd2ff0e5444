-- Grain: one violation per bucket of the month; of several symptoms the first in the list, so that no unit counts twice.
-- Units are worth the lowest price that the offer has for what the allowance covers.
WITH balance AS (
  SELECT b.*, coalesce(b.subscription_id, '') AS holder, CAST(date_trunc('month', b.period_start) AS DATE) AS month_day
  FROM allowance_balance b
  QUALIFY row_number() OVER (
    PARTITION BY b.allowance_id, b.account_id, b.subscription_id, b.period_start
    ORDER BY b.file_id DESC, b.byte_offset DESC, b.row_hash) = 1
),
worth AS (
  SELECT
    a.allowance_id, a.offer_id, a.service, a.zone, a.quantity, a.rollover_months, a.shared, a.valid_from, a.valid_to,
    t.price_per_increment AS price, t.increment
  FROM allowance a
  LEFT JOIN catalog c ON c.offer_id = a.offer_id
  LEFT JOIN tariff t ON t.tariff_id = c.tariff_id AND t.service = a.service AND (a.zone IS NULL OR t.zone = a.zone)
    AND t.price_per_increment > 0
  QUALIFY row_number() OVER (
    PARTITION BY a.allowance_id, a.valid_from
    ORDER BY CAST(t.price_per_increment * 1000000 AS HUGEINT) * 1000000 // t.increment NULLS LAST, t.price_per_increment,
      t.increment, a.quantity, a.rollover_months) = 1
),
-- Lines that only this allowance covers: a session that cost nothing there was taken from it, unless its price is free.
alone AS (
  SELECT allowance_id, min(offer_id) AS offer_id, min(service) AS service, min(zone) AS zone, bool_or(shared) AS shared
  FROM allowance a
  WHERE NOT EXISTS (SELECT 1 FROM allowance o WHERE o.allowance_id <> a.allowance_id AND o.service = a.service
    AND (o.zone IS NULL OR a.zone IS NULL OR o.zone = a.zone)
    AND (o.offer_id = a.offer_id OR o.shared OR a.shared))
  GROUP BY allowance_id
),
included AS (
  SELECT
    a.allowance_id, s.account_id, CASE WHEN a.shared THEN '' ELSE r.subscription_id END AS holder,
    CAST(sum(r.quantity) AS BIGINT) AS units
  FROM rated r
  CROSS JOIN scope x
  JOIN (SELECT subscription_id, min(account_id) AS account_id FROM subscription
        WHERE purpose = 'customer' GROUP BY subscription_id HAVING count(DISTINCT account_id) = 1) s
    ON s.subscription_id = r.subscription_id
  JOIN alone a ON a.service = r.service AND (a.zone IS NULL OR a.zone = r.zone) AND (a.shared OR a.offer_id = r.offer_id)
  WHERE r.start_time >= x.from_at AND r.start_time < x.to_at AND r.amount = 0
    AND NOT EXISTS (SELECT 1 FROM tariff t WHERE t.tariff_id = r.tariff_id AND t.version = r.tariff_version
      AND t.service = r.service AND t.zone = r.zone AND t.free)
  GROUP BY ALL
),
bucket AS (
  SELECT
    b.*, w.offer_id, w.service, w.zone, w.price, w.increment, w.rollover_months, p.closing AS closing_before,
    CASE WHEN w.valid_from IS NULL THEN 0 ELSE w.quantity END AS grant_due,
    least(coalesce(i.units, 0), b.opening + b.granted) AS used_at_least
  FROM balance b
  CROSS JOIN scope s
  LEFT JOIN worth w ON w.allowance_id = b.allowance_id AND w.valid_from <= b.period_start
    AND (w.valid_to IS NULL OR b.period_start < w.valid_to)
  LEFT JOIN balance p ON p.allowance_id = b.allowance_id AND p.account_id = b.account_id AND p.holder = b.holder
    AND p.month_day = b.month_day - INTERVAL 1 MONTH
  LEFT JOIN included i ON i.allowance_id = b.allowance_id AND i.account_id = b.account_id AND i.holder = b.holder
  WHERE b.period_start >= s.from_at AND b.period_start < s.to_at
),
-- `excess`: units that stand there beyond what is due. Negative units were taken from the customer.
judged AS (
  SELECT *,
    CASE
      WHEN closing <> opening + granted - used - expired THEN 'does-not-add-up'
      WHEN opening <> closing_before THEN 'opening-differs'
      WHEN granted > grant_due OR (granted < grant_due AND closing_before IS NOT NULL) THEN 'wrong-grant'
      WHEN closing > rollover_months * grant_due THEN 'kept-too-long'
      WHEN rollover_months > 0 AND expired > opening THEN 'lapsed-early'
      WHEN used < used_at_least THEN 'not-decremented'
    END AS symptom,
    CAST(CASE symptom
      WHEN 'does-not-add-up' THEN opening + granted - used - expired
      WHEN 'opening-differs' THEN closing_before
      WHEN 'wrong-grant' THEN grant_due
      WHEN 'kept-too-long' THEN rollover_months * grant_due
      WHEN 'lapsed-early' THEN opening
      WHEN 'not-decremented' THEN used_at_least END AS BIGINT) AS due,
    CAST(CASE symptom
      WHEN 'does-not-add-up' THEN closing
      WHEN 'opening-differs' THEN opening
      WHEN 'wrong-grant' THEN granted
      WHEN 'kept-too-long' THEN closing
      WHEN 'lapsed-early' THEN expired
      WHEN 'not-decremented' THEN used END AS BIGINT) AS found,
    -- More lapsed is less for the customer; less used is more for him, if it does not lapse anyway.
    CASE symptom
      WHEN 'lapsed-early' THEN due - found
      WHEN 'not-decremented' THEN CASE WHEN rollover_months > 0 THEN due - found ELSE 0 END
      ELSE found - due END AS excess
  FROM bucket
)
SELECT
  'bucket|' || allowance_id || '|' || account_id || '|' || holder AS key, symptom,
  CAST(share_of(coalesce(price, 0), abs(excess), coalesce(increment, 1)) * sign(excess) AS DECIMAL(18,6)) AS impact,
  true AS estimated,
  CAST(j.period_start AS DATE) AS dt, j.period_start AS event_time, subscription_id, account_id, offer_id, service, zone,
  due AS quantity, found AS charged_quantity,
  'allowance_balance' AS left_dataset, allowance_id AS left_id, file_id AS left_file, byte_offset AS left_offset,
  row_hash AS left_hash
FROM judged j
WHERE symptom IS NOT NULL AND abs(found - due) > CAST($units AS BIGINT);
