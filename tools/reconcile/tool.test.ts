import { readPlan } from '#core/reconcile/merge-run.ts';
import { type Audit, audit } from '#tests/support/audit.ts';
import { billed, rated, usage } from '#tests/support/small-operator.ts';
import { handlerWith } from './handler.ts';
import type { ReconcileOutput } from './schema.ts';

const context = { functionName: 'reconcile', awsRequestId: 'r', memoryLimitInMB: '128' } as never;
let done: Audit;
beforeAll(async () => {
  done = await audit({
    usage: [usage(), usage({ correlation_id: 'c2' })],
    rated: [rated()],
    billed: [billed()],
  });
});
afterAll(() => done.remove());

test('a partition of a plan file gives a pointer, and again the same one', async () => {
  const [partition] = await readPlan(done.manifest.runId, done.ports);
  const handler = handlerWith(done.ports);
  const first = (await handler(partition, context)) as ReconcileOutput;
  const before = await done.ports.runs.readText(first.resultKey);
  expect(first).toEqual({
    partitionId: '2026-10-14.b00',
    resultKey: `runs/${done.manifest.runId}/partitions/2026-10-14.b00/result.json`,
    sessions: 2,
    violations: 1,
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(await handler(partition, context)).toEqual(first);
  expect(await done.ports.runs.readText(first.resultKey)).toBe(before);
});

test.each([
  ['no partition at all', {}],
  ['a day that is none', { dt: '14.10.2026' }],
])('refuses %s', async (_condition, over) => {
  const [partition] = await readPlan(done.manifest.runId, done.ports);
  const event = Object.keys(over).length === 0 ? {} : { ...partition, ...over };
  await expect(handlerWith(done.ports)(event, context)).rejects.toMatchObject({ name: 'ToolInputInvalid' });
});
