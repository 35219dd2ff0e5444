import { readAdjustments, totalOf } from '#core/cases/adjustments.ts';
import { changeByRule, requireCase } from '#core/cases/change.ts';
import { requireOrders } from '#core/cases/orders.ts';
import { assertIntact } from '#core/cases/proposal.ts';
import { statusAfter } from '#core/cases/transitions.ts';
import type { Case } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { hashOf } from '#core/domain/hash.ts';
import { toMoneyJson } from '#core/domain/money.ts';
import type { CaseStore } from '#core/ports/case-store.ts';
import type { Outbox, OutboxMessage } from '#core/ports/outbox.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import { type ApprovedRemedy, messagesOf } from './payloads.ts';
import type { ApplyRemediationInput, ApplyRemediationOutput } from './schema.ts';

/** What apply-remediation works with. */
export interface ApplyRemediationPorts {
  readonly cases: CaseStore;
  readonly runs: RunStore;
  readonly outbox: Outbox;
}

/**
 * Carries out an approved proposal. It may be stopped and repeated at any point: each message is written once.
 * Throws VersionMoved when the case is not being remedied, ProposalMismatch when no approving decision exists for exactly this proposal, or when the proposal or its
 * list is not what was approved, AlreadyOrdered when another case holds one of its items.
 */
export async function applyRemediation(
  input: ApplyRemediationInput,
  ports: ApplyRemediationPorts,
): Promise<ApplyRemediationOutput> {
  const { caseId, proposalHash } = input;
  const remedy = await requireApproved(input, ports);
  const messages = messagesOf(remedy);
  for (const message of messages) await send(message, ports);
  const keys = messages.map((message) => message.idempotencyKey);
  const applied = await changeByRule(
    ports.cases,
    caseId,
    (current) => ({
      kind: 'remedy-applied',
      actor: 'system',
      data: { decisionId: input.decisionId, proposalHash, messages: keys, adjustments: remedy.lines.length },
      status: statusAfter(current, 'remedy-applied'),
    }),
    appliedKey(proposalHash),
  );
  return {
    caseId,
    caseVersion: applied.version,
    proposalHash,
    messages: keys,
    adjustments: remedy.lines.length,
  };
}

async function requireApproved(
  input: ApplyRemediationInput,
  ports: ApplyRemediationPorts,
): Promise<ApprovedRemedy> {
  const { caseId, decisionId, proposalHash } = input;
  const current = await requireCase(ports.cases, caseId);
  const decisions = await ports.cases.listDecisions(caseId);
  const decision = decisions.find((candidate) => candidate.decisionId === decisionId);
  const proposal = await ports.cases.findProposal(proposalHash);
  const approved = decision?.verdict === 'approved' && decision.proposalHash === proposalHash;
  if (!decision || !approved || proposal?.caseId !== caseId) throw notApproved(input);
  assertIntact(proposal);
  await requireItsTurn(current, proposalHash, ports.cases);
  const { file, sha256, count, total } = proposal.adjustments;
  const lines = readAdjustments(await ports.runs.readText(file), sha256, file);
  const sum = toMoneyJson(totalOf(lines, total.asset));
  if (lines.length !== count || sum.minor !== total.minor) throw notApproved(input);
  await requireOrders(current, proposalHash, lines, ports.cases);
  return { case: current, proposal, decision, lines };
}

/** Asked before the first message: the case is being remedied and has no newer proposal, or this one was applied. */
async function requireItsTurn(current: Case, proposalHash: string, store: CaseStore): Promise<void> {
  const { caseId } = current;
  if (await store.hasHappened(caseId, appliedKey(proposalHash))) return;
  statusAfter(current, 'remedy-applied');
  const latest = await store.latestProposal(caseId);
  if (latest?.proposalHash === proposalHash) return;
  throw new PlumblineError('ProposalMismatch', {
    what: `Proposal ${proposalHash.slice(0, 12)} is not the latest of case ${caseId}`,
    why: 'a newer one was made after it was approved',
    next: `plumbline cases show ${caseId}`,
  });
}

const appliedKey = (proposalHash: string): string => `remedy-applied:${proposalHash}`;

/** Intent, effect, result. The outbox knows the key too, so a repeat after a crash in between writes nothing twice. */
async function send(message: OutboxMessage, ports: ApplyRemediationPorts): Promise<void> {
  const record = { api: message.api, caseId: message.caseId, sha256: hashOf(message.payload) };
  const { result } = await ports.cases.beginEffect(message.idempotencyKey, record);
  if (result !== null) return;
  await ports.outbox.put(message);
  await ports.cases.completeEffect(message.idempotencyKey, { written: true });
}

function notApproved(input: ApplyRemediationInput): PlumblineError {
  return new PlumblineError('ProposalMismatch', {
    what: `Nobody approved proposal ${input.proposalHash.slice(0, 12)} of case ${input.caseId}`,
    where: `decision ${input.decisionId}`,
    why: 'a remedy needs an approving decision on exactly this proposal',
    next: `plumbline cases show ${input.caseId}`,
  });
}
