import { Decimal } from 'decimal.js';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { chargeOf } from '#core/rating/charge.ts';
import { PlanPricer } from '#core/rating/plan/charge-session.ts';
import { chargeSessions } from '#core/rating/plan/charge-sessions.ts';
import { scheduleOfRows } from '#core/rating/plan/price-list.ts';
import { defineMoneyMacros, rateSessions } from '#core/rating/rate-sessions.ts';
import { createDataset, type TestRow } from '#tests/support/tables.ts';
import { type Benchmark, cpuSecondsOf, type Measurement, median } from './benchmark.ts';

const REPEATS = 5;
const SQL_EVENTS = 2_000_000;
const KERNEL_EVENTS = 500_000;
const PLAN_EVENTS = 200_000;
const START = Date.UTC(2026, 9, 1);

const since = { valid_from: '2020-01-01T00:00:00', valid_to: null };
const price: TestRow = {
  ...since,
  tariff_id: 'T1',
  version: 1,
  service: 'voice',
  zone: 'eu',
  time_band: 'peak',
  increment: 30,
  minimum: 60,
  price_per_increment: '0.012345',
  connect_fee: '0.050000',
  free: false,
  rounding_method: 'half_up',
  rounding_decimals: 4,
  currency: 'EUR',
  time_zone: 'Europe/Vienna',
  peak_from_hour: 8,
  peak_to_hour: 18,
};

/** Pulse, minimum, connect fee, peak and off-peak, rounding: the SQL of the reconcile, its formula alone, and decimal.js. */
export const benchmark: Benchmark = {
  name: 'Re-rating sessions, CPU of one core',
  run: async (progress) => {
    const session = await new LocalWarehouse({ memoryLimitMb: 2048, threads: 1 }).open();
    try {
      return await measure(session, progress);
    } finally {
      await session.close();
    }
  },
};

async function measure(
  session: WarehouseSession,
  progress: (text: string) => void,
): Promise<readonly Measurement[]> {
  progress('load');
  await defineMoneyMacros(session, readSqlFile);
  await load(session);
  const seconds: Record<'sql' | 'formula' | 'kernel' | 'decimal' | 'plan' | 'planSql', number[]> = {
    sql: [],
    formula: [],
    kernel: [],
    decimal: [],
    plan: [],
    planSql: [],
  };
  for (let i = 0; i < REPEATS; i += 1) {
    progress(`round ${i + 1} of ${REPEATS}`);
    seconds.sql.push(await cpuSecondsOf(() => rateSessions(session, readSqlFile)));
    seconds.formula.push(await cpuSecondsOf(() => formulaInSql(session)));
    seconds.kernel.push(await cpuSecondsOf(async () => kernel()));
    seconds.decimal.push(await cpuSecondsOf(async () => decimal()));
    seconds.plan.push(await cpuSecondsOf(async () => plan()));
    seconds.planSql.push(await cpuSecondsOf(() => planInSql(session)));
  }
  const rate = (events: number, list: readonly number[]) => events / median(list) / 1e6;
  const baseline = rate(KERNEL_EVENTS, seconds.decimal);
  const sql = rate(SQL_EVENTS, seconds.sql);
  const formula = rate(SQL_EVENTS, seconds.formula);
  const bigint = rate(KERNEL_EVENTS, seconds.kernel);
  const named = 'decimal.js, the formula alone';
  const millions = 'million/s';
  return [
    { work: 'decimal.js, the formula alone', baseline: null, value: baseline, unit: millions, goal: '–' },
    { work: 'rate.sql with every lookup', baseline: null, value: sql, unit: millions, goal: '–' },
    { work: 'the formula in SQL', baseline: null, value: formula, unit: millions, goal: '>= 5 million/s' },
    { work: 'the formula in SQL', baseline: named, value: formula / baseline, unit: '×', goal: '>= 25 ×' },
    { work: 'the formula in bigint', baseline: null, value: bigint, unit: millions, goal: '>= 5 million/s' },
    { work: 'the formula in bigint', baseline: named, value: bigint / baseline, unit: '×', goal: '>= 25 ×' },
    {
      work: 'charge plan with windows and slots, worked with every step',
      baseline: null,
      value: rate(PLAN_EVENTS, seconds.plan),
      unit: millions,
      goal: '–',
    },
    {
      work: 'charge plan with windows and slots in SQL',
      baseline: null,
      value: rate(PLAN_EVENTS, seconds.planSql),
      unit: millions,
      goal: '–',
    },
  ];
}

