import fc from 'fast-check';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { defineMoneyMacros } from '#core/rating/rate-sessions.ts';
import {
  type Allowance,
  counterKey,
  inEventOrder,
  type PeriodEvent,
  type PeriodRules,
  rateAccountPeriod,
  type UsagePrice,
} from './account-period.ts';
import { columnPrices, rateColumns } from './column-kernel.ts';
import { addLateEvent, chargesOf, ratePeriod } from './late-event.ts';
import type { Tier } from './price.ts';
import { ratePeriods } from './rate-periods.ts';
import { stepOf } from './rounding.ts';

const warehouse = new LocalWarehouse({ memoryLimitMb: 512, threads: 1 });
let session: WarehouseSession;
beforeAll(async () => {
  session = await warehouse.open();
  await defineMoneyMacros(session, readSqlFile);
});
afterAll(() => session.close());

const micros = fc.bigInt({ min: 0n, max: 3_000_000n });
const tiers = fc
  .tuple(
    fc.array(fc.bigInt({ min: 1n, max: 40n }), { maxLength: 3 }),
    fc.array(micros, { minLength: 4, maxLength: 4 }),
  )
  .map(([widths, prices]): Tier[] => {
    let to = 0n;
    const bounds: (bigint | null)[] = widths.map((width) => {
      to += width;
      return to;
    });
    return [...bounds, null].map((upTo, i) => ({ upTo, flatMicros: null, unitMicros: prices[i] ?? 0n }));
  });
const price = (priceId: string) =>
  fc.record<UsagePrice>({
    priceId: fc.constant(priceId),
    increment: fc.constantFrom(1n, 30n, 60n),
    minimum: fc.constantFrom(0n, 1n, 61n),
    connectMicros: fc.constantFrom(0n, 50_000n),
    mode: fc.constantFrom('graduated', 'graduated', 'volume'),
    tiers,
    drawRounding: fc.constantFrom('increment', 'exact'),
    boundaryRounding: fc.constantFrom('up', 'down'),
    sessionRounding: fc.record({
      method: fc.constantFrom('half_up', 'up', 'down'),
      decimals: fc.integer({ min: 0, max: 6 }),
    }),
  });
const service = fc.constantFrom('voice', 'data');
const zone = fc.constantFrom('home', 'eu');
const subscriptionId = fc.constantFrom('S1', 'S2');
const allowance = fc.record({
  subscriptionId: fc.option(subscriptionId),
  service,
  zone: fc.option(zone),
  priority: fc.integer({ min: 1, max: 3 }),
  available: fc.bigInt({ min: 0n, max: 900n }),
});
const event = fc.record({
  start: fc.integer({ min: 0, max: 6 }),
  subscriptionId,
  service,
  zone,
  quantity: fc.oneof(fc.constantFrom(0n, 1n, 60n, 61n), fc.bigInt({ min: 0n, max: 600n })),
  priceId: fc.constantFrom('P1', 'P2'),
});
const account = fc
  .record({
    prices: fc.tuple(price('P1'), price('P2')),
    allowances: fc.array(allowance, { maxLength: 4 }),
    events: fc.array(event, { minLength: 1, maxLength: 25 }),
  })
  .map(({ prices, allowances, events }) => ({
    rules: {
      prices: new Map(prices.map((one) => [one.priceId, one])),
      allowances: allowances.map((one, i): Allowance => ({ ...one, allowanceId: `A${i}` })),
    } satisfies PeriodRules,
    // Ids do not follow the order of the events, so that ties are broken by them.
    events: events.map(
      (one, i): PeriodEvent => ({ ...one, sessionId: `s${String((i * 7) % 31).padStart(2, '0')}` }),
    ),
  }));

const summary = (charges: ReturnType<typeof rateAccountPeriod>) =>
  charges
    .map(({ sessionId, draws, paidIncrements, micros: cost }) => ({
      sessionId,
      covered: draws.reduce((sum, { units }) => sum + units, 0n),
      paid: paidIncrements,
      cost,
    }))
    .sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));

const lineKey = (one: PeriodEvent) => [one.subscriptionId, one.service, one.zone].join('|');

function lookups(events: readonly PeriodEvent[], rules: PeriodRules) {
  const lines = [...new Map(events.map((one) => [lineKey(one), one])).entries()];
  const counters = [...new Set(events.map(counterKey))];
  const prices = [...rules.prices.values()];
  const ranked = [...rules.allowances].sort(
    (a, b) => a.priority - b.priority || (a.allowanceId < b.allowanceId ? -1 : 1),
  );
  const covers = lines.map(([, one]) =>
    ranked.flatMap((a, rank) =>
      a.service === one.service &&
      (a.zone === null || a.zone === one.zone) &&
      (a.subscriptionId === null || a.subscriptionId === one.subscriptionId)
        ? [rank]
        : [],
    ),
  );
  return { lines: lines.map(([key]) => key), counters, prices, ranked, covers };
}

