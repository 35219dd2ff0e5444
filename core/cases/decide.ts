import {
  type Case,
  DECISION_REASONS,
  type Decision,
  type DecisionReason,
  type Proposal,
} from '#core/domain/case.ts';
import { isPlumblineError, PlumblineError } from '#core/domain/errors.ts';
import { hashOf } from '#core/domain/hash.ts';
import { fromMoneyJson } from '#core/domain/money.ts';
import type { CaseChange, CaseStore, PendingDecision } from '#core/ports/case-store.ts';
import type { Clock } from '#core/ports/clock.ts';
import { rejectedClosing } from './closing.ts';
import { confirm } from './money.ts';
import { type ApprovalPolicy, exceeds, isPersonName, limitOf, normalName, samePerson } from './policy.ts';
import { assertIntact } from './proposal.ts';
import { statusAfter } from './transitions.ts';

/** What a person says. Reason is text here: whatever comes in from outside is checked, not assumed. */
export interface DecisionRequest {
  readonly caseId: string;
  /** Version of the case and hash of the proposal as they were shown to the person. */
  readonly caseVersion: number;
  readonly proposalHash: string;
  readonly verdict: Decision['verdict'];
  readonly reason: string;
  readonly comment: string;
  readonly decidedBy: string;
}

export interface DecisionPorts {
  readonly cases: CaseStore;
  readonly clock: Clock;
}

/** Which reasons go with which verdict. */
export const REASONS_FOR: Readonly<Record<Decision['verdict'], readonly DecisionReason[]>> = {
  approved: ['evidence-sufficient', 'within-policy'],
  rejected: ['false-positive', 'cause-not-proved', 'amount-wrong', 'not-recoverable'],
};

/** Longest comment that a refused attempt leaves in the audit. */
const REFUSED_TEXT = 500;

/**
 * The one way in which a proposal is approved or rejected, whoever asks: command line, API, policy or bulk.
 * Throws ReasonRequired, FourEyesRequired, NotAwaitingDecision, VersionMoved, ProposalMismatch,
 * ApprovalLimitExceeded or CaseNotFound; every refusal is itself an event. A recorded decision still has to be
 * delivered to the execution that waits (`deliverDecisions`).
 */
export async function decide(
  request: DecisionRequest,
  ports: DecisionPorts,
  policy: ApprovalPolicy,
): Promise<{ readonly case: Case; readonly decision: Decision }> {
  try {
    const reason = requireReason(request);
    requirePerson(request);
    const { current, proposal, pending } = await requireAwaited(request, ports.cases);
    if (request.verdict === 'approved') requireApprover(request, proposal, policy);
    const decision = decisionOf(request, reason, ports.clock);
    const changes = changesOf(decision, current, proposal);
    return { case: await ports.cases.recordDecision(decision, pending.taskToken, changes), decision };
  } catch (error) {
    if (isPlumblineError(error)) await recordRefusal(request, error, ports.cases);
    throw error;
  }
}

function requireReason(request: DecisionRequest): DecisionReason {
  const reason = DECISION_REASONS.find((known) => known === request.reason);
  const allowed = REASONS_FOR[request.verdict];
  if (reason === undefined || !allowed.includes(reason)) {
    throw refused('ReasonRequired', request, {
      what: request.reason === '' ? 'A decision needs a reason' : `"${request.reason}" is not a reason`,
      why: `to be ${request.verdict}, a proposal needs one of ${allowed.join(', ')}`,
    });
  }
  if (request.comment.trim() === '') {
    throw refused('ReasonRequired', request, {
      what: 'A decision needs a comment',
      why: 'whoever reads it later should not have to guess',
    });
  }
  return reason;
}

/** A decision is a person's. Agents and the system itself propose and carry out. */
function requirePerson(request: DecisionRequest): void {
  const name = normalName(request.decidedBy);
  if (isPersonName(request.decidedBy) && name !== 'system') return;
  throw refused('FourEyesRequired', request, {
    what: name === '' ? 'Nobody is named as deciding' : `"${request.decidedBy}" cannot decide`,
    why: 'a decision is made by a person, named by letters, digits and . @ _ - only',
  });
}

