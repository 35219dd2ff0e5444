import type { Context } from 'aws-lambda';
import { runKey } from '#core/domain/run.ts';
import type { Violation } from '#core/domain/violation.ts';
import { aFinding, awaitingDecision } from '#tests/support/cases.ts';
import { aConclusion } from '#tests/support/conclusion.ts';
import { decidedCase, LOSSES } from '#tests/support/remedies.ts';
import { aViolation, openTestStores, type TestStores, writeRun } from '#tests/support/stores.ts';
import { closeCase } from '#tools/close-case/tool.ts';
import { makeProposal } from '#tools/make-proposal/tool.ts';
import { handlerWith } from './handler.ts';
import { openCaseOutput } from './schema.ts';
import { openCase } from './tool.ts';

let stores: TestStores;
beforeEach(async () => {
  stores = await openTestStores();
});
afterEach(() => stores.dispose());

async function found(
  changes: Parameters<typeof aFinding>[0] = {},
  violations: readonly Violation[] = LOSSES,
) {
  const finding = aFinding(changes);
  await writeRun(stores, finding, violations);
  await stores.runs.write(
    runKey(finding.runId, 'findings'),
    JSON.stringify([aFinding({ findingId: 'f-ffffffffffffffff' }), finding]),
  );
  return openCase({ findingId: finding.findingId, runId: finding.runId }, stores);
}

describe('open-case', () => {
  test('a new finding opens a case to be investigated', async () => {
    const output = await found();
    expect(openCaseOutput.parse(output)).toEqual({
      caseId: 'C-0a1b2c3d',
      caseVersion: 1,
      status: 'open',
      change: 'opened',
      investigate: true,
      findingId: 'f-0a1b2c3d4e5f6071',
      runId: 'run-1',
    });
  });

  test.each([
    ['a retried call', {}, 'unchanged', true],
    ['another run finds the same', { runId: 'run-2' }, 'unchanged', true],
    ['another run finds more', { runId: 'run-2', violations: 4 }, 'updated', true],
  ] as const)('%s', async (_condition, again, change, investigate) => {
    await found();
    expect(await found(again)).toMatchObject({ change, investigate });
    expect(await stores.cases.listCases()).toHaveLength(1);
  });

  test('a case that waits for a decision on the same finding is left to the person', async () => {
    await awaitingDecision(stores.cases);
    expect(await found({ runId: 'run-2' })).toMatchObject({ change: 'unchanged', investigate: false });
  });

  test('a case that waits for a decision on another amount is investigated anew', async () => {
    await awaitingDecision(stores.cases);
    const output = await found({ runId: 'run-2', impact: { minor: '7', asset: 'EUR/6' } });
    expect(output).toMatchObject({ change: 'updated', status: 'open', investigate: true });
  });

  test.each([
    ['a run that does not exist', 'run-9', 'f-0a1b2c3d4e5f6071', 'RunNotFound'],
    ['a finding that the run does not have', 'run-1', 'f-0000000000000000', 'UnknownName'],
  ])('%s is %s', async (_condition, runId, findingId, error) => {
    await found();
    await expect(openCase({ runId, findingId }, stores)).rejects.toMatchObject({ name: error });
  });
});

