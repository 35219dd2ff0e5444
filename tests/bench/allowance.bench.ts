import { Decimal } from 'decimal.js';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import {
  type ColumnAllowances,
  type ColumnCharges,
  type ColumnPrices,
  type ColumnSessions,
  columnPrices,
  rateColumns,
} from '#core/rating/period/column-kernel.ts';
import { ratePeriods } from '#core/rating/period/rate-periods.ts';
import { defineMoneyMacros } from '#core/rating/rate-sessions.ts';
import { type Benchmark, cpuSecondsOf, type Measurement, median } from './benchmark.ts';

const SESSIONS = 1_000_000;
const SUBSCRIPTIONS = 20_000;
const REPEATS = 5;
const DECIMAL_SHARE = 20;

/** Allowances and tiers of an account period: the column kernel, the SQL form, and decimal.js doing the same. */
export const benchmark: Benchmark = {
  name: 'Allowances and tiers of an account period',
  run: async (progress): Promise<readonly Measurement[]> => {
    const world = worldOf();
    const warehouse = new LocalWarehouse({ memoryLimitMb: 1024, threads: 1 });
    const session = await warehouse.open();
    await defineMoneyMacros(session, readSqlFile);
    await session.run(TABLES);
    const kernel: number[] = [];
    const sql: number[] = [];
    const decimal: number[] = [];
    try {
      for (let i = 0; i < REPEATS; i += 1) {
        progress(`repeat ${i + 1} of ${REPEATS}`);
        const left = world.left.slice();
        kernel.push(
          await cpuSecondsOf(async () => {
            total = sumOf(
              rateColumns(world.sessions, world.prices, { ...world.allowances, left }, SUBSCRIPTIONS),
            );
          }),
        );
        decimal.push((await cpuSecondsOf(async () => void inDecimal(world))) * DECIMAL_SHARE);
        sql.push(await cpuSecondsOf(() => ratePeriods(session, readSqlFile)));
      }
      const [row] = await session.query(
        'SELECT CAST(sum(amount) * 1000000 AS HUGEINT) AS micros FROM period_rating',
      );
      if (BigInt(String(row?.micros)) !== total)
        throw new Error(`SQL ${row?.micros}, kernel ${total} millionths`);
    } finally {
      await session.close();
    }
    const alone = { baseline: null, unit: 'million/s per core' };
    return [
      { work: 'allowance and two tiers, column kernel', ...alone, value: rate(kernel), goal: '>= 4' },
      { work: 'the same in SQL, one thread', ...alone, value: rate(sql), goal: 'none' },
      {
        work: 'allowance and two tiers, column kernel',
        baseline: 'decimal.js doing the same, speed',
        value: median(decimal) / median(kernel),
        unit: '×',
        goal: '>= 25',
      },
    ];
  },
};

let total = 0n;

interface World {
  readonly sessions: ColumnSessions;
  readonly prices: ColumnPrices;
  readonly allowances: Omit<ColumnAllowances, 'left'>;
  readonly left: Float64Array;
}

/** Calls of 1 to 900 s; every subscription has 1,500 s and each account of four shares 3,000 s more. */
function worldOf(): World {
  const ids = Int32Array.from({ length: SESSIONS }, (_, i) => (i * 7919) % SUBSCRIPTIONS);
  const prices = columnPrices([
    {
      increment: 60n,
      minimum: 0n,
      connectMicros: 0n,
      mode: 'graduated',
      tiers: [
        { upTo: 100n, flatMicros: null, unitMicros: 123_456n },
        { upTo: null, flatMicros: null, unitMicros: 61_728n },
      ],
      drawRounding: 'increment',
      boundaryRounding: 'up',
      sessionRounding: { method: 'half_up', decimals: 4 },
    },
  ]);
  const own = Int32Array.from({ length: SUBSCRIPTIONS }, (_, line) => line);
  const accounts = SUBSCRIPTIONS >> 2;
  const bucket = Int32Array.from({ length: SUBSCRIPTIONS * 2 }, (_, i) =>
    i % 2 === 0 ? (own[i >> 1] ?? 0) : SUBSCRIPTIONS + (i >> 3),
  );
  return {
    sessions: {
      quantity: BigInt64Array.from({ length: SESSIONS }, (_, i) => BigInt(((i * 48_271) % 900) + 1)),
      line: ids,
      price: new Int32Array(SESSIONS),
      counter: ids,
    },
    prices,
    allowances: { start: Int32Array.from({ length: SUBSCRIPTIONS + 1 }, (_, line) => line * 2), bucket },
    left: Float64Array.from({ length: SUBSCRIPTIONS + accounts }, (_, b) =>
      b < SUBSCRIPTIONS ? 1500 : 3000,
    ),
  };
}

