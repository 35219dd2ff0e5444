import { decide } from '#core/cases/decide.ts';
import { DEFAULT_APPROVAL_POLICY } from '#core/cases/policy.ts';
import type { Proposal } from '#core/domain/case.ts';
import { aFinding, aProposal, event, itemsOf } from '#tests/support/cases.ts';
import { openTestStores, type TestStores } from '#tests/support/stores.ts';
import { requestApprovalOutput } from './schema.ts';
import { requestApproval } from './tool.ts';

let stores: TestStores;
let proposal: Proposal;
beforeEach(async () => {
  stores = await openTestStores();
  const { case: opened } = await stores.cases.openCase(aFinding(), 'system');
  proposal = aProposal(opened.caseId);
  await stores.cases.saveProposal(proposal, itemsOf(proposal));
  await stores.cases.changeCase(opened.caseId, event('proposal-made', 'investigating'), {});
});
afterEach(() => stores.dispose());

const request = (taskToken = 'token-1', proposalHash = proposal.proposalHash) =>
  requestApproval({ caseId: proposal.caseId, proposalHash, taskToken }, stores);

describe('request-approval', () => {
  test('leaves the case waiting, with the token that resumes the execution', async () => {
    const output = requestApprovalOutput.parse(await request());
    expect(output).toMatchObject({ caseVersion: 3, requestedAt: '2026-11-03T09:00:00.000Z' });
    expect(await stores.cases.findCase(proposal.caseId)).toMatchObject({
      status: 'awaiting-decision',
      version: 3,
    });
    expect(await stores.cases.pendingDecision(proposal.caseId)).toMatchObject({ taskToken: 'token-1' });
  });

  test('a retried state brings a new token and no second event', async () => {
    await request('token-1');
    expect((await request('token-2')).caseVersion).toBe(3);
    expect(await stores.cases.pendingDecision(proposal.caseId)).toMatchObject({ taskToken: 'token-2' });
    expect((await stores.cases.events()).filter((e) => e.kind === 'decision-requested')).toHaveLength(1);
  });

  test('an execution that is started again after the decision is told it', async () => {
    const { caseId, proposalHash } = proposal;
    const { caseVersion } = await request('token-1');
    const { decision } = await decide(
      {
        caseId,
        caseVersion,
        proposalHash,
        verdict: 'approved',
        reason: 'evidence-sufficient',
        comment: 'Seen',
        decidedBy: 'anna',
      },
      stores,
      DEFAULT_APPROVAL_POLICY,
    );
    await stores.cases.markDelivered(decision.decisionId);
    await request('token-2');
    expect(await stores.cases.undeliveredDecisions()).toEqual([{ decision, taskToken: 'token-2' }]);
    expect(await stores.cases.findCase(caseId)).toMatchObject({ status: 'remedying' });
  });

  test.each([
    ['a proposal that was never saved', () => request('token-1', '0'.repeat(64)), 'ProposalMismatch'],
    [
      'a proposal that a newer one replaced',
      async () => {
        await stores.cases.saveProposal(aProposal(proposal.caseId, { proposalId: 'p-000000000002' }));
        return request();
      },
      'ProposalMismatch',
    ],
    [
      'an unknown case',
      () => requestApproval({ caseId: 'C-00000000', proposalHash: '0'.repeat(64), taskToken: 't' }, stores),
      'CaseNotFound',
    ],
    [
      'a case that a later run changed meanwhile',
      async () => {
        await stores.cases.openCase(aFinding({ runId: 'run-2', violations: 9 }), 'system');
        return request();
      },
      'VersionMoved',
    ],
  ])('%s is refused, and nothing is awaited', async (_condition, act, error) => {
    await expect(act()).rejects.toMatchObject({ name: error });
    expect(await stores.cases.pendingDecision(proposal.caseId)).toBeUndefined();
  });
});
