import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from './tables.ts';

/**
 * Test support: a third reading of the sample, in SQL and from the feed files alone, with which the tests compare the
 * truth. It knows the rules that are documented for the feeds and nothing of how they were made.
 */
export async function loadFeeds(connection: DuckDBConnection, feedsDir: string): Promise<void> {
  const csv = (feed: string, columns: Readonly<Record<string, string>>) =>
    `CREATE TABLE ${feed} AS SELECT *, parse_filename(filename) AS file FROM read_csv(${literal(join(feedsDir, feed, '*.csv'))},
      header = true, auto_detect = false, delim = ',', nullstr = '', ignore_errors = true, filename = true, columns = {${Object.entries(
        columns,
      )
        .map(([name, type]) => `${name}: '${type}'`)
        .join(', ')}})`;
  for (const [feed, columns] of Object.entries(CSV_COLUMNS)) await connection.run(csv(feed, columns));
  for (const feed of ['rated', 'billed']) {
    await connection.run(
      `CREATE TABLE ${feed} AS SELECT * FROM read_parquet(${literal(join(feedsDir, feed, '*.parquet'))})`,
    );
  }
  await connection.run('DELETE FROM usage WHERE quantity < 0');
  await connection.run(SESSIONS);
  await connection.run(EXPECTED);
}

const text = (...names: readonly string[]) => Object.fromEntries(names.map((n) => [n, 'VARCHAR']));
const CSV_COLUMNS = {
  usage: {
    ...text('record_id', 'correlation_id'),
    partial_sequence: 'BIGINT',
    final_partial: 'BOOLEAN',
    ...text('source', 'service', 'a_number', 'b_number', 'imsi', 'visited_plmn', 'cell'),
    start_time: 'TIMESTAMP',
    session_start: 'TIMESTAMP',
    quantity: 'BIGINT',
  },
  file_trailer: {
    ...text('source', 'file_name'),
    file_sequence: 'BIGINT',
    service: 'VARCHAR',
    declared_records: 'BIGINT',
    declared_quantity: 'BIGINT',
    period_start: 'TIMESTAMP',
    period_end: 'TIMESTAMP',
    arrived_at: 'TIMESTAMP',
  },
  subscription: {
    ...text('subscription_id', 'account_id', 'msisdn', 'imsi', 'offer_id', 'segment', 'purpose'),
    valid_from: 'DATE',
    valid_to: 'DATE',
  },
  catalog: {
    ...text('offer_id', 'name'),
    monthly_fee: 'DECIMAL(18,6)',
    ...text('currency', 'tariff_id'),
    valid_from: 'TIMESTAMP',
    valid_to: 'TIMESTAMP',
  },
  tariff: {
    tariff_id: 'VARCHAR',
    version: 'INTEGER',
    valid_from: 'TIMESTAMP',
    valid_to: 'TIMESTAMP',
    ...text('service', 'zone', 'time_band'),
    increment: 'BIGINT',
    minimum: 'BIGINT',
    price_per_increment: 'DECIMAL(18,6)',
    connect_fee: 'DECIMAL(18,6)',
    free: 'BOOLEAN',
    rounding_method: 'VARCHAR',
    rounding_decimals: 'INTEGER',
    ...text('currency', 'time_zone'),
    peak_from_hour: 'INTEGER',
    peak_to_hour: 'INTEGER',
    holiday_calendar: 'VARCHAR',
  },
  zone: { ...text('kind', 'code', 'zone'), valid_from: 'TIMESTAMP', valid_to: 'TIMESTAMP' },
  holiday: { calendar: 'VARCHAR', holiday_date: 'DATE', name: 'VARCHAR' },
} as const;

/** One row per session of a line that pays: partials added up, retransmitted CDRs once. */
const SESSIONS = `CREATE TABLE sessions AS
  WITH cdr AS (SELECT DISTINCT * EXCLUDE (filename, file) FROM usage),
  session AS (
    SELECT correlation_id, any_value(service) AS service, any_value(a_number) AS a_number, any_value(b_number) AS b_number,
      any_value(visited_plmn) AS plmn, min(session_start) AS began, sum(quantity)::BIGINT AS quantity
    FROM cdr GROUP BY correlation_id)
  SELECT s.*, u.subscription_id, c.tariff_id,
    s.began + INTERVAL 1 HOUR * (CASE WHEN s.began < TIMESTAMP '2026-10-25 01:00:00' THEN 2 ELSE 1 END) AS local
  FROM session s
  JOIN subscription u ON u.msisdn = s.a_number AND s.began::DATE >= u.valid_from
    AND (u.valid_to IS NULL OR s.began::DATE < u.valid_to)
  JOIN catalog c ON c.offer_id = u.offer_id
  WHERE u.purpose = 'customer'`;