async function load(session: WarehouseSession): Promise<void> {
  await createDataset(session, 'tariff', [
    price,
    { ...price, time_band: 'offpeak', price_per_increment: '0.006789' },
  ]);
  await createDataset(session, 'catalog', [
    { ...since, offer_id: 'O1', name: 'O1', monthly_fee: '1', currency: 'EUR', tariff_id: 'T1' },
  ]);
  await createDataset(session, 'zone', [
    { ...since, kind: 'prefix', code: '49', zone: 'eu' },
    { ...since, kind: 'prefix', code: '4930', zone: 'eu' },
  ]);
  await createDataset(session, 'holiday', []);
  await session.run(`
    CREATE OR REPLACE TEMP TABLE subscription AS
    SELECT 'S' || n AS subscription_id, 'A' || n AS account_id, CAST(43660000000 + n AS VARCHAR) AS msisdn,
      'O1' AS offer_id, 'consumer' AS segment, 'customer' AS purpose, DATE '2020-01-01' AS valid_from,
      CAST(NULL AS DATE) AS valid_to
    FROM range(20000) r(n);
    CREATE OR REPLACE TEMP TABLE rate_input AS
    SELECT 'c' || n AS correlation_id, CAST(43660000000 + n % 20000 AS VARCHAR) AS a_number,
      CAST(4930000000 + n % 1000 AS VARCHAR) AS b_number, CAST(NULL AS VARCHAR) AS visited_plmn, 'voice' AS service,
      CAST(make_timestamp(${START}000 + (n * 7919 % 86400) * 1000000) AS TIMESTAMP_MS) AS session_start,
      n * 104729 % 900 AS quantity
    FROM range(${SQL_EVENTS}) r(n);
    CREATE OR REPLACE TEMP TABLE plan_session AS
    SELECT CAST(n AS INTEGER) AS session_id, 0 AS schedule_id, ${START} + (n * 7919 % 86400) * 1000 AS start_ms,
      n * 104729 % 900 AS quantity
    FROM range(${PLAN_EVENTS}) r(n);`);
  await rateSessions(session, readSqlFile);
}

async function formulaInSql(session: WarehouseSession): Promise<void> {
  await session.query(`
    SELECT sum(charge_micros(quantity, 30, 60, CASE WHEN quantity % 2 = 0 THEN 12345 ELSE 6789 END, 50000, 100, 'half_up')) AS s
    FROM rate_input`);
}

const row = {
  increment: 30n,
  minimum: 60n,
  priceMicros: 12_345n,
  connectMicros: 50_000n,
  roundingMethod: 'half_up',
  roundingDecimals: 4,
};
const offPeak = { ...row, priceMicros: 6_789n };

function kernel(): bigint {
  let sum = 0n;
  for (let n = 0; n < KERNEL_EVENTS; n += 1)
    sum += chargeOf(BigInt((n * 104_729) % 900), n % 2 === 0 ? row : offPeak).micros;
  return sum;
}

function decimal(): Decimal {
  let sum = new Decimal(0);
  const prices = [new Decimal('0.012345'), new Decimal('0.006789')] as const;
  const fee = new Decimal('0.05');
  for (let n = 0; n < KERNEL_EVENTS; n += 1) {
    const quantity = (n * 104_729) % 900;
    if (quantity === 0) continue;
    const units = Decimal.max(quantity, 60).div(30).ceil();
    const raw = units.times(prices[n % 2 === 0 ? 0 : 1]).plus(fee);
    sum = sum.plus(raw.toDecimalPlaces(4, Decimal.ROUND_HALF_UP));
  }
  return sum;
}

const text = (over: TestRow) =>
  Object.fromEntries(
    Object.entries({ ...price, ...over }).map(([k, v]) => [k, v === null ? undefined : String(v)]),
  );
const schedule = scheduleOfRows(
  [
    text({ rate_unit: 60, increment: 60 }),
    text({ rate_unit: 60, increment: 1, slot_from: 60 }),
    text({ time_band: 'offpeak', rate_unit: 60, increment: 60 }),
    text({ time_band: 'offpeak', rate_unit: 60, increment: 1, slot_from: 60 }),
  ],
  () => new Set(),
);

function plan(): bigint {
  const pricer = new PlanPricer(schedule);
  let sum = 0n;
  for (let n = 0; n < PLAN_EVENTS; n += 1) {
    const start = START + ((n * 7919) % 86_400) * 1000;
    sum += pricer.charge({ start, quantity: BigInt((n * 104_729) % 900) }).cost ?? 0n;
  }
  return sum;
}

async function planInSql(session: WarehouseSession): Promise<void> {
  await chargeSessions(session, readSqlFile, [schedule]);
}
