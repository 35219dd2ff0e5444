import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalRunStore } from '#adapters/local/run-store.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import { GrowingLake } from '#tests/support/growing-lake.ts';
import {
  adjustment,
  billed,
  rated,
  SMALL_OPERATOR,
  subscription,
  usage,
} from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import type { EnginePorts } from './engine-ports.ts';
import { mergeRun } from './merge-run.ts';
import { planRun } from './plan.ts';
import { reconcilePartition } from './reconcile-partition.ts';
import { diffRuns } from './run-diff.ts';

const warehouse = new LocalWarehouse({ memoryLimitMb: 256, threads: 1 });
const home = mkdtempSync(join(tmpdir(), 'plumbline-diff-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function run(ports: EnginePorts, period = '2026-10-14'): Promise<string> {
  const { runId, partitions } = await planRun(
    { stateMachine: 'test', period, controls: ['U06', 'U07', 'R01', 'U08'] },
    ports,
  );
  for (const partition of partitions) await reconcilePartition(partition, ports);
  await mergeRun(runId, '25.00', ports);
  return runId;
}

const two = { correlation_id: 'c2' };
const FIRST: TestWorld = {
  usage: [usage(), usage(two)],
  rated: [rated(), rated(two)],
  billed: [billed({ ...two, amount: '0.30' })],
};

type Row = readonly [
  condition: string,
  later: TestWorld,
  expected: readonly string[],
  missing?: { readonly before?: readonly string[]; readonly after?: readonly string[] },
];

// Expected: `change control key before after reason (because)`, largest difference first; then what is the same.
const rows: readonly Row[] = [
  ['nothing came', {}, ['2 the same']],
  [
    'the bill of a call came late',
    { billed: [billed({ file_id: 'late.csv' })] },
    ['gone U06 c1 0.100000 0.000000 late-record billed late.csv', '1 the same'],
  ],
  [
    'half of it came',
    { billed: [billed({ amount: '0.04', file_id: 'late.csv' })] },
    [
      'gone U06 c1 0.100000 0.000000 late-record billed late.csv',
      'new R01 c1 0.000000 0.060000 late-record billed late.csv',
      '1 the same',
    ],
  ],
  [
    'a credit came for the other',
    { billed: [adjustment('-0.15', { ...two, file_id: 'late.csv' })] },
    ['amount R01 c2 -0.200000 -0.050000 late-record billed late.csv', '1 the same'],
  ],
  [
    'usage came that nobody had billed',
    { usage: [usage({ correlation_id: 'c3', file_id: 'late.csv' })] },
    ['new U06 c3 0.000000 0.100000 late-record usage late.csv', '2 the same'],
  ],
  [
    'the subscription is on another offer',
    { subscription: [subscription('S1', '43660001', 'O2')] },
    [
      'amount R01 c2 -0.200000 -0.250000 reference-changed subscription',
      'amount U06 c1 0.100000 0.050000 reference-changed subscription',
      '0 the same',
    ],
  ],
  [
    'the feed is complete now',
    {},
    [
      'new R01 c2 0.000000 -0.200000 feed-complete',
      'new U06 c1 0.000000 0.100000 feed-complete',
      '0 the same',
    ],
    { before: ['2026-10-14T13'] },
  ],
  [
    'the feed is not complete any more',
    {},
    [
      'gone R01 c2 -0.200000 0.000000 feed-incomplete',
      'gone U06 c1 0.100000 0.000000 feed-incomplete',
      '0 the same',
    ],
    { after: ['2026-10-14T13'] },
  ],
];

test.each(rows.map(([condition, later, expected, missing]) => ({ condition, later, expected, missing })))(
  '$condition',
  async ({ later, expected, missing }) => {
    const lake = await GrowingLake.of(warehouse, { ...SMALL_OPERATOR, ...FIRST });
    const ports = {
      warehouse,
      lake,
      runs: new LocalRunStore(mkdtempSync(join(home, 'runs-'))),
      readSql: readSqlFile,
    };
    lake.missing('billed', '2026-10-14', missing?.before ?? []);
    const earlier = await run(ports);
    await lake.add(later);
    lake.missing('billed', '2026-10-14', missing?.after ?? []);
    const diff = await diffRuns(earlier, await run(ports), ports);
    expect([
      ...diff.rows.map(({ change, controlId, key, before, after, reason, because }) =>
        [change, controlId, key, before, after, reason, ...(because === null ? [] : [because])].join(' '),
      ),
      `${diff.same} the same`,
    ]).toEqual(expected);
    const micros = (amount: string) => BigInt(amount.replace('.', ''));
    const explained = diff.byReason.reduce((sum, { difference }) => sum + micros(difference), 0n);
    expect(micros(diff.after) - micros(diff.before)).toBe(explained);
    lake.remove();
  },
);

test('a file that the earlier run read was withdrawn, and what stood beside it was written anew', async () => {
  const lake = await GrowingLake.of(warehouse, { ...SMALL_OPERATOR, ...FIRST });
  const runs = new LocalRunStore(mkdtempSync(join(home, 'runs-')));
  const ports = { warehouse, lake, runs, readSql: readSqlFile };
  await lake.add({ billed: [billed(), billed({ correlation_id: 'c3', file_id: 'wrong.csv' })] });
  const earlier = await run(ports);
  lake.withdraw(1);
  await lake.add({ billed: [billed()] });
  const { rows: found, same } = await diffRuns(earlier, await run(ports), ports);
  // c3 was billed by mistake; c1 is billed before and after, so nothing of it came late.
  expect(
    found.map(({ change, controlId, key, reason, because }) => [change, controlId, key, reason, because]),
  ).toEqual([['gone', 'U07', 'c3', 'withdrawn-record', 'billed of 2026-10-14']]);
  expect(same).toBe(1);
  lake.remove();
});

test('runs of two periods are not compared', async () => {
  const lake = await GrowingLake.of(warehouse, { ...SMALL_OPERATOR, ...FIRST });
  const ports = {
    warehouse,
    lake,
    runs: new LocalRunStore(mkdtempSync(join(home, 'runs-'))),
    readSql: readSqlFile,
  };
  const [one, other] = [await run(ports), await run(ports, '2026-10-15')];
  await expect(diffRuns(one, other, ports)).rejects.toThrow(/only runs of one period/);
  lake.remove();
});
