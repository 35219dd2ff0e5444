import fc from 'fast-check';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import { decimalString } from '#core/domain/money.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { createDataset, type TestRow } from '#tests/support/tables.ts';
import { rateEvent, SUSPENSE_REASONS } from './rate-event.ts';
import { defineMoneyMacros, rateSessions } from './rate-sessions.ts';
import { referencesOf } from './reference.ts';

const warehouse = new LocalWarehouse({ memoryLimitMb: 512, threads: 1 });
let session: WarehouseSession;

beforeAll(async () => {
  session = await warehouse.open();
  await defineMoneyMacros(session, readSqlFile);
});
afterAll(() => session.close());

const instant = fc
  .integer({ min: 0, max: 14 * 24 * 60 * 60 })
  .map((s) => new Date(Date.UTC(2026, 9, 18) + s * 1000).toISOString().slice(0, 23));
const validity = fc
  .tuple(
    fc.constantFrom('2026-01-01T00:00:00', '2026-10-21T22:00:00', '2026-10-26T10:07:30'),
    fc.constantFrom(null, null, '2026-10-26T10:07:30', '2026-10-29T00:00:00'),
  )
  .map(([valid_from, valid_to]) => ({ valid_from, valid_to }));
const amount = fc.integer({ min: 0, max: 3_000_000 }).map((n) =>
  (BigInt(n) * 37n)
    .toString()
    .padStart(7, '0')
    .replace(/(\d{6})$/, '.$1'),
);
const service = fc.constantFrom('voice', 'sms', 'data');
const zone = fc.constantFrom('eu', 'home');
const offer = fc.constantFrom('O1', 'O1', 'O1', 'O2', 'O3');
const tariff = fc.constantFrom('T1', 'T1', 'T2');

const tariffRow = fc
  .record({
    tariff_id: tariff,
    version: fc.constantFrom(...Array.from({ length: 24 }, () => 1), 2),
    service,
    zone,
    time_band: fc.constantFrom('any', 'any', 'peak', 'offpeak'),
    increment: fc.constantFrom(1, 30, 60, 1024),
    minimum: fc.constantFrom(0, 1, 60, 61),
    price_per_increment: amount,
    connect_fee: amount,
    rounding_method: fc.constantFrom('half_up', 'up', 'down'),
    rounding_decimals: fc.integer({ min: 0, max: 7 }),
    time_zone: fc.constantFrom('Europe/Vienna', 'Europe/Vienna', 'America/St_Johns'),
    peak_from_hour: fc.constant(8),
    peak_to_hour: fc.constantFrom(18, 18, 20),
    holiday_calendar: fc.constantFrom('AT', null),
    validity,
  })
  .map(({ validity: v, ...row }): TestRow => ({ ...row, ...v, free: false, currency: 'EUR' }));

const world = fc.record({
  subscription: fc.array(
    fc.record({
      subscription_id: fc.constantFrom('S1', 'S2', 'S3', 'S4'),
      msisdn: fc.constantFrom('43660001', '43660002', '43660003'),
      offer_id: offer,
      purpose: fc.constantFrom('customer', 'customer', 'customer', 'test'),
      valid_from: fc.constantFrom('2026-01-01', '2026-10-24'),
      valid_to: fc.constantFrom(null, null, '2026-10-24', '2026-10-28'),
      account_id: fc.constant('A1'),
      imsi: fc.constant('23299'),
      segment: fc.constant('consumer'),
    }),
    { minLength: 2, maxLength: 6 },
  ),
  catalog: fc.array(
    fc.tuple(offer, tariff, validity).map(
      ([offer_id, tariff_id, v]): TestRow => ({
        offer_id,
        tariff_id,
        ...v,
        name: offer_id,
        monthly_fee: '10',
        currency: 'EUR',
      }),
    ),
    { minLength: 1, maxLength: 3 },
  ),
  tariff: fc.array(tariffRow, { minLength: 6, maxLength: 24 }),
  zone: fc.array(
    fc
      .tuple(
        fc.constantFrom('4', '43', '431', '4930', '26201'),
        fc.constantFrom('prefix', 'prefix', 'plmn'),
        zone,
        validity,
      )
      .map(([code, kind, z, v]): TestRow => ({ kind, code, zone: z, ...v })),
    { minLength: 3, maxLength: 8 },
  ),
  usage: fc.array(
    fc.record({
      a_number: fc.constantFrom('43660001', '43660002', '43660003', '43660009'),
      b_number: fc.constantFrom('431234567', '4930123', '4915', '1202', null),
      visited_plmn: fc.constantFrom(null, null, null, '26201', '20801'),
      service,
      session_start: instant,
      quantity: fc.oneof(
        fc.constantFrom(0n, 1n, 59n, 60n, 61n),
        fc.constantFrom(1_000_000n, 9_000_000_000_000_000_000n),
        fc.bigInt({ min: 0n, max: 4_000_000_000_000_000n }),
      ),
    }),
    { minLength: 10, maxLength: 80 },
  ),
});

