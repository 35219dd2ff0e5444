import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalRunStore } from '#adapters/local/run-store.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import { CONTROLS } from '#core/controls/registry.ts';
import { parsePeriod } from '#core/domain/period.ts';
import { type PartitionPlan, type PartitionResult, partitionKey } from '#core/domain/run.ts';
import { GrowingLake } from '#tests/support/growing-lake.ts';
import { FATES, rowsOf, type Spec } from '#tests/support/sessions.ts';
import {
  adjustment,
  billed,
  rated,
  SMALL_OPERATOR,
  subscription,
  trailer,
  usage,
} from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import type { EnginePorts } from './engine-ports.ts';
import { LiveDay } from './live-day.ts';
import { planPartitions } from './plan.ts';
import { reconcilePartition } from './reconcile-partition.ts';

const warehouse = new LocalWarehouse({ memoryLimitMb: 256, threads: 1 });
const SESSIONS = CONTROLS.filter(({ grain }) => grain === 'record' || grain === 'hop').map(({ id }) => id);
const FILES = ['violations', 'population', 'hops'] as const;

interface World {
  readonly lake: GrowingLake;
  readonly ports: EnginePorts;
  plan(): Promise<PartitionPlan>;
}

async function withLake<T>(act: (world: World) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'plumbline-live-'));
  const lake = await GrowingLake.of(warehouse, SMALL_OPERATOR);
  const ports = { warehouse, lake, runs: new LocalRunStore(home), readSql: readSqlFile };
  try {
    const plan = async () => {
      const [partition] = await planPartitions(lake, parsePeriod('2026-10-14'), SESSIONS);
      return { runId: '', ...partition } as PartitionPlan;
    };
    return await act({ lake, ports, plan });
  } finally {
    lake.remove();
    rmSync(home, { recursive: true, force: true });
  }
}

/** Result and files of a partition, as they stand in the run store. */
async function written({ ports }: World, plan: PartitionPlan, runId: string): Promise<unknown> {
  const bytes = async (file: (typeof FILES)[number]) =>
    readFileSync(await ports.runs.localPath(partitionKey(runId, plan.partitionId, file))).toString('base64');
  const result = await ports.runs.readText(partitionKey(runId, plan.partitionId, 'result'));
  return { result: JSON.parse(result) as PartitionResult, files: await Promise.all(FILES.map(bytes)) };
}

/** Writes the partition both ways and expects the same bytes. */
async function expectSame(world: World, live: LiveDay): Promise<PartitionResult> {
  const plan = await world.plan();
  const result = await live.write('live');
  await reconcilePartition({ ...plan, runId: 'batch' }, world.ports);
  expect(await written(world, plan, 'live')).toEqual(await written(world, plan, 'batch'));
  return result;
}

const spec: fc.Arbitrary<Spec> = fc.record({
  fate: fc.constantFrom(...FATES),
  minutes: fc.integer({ min: 1, max: 90 }),
  error: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: -9, max: -1 })),
  at: fc.integer({ min: 0, max: 1439 }),
});

test('after any interleaving of micro-batches the day is what the batch makes of it, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(spec, { minLength: 1, maxLength: 20 }),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 80, maxLength: 80 }),
      fc.integer({ min: 0, max: 3 }),
      async (specs, batchOf, observed) => {
        await withLake(async (world) => {
          const rows = rowsOf(specs);
          const live = await LiveDay.open(world.ports);
          for (let batch = 0; batch < 5; batch += 1) {
            let n = 0;
            const part: Record<string, unknown[]> = {};
            for (const name of ['usage', 'rated', 'billed'] as const) {
              part[name] = rows[name]
                .map((row, i) => ({ ...row, byte_offset: i, row_hash: `h-${name}-${i}` }))
                .filter(() => {
                  n += 1;
                  return batchOf[n % batchOf.length] === batch;
                });
            }
            await world.lake.add(part as TestWorld);
            await live.update(await world.plan());
            if (batch === observed) await expectSame(world, live);
          }
          await expectSame(world, live);
          await live.close();
        });
      },
    ),
    { numRuns: process.env.PLUMBLINE_LONG ? 300 : 6 },
  );
}, 900_000);

type Step = readonly [arrives: string, rows: TestWorld, touched: number, rebuilt: boolean, after: string];
const call = usage();
const steps: readonly Step[] = [
  ['a call', { usage: [call] }, 1, true, '1 0.100000'],
  ['its rating', { rated: [rated()] }, 1, false, '1 0.100000'],
  ['another call, rated and billed', three('c2'), 1, false, '1 0.100000'],
  ['the bill of the first, late', { billed: [billed()] }, 1, false, '0 0.000000'],
  [
    'a second partial of it',
    { usage: [usage({ partial_sequence: 2, quantity: 60, record_id: 'p2' })] },
    1,
    false,
    '1 0.100000',
  ],
  ['an adjustment for that', { billed: [adjustment('0.10')] }, 1, false, '0 0.000000'],
  ['a trailer', { file_trailer: [trailer(9)] }, 0, false, '0 0.000000'],
  [
    'an item without a session',
    { billed: [billed({ bill_item_id: 'b9', correlation_id: null })] },
    1,
    false,
    '1 -0.100000',
  ],
  [
    'a new snapshot of subscriptions',
    { subscription: [subscription('S1', '43660001', 'O2')] },
    3,
    true,
    '3 -0.250000',
  ],
];

test('what arrives touches its sessions only; what everything rests on re-opens all', async () => {
  await withLake(async (world) => {
    const live = await LiveDay.open(world.ports);
    const seen: Step[] = [];
    for (const [arrives, rows] of steps) {
      await world.lake.add(rows);
      const { touched, rebuilt, violations, impact } = await live.update(await world.plan());
      seen.push([arrives, rows, touched, rebuilt, `${violations} ${impact}`]);
      await expectSame(world, live);
    }
    expect(seen).toEqual(steps);
    await live.close();
  });
});

test('a feed that becomes complete re-opens the sessions that could not be judged', async () => {
  await withLake(async (world) => {
    const live = await LiveDay.open(world.ports);
    world.lake.missing('billed', '2026-10-14', ['2026-10-14T13']);
    await world.lake.add({ usage: [call], rated: [rated()] });
    expect(await live.update(await world.plan())).toMatchObject({ violations: 0 });
    expect((await expectSame(world, live)).controls.map(({ outcome }) => outcome)).toContain('inconclusive');
    world.lake.missing('billed', '2026-10-14', []);
    expect(await live.update(await world.plan())).toMatchObject({ violations: 1, rebuilt: true });
    await expectSame(world, live);
    await live.close();
  });
});

function three(correlation_id: string): TestWorld {
  const row = { correlation_id };
  return { usage: [usage(row)], rated: [rated(row)], billed: [billed(row)] };
}
