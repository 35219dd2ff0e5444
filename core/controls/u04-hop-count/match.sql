-- Grain: one violation per hop, service, hour and source at which more records are missing than can be accounted for.
-- Hop 1 (network to mediation): declared - received - quarantined. The money is the mean charge of a record of that
-- service and day, times the records; exact integers, rounded half up to a millionth.
-- Hops 2 and 3 (to rating, to billing): what no control of single records accounts for; their money is counted there.
SELECT
  key,
  symptom,
  CASE WHEN hop = 1 AND mean_records > 0 THEN
    micros_to_decimal((missing * decimal_to_micros(mean_expected) * 2 + mean_records) // (2 * mean_records))
    ELSE CAST(0 AS DECIMAL(18,6)) END AS impact,
  missing AS records,
  hop = 1 AS estimated
FROM open_hop
WHERE missing > CAST($records AS BIGINT);