async function requireAwaited(
  request: DecisionRequest,
  store: CaseStore,
): Promise<{ current: Case; proposal: Proposal; pending: PendingDecision }> {
  const { caseId, proposalHash } = request;
  const current = await store.findCase(caseId);
  if (!current) {
    throw new PlumblineError('CaseNotFound', {
      what: `There is no case ${caseId}`,
      next: 'plumbline cases list',
    });
  }
  const pending = await store.pendingDecision(caseId);
  if (!pending || current.status !== 'awaiting-decision') {
    throw refused('NotAwaitingDecision', request, {
      what: `Case ${caseId} does not wait for a decision`,
      why: `it is ${current.status}`,
    });
  }
  if (current.version !== request.caseVersion) {
    throw refused('VersionMoved', request, {
      what: `Case ${caseId} has moved on`,
      where: `version ${current.version}, not ${request.caseVersion}`,
      why: 'something happened to it after it was shown',
    });
  }
  const proposal = await store.findProposal(pending.proposalHash);
  if (pending.proposalHash !== proposalHash || proposal?.caseId !== caseId) {
    throw refused('ProposalMismatch', request, {
      what: `Case ${caseId} waits for a decision on another proposal`,
      where: `${pending.proposalHash.slice(0, 12)}, not ${proposalHash.slice(0, 12)}`,
    });
  }
  assertIntact(proposal);
  return { current, proposal, pending };
}

function requireApprover(request: DecisionRequest, proposal: Proposal, policy: ApprovalPolicy): void {
  if (samePerson(request.decidedBy, proposal.proposedBy)) {
    throw refused('FourEyesRequired', request, {
      what: `${request.decidedBy} made this proposal`,
      why: 'whoever proposes does not approve',
    });
  }
  const limit = limitOf(policy, request.decidedBy);
  if (limit && exceeds(proposal.adjustments.total, limit)) {
    throw refused('ApprovalLimitExceeded', request, {
      what: `${request.decidedBy} may not approve this amount`,
      where: `${proposal.adjustments.total.minor} ${proposal.adjustments.total.asset}`,
      why: `the limit is ${limit.minor} ${limit.asset}`,
    });
  }
}

function decisionOf(request: DecisionRequest, reason: DecisionReason, clock: Clock): Decision {
  const { caseId, caseVersion, proposalHash, verdict } = request;
  return {
    decisionId: `d-${hashOf({ caseId, proposalHash }).slice(0, 12)}`,
    caseId,
    caseVersion,
    proposalHash,
    verdict,
    reason,
    comment: request.comment.trim(),
    decidedBy: request.decidedBy.trim(),
    decidedAt: new Date(clock.now()).toISOString(),
  };
}

function changesOf(decision: Decision, current: Case, proposal: Proposal): CaseChange[] {
  const status = statusAfter(current, 'decision-recorded');
  const { decisionId, proposalHash, verdict, reason, comment } = decision;
  const recorded = {
    kind: 'decision-recorded',
    actor: decision.decidedBy,
    data: { decisionId, proposalHash, verdict, reason, comment },
  } as const;
  if (verdict === 'rejected') {
    return [{ ...recorded, status }, rejectedClosing(current, reason)];
  }
  const money = confirm(current.money, fromMoneyJson(proposal.adjustments.total));
  return [{ ...recorded, status: 'remedying', money }];
}

async function recordRefusal(
  request: DecisionRequest,
  error: PlumblineError,
  store: CaseStore,
): Promise<void> {
  await store.recordRefusal({
    caseId: request.caseId,
    actor: request.decidedBy.trim() || 'unknown',
    data: {
      error: error.name,
      what: error.facts.what,
      verdict: request.verdict,
      reason: request.reason.slice(0, REFUSED_TEXT),
      comment: request.comment.slice(0, REFUSED_TEXT),
      caseVersion: request.caseVersion,
      proposalHash: request.proposalHash,
    },
  });
}

function refused(
  name: ConstructorParameters<typeof PlumblineError>[0],
  request: DecisionRequest,
  facts: { what: string; where?: string; why?: string },
): PlumblineError {
  return new PlumblineError(name, { ...facts, next: `plumbline cases show ${request.caseId}` });
}