/** The charge of each session by the price list, in millionths. */
const EXPECTED = `CREATE TABLE expected AS
  WITH zoned AS (
    SELECT s.*, CASE WHEN s.plmn IS NULL AND s.service = 'data' THEN 'home' ELSE z.zone END AS zone
    FROM sessions s LEFT JOIN zone z
      ON (CASE WHEN s.plmn IS NULL THEN z.kind = 'prefix' AND starts_with(s.b_number, z.code)
          ELSE z.kind = 'plmn' AND z.code = s.plmn END)
      AND s.began >= z.valid_from AND (z.valid_to IS NULL OR s.began < z.valid_to)
    QUALIFY row_number() OVER (PARTITION BY correlation_id ORDER BY length(z.code) DESC) = 1),
  banded AS (
    SELECT z.*, t.*, CAST(t.connect_fee * 1000000 AS BIGINT)
        + (greatest(z.quantity, t.minimum) + t.increment - 1) // t.increment * CAST(t.price_per_increment * 1000000 AS BIGINT) AS raw,
      [1000000, 100000, 10000, 1000, 100, 10, 1][t.rounding_decimals + 1] AS step
    FROM zoned z JOIN tariff t ON t.tariff_id = z.tariff_id AND t.service = z.service AND t.zone = z.zone
      AND z.began >= t.valid_from AND (t.valid_to IS NULL OR z.began < t.valid_to)
      AND t.time_band IN ('any', CASE WHEN isodow(z.local) < 6 AND hour(z.local) >= t.peak_from_hour
          AND hour(z.local) < t.peak_to_hour
          AND NOT EXISTS (SELECT 1 FROM holiday h WHERE h.calendar = t.holiday_calendar AND h.holiday_date = z.local::DATE)
        THEN 'peak' ELSE 'offpeak' END))
  SELECT correlation_id, subscription_id, service, began, CASE WHEN quantity = 0 THEN 0 WHEN rounding_method = 'up' THEN (raw + step - 1) // step * step
      WHEN rounding_method = 'down' THEN raw // step * step ELSE (raw + step // 2) // step * step END::BIGINT AS micros
  FROM banded`;

/** Sessions and subscriptions whose bill differs from what they should pay, and counts that differ at the first hop. */
export const DIFFERENCES = `
  WITH charged AS (
    SELECT correlation_id, sum(CAST(amount * 1000000 AS BIGINT))::BIGINT AS micros FROM billed
    WHERE charge_type = 'usage' GROUP BY correlation_id),
  fee AS (
    SELECT u.subscription_id, sum((2 * CAST(c.monthly_fee * 100 AS BIGINT) * days + 31) // 62)::BIGINT * 10000 AS micros
    FROM (SELECT *, greatest(0, date_diff('day', greatest(valid_from, DATE '2026-10-01'),
        least(coalesce(valid_to, DATE '2026-11-01'), DATE '2026-11-01'))) AS days FROM subscription) u
    JOIN catalog c USING (offer_id) WHERE u.purpose = 'customer' GROUP BY ALL),
  paid AS (
    SELECT subscription_id, sum(CAST(amount * 1000000 AS BIGINT))::BIGINT AS micros FROM billed
    WHERE charge_type = 'recurring' GROUP BY ALL),
  counted AS (
    SELECT file, source, service, count(DISTINCT record_id) AS records FROM usage GROUP BY ALL)
  SELECT 'record' AS grain, coalesce(e.correlation_id, c.correlation_id) AS key,
    (coalesce(e.micros, 0) - coalesce(c.micros, 0))::BIGINT AS gap
  FROM expected e FULL JOIN charged c ON c.correlation_id = e.correlation_id WHERE gap <> 0
  UNION ALL
  SELECT 'subscription', coalesce(f.subscription_id, p.subscription_id),
    (coalesce(f.micros, 0) - coalesce(p.micros, 0))::BIGINT AS gap
  FROM fee f FULL JOIN paid p ON p.subscription_id = f.subscription_id WHERE gap <> 0
  UNION ALL
  SELECT 'hop', 'network-to-mediation|' || t.service || '|' || strftime(t.period_start, '%Y-%m-%dT%H') || '|' || t.source,
    (t.declared_records - coalesce(c.records, 0))::BIGINT AS gap
  FROM file_trailer t LEFT JOIN counted c ON c.file = t.file_name AND c.source = t.source AND c.service = t.service
  WHERE gap <> 0`;