const TABLES = `
  CREATE TEMP TABLE period_session AS
  SELECT lpad(CAST(i AS VARCHAR), 8, '0') AS session_id, (i * 7919) % ${SUBSCRIPTIONS} AS line_id,
    (i * 7919) % ${SUBSCRIPTIONS} AS counter_id, 1 AS price_id, epoch_ms(CAST(i AS BIGINT)) AS start_time,
    (i * 48271) % 900 + 1 AS quantity
  FROM range(${SESSIONS}) t(i);
  CREATE TEMP TABLE period_price AS SELECT 1 AS price_id, 60 AS increment, 0 AS minimum, 0 AS connect_micros,
    'graduated' AS mode, 'increment' AS draw_rounding, 'up' AS boundary_rounding, 100 AS step, 'half_up' AS method;
  CREATE TEMP TABLE period_tier AS
  SELECT * FROM (VALUES (1, 0, 100, 123456), (1, 100, NULL, 61728)) t(price_id, from_increments, to_increments, unit_micros);
  CREATE TEMP TABLE period_draw AS
  SELECT i AS line_id, 0 AS rank, i AS bucket_id FROM range(${SUBSCRIPTIONS}) t(i)
  UNION ALL SELECT i, 1, ${SUBSCRIPTIONS} + i // 4 FROM range(${SUBSCRIPTIONS}) t(i);
  CREATE TEMP TABLE period_bucket AS
  SELECT i AS bucket_id, CASE WHEN i < ${SUBSCRIPTIONS} THEN 1500 ELSE 3000 END AS available
  FROM range(${SUBSCRIPTIONS + (SUBSCRIPTIONS >> 2)}) t(i);`;

function sumOf({ micros }: ColumnCharges): bigint {
  let sum = 0n;
  for (const one of micros) sum += one;
  return sum;
}

/** The first twentieth of the sessions, as one would write it with a decimal library. */
function inDecimal({ sessions, allowances, left }: World): Decimal {
  const there = Array.from(left, (units) => new Decimal(units));
  const paidBefore = Array.from({ length: SUBSCRIPTIONS }, () => new Decimal(0));
  const bound = new Decimal(100);
  const low = new Decimal('0.123456');
  const high = new Decimal('0.061728');
  let sum = new Decimal(0);
  for (let i = 0; i < SESSIONS / DECIMAL_SHARE; i += 1) {
    const line = sessions.line[i] as number;
    let rest = new Decimal(String(sessions.quantity[i])).div(60).ceil().mul(60);
    for (let at = allowances.start[line] as number; at < (allowances.start[line + 1] as number); at += 1) {
      const bucket = allowances.bucket[at] as number;
      const taken = Decimal.min(rest, there[bucket] as Decimal);
      there[bucket] = (there[bucket] as Decimal).sub(taken);
      rest = rest.sub(taken);
    }
    const paid = rest.div(60).ceil();
    const before = paidBefore[line] as Decimal;
    const inFirst = Decimal.max(0, Decimal.min(bound.sub(before), paid));
    paidBefore[line] = before.add(paid);
    sum = sum.add(
      inFirst.mul(low).add(paid.sub(inFirst).mul(high)).toDecimalPlaces(4, Decimal.ROUND_HALF_UP),
    );
  }
  return sum;
}

/** Millions of sessions a CPU second. */
function rate(seconds: readonly number[]): number {
  return SESSIONS / median(seconds) / 1e6;
}
