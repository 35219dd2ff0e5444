import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATASETS } from '#core/domain/datasets.ts';
import { ADJUSTMENT_FEED, postAdjustments } from './billing-desk.ts';
import { generateSample, type SampleSummary } from './generate.ts';
import { readAdjustments } from './outbox-reader.ts';
import { literal, openDatabase } from './tables.ts';

let home: string;
let sample: SampleSummary;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'sample-desk-'));
  sample = await generateSample({ out: join(home, 's'), seed: 3, subscribers: 150, days: 3 });
});
afterAll(() => rmSync(home, { recursive: true }));
afterEach(() => rmSync(join(sample.feedsDir, ADJUSTMENT_FEED), { recursive: true, force: true }));

async function query(sql: string): Promise<string[][]> {
  const { connection, close } = await openDatabase();
  try {
    return (await connection.runAndReadAll(sql)).getRows().map((row) => row.map(String));
  } finally {
    close();
  }
}
const posted = () => literal(join(sample.feedsDir, ADJUSTMENT_FEED, '*.parquet'));
const order = (key: string, ...items: readonly Record<string, unknown>[]) => ({
  idempotencyKey: key,
  caseId: 'C-1',
  api: 'TMF678',
  payload: { appliedCustomerBillingRate: items },
});
const euro = (value: string) => ({ unit: 'EUR', value });

/** Living subscriptions, each of another account, and one that ended together with its account. */
function subscriptions(): { living: string[]; ended: string } {
  const rows = readFileSync(join(sample.feedsDir, 'subscription/subscription.csv'), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1);
  const cells = rows.map((r) => r.split(','));
  const living = cells.filter((c) => c[8] === '').map((c) => c[0] ?? '');
  const accounts = new Set(cells.filter((c) => c[8] === '').map((c) => c[1]));
  return { living, ended: cells.find((c) => c[8] !== '' && !accounts.has(c[1]))?.[0] ?? '' };
}

/** Optional columns that adjustments do not have. */
const LEFT_OUT = ['a_number', 'b_number', 'quantity'];

test('sessions keep their start and service, fees go to the first of the month', async () => {
  const [[billedKey = '', subscription = '', start = ''] = []] = await query(
    `SELECT correlation_id, subscription_id, event_time::VARCHAR FROM read_parquet(${literal(join(sample.feedsDir, 'billed/*.parquet'))})
     WHERE charge_type = 'usage' ORDER BY 1 LIMIT 1`,
  );
  const result = await postAdjustments({
    feedsDir: sample.feedsDir,
    outboxMessages: [
      order('k-1', {
        id: '1',
        subscriptionId: subscription,
        correlationId: billedKey,
        amount: euro('-1.230000'),
      }),
      order('k-2', { id: '1', subscriptionId: subscription, periodFrom: '2026-10-14', amount: euro('4.5') }),
    ],
  });
  expect([result.posted + result.refused.length, result.ignored, result.repeated]).toEqual([2, 0, []]);
  const rows =
    await query(`SELECT reference, charge_type, coalesce(correlation_id, '-'), event_time::VARCHAR, amount::VARCHAR,
    posting_date::VARCHAR FROM read_parquet(${posted()}) ORDER BY 1`);
  expect(rows).toEqual([
    ['k-1', 'adjustment', billedKey, start, '-1.230000', '2026-11-04'],
    ['k-2', 'adjustment', '-', '2026-10-01 00:00:00', '4.500000', '2026-11-04'],
  ]);
});

test('a session that was never billed is found in the usage files', async () => {
  const usage = readdirSync(join(sample.feedsDir, 'usage'))
    .filter((n) => n.endsWith('.csv'))
    .sort();
  const lines = usage.flatMap((n) =>
    readFileSync(join(sample.feedsDir, 'usage', n), 'utf8')
      .split('\n')
      .slice(1),
  );
  const failed = lines.map((l) => l.split(',')).find((c) => c[5] === 'voice' && c[13] === '0') ?? [];
  await postAdjustments({
    feedsDir: sample.feedsDir,
    outboxMessages: [
      order('k', {
        id: '1',
        subscriptionId: subscriptions().living[0],
        correlationId: failed[1],
        amount: euro('1'),
      }),
    ],
  });
  const [[service, start] = []] = await query(
    `SELECT service, event_time::VARCHAR FROM read_parquet(${posted()})`,
  );
  expect([service, start]).toEqual([
    'voice',
    String(failed[12]).replace('T', ' ').replace(/0*Z$/, '').replace(/\.$/, ''),
  ]);
});

