import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { matchRecords } from './match-records.ts';
import { loadSide, type MatchRecord } from './match-table.ts';
import { DEFAULT_TOLERANCES, type MatchTolerances } from './tolerances.ts';

const MINUTE = 60_000;
const T0 = Date.UTC(2026, 9, 14, 12);

let session: WarehouseSession;
beforeAll(async () => {
  session = await new LocalWarehouse({ memoryLimitMb: 256, threads: 1 }).open();
});
afterAll(() => session.close());

/** A record: id, start in ms after noon, quantity; a voice call of one line unless told otherwise. */
function record(id: string, ms: number, quantity: number, other: Partial<MatchRecord> = {}): MatchRecord {
  const line = { aNumber: '43660111', bNumber: '43660222', service: 'voice', amount: null };
  return { id, startMs: T0 + ms, quantity, ...line, ...other };
}

async function pairs(
  left: readonly MatchRecord[],
  right: readonly MatchRecord[],
  changes: Partial<MatchTolerances> = {},
): Promise<string[]> {
  await loadSide(session, 'match_left', left);
  await loadSide(session, 'match_right', right);
  await matchRecords(session, readSqlFile, { ...DEFAULT_TOLERANCES, ...changes });
  const rows = await session.query('SELECT * FROM match_pair ORDER BY right_id, left_id');
  return rows.map((row) => `${row.left_id}-${row.right_id} ${row.rule} ${row.dt_ms} ${row.dq}`);
}

const data = { service: 'data', bNumber: null };

test.each<[string, MatchRecord[], MatchRecord[], string[]]>([
  ['the same key', [record('L1', 0, 60)], [record('R1', 0, 60)], ['L1-R1 exact 0 0']],
  ['no called number', [record('L1', 0, 9, data)], [record('R1', 0, 9, data)], ['L1-R1 exact 0 0']],
  [
    'equal keys on both sides are paired once each',
    [record('L1', 0, 60), record('L2', 0, 60), record('L3', 0, 60)],
    [record('R1', 0, 60), record('R2', 0, 60)],
    ['L1-R1 exact 0 0', 'L2-R2 exact 0 0'],
  ],
  [
    'a clock that is at the edge of the skew',
    [record('L1', 0, 60)],
    [record('R1', 2000, 60)],
    ['L1-R1 tolerant 2000 0'],
  ],
  ['… past it', [record('L1', 0, 60)], [record('R1', 2001, 60)], []],
  ['… early', [record('L1', 2000, 60)], [record('R1', 0, 60)], ['L1-R1 tolerant -2000 0']],
  ['a second, absolute', [record('L1', 0, 5)], [record('R1', 0, 6)], ['L1-R1 tolerant 0 1']],
  ['1 % is more than a second', [record('L1', 0, 600)], [record('R1', 0, 594)], ['L1-R1 tolerant 0 -6']],
  ['past 1 % of the larger', [record('L1', 500, 600)], [record('R1', 0, 593)], []],
  [
    'a message has no drift',
    [record('L1', 0, 1, { service: 'sms' })],
    [record('R1', 1, 2, { service: 'sms' })],
    [],
  ],
  ['another line', [record('L1', 0, 60)], [record('R1', 0, 60, { aNumber: '43660333' })], []],
  ['another service', [record('L1', 0, 1)], [record('R1', 0, 1, { service: 'sms' })], []],
  [
    'the nearest takes, the next takes what is left',
    [record('L1', 0, 60), record('L2', 1000, 60)],
    [record('R1', 900, 60), record('R2', 1900, 60)],
    ['L2-R1 tolerant -100 0', 'L1-R2 tolerant 1900 0'],
  ],
  [
    'equally far in time: the nearer quantity',
    [record('L1', 0, 100), record('L2', 0, 101)],
    [record('R1', 500, 101)],
    ['L2-R1 tolerant 500 0'],
  ],
  [
    'nearer in time counts before nearer in quantity',
    [record('L1', 500, 60), record('L2', 0, 61)],
    [record('R1', 1000, 61)],
    ['L1-R1 tolerant 500 1'],
  ],
  [
    'equally far in all: the first id',
    [record('L2', 0, 60), record('L1', 0, 60)],
    [record('R1', 500, 60)],
    ['L1-R1 tolerant 500 0'],
  ],
  [
    'partials that follow one another',
    [record('L1', 0, 1800), record('L2', 30 * MINUTE, 1800), record('L3', 60 * MINUTE, 400)],
    [record('R1', 300, 4000)],
    ['L1-R1 chain 300 0', 'L2-R1 chain 300 0', 'L3-R1 chain 300 0'],
  ],
  [
    'a chain ends where its sum is reached',
    [record('L1', 0, 600), record('L2', 10 * MINUTE, 600), record('L3', 20 * MINUTE, 600)],
    [record('R1', 0, 1200)],
    ['L1-R1 chain 0 0', 'L2-R1 chain 0 0'],
  ],
  [
    'partials as far apart as they may be',
    [record('L1', 0, 600), record('L2', 602_000, 600), record('L3', 3_600_001, 1)],
    [record('R1', 0, 1200)],
    ['L1-R1 chain 0 0', 'L2-R1 chain 0 0'],
  ],
  [
    'more records before fewer where both agree',
    [record('L1', 0, 600), record('L2', 600_000, 600), record('L3', 1_200_000, 0)],
    [record('R1', 0, 1200)],
    ['L1-R1 chain 0 0', 'L2-R1 chain 0 0', 'L3-R1 chain 0 0'],
  ],
  [
    'partials on the billed side',
    [record('L1', 0, 1200)],
    [record('R1', 0, 600), record('R2', 10 * MINUTE, 600)],
    ['L1-R1 chain 0 0', 'L1-R2 chain 0 0'],
  ],
  [
    'volumes are summed up',
    [record('L1', 0, 500, data), record('L2', 5 * MINUTE, 300, data)],
    [record('R1', 1000, 800, data)],
    ['L1-R1 many-to-one 1000 0', 'L2-R1 many-to-one 1000 0'],
  ],
  [
    'and spread out',
    [record('L1', 1000, 800, data)],
    [record('R1', 0, 500, data), record('R2', 5 * MINUTE, 300, data)],
    ['L1-R1 one-to-many -1000 0', 'L1-R2 one-to-many -1000 0'],
  ],
  [
    'not beyond the window',
    [record('L1', 0, 500, data), record('L2', 61 * MINUTE, 300, data)],
    [record('R1', 0, 800, data)],
    ['L1-R1 disputed-quantity 0 300'],
  ],
  [
    'calls with a pause between them are a group, not a chain',
    [record('L1', 0, 600), record('L2', 20 * MINUTE, 600)],
    [record('R1', 0, 1200)],
    ['L1-R1 many-to-one 0 0', 'L2-R1 many-to-one 0 0'],
  ],
  [
    'a quantity in dispute',
    [record('L1', 0, 60)],
    [record('R1', 0, 3600)],
    ['L1-R1 disputed-quantity 0 3540'],
  ],
])('%s', async (_condition, left, right, expected) => {
  expect(await pairs(left, right)).toEqual(expected);
});

