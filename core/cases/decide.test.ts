import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DECISION_REASONS, type Proposal } from '#core/domain/case.ts';
import { aFinding, aProposal, awaitingDecision } from '#tests/support/cases.ts';
import { openTestStores, type TestStores } from '#tests/support/stores.ts';
import { type DecisionRequest, decide, REASONS_FOR } from './decide.ts';
import { DEFAULT_APPROVAL_POLICY } from './policy.ts';

const POLICY = {
  limits: { ...DEFAULT_APPROVAL_POLICY.limits, ben: { minor: '600', asset: 'EUR/2' as const } },
  otherwise: null,
};

let stores: TestStores;
beforeEach(async () => {
  stores = await openTestStores();
});
afterEach(() => stores.dispose());

/** A case that waits, and the request of a person who saw it. */
async function awaited(proposal: Partial<Proposal> = {}): Promise<DecisionRequest> {
  const { caseId, version, proposal: made } = await awaitingDecision(stores.cases, { proposal });
  return {
    caseId,
    caseVersion: version,
    proposalHash: made.proposalHash,
    verdict: 'approved',
    reason: 'evidence-sufficient',
    comment: 'Checked three records by hand',
    decidedBy: 'anna',
  };
}

const ask = (request: DecisionRequest) => decide(request, stores, POLICY);
const refusals = async () => (await stores.cases.events()).filter((e) => e.kind === 'decision-refused');

describe('a decision', () => {
  test('approves what was shown: the money is confirmed and the execution can be told', async () => {
    const request = await awaited();
    const { case: decided, decision } = await ask(request);
    expect(decided).toMatchObject({
      status: 'remedying',
      version: request.caseVersion + 1,
      money: { potential: { minor: '0' }, confirmed: { minor: '6150000' } },
    });
    expect(decision).toMatchObject({ decidedBy: 'anna', decidedAt: '2026-11-03T09:00:00.000Z' });
    expect(await stores.cases.undeliveredDecisions()).toEqual([{ decision, taskToken: 'token-1' }]);
    expect((await stores.cases.events(request.caseId)).at(-1)).toMatchObject({
      kind: 'decision-recorded',
      actor: 'anna',
      data: { comment: 'Checked three records by hand', proposalHash: request.proposalHash },
    });
    expect(await refusals()).toEqual([]);
  });

  test.each([
    ['false-positive', 'false-positive', '6150000', '0'],
    ['cause-not-proved', 'rejected', '6150000', '0'],
    ['amount-wrong', 'rejected', '6150000', '0'],
    ['not-recoverable', 'not-recovered', '0', '6150000'],
  ])('rejects with %s: the case is closed as %s', async (reason, resolution, potential, unrecoverable) => {
    const request = await awaited();
    const { case: decided } = await ask({ ...request, verdict: 'rejected', reason });
    expect(decided).toMatchObject({
      status: 'closed',
      resolution,
      money: {
        potential: { minor: potential },
        confirmed: { minor: '0' },
        unrecoverable: { minor: unrecoverable },
      },
    });
    expect((await stores.cases.events(request.caseId)).map((e) => e.kind).slice(-2)).toEqual([
      'decision-recorded',
      'case-closed',
    ]);
    expect(await stores.cases.undeliveredDecisions()).toMatchObject([{ decision: { verdict: 'rejected' } }]);
  });

  test('every reason of the closed list goes with exactly one verdict', () => {
    expect([...REASONS_FOR.approved, ...REASONS_FOR.rejected].sort()).toEqual([...DECISION_REASONS].sort());
  });

  test.each([
    ['just at the limit', 'ben', { minor: '6000000', asset: 'EUR/6' }],
    ['above the limit, without a limit of their own', 'anna', { minor: '99999999999999', asset: 'EUR/6' }],
  ] as const)('an amount %s may be approved by %s', async (_condition, decidedBy, total) => {
    const finding = aFinding({ impact: total });
    const { caseId, version, proposal } = await awaitingDecision(stores.cases, {
      finding,
      proposal: { adjustments: { ...aProposal('C').adjustments, total } },
    });
    const request = { ...(await requestOf(caseId, version, proposal)), decidedBy };
    expect((await ask(request)).case.status).toBe('remedying');
  });
});