async function inSql(events: readonly PeriodEvent[], rules: PeriodRules) {
  const { lines, counters, prices, ranked, covers } = lookups(events, rules);
  const table = (name: string, columns: string, rows: readonly string[]) =>
    session.run(
      `CREATE OR REPLACE TEMP TABLE ${name}(${columns});${rows.length > 0 ? `INSERT INTO ${name} VALUES ${rows.join(',')};` : ''}`,
    );
  await table(
    'period_session',
    'session_id VARCHAR, line_id INTEGER, counter_id INTEGER, price_id VARCHAR, start_time TIMESTAMP_MS, quantity BIGINT',
    events.map(
      (e) =>
        `('${e.sessionId}',${lines.indexOf(lineKey(e))},${counters.indexOf(counterKey(e))},'${e.priceId}',epoch_ms(${e.start}),${e.quantity})`,
    ),
  );
  await table(
    'period_price',
    'price_id VARCHAR, increment BIGINT, minimum BIGINT, connect_micros BIGINT, mode VARCHAR, draw_rounding VARCHAR, boundary_rounding VARCHAR, step BIGINT, method VARCHAR',
    prices.map(
      (p) =>
        `('${p.priceId}',${p.increment},${p.minimum},${p.connectMicros},'${p.mode}','${p.drawRounding}','${p.boundaryRounding}',${stepOf(p.sessionRounding.decimals)},'${p.sessionRounding.method}')`,
    ),
  );
  await table(
    'period_tier',
    'price_id VARCHAR, from_increments BIGINT, to_increments BIGINT, unit_micros BIGINT',
    prices.flatMap((p) =>
      p.tiers.map(
        (t, i) => `('${p.priceId}',${p.tiers[i - 1]?.upTo ?? 0},${t.upTo ?? 'NULL'},${t.unitMicros})`,
      ),
    ),
  );
  await table(
    'period_bucket',
    'bucket_id BIGINT, available BIGINT',
    ranked.map((a, i) => `(${i},${a.available})`),
  );
  await table(
    'period_draw',
    'line_id INTEGER, rank INTEGER, bucket_id BIGINT',
    covers.flatMap((ranks, line) => ranks.map((rank) => `(${line},${rank},${rank})`)),
  );
  await ratePeriods(session, readSqlFile);
  const rows = await session.query(
    'SELECT session_id, covered, paid_increments, CAST(amount * 1000000 AS BIGINT) AS cost FROM period_rating ORDER BY session_id',
  );
  return rows.map((row) => ({
    sessionId: String(row.session_id),
    covered: BigInt(String(row.covered)),
    paid: BigInt(String(row.paid_increments)),
    cost: BigInt(String(row.cost)),
  }));
}

function inColumns(events: readonly PeriodEvent[], rules: PeriodRules) {
  const sorted = [...events].sort(inEventOrder);
  const { lines, counters, prices, ranked, covers } = lookups(events, rules);
  const starts = [0];
  for (const ranks of covers) starts.push((starts.at(-1) ?? 0) + ranks.length);
  const charges = rateColumns(
    {
      quantity: BigInt64Array.from(sorted, (e) => e.quantity),
      line: Int32Array.from(sorted, (e) => lines.indexOf(lineKey(e))),
      price: Int32Array.from(sorted, (e) => prices.findIndex((p) => p.priceId === e.priceId)),
      counter: Int32Array.from(sorted, (e) => counters.indexOf(counterKey(e))),
    },
    columnPrices(prices),
    {
      start: Int32Array.from(starts),
      bucket: Int32Array.from(covers.flat()),
      left: Float64Array.from(ranked, (a) => Number(a.available)),
    },
    counters.length,
  );
  return sorted
    .map((e, i) => ({
      sessionId: e.sessionId,
      covered: BigInt(charges.covered[i] ?? -1),
      paid: BigInt(charges.paid[i] ?? -1),
      cost: charges.micros[i] ?? -1n,
    }))
    .sort((a, b) => (a.sessionId < b.sessionId ? -1 : 1));
}

