import fc from 'fast-check';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import { ROUNDINGS } from '#core/domain/money.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { PlanPricer } from './charge-session.ts';
import { chargeSessions } from './charge-sessions.ts';
import { PLAN_FAILURES, type PlanSession, type PriceWindow, type Schedule } from './model.ts';

const warehouse = new LocalWarehouse({ memoryLimitMb: 512, threads: 1 });
let session: WarehouseSession;

beforeAll(async () => {
  session = await warehouse.open();
});
afterAll(() => session.close());

const rule = fc.record({
  method: fc.constantFrom(...ROUNDINGS),
  decimals: fc.constantFrom(0, 2, 2, 2, 5, 12),
});
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 2 });
const amount = fc.bigInt({ min: 0n, max: 3_000_000_000_000n });

const rate = fc.record({
  name: fc.constant('r'),
  slots: fc
    .array(
      fc.record({
        from: fc.constantFrom(0n, 0n, 30n, 60n, 90n, 1_000n),
        price: fc.oneof(
          { weight: 8, arbitrary: amount },
          { weight: 1, arbitrary: fc.constant(-10_000_000_000n) },
          {
            weight: 1,
            arbitrary: fc.constant(10n ** 22n),
          },
        ),
        unit: fc.constantFrom(1n, 7n, 30n, 60n, 1_024n),
        increment: fc.constantFrom(1n, 1n, 6n, 30n, 60n, 3_600n),
      }),
      { minLength: 1, maxLength: 3 },
    )
    .map((slots) => slots.sort((a, b) => Number(a.from - b.from))),
  mode: fc.constantFrom('graduated' as const, 'graduated' as const, 'volume' as const),
  minimum: fc.constantFrom(0n, 0n, 30n, 61n),
  connectFee: fc.oneof(fc.constant(0n), amount),
  spanRounding: maybe(rule),
  incrementRounding: maybe(rule),
  sessionRounding: maybe(rule),
  maxCost: maybe(amount),
  currency: fc.constantFrom('EUR', null),
});

const list = (values: readonly number[]) =>
  fc.oneof(fc.constant([]), fc.subarray([...values], { minLength: 1 }));
const hour = fc.constantFrom(0, 2, 3, 8, 18, 22.5, 24).map((h) => h * 3600);
const window = fc
  .record({
    name: fc.constant('w'),
    years: fc.constant([]),
    months: list([10, 11]),
    monthDays: fc.oneof(
      { weight: 4, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: list([24, 25, 26]) },
    ),
    weekDays: list([0, 1, 2, 3, 4, 5, 6]),
    days: fc.constantFrom('any' as const, 'any' as const, 'working' as const, 'holiday' as const),
    hours: fc.tuple(hour, hour),
    validFrom: fc.constantFrom(null, null, Date.UTC(2026, 9, 24, 12)),
    validTo: fc.constantFrom(null, null, Date.UTC(2026, 9, 26, 12, 30)),
    weight: fc.integer({ min: 0, max: 2 }),
    rate,
  })
  .map(
    ({ hours: [a, b], ...rest }): PriceWindow => ({
      ...rest,
      fromSecond: a < b ? a : 0,
      toSecond: a < b ? b : 86_400,
    }),
  );

const schedule: fc.Arbitrary<Schedule> = fc
  .record({
    timeZone: fc.constantFrom('UTC', 'Europe/Vienna', 'America/St_Johns', 'Australia/Lord_Howe'),
    holidays: fc.constant(new Set(['2026-10-26'])),
    unitNanos: fc.constantFrom(1_000_000_000n, 1_000_000_000n, 1n, 1_500_000n),
    splits: fc.boolean(),
    splitsAtMidnight: fc.boolean(),
    fallback: rate,
    windows: fc.array(window, { minLength: 0, maxLength: 4 }),
    hasFallback: fc.constantFrom(true, true, true, false),
  })
  .map(({ fallback, hasFallback, windows, ...rest }) => {
    const always: PriceWindow = {
      name: 'always',
      years: [],
      months: [],
      monthDays: [],
      weekDays: [],
      days: 'any',
      fromSecond: 0,
      toSecond: 86_400,
      validFrom: null,
      validTo: null,
      weight: -1,
      rate: fallback,
    };
    return { ...rest, windows: hasFallback ? [...windows, always] : windows };
  });

const planSession: fc.Arbitrary<PlanSession> = fc.record({
  start: fc.oneof(
    fc.integer({ min: Date.UTC(2026, 9, 23), max: Date.UTC(2026, 9, 28) }),
    fc.constantFrom(Date.UTC(2026, 9, 24, 22), Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 26, 17)),
  ),
  quantity: fc.oneof(
    fc.constantFrom(-1n, 0n, 1n, 29n, 30n, 31n, 60n, 61n, 90n, 3_600n),
    fc.bigInt({ min: 1n, max: 200_000n }),
    fc.constantFrom(3_000_000_000_000n, 86_400_000_000_000n, 3_000_000_000_000_000_000n),
  ),
});

test('both forms agree on every session, over generated charge plans', async () => {
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(schedule, { minLength: 1, maxLength: 6 }),
      fc.array(fc.tuple(fc.nat(), planSession), { minLength: 20, maxLength: 60 }),
      async (schedules, picks) => {
        const rows = picks.map(([n, s]) => ({ id: n % schedules.length, ...s }));
        const values = rows.map((row, i) => `(${i}, ${row.id}, ${row.start}, ${row.quantity})`);
        await session.run(`
          CREATE OR REPLACE TEMP TABLE plan_session(session_id INTEGER, schedule_id INTEGER, start_ms BIGINT, quantity BIGINT);
          INSERT INTO plan_session VALUES ${values.join(', ')};`);
        await chargeSessions(session, readSqlFile, schedules);
        const sql = await session.query(
          'SELECT session_id, CAST(cost AS VARCHAR) AS cost, failure FROM plan_charge ORDER BY session_id',
        );
        const pricers = schedules.map((s) => new PlanPricer(s));
        const typescript = rows.map((row, i) => {
          const charge = pricers[row.id]?.charge(row);
          const key = charge?.failure ?? 'priced';
          outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
          return { session_id: i, cost: charge?.cost?.toString() ?? null, failure: charge?.failure ?? null };
        });
        expect(sql).toEqual(typescript);
      },
    ),
    { numRuns: 200, seed: 7 },
  );
  // The generator must reach every outcome, or agreement proves little.
  expect(['priced', ...PLAN_FAILURES].filter((outcome) => !outcomes.has(outcome))).toEqual([]);
}, 180_000);
