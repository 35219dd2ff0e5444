import type { Context } from 'aws-lambda';
import { runKey } from '#core/domain/run.ts';
import { aFinding, awaitingDecision } from '#tests/support/cases.ts';
import { openTestStores, type TestStores } from '#tests/support/stores.ts';
import { handlerWith } from './handler.ts';
import { openCaseOutput } from './schema.ts';
import { openCase } from './tool.ts';

let stores: TestStores;
beforeEach(async () => {
  stores = await openTestStores();
});
afterEach(() => stores.dispose());

async function found(changes: Parameters<typeof aFinding>[0] = {}) {
  const finding = aFinding(changes);
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
