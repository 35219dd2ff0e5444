import type { ReadSql } from '#core/ports/read-sql.ts';
import type { WarehouseRow, WarehouseSession } from '#core/ports/warehouse.ts';
import { chargeSessions } from './charge-sessions.ts';
import type { Schedule } from './model.ts';
import { PLAN_COLUMNS, type PriceListRow, scheduleOfRows } from './price-list.ts';

const PRICE_REASONS = ['no-price', 'ambiguous-price', 'amount-out-of-range'];

/**
 * Prices again the sessions of `rating` whose tariff version, service and zone have a price list row that needs a
 * charge plan, and writes the result into the same row. Does nothing where no row does. Reads what rate.sql left:
 * span, rate_head, tariff, holiday.
 */
export async function ratePlanned(session: WarehouseSession, readSql: ReadSql): Promise<void> {
  const present = new Set(
    (
      await session.query(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = 'tariff' AND database_name = 'temp'",
      )
    ).map((row) => String(row.column_name)),
  );
  const used = PLAN_COLUMNS.filter((column) => present.has(column)).map((column) => `${column} IS NOT NULL`);
  const condition = [...used, "rounding_method = 'half_even'"].join(' OR ');
  const [needed] = await session.query(`SELECT count(*) AS n FROM tariff WHERE ${condition}`);
  if (Number(needed?.n ?? 0) === 0) return;
  await session.run(planSessionsSql(condition));
  const rows = await session.query(`
    SELECT k.key_id, t.* FROM plan_key k
    JOIN span p ON p.span = k.span
    JOIN tariff t ON t.tariff_id = k.tariff_id AND t.version = k.tariff_version AND t.service = k.service
      AND t.zone = k.zone AND t.valid_from <= p.from_at AND (t.valid_to IS NULL OR p.from_at < t.valid_to)
    ORDER BY k.key_id, t.time_band, t.valid_from, t.byte_offset`);
  const holidays = await session.query('SELECT calendar, holiday_date FROM holiday');
  const holidaysOf = (calendar: string) =>
    new Set(
      holidays.filter((row) => row.calendar === calendar).map((row) => String(row.holiday_date)),
    ) as ReadonlySet<string>;
  await chargeSessions(session, readSql, schedulesOf(rows, holidaysOf));
  await session.run(WRITE_BACK_SQL);
}

/** Schedules by key id, which counts from 0. A key whose rows contradict each other gets windows that never hold. */
function schedulesOf(
  rows: readonly WarehouseRow[],
  holidaysOf: (calendar: string) => ReadonlySet<string>,
): readonly Schedule[] {
  const byKey = new Map<number, PriceListRow[]>();
  for (const row of rows) {
    const id = Number(row.key_id);
    byKey.set(id, [...(byKey.get(id) ?? []), textOf(row)]);
  }
  return [...byKey.entries()]
    .sort(([a], [b]) => a - b)
    .map(([, list]) => {
      try {
        return scheduleOfRows(list, holidaysOf);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        return UNPRICED;
      }
    });
}

/** Prices nothing: its sessions are suspended. */
const UNPRICED: Schedule = {
  timeZone: 'UTC',
  holidays: new Set(),
  unitNanos: 1n,
  splits: false,
  splitsAtMidnight: false,
  windows: [],
};

function textOf(row: WarehouseRow): PriceListRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, value === null ? undefined : String(value)]),
  );
}

function planSessionsSql(condition: string): string {
  const reasons = PRICE_REASONS.map((reason) => `'${reason}'`).join(', ');
  return `
    CREATE OR REPLACE TEMP TABLE plan_pick AS
    SELECT r.correlation_id, h.span, r.tariff_id, r.tariff_version, h.service, r.zone, h.session_start, h.quantity
    FROM rating r
    JOIN rate_head h ON h.correlation_id = r.correlation_id
    WHERE r.purpose = 'customer' AND h.quantity > 0 AND (r.reason IS NULL OR r.reason IN (${reasons}))
      AND EXISTS (
        SELECT 1 FROM tariff t JOIN span p ON p.span = h.span
        WHERE t.tariff_id = r.tariff_id AND t.version = r.tariff_version AND t.service = h.service AND t.zone = r.zone
          AND t.valid_from <= p.from_at AND (t.valid_to IS NULL OR p.from_at < t.valid_to) AND (${condition}));
    CREATE OR REPLACE TEMP TABLE plan_key AS
    SELECT row_number() OVER (ORDER BY span, tariff_id, tariff_version, service, zone) - 1 AS key_id, *
    FROM (SELECT DISTINCT span, tariff_id, tariff_version, service, zone FROM plan_pick);
    CREATE OR REPLACE TEMP TABLE plan_session AS
    SELECT s.correlation_id AS session_id, CAST(k.key_id AS INTEGER) AS schedule_id,
      epoch_ms(s.session_start) AS start_ms, s.quantity
    FROM plan_pick s
    JOIN plan_key k ON k.span = s.span AND k.tariff_id = s.tariff_id AND k.tariff_version = s.tariff_version
      AND k.service = s.service AND k.zone = s.zone;`;
}

// Costs are rounded to the millionths of the lake here, half up; a finer session rounding ends there.
const WRITE_BACK_SQL = `
  UPDATE rating SET
    outcome = CASE WHEN c.failure IS NULL THEN 'rated' ELSE 'suspended' END,
    reason = CASE c.failure WHEN 'AMOUNT_OUT_OF_RANGE' THEN 'amount-out-of-range' WHEN 'NO_PRICE' THEN 'no-price'
      WHEN 'SESSION_TOO_LONG' THEN 'amount-out-of-range' END,
    currency = coalesce(c.currency, rating.currency),
    expected = CASE WHEN c.failure IS NULL THEN micros_to_decimal(plan_divide(c.cost, 1000000, 'half_up')) END
  FROM plan_charge c WHERE c.session_id = rating.correlation_id;`;