test('the worked explanation, the SQL form and the column kernel agree on every session', async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(account, async ({ events, rules }) => {
      const worked = rateAccountPeriod(events, rules);
      const expected = summary(worked);
      expect(await inSql(events, rules)).toEqual(expected);
      expect(inColumns(events, rules)).toEqual(expected);
      for (const { draws, paidIncrements, steps } of worked) {
        reached.add(`${Math.min(draws.length, 2)} draws, ${paidIncrements > 0n ? 'paid' : 'free'}`);
        if (steps.filter((step) => / at .*: tier /.test(step)).length > 1) reached.add('two tiers');
        if (steps.some((step) => step.includes('of the period'))) reached.add('volume');
      }
    }),
    { numRuns: 150, seed: 7 },
  );
  // The generator must reach every way that a session can go, or agreement proves little.
  expect([...reached].sort()).toEqual([
    '0 draws, free',
    '0 draws, paid',
    '1 draws, free',
    '1 draws, paid',
    '2 draws, free',
    '2 draws, paid',
    'two tiers',
    'volume',
  ]);
}, 120_000);

const one = { start: 0, subscriptionId: 'S1', service: 'data', zone: 'home', priceId: 'P1', sessionId: 's' };
const ruleOf = (unitMicros: bigint, connectMicros: bigint, decimals: number): PeriodRules => ({
  allowances: [],
  prices: new Map([
    [
      'P1',
      {
        priceId: 'P1',
        increment: 1n,
        minimum: 0n,
        connectMicros,
        mode: 'graduated',
        tiers: [{ upTo: null, flatMicros: null, unitMicros }],
        drawRounding: 'exact',
        boundaryRounding: 'up',
        sessionRounding: { method: 'half_up', decimals },
      },
    ],
  ]),
});

test.each([
  ['half of the last decimal goes up', 25_000n, 0n, 2, 1n, 30_000n],
  ['just below half goes down', 24_999n, 0n, 2, 1n, 20_000n],
  ['beyond 2^53 millionths, to the last one', 3_000_001n, 1n, 6, 7_000_000_001n, 21_000_007_003_000_002n],
])('column kernel: %s', (_condition, unitMicros, connectMicros, decimals, quantity, expected) => {
  const rules = ruleOf(unitMicros, connectMicros, decimals);
  expect(inColumns([{ ...one, quantity }], rules)[0]?.cost).toBe(expected);
  expect(rateAccountPeriod([{ ...one, quantity }], rules)[0]?.micros).toBe(expected);
});

test('a quantity beyond 2^53 is refused by the column kernel, never rounded', () => {
  expect(() => inColumns([{ ...one, quantity: 2n ** 53n }], ruleOf(1n, 0n, 6))).toThrow(RangeError);
});

test('the order in which sessions are given changes nothing', () => {
  fc.assert(
    fc.property(account, fc.integer({ min: 0, max: 30 }), ({ events, rules }, turn) => {
      const turned = [...events.slice(turn), ...events.slice(0, turn)].reverse();
      expect(rateAccountPeriod(turned, rules)).toEqual(rateAccountPeriod(events, rules));
    }),
    { seed: 7 },
  );
});

test('nothing is drawn twice: what is drawn on a bucket and what is left make what was there', () => {
  fc.assert(
    fc.property(account, ({ events, rules }) => {
      const charges = rateAccountPeriod(events, rules);
      for (const bucket of rules.allowances) {
        const drawn = charges.flatMap(({ draws }) => draws).filter(({ allowance: a }) => a === bucket);
        expect(drawn.reduce((sum, { units }) => sum + units, 0n) <= bucket.available).toBe(true);
      }
      for (const { draws } of charges) for (const { units } of draws) expect(units > 0n).toBe(true);
    }),
    { seed: 7 },
  );
});

test('a late session moves the benefit exactly as rating from scratch does, and changes nothing before it', () => {
  let moved = 0;
  fc.assert(
    fc.property(account, fc.nat(), ({ events, rules }, pick) => {
      const late = events[pick % events.length] as PeriodEvent;
      const early = events.filter((one) => one !== late);
      const before = rateAccountPeriod(early, rules);
      const { period, changes } = addLateEvent(ratePeriod(early, rules), late, rules);
      const scratch = rateAccountPeriod(events, rules);
      expect(chargesOf(period)).toEqual(scratch);
      const total = (charges: typeof scratch) => charges.reduce((sum, charge) => sum + charge.micros, 0n);
      const difference = changes.reduce((sum, c) => sum + c.after.micros - (c.before?.micros ?? 0n), 0n);
      expect(total(before) + difference).toBe(total(scratch));
      const volume = [...rules.prices.values()].some(({ mode }) => mode === 'volume');
      const earlier = new Set(
        early.filter((one) => inEventOrder(one, late) < 0).map(({ sessionId }) => sessionId),
      );
      if (!volume) for (const { sessionId } of changes) expect(earlier.has(sessionId)).toBe(false);
      if (changes.length > 1) moved += 1;
      expect(addLateEvent(period, late, rules).changes).toEqual([]);
    }),
    { numRuns: 600, seed: 7 },
  );
  expect(moved).toBeGreaterThan(30);
});
