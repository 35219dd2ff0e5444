import type { Finding } from '#core/domain/run.ts';
import { type Audit, audit } from '#tests/support/audit.ts';
import { billed, rated, usage } from '#tests/support/small-operator.ts';
import { handlerWith } from './handler.ts';
import type { MergeRunOutput } from './schema.ts';

const context = { functionName: 'merge-run', awsRequestId: 'r', memoryLimitInMB: '128' } as never;

/** Two losses (0.10 + 0.10 and 0.30 by another symptom) and one over-charge of 5.00. */
let done: Audit;
beforeAll(async () => {
  const calls = ['c1', 'c2', 'c3', 'c4'];
  done = await audit({
    usage: calls.map((correlation_id) =>
      usage({ correlation_id, quantity: correlation_id === 'c3' ? 180 : 60 }),
    ),
    rated: [rated({ correlation_id: 'c3', quantity: 180 }), rated({ correlation_id: 'c4', amount: '5.10' })],
    billed: [billed({ correlation_id: 'c4', amount: '5.10' })],
  });
});
afterAll(() => done.remove());

const merge = (input: Record<string, unknown> = {}): Promise<MergeRunOutput> =>
  handlerWith(done.ports)({ runId: done.manifest.runId, ...input }, context) as Promise<MergeRunOutput>;

test('counts, digest and where the files stand', async () => {
  const folder = `runs/${done.manifest.runId}`;
  expect(await merge()).toEqual({
    runId: done.manifest.runId,
    period: '2026-10-14',
    manifestKey: `${folder}/manifest.json`,
    findingsKey: `${folder}/findings.json`,
    digest: done.manifest.digest,
    violations: 4,
    findings: 3,
    materialFindings: 0,
    findingIds: [],
    truncated: false,
  });
});

test.each([
  ['everything counts', '0', 200, 3, 3, false],
  ['either direction', '0.30', 200, 2, 2, false],
  ['exactly at the threshold', '5.00', 200, 1, 1, false],
  ['just above it', '5.000001', 200, 0, 0, false],
  ['more than asked for', '0', 2, 3, 2, true],
])('material findings: %s', async (_condition, materialFrom, maxFindings, material, ids, truncated) => {
  const output = await merge({ materialFrom, maxFindings });
  expect([output.materialFindings, output.findingIds.length, output.truncated]).toEqual([
    material,
    ids,
    truncated,
  ]);
});

test('findings say in one sentence what happened, largest first', async () => {
  await merge();
  const findings = JSON.parse(
    await done.ports.runs.readText(`runs/${done.manifest.runId}/findings.json`),
  ) as Finding[];
  expect(findings.map(({ title }) => title)).toEqual([
    '1 session was charged another price than the price list says on 2026-10-14: 5.00 EUR over-charged, with no common cause in sight.',
    '1 session was rated but not billed on 2026-10-14: 0.30 EUR under-charged, with no common cause in sight.',
    '2 sessions were used but not rated on 2026-10-14: 0.20 EUR under-charged, with no common cause in sight.',
  ]);
});

test('refuses a run that was not planned', async () => {
  await expect(merge({ runId: 'nothing' })).rejects.toMatchObject({ name: 'RunNotFound' });
});

test('refuses a threshold that is not money', async () => {
  await expect(merge({ materialFrom: 'much' })).rejects.toMatchObject({ name: 'ToolInputInvalid' });
});
