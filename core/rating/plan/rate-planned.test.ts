import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { defineMoneyMacros, rateSessions } from '#core/rating/rate-sessions.ts';
import { createDataset, type TestRow } from '#tests/support/tables.ts';

const warehouse = new LocalWarehouse({ memoryLimitMb: 512, threads: 1 });
let session: WarehouseSession;

beforeAll(async () => {
  session = await warehouse.open();
  await defineMoneyMacros(session, readSqlFile);
});
afterAll(() => session.close());

const since = { valid_from: '2020-01-01T00:00:00', valid_to: null };
const price: TestRow = {
  ...since,
  tariff_id: 'T1',
  version: 1,
  service: 'voice',
  zone: 'eu',
  time_band: 'any',
  increment: 60,
  minimum: 0,
  price_per_increment: '0.100000',
  connect_fee: '0.050000',
  free: false,
  rounding_method: 'half_up',
  rounding_decimals: 4,
  currency: 'EUR',
  time_zone: 'Europe/Vienna',
  peak_from_hour: 8,
  peak_to_hour: 18,
  holiday_calendar: 'AT',
};
const banded = (over: TestRow): TestRow[] => [
  { ...price, time_band: 'peak', ...over },
  { ...price, time_band: 'offpeak', price_per_increment: '0.010000', ...over },
];

/** 90 seconds from half a minute before off-peak begins. */
async function rated(tariff: readonly TestRow[], over: TestRow = {}): Promise<string> {
  await createDataset(session, 'tariff', tariff);
  await createDataset(session, 'catalog', [
    { ...since, offer_id: 'O1', name: 'O1', monthly_fee: '1', currency: 'EUR', tariff_id: 'T1' },
  ]);
  await createDataset(session, 'zone', [{ ...since, kind: 'prefix', code: '49', zone: 'eu' }]);
  await createDataset(session, 'holiday', []);
  await createDataset(session, 'subscription', [
    {
      subscription_id: 'S1',
      account_id: 'A1',
      msisdn: '43660',
      imsi: '1',
      offer_id: 'O1',
      segment: 'consumer',
      purpose: 'customer',
      valid_from: '2020-01-01',
    },
  ]);
  await createDataset(session, 'usage', [
    {
      correlation_id: 'c1',
      a_number: '43660',
      b_number: '4930111',
      service: 'voice',
      session_start: '2026-10-14T15:59:30',
      start_time: '2026-10-14T15:59:30',
      quantity: 90,
      ...over,
    },
  ]);
  await session.run('CREATE OR REPLACE TEMP VIEW rate_input AS SELECT * FROM usage');
  await rateSessions(session, readSqlFile);
  const [row] = await session.query('SELECT outcome, reason, expected, currency FROM rating');
  return `${row?.outcome} ${row?.reason ?? `${row?.expected} ${row?.currency}`}`;
}

test.each<[string, readonly TestRow[], TestRow, string]>([
  ['a plain row is priced as before', [price], {}, 'rated 0.250000 EUR'],
  ['plain bands are priced at the start', banded({}), {}, 'rated 0.250000 EUR'],
  ['a rate unit makes the bands split', banded({ rate_unit: 60, increment: 1 }), {}, 'rated 0.110000 EUR'],
  [
    'first minute whole, then by the second',
    [price, { ...price, slot_from: 60, rate_unit: 60, increment: 1 }],
    {},
    'rated 0.200000 EUR',
  ],
  ['a maximum', [{ ...price, max_charge: '0.120000' }], {}, 'rated 0.120000 EUR'],
  [
    'half to even',
    [{ ...price, rounding_method: 'half_even', rounding_decimals: 1 }],
    {},
    'rated 0.200000 EUR',
  ],
  [
    'a window that is not open',
    [{ ...price, window_from: '00:00:00', window_to: '08:00:00' }],
    {},
    'suspended no-price',
  ],
  [
    'two prices for one slot are never chosen between',
    [
      { ...price, rate_unit: 60 },
      { ...price, rate_unit: 60, price_per_increment: '0.200000' },
    ],
    {},
    'suspended no-price',
  ],
  ['nothing used', banded({ rate_unit: 60 }), { quantity: 0 }, 'rated 0.000000 EUR'],
  [
    'an unmatched destination stays suspended',
    banded({ rate_unit: 60 }),
    { b_number: '1' },
    'suspended no-zone',
  ],
])('%s', async (_condition, tariff, over, expected) => {
  expect(await rated(tariff, over)).toBe(expected);
});
