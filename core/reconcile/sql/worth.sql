-- What usage is worth where nothing has priced the record itself: the mean charge of the day or month of the check, in
-- its currency. Of two views one is for units, one for records. Grain of both: one service.
CREATE OR REPLACE TEMP VIEW unit_worth AS
  SELECT r.service, CAST(sum(r.amount) AS DECIMAL(18,6)) AS amount, CAST(sum(r.quantity) AS BIGINT) AS quantity
  FROM rated r CROSS JOIN scope s
  WHERE r.start_time >= s.from_at AND r.start_time < s.to_at AND r.currency = s.currency
  GROUP BY r.service;

CREATE OR REPLACE TEMP VIEW record_worth AS
  SELECT w.service, w.amount, u.records
  FROM unit_worth w
  JOIN (
    SELECT u.service, count(*) AS records FROM usage u CROSS JOIN scope s
    WHERE u.session_start >= s.from_at AND u.session_start < s.to_at GROUP BY u.service
  ) u USING (service);