test('the file has the columns of the billed dataset', async () => {
  const outboxMessages = [
    order('k', { id: '1', subscriptionId: subscriptions().living[0], amount: euro('1') }),
  ];
  await postAdjustments({ feedsDir: sample.feedsDir, outboxMessages });
  const columns = await query(`SELECT column_name FROM (DESCRIBE SELECT * FROM read_parquet(${posted()}))`);
  expect(columns.flat()).toEqual(
    DATASETS.billed.columns.map((c) => c.name).filter((name) => !LEFT_OUT.includes(name)),
  );
  const declaration = JSON.parse(readFileSync(join(sample.feedsDir, ADJUSTMENT_FEED, 'feed.json'), 'utf8'));
  expect(declaration).toEqual({ dataset: 'billed', format: 'parquet', cadence: 'once', lagDays: 0 });
});

test('the same order is posted once, also by another call', async () => {
  const outboxMessages = [
    order('k', { id: '1', subscriptionId: subscriptions().living[0], amount: euro('1') }),
  ];
  const first = await postAdjustments({
    feedsDir: sample.feedsDir,
    outboxMessages: [...outboxMessages, ...outboxMessages],
  });
  const second = await postAdjustments({ feedsDir: sample.feedsDir, outboxMessages });
  expect([first.posted, first.repeated]).toEqual([1, ['k']]);
  expect([second.posted, second.repeated, second.file]).toEqual([0, ['k'], null]);
});

test('a small share is refused: the same accounts each time', async () => {
  const items = subscriptions().living.map((subscriptionId, i) => ({
    id: `${i}`,
    subscriptionId,
    amount: euro('1'),
  }));
  const result = await postAdjustments({ feedsDir: sample.feedsDir, outboxMessages: [order('k', ...items)] });
  expect(new Set(result.refused.map((r) => r.reason))).toEqual(new Set(['account-disputed']));
  expect(result.refused.length).toBeGreaterThan(0);
  expect(result.refused.length).toBeLessThan(items.length / 10);
  rmSync(join(sample.feedsDir, ADJUSTMENT_FEED), { recursive: true });
  const again = await postAdjustments({ feedsDir: sample.feedsDir, outboxMessages: [order('k', ...items)] });
  expect(again).toEqual(result);
});

test.each([
  [
    'a charge to a closed account',
    () => ({ subscriptionId: subscriptions().ended, amount: euro('1') }),
    'account-closed',
  ],
  [
    'an unknown subscription',
    () => ({ subscriptionId: 'S-none', amount: euro('1') }),
    'unknown-subscription',
  ],
  ['no subscription', () => ({ amount: euro('1') }), 'unknown-subscription'],
  [
    'an amount in words',
    () => ({ subscriptionId: subscriptions().living[0], amount: euro('one') }),
    'amount-not-readable',
  ],
  [
    'another currency',
    () => ({ subscriptionId: subscriptions().living[0], amount: { unit: 'USD', value: '1' } }),
    'amount-not-readable',
  ],
  [
    'more decimals than the ledger holds',
    () => ({ subscriptionId: subscriptions().living[0], amount: euro('0.0000001') }),
    'amount-not-readable',
  ],
])('refused: %s', async (_, item, reason) => {
  const result = await postAdjustments({
    feedsDir: sample.feedsDir,
    outboxMessages: [order('k', { id: '9', ...item() })],
  });
  expect(result.refused).toEqual([{ reference: 'k', itemId: '9', reason }]);
  expect([result.posted, result.file]).toEqual([0, null]);
});

test('an outbox folder: tickets and broken files are left out', async () => {
  const outbox = join(home, 'outbox');
  mkdirSync(join(outbox, 'C-1'), { recursive: true });
  const message = order('k', { id: '1', subscriptionId: subscriptions().living[0], amount: euro('1') });
  writeFileSync(join(outbox, 'C-1', 'k.json'), JSON.stringify(message));
  writeFileSync(
    join(outbox, 'C-1', 't.json'),
    JSON.stringify({ idempotencyKey: 't', api: 'TMF621', payload: { name: 'x' } }),
  );
  writeFileSync(join(outbox, 'broken.json'), '{');
  const result = await postAdjustments({ feedsDir: sample.feedsDir, outboxMessages: outbox });
  expect([result.posted, result.ignored]).toEqual([1, 1]);
});

test.each([
  [
    'an envelope',
    {
      idempotencyKey: 'k',
      payload: { appliedCustomerBillingRate: [{ id: 'a', subscriptionId: 'S', amount: euro('-1') }] },
    },
  ],
  [
    'a bare payload',
    {
      id: 'k',
      appliedCustomerBillingRate: [{ id: 'a', product: { id: 'S' }, taxExcludedAmount: euro('-1') }],
    },
  ],
  [
    'minor units',
    {
      idempotencyKey: 'k',
      adjustments: [{ id: 'a', subscription: { id: 'S' }, amount: { minor: '-1', asset: 'EUR/0' } }],
    },
  ],
])('read from %s', (_, message) => {
  expect(readAdjustments(message)).toEqual({
    reference: 'k',
    items: [{ id: 'a', subscriptionId: 'S', amount: '-1' }],
  });
});
