-- Exact arithmetic in millionths of the currency, shared by rating and controls.

-- Rounds to a multiple of `step`, away from zero (half_up, up) or towards it (down); signs are treated alike.
-- NULL for a method that is none of these.
CREATE OR REPLACE TEMP MACRO round_integers(raw, step, method) AS
  sign(raw) * step * CASE method
    WHEN 'half_up' THEN (abs(raw) * 2 + step) // (2 * step)
    WHEN 'up' THEN (abs(raw) + step - 1) // step
    WHEN 'down' THEN abs(raw) // step
  END;

-- The same in 64 bits where it fits, else in 128.
CREATE OR REPLACE TEMP MACRO round_micros(raw, step, method) AS
  CASE WHEN raw BETWEEN -1000000000000000000 AND 1000000000000000000
    THEN CAST(round_integers(CAST(raw AS BIGINT), step, method) AS HUGEINT)
    ELSE round_integers(CAST(raw AS HUGEINT), step, method) END;

-- Millionths as DECIMAL(18,6); an error when they do not fit.
CREATE OR REPLACE TEMP MACRO micros_to_decimal(micros) AS
  CAST(CAST(micros AS DECIMAL(18,0)) * 0.000001 AS DECIMAL(18,6));

-- DECIMAL(18,6) as millionths.
CREATE OR REPLACE TEMP MACRO decimal_to_micros(amount) AS CAST(amount * 1000000 AS HUGEINT);