const HOLIDAYS: TestRow[] = [{ calendar: 'AT', holiday_date: '2026-10-26', name: 'National Day' }];

/** Fills the session's tables with the world; sessions become rate_input. */
async function load(
  w: Readonly<Record<'subscription' | 'catalog' | 'tariff' | 'zone' | 'usage', readonly TestRow[]>>,
): Promise<void> {
  for (const name of ['subscription', 'catalog', 'tariff', 'zone'] as const)
    await createDataset(session, name, w[name]);
  await createDataset(session, 'holiday', HOLIDAYS);
  await createDataset(
    session,
    'usage',
    w.usage.map((row, i) => ({ ...row, correlation_id: `c${i}`, start_time: row.session_start })),
  );
  await session.run('CREATE OR REPLACE TEMP VIEW rate_input AS SELECT * FROM usage');
}

async function bothForms(): Promise<{ sql: unknown[]; typescript: unknown[] }> {
  await rateSessions(session, readSqlFile);
  const all = (name: string) => session.query(`SELECT * FROM ${name}`);
  const references = referencesOf({
    subscription: await all('subscription'),
    catalog: await all('catalog'),
    tariff: await all('tariff'),
    zone: await all('zone'),
    holiday: await all('holiday'),
  });
  const sql = await session.query(
    'SELECT correlation_id, outcome, reason, expected FROM rating ORDER BY correlation_id',
  );
  const events = await session.query('SELECT * FROM usage ORDER BY correlation_id');
  const typescript = events.map((row) => {
    const rating = rateEvent(
      {
        aNumber: String(row.a_number),
        bNumber: row.b_number === null ? null : String(row.b_number),
        visitedPlmn: row.visited_plmn === null ? null : String(row.visited_plmn),
        service: String(row.service),
        sessionStart: Date.parse(String(row.session_start)),
        quantity: BigInt(String(row.quantity)),
      },
      references,
    );
    const free = rating.outcome === 'free-by-purpose' ? '0.000000' : null;
    return {
      correlation_id: row.correlation_id,
      outcome: rating.outcome,
      reason: rating.reason,
      expected: rating.expected ? decimalString(rating.expected) : free,
    };
  });
  return { sql, typescript };
}

test('the SQL form and the worked explanation agree on every event, over generated price lists', async () => {
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(world, async (w) => {
      await load(w);
      const { sql, typescript } = await bothForms();
      expect(sql).toEqual(typescript);
      for (const row of sql as { outcome: string; reason: string | null }[]) {
        const key = row.reason ?? row.outcome;
        outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
      }
    }),
    { numRuns: 100, seed: 43 },
  );
  // The generator must reach every outcome, or agreement proves little.
  const all = ['rated', 'free-by-purpose', ...SUSPENSE_REASONS];
  expect(all.filter((outcome) => !outcomes.has(outcome))).toEqual([]);
}, 120_000);
