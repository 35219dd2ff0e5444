import { userInfo } from 'node:os';
import { decide, settle } from '#apps/host/decisions.ts';
import { requireUnchanged } from '#apps/host/unchanged.ts';
import { openHost } from '#apps/host.ts';
import { DECISION_REASONS, type Decision, type DecisionReason } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { type CommandResult, type Invocation, textOption } from './command.ts';
import { findCase } from './find-case.ts';
import { showMoney } from './format.ts';
import type { Output } from './output.ts';
import { lastShown, type Shown } from './show-case.ts';

/** Carries a person's decision to the one place that records decisions, and lets the execution go on. */
export async function decideInCli(
  verdict: Decision['verdict'],
  invocation: Invocation,
  output: Output,
): Promise<CommandResult> {
  const caseId = invocation.args.case ?? '';
  const { reason, comment } = reasonOf(textOption(invocation, 'reason') ?? '', verdict);
  const host = await openHost({ home: invocation.home });
  try {
    const found = await findCase(host.stores, caseId);
    const shown = await shownOf(invocation, caseId);
    const decidedBy = textOption(invocation, 'by') ?? process.env.PLUMBLINE_USER ?? userInfo().username;
    if (verdict === 'approved') await requireUnchanged(host.stores, found, shown.proposalHash);
    const decision = await decide(host, { caseId, verdict, reason, comment, decidedBy, ...shown });
    output.progress(verdict, `${caseId} by ${decidedBy}`);
    const after = await settle(host, caseId);
    output.print(
      `${caseId} ${verdict} by ${decidedBy}: now ${after.resolution ?? after.status}, confirmed ${showMoney(after.money.confirmed)}.`,
    );
    if (after.status === 'remedying') {
      output.print('The orders are in the outbox. The money counts as recovered when billed items show it.');
      output.print('Next: plumbline ingest <billed items> --as billed');
    }
    return { data: { decision, case: after } };
  } finally {
    await host.close();
  }
}

/** `false-positive: planned` is a reason and a comment; plain words get the verdict's usual reason. */
function reasonOf(text: string, verdict: Decision['verdict']): { reason: DecisionReason; comment: string } {
  const match = /^([a-z-]+)(?::\s*(.*))?$/s.exec(text.trim());
  const reason = DECISION_REASONS.find((candidate) => candidate === match?.[1]);
  if (reason) return { reason, comment: match?.[2] ?? '' };
  return {
    reason: verdict === 'approved' ? 'evidence-sufficient' : 'cause-not-proved',
    comment: text.trim(),
  };
}

async function shownOf(invocation: Invocation, caseId: string): Promise<Shown> {
  const noted = await lastShown(invocation.home, caseId);
  const proposalHash = textOption(invocation, 'proposal') ?? noted?.proposalHash;
  const version = textOption(invocation, 'caseVersion') ?? noted?.caseVersion;
  if (proposalHash !== undefined && version !== undefined)
    return { proposalHash, caseVersion: Number(version) };
  throw new PlumblineError('ProposalMismatch', {
    what: `The proposal of ${caseId} has not been shown to you`,
    why: 'a decision binds to exactly what was shown',
    next: `plumbline cases show ${caseId}`,
  });
}