describe('a fault that goes on after its case was decided', () => {
  const LATER = [
    aViolation({ violation_id: 'v-d', impact: '4.000000', dt: '2026-10-20' }),
    aViolation({ violation_id: 'v-e', impact: '0.500000', dt: '2026-10-21' }),
  ];
  const grown = () =>
    found({ runId: 'run-2', violations: 5, impact: { minor: '10650000', asset: 'EUR/6' } }, [
      ...LOSSES,
      ...LATER,
    ]);
  const potentialOf = async (caseId: string) => (await stores.cases.findCase(caseId))?.money.potential.minor;

  test.each<[string, () => Promise<unknown>]>([
    ['approved and being remedied', () => decidedCase(stores)],
    [
      'approved and closed',
      async () => {
        const { caseId } = await decidedCase(stores);
        await closeCase({ caseId, outcome: 'verified' }, stores);
      },
    ],
    ['approved as a ticket only', () => decidedCase(stores, { conclusion: { remedy: 'ticket-only' } })],
    ['rejected', () => decidedCase(stores, { verdict: 'rejected' })],
  ])('%s: a successor asks for what is new, and only that', async (_condition, decide) => {
    await decide();
    const before = await stores.cases.findCase('C-0a1b2c3d');
    const output = await grown();
    expect(output).toMatchObject({
      caseId: 'C-0a1b2c3d-2',
      status: 'open',
      change: 'opened',
      investigate: true,
    });
    expect(await potentialOf(output.caseId)).toBe('4500000');
    expect((await stores.cases.events(output.caseId))[0]).toMatchObject({
      kind: 'case-opened',
      data: { predecessor: 'C-0a1b2c3d' },
    });
    expect(await stores.cases.findCase('C-0a1b2c3d')).toEqual(before);
    const { adjustments } = await makeProposal(
      { caseId: output.caseId, runId: 'run-2', conclusion: aConclusion(), asOf: '2026-11-03' },
      stores,
    );
    expect(adjustments).toMatchObject({ count: 2, total: { minor: '4500000' } });
  });

  test('expired: the successor asks for all of it', async () => {
    await found();
    const { caseId } = await expired();
    expect(await grown()).toMatchObject({ caseId: `${caseId}-2`, change: 'opened' });
    expect(await potentialOf(`${caseId}-2`)).toBe('10650000');
  });

  /** The case that was found, proposed and never decided. */
  async function expired() {
    const ids = { caseId: 'C-0a1b2c3d', runId: 'run-1' };
    await makeProposal({ ...ids, conclusion: aConclusion(), asOf: '2026-11-03' }, stores);
    return closeCase({ caseId: ids.caseId, outcome: 'expired' }, stores);
  }

  test.each<[string, () => Promise<unknown>]>([
    ['being remedied', () => decidedCase(stores)],
    ['rejected', () => decidedCase(stores, { verdict: 'rejected' })],
    ['expired', () => found().then(expired)],
  ])('%s: the same violations again open nothing', async (_condition, decide) => {
    await decide();
    const again = LOSSES.map((v) => ({ ...v, symptom: 'default-rate', rule_version: '2' }));
    expect(await found({ runId: 'run-2' }, again)).toMatchObject({
      caseId: 'C-0a1b2c3d',
      investigate: false,
    });
    expect(await stores.cases.listCases()).toHaveLength(1);
  });

  test('a repeated call finds the successor, and a third case follows when that one is decided', async () => {
    await decidedCase(stores);
    await grown();
    expect(await grown()).toMatchObject({ caseId: 'C-0a1b2c3d-2', change: 'unchanged', investigate: true });
    expect(await stores.cases.listCases()).toHaveLength(2);
    await closeCase({ caseId: 'C-0a1b2c3d-2', outcome: 'no-longer-found' }, stores);
    expect(await grown()).toMatchObject({ caseId: 'C-0a1b2c3d-3', change: 'opened' });
    expect(await potentialOf('C-0a1b2c3d-3')).toBe('4500000');
  });

  test('two calls at once open one successor', async () => {
    await decidedCase(stores);
    const finding = aFinding({ runId: 'run-2', violations: 4 });
    await writeRun(stores, finding, [...LOSSES, ...LATER.slice(0, 1)]);
    const call = () => openCase({ findingId: finding.findingId, runId: 'run-2' }, stores);
    const both = await Promise.all([call(), call()]);
    expect(both.map(({ change }) => change).sort()).toEqual(['opened', 'unchanged']);
    expect(await stores.cases.listCases()).toHaveLength(2);
  });
});

test('a run of another period over violations that are ordered has only the rest as potential', async () => {
  await decidedCase(stores);
  const day = { findingId: 'f-dddddddddddddddd', runId: 'run-day', period: '2026-10-14' } as const;
  const output = await found(day, [...LOSSES, aViolation({ violation_id: 'v-new', impact: '1.000000' })]);
  expect(output).toMatchObject({ caseId: 'C-dddddddd', change: 'opened' });
  expect((await stores.cases.findCase('C-dddddddd'))?.money.potential.minor).toBe('1000000');
});

describe('the handler', () => {
  test.each([
    ['no finding', { runId: 'run-1' }],
    ['an id of another form', { runId: 'run-1', findingId: 'C-1' }],
    ['a field that nobody knows', { runId: 'run-1', findingId: 'f-0a1b2c3d4e5f6071', amount: '9' }],
    ['no object', 'run-1'],
  ])('refuses %s before anything is read', async (_condition, payload) => {
    await expect(handlerWith(stores)(payload, {} as Context)).rejects.toMatchObject({
      name: 'ToolInputInvalid',
    });
  });

  test('answers what its schema says', async () => {
    const { findingId, runId } = aFinding();
    await found();
    expect(
      openCaseOutput.parse(await handlerWith(stores)({ findingId, runId }, {} as Context)),
    ).toMatchObject({ change: 'unchanged' });
  });
});
