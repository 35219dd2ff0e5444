-- For checks whose records are gone or were never priced: what `part` of `whole` units is worth, where the whole is
-- worth `amount`. Exact integers, rounded half away from zero to a millionth; 0 where there is no whole.
CREATE OR REPLACE TEMP MACRO share_of(amount, part, whole) AS
  CASE WHEN coalesce(whole, 0) = 0 THEN CAST(0 AS DECIMAL(18,6)) ELSE
    micros_to_decimal(sign(decimal_to_micros(amount)) * sign(part)
      * ((abs(decimal_to_micros(amount)) * abs(part) * 2 + whole) // (2 * whole)))
  END;

-- `percent` of an amount (both DECIMAL(18,6)), rounded once, half away from zero, to so many decimals (0 to 6).
CREATE OR REPLACE TEMP MACRO percent_of(amount, percent, decimals) AS
  micros_to_decimal(round_micros(
    decimal_to_micros(amount) * decimal_to_micros(percent),
    [100000000000000, 10000000000000, 1000000000000, 100000000000, 10000000000, 1000000000, 100000000][1 + decimals],
    'half_up') // 100000000);

-- An amount times a rate (both DECIMAL(18,6)), rounded once, half away from zero, to so many decimals (0 to 6).
CREATE OR REPLACE TEMP MACRO converted(amount, rate, decimals) AS
  micros_to_decimal(round_micros(
    decimal_to_micros(amount) * decimal_to_micros(rate),
    [1000000000000, 100000000000, 10000000000, 1000000000, 100000000, 10000000, 1000000][1 + decimals],
    'half_up') // 1000000);
