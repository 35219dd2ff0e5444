import type { MoneyStates } from '#core/domain/case.ts';
import { aFinding, aProposal, awaitingDecision, event } from '#tests/support/cases.ts';
import { decidedCase } from '#tests/support/remedies.ts';
import { openTestStores, type TestStores } from '#tests/support/stores.ts';
import { closeCaseOutput } from './schema.ts';
import { closeCase } from './tool.ts';

let stores: TestStores;
beforeEach(async () => {
  stores = await openTestStores();
});
afterEach(() => stores.dispose());

const states = (
  potential: string,
  confirmed: string,
  recovered: string,
  unrecoverable: string,
): MoneyStates => {
  const json = (minor: string) => ({ minor, asset: 'EUR/6' as const });
  return {
    potential: json(potential),
    confirmed: json(confirmed),
    recovered: json(recovered),
    unrecoverable: json(unrecoverable),
  };
};

describe('after a remedy', () => {
  test.each([
    ['all has moved', states('0', '0', '100', '0'), 'recovered', states('0', '0', '100', '0')],
    ['some has moved', states('0', '60', '40', '0'), 'partly-recovered', states('0', '0', '40', '60')],
    [
      'some was never ordered',
      states('20', '0', '80', '0'),
      'partly-recovered',
      states('0', '0', '80', '20'),
    ],
    ['nothing has moved', states('0', '100', '0', '0'), 'not-recovered', states('0', '0', '0', '100')],
    ['a ticket only', states('100', '0', '0', '0'), 'not-recovered', states('0', '0', '0', '100')],
    ['a credit was paid', states('0', '0', '-100', '0'), 'recovered', states('0', '0', '-100', '0')],
    [
      'a credit was paid in part',
      states('0', '-60', '-40', '0'),
      'partly-recovered',
      states('0', '0', '-40', '-60'),
    ],
  ])('%s: %s', async (_condition, before, resolution, after) => {
    const { caseId, proposalHash } = await decidedCase(stores);
    await stores.cases.changeCase(caseId, { ...event('remedy-verified'), money: before }, {});
    const output = await closeCase({ caseId, outcome: 'verified', proposalHash }, stores);
    expect(closeCaseOutput.parse(output)).toMatchObject({ change: 'closed', resolution, money: after });
    expect((await stores.cases.events(caseId)).at(-1)).toMatchObject({
      kind: 'case-closed',
      data: { resolution },
    });
  });
});

describe('without a remedy', () => {
  test('a rejection has closed the case already; its money stays potential', async () => {
    const { caseId, proposalHash } = await decidedCase(stores, { verdict: 'rejected' });
    expect(await closeCase({ caseId, outcome: 'rejected', proposalHash }, stores)).toMatchObject({
      change: 'already-closed',
      resolution: 'rejected',
      money: states('6150000', '0', '0', '0'),
    });
  });

  test('a question that nobody answered expires, and cannot be answered any more', async () => {
    const { caseId, proposal } = await awaitingDecision(stores.cases);
    const { proposalHash } = proposal;
    expect(await closeCase({ caseId, outcome: 'expired', proposalHash }, stores)).toMatchObject({
      change: 'closed',
      resolution: 'expired',
      money: states('6150000', '0', '0', '0'),
    });
    expect(await stores.cases.pendingDecision(caseId)).toBeUndefined();
  });

  test('a case that a later run does not find any more', async () => {
    const { case: opened } = await stores.cases.openCase(aFinding(), 'system');
    expect(await closeCase({ caseId: opened.caseId, outcome: 'no-longer-found' }, stores)).toMatchObject({
      resolution: 'no-longer-found',
    });
  });

  test('closing twice changes nothing', async () => {
    const { caseId } = await awaitingDecision(stores.cases);
    const first = await closeCase({ caseId, outcome: 'expired' }, stores);
    expect(await closeCase({ caseId, outcome: 'verified' }, stores)).toEqual({
      ...first,
      change: 'already-closed',
    });
  });
});

describe('a case that has moved on is left alone', () => {
  test('it has a newer proposal', async () => {
    const { caseId, proposal } = await awaitingDecision(stores.cases);
    await stores.cases.saveProposal(aProposal(caseId, { proposalId: 'p-000000000002' }));
    const { proposalHash } = proposal;
    expect(await closeCase({ caseId, outcome: 'expired', proposalHash }, stores)).toMatchObject({
      change: 'superseded',
    });
    expect((await stores.cases.findCase(caseId))?.status).toBe('awaiting-decision');
  });

  test('its question was withdrawn because a later run found more', async () => {
    const { caseId, proposal } = await awaitingDecision(stores.cases);
    await stores.cases.openCase(aFinding({ runId: 'run-2', violations: 9 }), 'system');
    const { proposalHash } = proposal;
    expect(await closeCase({ caseId, outcome: 'expired', proposalHash }, stores)).toMatchObject({
      change: 'superseded',
    });
    expect((await stores.cases.findCase(caseId))?.status).toBe('open');
  });

  test('it was approved just before the question expired', async () => {
    const { caseId, proposalHash } = await decidedCase(stores);
    expect(await closeCase({ caseId, outcome: 'expired', proposalHash }, stores)).toMatchObject({
      change: 'superseded',
    });
    expect((await stores.cases.findCase(caseId))?.status).toBe('remedying');
  });

  test.each([
    ['verified', 'open'],
    ['rejected', 'open'],
    ['expired', 'remedying'],
    ['no-longer-found', 'remedying'],
  ] as const)('%s on a case that is %s is refused', async (outcome, status) => {
    const { case: opened } = await stores.cases.openCase(aFinding(), 'system');
    if (status === 'remedying')
      await stores.cases.changeCase(opened.caseId, event('remedy-applied', status), {});
    await expect(closeCase({ caseId: opened.caseId, outcome }, stores)).rejects.toMatchObject({
      name: 'VersionMoved',
    });
  });

  test('an unknown case is CaseNotFound', async () => {
    await expect(closeCase({ caseId: 'C-00000000', outcome: 'expired' }, stores)).rejects.toMatchObject({
      name: 'CaseNotFound',
    });
  });
});