async function requestOf(caseId: string, caseVersion: number, proposal: Proposal): Promise<DecisionRequest> {
  return {
    caseId,
    caseVersion,
    proposalHash: proposal.proposalHash,
    verdict: 'approved',
    reason: 'evidence-sufficient',
    comment: 'Seen',
    decidedBy: 'anna',
  };
}

describe('a refused decision changes nothing and is itself in the audit', () => {
  test.each<[string, Partial<DecisionRequest>, string]>([
    ['an agent approves', { decidedBy: 'agent:reviewer' }, 'FourEyesRequired'],
    [
      'an agent with an invisible character approves',
      { decidedBy: 'agent\u200b:reviewer' },
      'FourEyesRequired',
    ],
    ['the system with a soft hyphen approves', { decidedBy: 'sys\u00adtem' }, 'FourEyesRequired'],
    ['the proposer without its prefix approves', { decidedBy: 'playbook/investigator' }, 'FourEyesRequired'],
    ['a model approves', { decidedBy: 'eu.anthropic/claude' }, 'FourEyesRequired'],
    ['an agent spelt otherwise approves', { decidedBy: '  AGENT:reviewer' }, 'FourEyesRequired'],
    [
      'an agent rejects',
      { decidedBy: 'agent:x', verdict: 'rejected', reason: 'amount-wrong' },
      'FourEyesRequired',
    ],
    ['the system approves', { decidedBy: 'system' }, 'FourEyesRequired'],
    ['nobody approves', { decidedBy: ' ' }, 'FourEyesRequired'],
    ['the case was another version when it was shown', { caseVersion: 2 }, 'VersionMoved'],
    ['a version that does not exist yet', { caseVersion: 4 }, 'VersionMoved'],
    ['another proposal was shown', { proposalHash: '0'.repeat(64) }, 'ProposalMismatch'],
    ['no reason', { reason: '' }, 'ReasonRequired'],
    ['a reason that is not in the list', { reason: 'looks-good' }, 'ReasonRequired'],
    ['a reason of the other verdict', { reason: 'false-positive' }, 'ReasonRequired'],
    ['no comment', { comment: '' }, 'ReasonRequired'],
    ['a comment of white space', { comment: ' \n\t' }, 'ReasonRequired'],
    ['over the limit of the person', { decidedBy: 'ben' }, 'ApprovalLimitExceeded'],
    ['over the limit, spelt otherwise', { decidedBy: ' Ben ' }, 'ApprovalLimitExceeded'],
    ['an unknown case', { caseId: 'C-00000000' }, 'CaseNotFound'],
  ])('%s', async (_condition, changes, error) => {
    const request = await awaited();
    const before = await stores.cases.findCase(request.caseId);
    await expect(ask({ ...request, ...changes })).rejects.toMatchObject({ name: error });
    expect(await stores.cases.findCase(request.caseId)).toEqual(before);
    expect(await stores.cases.listDecisions(request.caseId)).toEqual([]);
    expect(await stores.cases.pendingDecision(request.caseId)).toBeDefined();
    expect(await refusals()).toMatchObject([
      {
        caseId: changes.caseId ?? request.caseId,
        data: { error, proposalHash: changes.proposalHash ?? request.proposalHash },
      },
    ]);
    // Whoever was entitled still can, on the version that was shown.
    expect((await ask(request)).case.status).toBe('remedying');
  });

  test.each(['anna', 'Anna', ' anna ', 'ANNA', '\uff41nna'])(
    '%j approves what anna proposed',
    async (decidedBy) => {
      const request = await awaited({ proposedBy: 'anna' });
      await expect(ask({ ...request, decidedBy })).rejects.toMatchObject({ name: 'FourEyesRequired' });
      expect(await refusals()).toHaveLength(1);
    },
  );

  test('whoever proposed may withdraw: rejecting is not approving', async () => {
    const request = await awaited({ proposedBy: 'anna' });
    const { case: closed } = await ask({ ...request, verdict: 'rejected', reason: 'amount-wrong' });
    expect(closed.resolution).toBe('rejected');
  });

  test.each([
    ['approved', 'evidence-sufficient'],
    ['rejected', 'false-positive'],
  ] as const)('a case that was %s is not decided again', async (verdict, reason) => {
    const request = await awaited();
    await ask({ ...request, verdict, reason });
    const now = (await stores.cases.findCase(request.caseId))?.version ?? 0;
    for (const caseVersion of [request.caseVersion, now]) {
      await expect(ask({ ...request, caseVersion, decidedBy: 'ben' })).rejects.toMatchObject({
        name: 'NotAwaitingDecision',
      });
    }
    expect(await stores.cases.listDecisions(request.caseId)).toHaveLength(1);
  });

  test('a case that nobody asked about is not decided', async () => {
    const { case: opened } = await stores.cases.openCase(aFinding(), 'system');
    const proposal = aProposal(opened.caseId);
    await stores.cases.saveProposal(proposal);
    const request = await requestOf(opened.caseId, opened.version, proposal);
    await expect(ask(request)).rejects.toMatchObject({ name: 'NotAwaitingDecision' });
  });

  test('a comment that came after the case was shown voids the view', async () => {
    const request = await awaited();
    await stores.cases.changeCase(
      request.caseId,
      { kind: 'comment-added', actor: 'ben', data: { text: 'Wait' } },
      {},
    );
    await expect(ask(request)).rejects.toMatchObject({ name: 'VersionMoved' });
  });

  test('a stored proposal that is not what its hash says is not approved', async () => {
    const request = await awaited();
    const stored = await stores.cases.findProposal(request.proposalHash);
    const cases = Object.create(stores.cases) as typeof stores.cases;
    cases.findProposal = async () => ({ ...(stored as Proposal), summary: 'Charge ten times as much' });
    cases.findCase = (id) => stores.cases.findCase(id);
    cases.pendingDecision = (id) => stores.cases.pendingDecision(id);
    cases.recordRefusal = (refusal) => stores.cases.recordRefusal(refusal);
    await expect(decide(request, { ...stores, cases }, POLICY)).rejects.toMatchObject({
      name: 'ProposalMismatch',
    });
  });
});

describe('of two approvals at the same time', () => {
  test('one wins, the other is refused and recorded', async () => {
    const request = await awaited();
    const results = await Promise.allSettled([ask(request), ask({ ...request, decidedBy: 'carla' })]);
    expect(results.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find((r) => r.status === 'rejected')?.reason).toMatchObject({
      name: 'NotAwaitingDecision',
    });
    expect(await stores.cases.listDecisions(request.caseId)).toHaveLength(1);
    expect(await refusals()).toHaveLength(1);
    expect((await stores.cases.findCase(request.caseId))?.money.confirmed.minor).toBe('6150000');
  });
});

describe('there is one way to decide', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const sources = ['core', 'adapters', 'tools', 'agents', 'apps', 'local'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => `${folder}/${name}`),
  );

  test('recordDecision is called by decide alone', () => {
    const callers = sources.filter((name) =>
      /\brecordDecision\(/.test(readFileSync(join(root, name), 'utf8')),
    );
    expect(sources.length).toBeGreaterThan(100);
    expect(callers.sort()).toEqual([
      'adapters/store/decisions.ts',
      'adapters/store/kysely-case-store.ts',
      'core/cases/decide.ts',
      'core/ports/case-store.ts',
    ]);
  });
});
