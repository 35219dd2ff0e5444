import type { Context } from 'aws-lambda';
import { mergeRun } from '#core/reconcile/merge-run.ts';
import { planRun } from '#core/reconcile/plan.ts';
import { reconcilePartition } from '#core/reconcile/reconcile-partition.ts';
import { aProposal, event } from '#tests/support/cases.ts';
import { GrowingLake } from '#tests/support/growing-lake.ts';
import { billed, rated, SMALL_OPERATOR, usage } from '#tests/support/small-operator.ts';
import { openTestStores, type TestStores } from '#tests/support/stores.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { openCase } from '#tools/open-case/tool.ts';
import { handlerWith } from './handler.ts';
import { closeUnfoundOutput } from './schema.ts';
import { type CloseUnfoundPorts, closeUnfound } from './tool.ts';

const two = { correlation_id: 'c2' };
/** Two calls of one offer that were not billed. */
const FIRST: TestWorld = { usage: [usage(), usage(two)], rated: [rated(), rated(two)] };

let stores: TestStores;
let lake: GrowingLake;
let ports: CloseUnfoundPorts;
beforeEach(async () => {
  stores = await openTestStores();
  lake = await GrowingLake.of(stores.warehouse, { ...SMALL_OPERATOR, ...FIRST });
  ports = { ...stores, lake };
});
afterEach(async () => {
  lake.remove();
  await stores.dispose();
});

/** A run of the day; every finding becomes a case, as after `closeUnfound`. */
async function run(period = '2026-10-14'): Promise<string> {
  const { runId, partitions } = await planRun(
    { stateMachine: 'test', period, controls: ['U06', 'R01'] },
    ports,
  );
  for (const partition of partitions) await reconcilePartition(partition, ports);
  await mergeRun(runId, '0.01', ports);
  return runId;
}

async function openAll(runId: string): Promise<string[]> {
  const findings = JSON.parse(await stores.runs.readText(`runs/${runId}/findings.json`)) as {
    findingId: string;
  }[];
  const opened = [];
  for (const { findingId } of findings) opened.push((await openCase({ runId, findingId }, stores)).caseId);
  return opened;
}

const late = (...rows: TestWorld['billed'] & object) => lake.add({ billed: rows });
const resolutionOf = async (caseId = '') => {
  const found = await stores.cases.findCase(caseId);
  return `${found?.status} ${found?.resolution}`;
};

test('the bills of both calls came late: explained by timing, and its money waits for nobody', async () => {
  const [caseId] = await openAll(await run());
  await late(billed({ file_id: 'late.csv' }), billed({ ...two, file_id: 'late.csv' }));
  const runId = await run();
  const output = await closeUnfound({ runId }, ports);
  expect(closeUnfoundOutput.parse(output)).toEqual({
    runId,
    closed: 1,
    explainedByTiming: 1,
    caseIds: [caseId],
  });
  expect(await resolutionOf(caseId)).toBe('closed explained-by-timing');
  expect((await stores.cases.events(caseId)).at(-1)).toMatchObject({
    kind: 'case-closed',
    data: { resolution: 'explained-by-timing', runId, reasons: { 'late-record': 2 } },
  });
  expect(await closeUnfound({ runId }, ports)).toMatchObject({ closed: 0 });
});

test('another price list: not found any more, and not by timing', async () => {
  const [caseId] = await openAll(await run());
  await lake.add({
    tariff: (SMALL_OPERATOR.tariff ?? []).map((row) => ({ ...row, price_per_increment: '0', free: true })),
  });
  expect(await closeUnfound({ runId: await run() }, ports)).toMatchObject({
    closed: 1,
    explainedByTiming: 0,
  });
  expect(await resolutionOf(caseId)).toBe('closed no-longer-found');
});

test.each<[string, () => Promise<unknown>]>([
  [
    'one of the two is still not billed: the finding is there, with less',
    () => late(billed({ file_id: 'late.csv' })),
  ],
  ['nothing came', async () => undefined],
  [
    'an hour of usage is not complete any more: it could not look',
    async () => {
      await late(billed({ file_id: 'late.csv' }), billed({ ...two, file_id: 'late.csv' }));
      lake.missing('usage', '2026-10-14', ['2026-10-14T13']);
    },
  ],
])('%s: the case stays', async (_condition, change) => {
  const [caseId] = await openAll(await run());
  await change();
  expect(await closeUnfound({ runId: await run() }, ports)).toMatchObject({ closed: 0 });
  expect(await resolutionOf(caseId)).toBe('open null');
});

test('a run of another period says nothing about it', async () => {
  const [caseId] = await openAll(await run());
  expect(await closeUnfound({ runId: await run('2026-10-15') }, ports)).toMatchObject({ closed: 0 });
  expect(await resolutionOf(caseId)).toBe('open null');
});

test('a question that waits for an answer is withdrawn; found again, all of it is asked for in a successor', async () => {
  const first = await run();
  const [caseId = ''] = await openAll(first);
  const { cases } = stores;
  const { proposalHash, ...body } = aProposal(caseId);
  await cases.saveProposal({ ...body, proposalHash });
  await cases.changeCase(caseId, event('proposal-made', 'investigating'), {});
  await cases.changeCase(caseId, event('decision-requested', 'awaiting-decision'), {});
  await cases.savePendingDecision({
    caseId,
    proposalHash,
    taskToken: 'token',
    requestedAt: '2026-11-03T09:00:00.000Z',
  });
  expect(await resolutionOf(caseId)).toBe('awaiting-decision null');
  await late(billed({ file_id: 'late.csv' }), billed({ ...two, file_id: 'late.csv' }));
  await closeUnfound({ runId: await run() }, ports);
  expect(await resolutionOf(caseId)).toBe('closed explained-by-timing');
  expect(await cases.pendingDecision(caseId)).toBeUndefined();
  lake.withdraw(1);
  const [again] = await openAll(await run());
  expect(again).toBe(`${caseId}-2`);
  expect((await cases.findCase(`${caseId}-2`))?.money.potential.minor).toBe('200000');
});

test.each([
  ['no run', {}],
  ['a field that nobody knows', { runId: 'r', caseId: 'C-1' }],
])('the handler refuses %s', async (_condition, payload) => {
  await expect(handlerWith(ports)(payload, {} as Context)).rejects.toMatchObject({
    name: 'ToolInputInvalid',
  });
});
