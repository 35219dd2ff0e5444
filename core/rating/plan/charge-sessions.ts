import type { ReadSql } from '#core/ports/read-sql.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { COST_SCALE, denominatorOf, type PlanRate, type RoundingRule, type Schedule } from './model.ts';
import { segmentsBetween } from './segments.ts';

const CHARGE_SQL = new URL('./charge-plan.sql', import.meta.url);
const ROWS_PER_INSERT = 1_000;

/**
 * Prices every row of the session's table `plan_session(session_id, schedule_id, start_ms, quantity)` into the table
 * `plan_charge(session_id, cost, failure, currency)`; `schedule_id` is the index into the schedules. The vectorised
 * form of PlanPricer.
 */
export async function chargeSessions(
  session: WarehouseSession,
  readSql: ReadSql,
  schedules: readonly Schedule[],
): Promise<void> {
  await loadSchedules(session, schedules);
  await session.run(await readSql(CHARGE_SQL));
}

/** Fills the tables of schedules; segments cover the time of their sessions. */
async function loadSchedules(session: WarehouseSession, schedules: readonly Schedule[]): Promise<void> {
  await session.run(`
    CREATE OR REPLACE TEMP TABLE plan_schedule(schedule_id INTEGER, splits BOOLEAN, unit_nanos BIGINT, denominator HUGEINT);
    CREATE OR REPLACE TEMP TABLE plan_segment(schedule_id INTEGER, from_ms BIGINT, to_ms BIGINT, rate_id INTEGER);
    CREATE OR REPLACE TEMP TABLE plan_rate(
      rate_id INTEGER, volume BOOLEAN, minimum HUGEINT, connect_fee HUGEINT, max_cost HUGEINT,
      span_method VARCHAR, span_step HUGEINT, increment_method VARCHAR, increment_step HUGEINT,
      session_method VARCHAR, session_decimals INTEGER, currency VARCHAR);
    CREATE OR REPLACE TEMP TABLE plan_slot(
      rate_id INTEGER, slot INTEGER, from_quantity HUGEINT, next_quantity HUGEINT, price HUGEINT, unit BIGINT,
      increment HUGEINT);`);
  const ids = schedules.map((_, i) => i);
  await insert(
    session,
    'plan_schedule',
    ids.map((id) => {
      const schedule = schedules[id] as Schedule;
      return `(${id}, ${schedule.splits}, ${schedule.unitNanos}, ${denominatorOf(schedule)})`;
    }),
  );
  const rates: string[] = [];
  const slots: string[] = [];
  const rateIds = new Map<PlanRate, number>();
  for (const window of schedules.flatMap((schedule) => schedule.windows)) {
    if (rateIds.has(window.rate)) continue;
    const id = rateIds.size;
    rateIds.set(window.rate, id);
    rates.push(rateRow(id, window.rate));
    slots.push(...slotRows(id, window.rate));
  }
  await insert(session, 'plan_rate', rates);
  await insert(session, 'plan_slot', slots);
  await insert(session, 'plan_segment', await segmentRows(session, schedules, rateIds));
}

/** A session that lasts longer than this fails before it is walked. */
const LONGEST_MS = 400 * 86_400_000;

async function segmentRows(
  session: WarehouseSession,
  schedules: readonly Schedule[],
  rateIds: ReadonlyMap<PlanRate, number>,
): Promise<string[]> {
  const ranges = await session.query(`
    SELECT schedule_id, min(start_ms) AS lo, max(start_ms) AS hi,
      CAST(max(greatest(quantity, 0)) AS VARCHAR) AS most
    FROM plan_session GROUP BY ALL ORDER BY ALL`);
  return ranges.flatMap((range) => {
    const id = Number(range.schedule_id);
    const schedule = schedules[id] as Schedule;
    const most = [...schedule.windows.map((window) => window.rate.minimum), BigInt(String(range.most))];
    const longest = most.reduce((a, b) => (a > b ? a : b));
    const lasts = schedule.splits ? Number((longest * schedule.unitNanos) / 1_000_000n) : 0;
    const hi = Number(range.hi) + Math.min(lasts, LONGEST_MS) + 1;
    return segmentsBetween(schedule, Number(range.lo), hi).map(({ from, to, window }) => {
      const found = schedule.windows[window];
      return `(${id}, ${from}, ${to}, ${found ? rateIds.get(found.rate) : 'NULL'})`;
    });
  });
}

function rateRow(id: number, rate: PlanRate): string {
  const method = (rule: RoundingRule | null) => (rule ? `'${rule.method}'` : 'NULL');
  const step = (rule: RoundingRule | null) =>
    rule ? 10n ** BigInt(Math.max(0, COST_SCALE - rule.decimals)) : 'NULL';
  const values = [
    id,
    rate.mode === 'volume',
    rate.minimum,
    rate.connectFee,
    rate.maxCost ?? 'NULL',
    method(rate.spanRounding),
    step(rate.spanRounding),
    method(rate.incrementRounding),
    step(rate.incrementRounding),
    method(rate.sessionRounding),
    rate.sessionRounding?.decimals ?? 'NULL',
    rate.currency === null ? 'NULL' : `'${rate.currency.replaceAll("'", "''")}'`,
  ];
  return `(${values.join(', ')})`;
}

function slotRows(id: number, rate: PlanRate): string[] {
  return rate.slots.map((slot, i) => {
    const next = rate.slots[i + 1]?.from ?? 'NULL';
    return `(${[id, i, slot.from, next, slot.price, slot.unit, slot.increment].join(', ')})`;
  });
}

async function insert(session: WarehouseSession, table: string, rows: readonly string[]): Promise<void> {
  for (let i = 0; i < rows.length; i += ROWS_PER_INSERT)
    await session.run(`INSERT INTO ${table} VALUES ${rows.slice(i, i + ROWS_PER_INSERT).join(', ')}`);
}
