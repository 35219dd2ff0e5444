import { PlumblineError } from '#core/domain/errors.ts';
import type { ReadSql } from '#core/ports/read-sql.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { PLAN_COLUMNS } from '#core/rating/plan/price-list.ts';
import { rateSessions } from '#core/rating/rate-sessions.ts';
import { literal, parquetOf } from './load.ts';
import { HASHED_KEYS, LAYOUT_KEYS, SIDES, STORED_KEYS } from './settle-layout.ts';

const PRICES = new URL('./sql/settle-prices.sql', import.meta.url);
const SETTLE = new URL('./sql/settle.sql', import.meta.url);
const RECEIVED = new URL('./sql/settle-received.sql', import.meta.url);

/** Paths of the files of a day. */
export interface SettleInput {
  readonly day: string;
  readonly currency: string;
  readonly sides: Readonly<Record<(typeof SIDES)[number], readonly string[]>>;
  readonly subscription: readonly string[];
  /** Usage of the day before, which may hold partials that start on the day. */
  readonly before: readonly string[];
}

/**
 * Settles what is plainly right, in sums: makes `settled_session` and `unsettled`. Needs catalog, tariff, zone,
 * holiday and an empty `subscription`. Every feed must be complete. What is left, the rows of the views `<side>_file`
 * whose `key_low` is in `unsettled` or NULL, is to be loaded and judged session by session; then settleReceived counts
 * files.
 */
export async function settlePlain(
  session: WarehouseSession,
  { day, currency, sides, subscription, before }: SettleInput,
  readSql: ReadSql,
): Promise<void> {
  const stored = await everyFileHasKeys(
    session,
    SIDES.flatMap((side) => sides[side]),
  );
  const keys = stored ? STORED_KEYS : HASHED_KEYS;
  for (const side of SIDES) {
    // The empty second part makes sure that the columns are there to be left out.
    const files = stored
      ? parquetOf(sides[side])
      : `(FROM ${parquetOf(sides[side])} UNION ALL BY NAME SELECT 0::UBIGINT AS key_low, 0::UBIGINT AS key_high WHERE false)`;
    await session.run(`CREATE OR REPLACE TEMP VIEW ${side}_file AS SELECT ${keys.columns} FROM ${files}`);
  }
  await session.run(
    `CREATE OR REPLACE TEMP VIEW settle_subscription AS
     SELECT msisdn, offer_id, segment, purpose, CAST(valid_from AS DATE) AS valid_from, CAST(valid_to AS DATE) AS valid_to
     FROM ${parquetOf(subscription)};
     CREATE OR REPLACE TEMP TABLE settle_planned AS
     SELECT DISTINCT tariff_id, version, service, zone FROM tariff
     WHERE rounding_method = 'half_even' OR ${PLAN_COLUMNS.map((name) => `${name} IS NOT NULL`).join(' OR ')};
     ${apart(keys.lower, day, before)}`,
  );
  await rateDay(session, day, readSql);
  await session.run(await readSql(PRICES), { day, currency });
  const [sizes] = await session.query(
    `SELECT (SELECT count(*) FROM settle_class) AS classes, (SELECT count(*) FROM settle_zone) AS zones,
       (SELECT max(zone_no) FROM settle_zone WHERE zone = 'home') AS home,
       (SELECT coalesce(max(length(code)), 0) FROM zone WHERE kind = 'prefix') AS head_length`,
  );
  const number = (name: string) => (sizes?.[name] === null ? null : Number(sizes?.[name]));
  // The joins are written in the order in which they are cheap; the planner takes the large side for the small one.
  await session.run("SET disabled_optimizers = 'join_order,build_side_probe_side'");
  await session.run(await readSql(SETTLE), {
    day,
    currency,
    classes: number('classes'),
    zones: number('zones'),
    home: number('home'),
    head_length: number('head_length'),
  });
  await session.run("SET disabled_optimizers = ''");
}

async function everyFileHasKeys(session: WarehouseSession, paths: readonly string[]): Promise<boolean> {
  const [row] = await session.query(
    `SELECT count(*) AS n FROM parquet_schema([${paths.map(literal).join(', ')}])
     WHERE name IN (${LAYOUT_KEYS.map(literal).join(', ')}) AND type = 'INT64'`,
  );
  return Number(row?.n) === paths.length * LAYOUT_KEYS.length;
}

/** After the unsettled records are loaded: counts files, and holds what was read against what is settled or loaded. */
export async function settleReceived(
  session: WarehouseSession,
  day: string,
  readSql: ReadSql,
): Promise<void> {
  await session.run(await readSql(RECEIVED), { day });
  const [row] = await session.query(
    `SELECT (SELECT coalesce(sum(sessions), 0) FROM settled_session) AS settled,
       (SELECT coalesce(sum(sessions), 0) FROM settle_group WHERE kinds IS NOT NULL) AS met,
       (SELECT count(*) FROM usage_file) AS usage_read, (SELECT count(*) FROM usage) AS usage_left,
       (SELECT count(*) FROM rated_file) AS rated_read, (SELECT count(*) FROM rated) AS rated_left`,
  );
  const n = (name: string) => BigInt(String(row?.[name]).split('.')[0] ?? 0);
  for (const side of ['usage', 'rated']) {
    if (n('met') === n('settled') && n(`${side}_read`) === n('settled') + n(`${side}_left`)) continue;
    throw new PlumblineError('ConservationBroken', {
      what: 'Records got lost in a reconciliation',
      where: side,
      why: `${n(`${side}_read`)} records were read, ${n('met')} settled (${n('settled')} counted) and ${n(`${side}_left`)} judged one by one`,
      next: 'Keep the lake as it is and report this with the run id: nothing of this run can be trusted',
    });
  }
}

/** Makes the tables of rating that depend on the day and not on sessions, by rating nothing at both ends of the day. */
async function rateDay(session: WarehouseSession, day: string, readSql: ReadSql): Promise<void> {
  const start = `CAST(CAST(${literal(day)} AS DATE) AS TIMESTAMP_MS)`;
  await session.run(
    `CREATE OR REPLACE TEMP VIEW rate_input AS
     SELECT CAST(NULL AS VARCHAR) AS correlation_id, CAST(NULL AS VARCHAR) AS a_number, CAST(NULL AS VARCHAR) AS b_number,
       CAST(NULL AS VARCHAR) AS visited_plmn, 'data' AS service, instant AS session_start, CAST(0 AS BIGINT) AS quantity
     FROM (VALUES (${start}), (CAST(${start} + INTERVAL 1 DAY - INTERVAL 1 MILLISECOND AS TIMESTAMP_MS))) v(instant)`,
  );
  await rateSessions(session, readSql);
}

/**
 * Keys that are not settled in sums: of items without a session, which stand for themselves by a key of their own, and
 * of records of the day in files of the day before, for which repeats must be told from the day's.
 */
function apart(lower: (text: string) => string, day: string, before: readonly string[]): string {
  const late =
    before.length === 0
      ? ''
      : `UNION SELECT ${lower('correlation_id')} FROM ${parquetOf(before)}
         WHERE start_time >= CAST(${literal(day)} AS DATE) AND start_time < CAST(${literal(day)} AS DATE) + 1
           AND correlation_id IS NOT NULL`;
  return `CREATE OR REPLACE TEMP TABLE settle_apart AS
    SELECT ${lower("'item:' || bill_item_id")} AS key_low FROM billed_file WHERE correlation_id IS NULL AND charge_type = 'usage'
    ${late}`;
}
