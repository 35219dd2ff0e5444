import {
  type AdjustableViolation,
  type AdjustmentSelection,
  backBillFrom,
  LEFT_OUT_REASONS,
  selectAdjustments,
  writeAdjustments,
} from '#core/cases/adjustments.ts';
import { changeByRule, requireCase } from '#core/cases/change.ts';
import { heldBy, itemOf } from '#core/cases/orders.ts';
import { sealProposal } from '#core/cases/proposal.ts';
import { CHANGES_BILLS, type RemedyRules, type SettledRemedy, settleRemedy } from '#core/cases/remedy.ts';
import { statusAfter } from '#core/cases/transitions.ts';
import type { Case, Proposal } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { hashOf } from '#core/domain/hash.ts';
import { decimalString, type Money, toMoneyJson, zero } from '#core/domain/money.ts';
import { type Day, parseDay } from '#core/domain/period.ts';
import { type Finding, runKey } from '#core/domain/run.ts';
import type { CaseStore } from '#core/ports/case-store.ts';
import type { Clock } from '#core/ports/clock.ts';
import type { ReadSql } from '#core/ports/read-sql.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import type { Warehouse } from '#core/ports/warehouse.ts';
import type { MakeProposalInput, MakeProposalOutput, VerifiedConclusion } from './schema.ts';

/** What make-proposal works with. */
export interface MakeProposalPorts {
  readonly cases: CaseStore;
  readonly runs: RunStore;
  readonly warehouse: Warehouse;
  readonly readSql: ReadSql;
  readonly clock: Clock;
  readonly remedyRules: RemedyRules;
}

const ADJUSTMENTS = new URL('./adjustments.sql', import.meta.url);

/**
 * Makes what a person is asked to approve: why, from the agent's checked conclusion; how much and to whom, from the
 * violations alone. The same conclusion on the same case and run gives the same proposal, made once.
 */
export async function makeProposal(
  input: MakeProposalInput,
  ports: MakeProposalPorts,
): Promise<MakeProposalOutput> {
  const { caseId, runId, conclusion } = input;
  const current = await requireCase(ports.cases, caseId);
  const proposalId = `p-${hashOf({ caseId, runId, conclusion }).slice(0, 12)}`;
  const latest = await ports.cases.latestProposal(caseId);
  const proposal =
    latest?.proposalId === proposalId ? latest : await build(input, current, proposalId, ports);
  const { proposalHash, remedy, adjustments } = proposal;
  const proposed = await changeByRule(
    ports.cases,
    caseId,
    (now) => ({
      kind: 'proposal-made',
      actor: proposal.proposedBy,
      data: {
        proposalId,
        proposalHash,
        remedy,
        adjustments: adjustments.count,
        total: { ...adjustments.total },
        claims: proposal.explanation.claims.length,
        removedClaims: proposal.explanation.removed.length,
      },
      status: statusAfter(now, 'proposal-made'),
    }),
    `proposal-made:${proposalHash}`,
  );
  return { caseId, caseVersion: proposed.version, proposalId, proposalHash, remedy, adjustments };
}

async function build(
  input: MakeProposalInput,
  current: Case,
  proposalId: string,
  ports: MakeProposalPorts,
): Promise<Proposal> {
  const { runId, conclusion } = input;
  statusAfter(current, 'proposal-made');
  const finding = await requireFinding(current, ports.cases);
  const settled = settleRemedy(finding, conclusion.remedy);
  const selection = CHANGES_BILLS[settled.remedy]
    ? await selectFrom(finding, input, ports)
    : await nothingOf(finding, input, ports);
  const { text, sha256 } = writeAdjustments(selection.lines);
  const file = `runs/${runId}/adjustments/${proposalId}.jsonl`;
  await ports.runs.write(file, text);
  const proposal = sealProposal({
    proposalId,
    caseId: current.caseId,
    caseVersion: current.version,
    proposedBy: `agent:${conclusion.answeredBy}`,
    remedy: settled.remedy,
    summary: summaryOf(finding, settled, selection, ports.remedyRules),
    ...explained(conclusion),
    adjustments: { count: selection.lines.length, total: toMoneyJson(selection.total), file, sha256 },
  });
  await ports.cases.saveProposal(proposal, selection.items);
  return proposal;
}

/** What an agent may contribute: words, evidence ids, a change. Nothing of it is an amount. */
function explained(conclusion: VerifiedConclusion) {
  const { claims, removed, hypotheses, causeFound, cause, changeId, ticket } = conclusion;
  return { explanation: { claims, removed }, hypotheses, cause: causeFound ? cause : '', changeId, ticket };
}

async function requireFinding(current: Case, store: CaseStore): Promise<Finding> {
  const finding = await store.findFinding(current.findingId);
  if (finding) return finding;
  throw new PlumblineError('UnknownName', {
    what: `Case ${current.caseId} has no finding ${current.findingId}`,
    next: `plumbline cases show ${current.caseId}`,
  });
}

async function selectFrom(
  finding: Finding,
  input: MakeProposalInput,
  ports: MakeProposalPorts,
): Promise<AdjustmentSelection> {
  const asOf = parseDay(input.asOf ?? new Date(ports.clock.now()).toISOString().slice(0, 10));
  const { findingId } = finding;
  const session = await ports.warehouse.open();
  try {
    const rows = await session.query(await ports.readSql(ADJUSTMENTS), {
      finding: findingId,
      violations: await ports.runs.localPath(runKey(input.runId, 'violations')),
      members: await ports.runs.localPath(runKey(input.runId, 'members')),
    });
    const violations = rows as unknown as readonly AdjustableViolation[];
    const items = violations.map((v) => itemOf(finding.controlId, { ...v, dt: v.dt as Day }));
    const held = heldBy(await ports.cases.itemMentions(items), { caseId: input.caseId, findingId });
    const from = backBillFrom(asOf, ports.remedyRules.backBillDays);
    return selectAdjustments(finding, violations, from, held);
  } finally {
    await session.close();
  }
}

/** A remedy that changes no bill: every violation is known, and none is ordered. */
async function nothingOf(
  finding: Finding,
  input: MakeProposalInput,
  ports: MakeProposalPorts,
): Promise<AdjustmentSelection> {
  const { items } = await selectFrom(finding, input, ports);
  const none = items.map((item) => ({ ...item, amount: null }));
  return { lines: [], total: zero(finding.impact.asset), leftOut: [], items: none };
}

/** One paragraph, written by code: what will be done, for how much, and what is left out and why. */
function summaryOf(
  finding: Finding,
  settled: SettledRemedy,
  selection: AdjustmentSelection,
  rules: RemedyRules,
): string {
  const accounts = new Set(selection.lines.map((line) => line.accountId)).size;
  const verb = finding.direction === 'under-charged' ? 'Charge' : 'Credit';
  const action =
    selection.lines.length === 0
      ? 'Open a ticket; no bill is changed.'
      : `${verb} ${selection.lines.length} items on ${accounts} accounts, ${amountText(selection.total)} in total, and open a ticket.`;
  const left = selection.leftOut.map(({ reason, count, total, cases }) => {
    const limit =
      reason === 'back-bill-limit' ? ` of ${rules.backBillDays} days` : cases.map((id) => ` ${id}`).join(',');
    return `Left out: ${count} items (${amountText(total)}) ${LEFT_OUT_REASONS[reason]}${limit}.`;
  });
  const note = settled.note === null ? [] : [`${settled.note}.`];
  return [finding.title, action, ...left, ...note].join(' ');
}

const amountText = (amount: Money): string => `${amount.asset.slice(0, 3)} ${decimalString(amount)}`;
