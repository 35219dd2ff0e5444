import { changeByRule, requireCase } from '#core/cases/change.ts';
import { assertIntact } from '#core/cases/proposal.ts';
import { statusAfter } from '#core/cases/transitions.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { CaseStore } from '#core/ports/case-store.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { RequestApprovalInput, RequestApprovalOutput } from './schema.ts';

/** What request-approval works with. */
export interface RequestApprovalPorts {
  readonly cases: CaseStore;
  readonly clock: Clock;
}

/**
 * Asks for a person's decision on a proposal; the execution waits on the token. A repeated call, as a retried state
 * makes it, replaces the token. Throws ProposalMismatch when the case has another proposal by now.
 */
export async function requestApproval(
  input: RequestApprovalInput,
  ports: RequestApprovalPorts,
): Promise<RequestApprovalOutput> {
  const { caseId, proposalHash, taskToken } = input;
  await requireCase(ports.cases, caseId);
  const proposal = await ports.cases.latestProposal(caseId);
  if (proposal?.proposalHash !== proposalHash) throw superseded(caseId, proposalHash);
  assertIntact(proposal);
  const requested = await changeByRule(
    ports.cases,
    caseId,
    (current) => ({
      kind: 'decision-requested',
      actor: 'system',
      data: { proposalHash, proposalId: proposal.proposalId },
      status: statusAfter(current, 'decision-requested'),
    }),
    `decision-requested:${proposalHash}`,
  );
  const requestedAt = new Date(ports.clock.now()).toISOString();
  await ports.cases.savePendingDecision({ caseId, proposalHash, taskToken, requestedAt });
  return { caseId, caseVersion: requested.version, proposalHash, requestedAt };
}

function superseded(caseId: string, proposalHash: string): PlumblineError {
  return new PlumblineError('ProposalMismatch', {
    what: `Proposal ${proposalHash.slice(0, 12)} is not the latest of case ${caseId}`,
    why: 'a newer one was made, or it was never saved',
    next: `plumbline cases show ${caseId}`,
  });
}