test.each<[string, Partial<MatchTolerances>, string[]]>([
  ['by quantity', { groupBy: 'quantity' }, []],
  ['by amount', { groupBy: 'amount' }, ['L1-R1 many-to-one 0 100', 'L2-R1 many-to-one 0 100']],
  ['by both', { groupBy: 'quantity-and-amount' }, []],
])('groups are compared %s', async (_by, changes, expected) => {
  const left = [
    record('L1', 0, 500, { ...data, amount: '0.1' }),
    record('L2', MINUTE, 300, { ...data, amount: '0.2' }),
  ];
  const right = [record('R1', 0, 900, { ...data, amount: '0.3' })];
  expect(await pairs(left, right, { ...changes, disputedQuantity: false })).toEqual(expected);
});

test('a sum of amounts over some records is no sum of the group', async () => {
  const left = [
    record('L1', 0, 500, { ...data, amount: '0.3' }),
    record('L2', MINUTE, 300, { ...data, amount: null }),
  ];
  const right = [record('R1', 0, 900, { ...data, amount: '0.3' })];
  expect(await pairs(left, right, { groupBy: 'amount', disputedQuantity: false })).toEqual([]);
});

test('every record shifted by the same second is matched with its own', async () => {
  const all = Array.from({ length: 3000 }, (_, i) => ({ ms: i * 5000, quantity: 30 + (i % 7) }));
  const left = all.map(({ ms, quantity }, i) => record(`L${String(i).padStart(5, '0')}`, ms, quantity));
  const right = all.map(({ ms, quantity }, i) =>
    record(`R${String(i).padStart(5, '0')}`, ms + 1000, quantity),
  );
  const found = await pairs(left, right);
  expect(found).toEqual(all.map((_, i) => `${left[i]?.id}-${right[i]?.id} tolerant 1000 0`));
});

test('a long row of ties is resolved, or is an error: never cut off silently', async () => {
  // Each record stands equally far from two of the other side, so that each round can take only the first.
  const left = Array.from({ length: 20 }, (_, i) => record(`L${10 + i}`, i * 2000, 60));
  const right = Array.from({ length: 20 }, (_, i) => record(`R${10 + i}`, i * 2000 + 1000, 60));
  expect(await pairs(left, right)).toHaveLength(20);
  await expect(pairs(left, right, { maxRounds: 3 })).rejects.toMatchObject({ name: 'MatchingUnstable' });
});

test.each<[string, Partial<MatchTolerances>]>([
  ['a negative skew', { clockSkewMs: -1 }],
  ['half a millisecond', { clockSkewMs: 0.5 }],
  ['groups of one', { maxMembers: 1 }],
])('refused: %s', async (_condition, changes) => {
  await expect(pairs([], [], changes)).rejects.toMatchObject({ name: 'UsageError' });
});
