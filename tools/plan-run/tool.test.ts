import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalRunStore } from '#adapters/local/run-store.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import type { PartitionPlan } from '#core/domain/run.ts';
import { billed, rated, SMALL_OPERATOR, usage } from '#tests/support/small-operator.ts';
import { TestLake, type TestLakeOptions, type TestWorld } from '#tests/support/test-lake.ts';
import { handlerWith } from './handler.ts';
import type { PlanRunOutput } from './schema.ts';

const warehouse = new LocalWarehouse({ memoryLimitMb: 256, threads: 1 });
const home = mkdtempSync(join(tmpdir(), 'plumbline-plan-'));
const runs = new LocalRunStore(home);
const context = { functionName: 'plan-run', awsRequestId: 'r', memoryLimitInMB: '128' } as never;
afterAll(() => rmSync(home, { recursive: true }));

const rows: TestWorld = { usage: [usage()], rated: [rated()], billed: [billed()] };

async function plan(event: unknown, world: TestWorld = rows, options: TestLakeOptions = {}) {
  const lake = await TestLake.of(warehouse, { ...SMALL_OPERATOR, ...world }, options);
  try {
    const output = (await handlerWith({ lake, runs })(event, context)) as PlanRunOutput;
    return { output, partitions: JSON.parse(await runs.readText(output.planKey)) as PartitionPlan[] };
  } finally {
    lake.remove();
  }
}

test.each<[string, unknown, TestLakeOptions, string[]]>([
  ['a day', { period: '2026-10-14' }, {}, ['2026-10-14.b00', '2026-10-14.checks']],
  [
    'a day in two buckets',
    { period: '2026-10-14' },
    { buckets: 2 },
    ['2026-10-14.b00', '2026-10-14.b01', '2026-10-14.checks'],
  ],
  ['controls of subscriptions only', { period: '2026-10', controls: ['P01'] }, {}, ['2026-10.b00']],
])('partitions of %s', async (_condition, event, options, expected) => {
  const { output, partitions } = await plan(event, rows, options);
  expect(partitions.map(({ partitionId }) => partitionId)).toEqual(expected);
  expect(output).toEqual({
    runId: partitions[0]?.runId,
    period: (event as { period: string }).period,
    planKey: `runs/${output.runId}/plan.json`,
    partitions: expected.length,
  });
});

test('a month is 31 days with their checks, its subscriptions, and its own checks', async () => {
  const { partitions } = await plan({ period: '2026-10' });
  expect(partitions).toHaveLength(31 + 31 + 1 + 1);
  expect(
    partitions.filter(({ kind }) => kind === 'subscription-month').map(({ partitionId }) => partitionId),
  ).toEqual(['2026-10.b00']);
});

test.each<[string, TestWorld, TestLakeOptions, boolean]>([
  ['the same input', rows, {}, true],
  ['one record more', { ...rows, usage: [usage(), usage({ correlation_id: 'c2' })] }, {}, false],
  ['another price list', { ...rows, tariff: SMALL_OPERATOR.tariff?.slice(1) ?? [] }, {}, false],
  ['a slot has gone missing', rows, { missing: { usage: { '2026-10-14': ['2026-10-14T13'] } } }, false],
])('the run id after %s', async (_condition, world, options, same) => {
  const before = await plan({ period: '2026-10-14' });
  const after = await plan({ period: '2026-10-14' }, world, options);
  expect(after.output.runId === before.output.runId).toBe(same);
  expect(before.output.runId).toMatch(/^usage-reconciliation-2026-10-14-[0-9a-f]{12}$/);
});

test('missing slots and snapshots stand in the plan', async () => {
  const { tariff: _, ...world } = SMALL_OPERATOR;
  const lake = await TestLake.of(
    warehouse,
    { ...world, ...rows },
    { missing: { rated: { '2026-10-14': ['2026-10-14'] } } },
  );
  const output = (await handlerWith({ lake, runs })({ period: '2026-10-14' }, context)) as PlanRunOutput;
  lake.remove();
  const [partition] = JSON.parse(await runs.readText(output.planKey)) as PartitionPlan[];
  expect(partition?.missing).toEqual([
    { dataset: 'rated', slots: ['2026-10-14'] },
    { dataset: 'tariff', slots: ['any snapshot'] },
  ]);
});

test.each([
  ['a period that is none', { period: 'October' }, 'ToolInputInvalid'],
  ['a control that is none', { period: '2026-10-14', controls: ['x99'] }, 'UnknownName'],
  ['a day for controls that look at months', { period: '2026-10-14', controls: ['P01'] }, 'UsageError'],
])('refuses %s', async (_condition, event, name) => {
  await expect(plan(event)).rejects.toMatchObject({ name });
});
