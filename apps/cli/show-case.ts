import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Case, CaseEvent, Decision, Proposal } from '#core/domain/case.ts';
import { showCount, showMoney } from './format.ts';

/** What `cases show` put before a person: the proposal and the version of the case. A decision binds to it. */
export interface Shown {
  readonly proposalHash: string;
  readonly caseVersion: number;
}

/** A case with what belongs on its page. */
export interface CasePage {
  readonly case: Case;
  readonly proposal: Proposal | undefined;
  readonly events: readonly CaseEvent[];
  readonly decisions: readonly Decision[];
}

/** Remembers what was shown, in the data folder. */
export async function noteShown(home: string, shown: Case, proposal: Proposal): Promise<void> {
  await mkdir(join(home, 'shown'), { recursive: true });
  const note: Shown = { proposalHash: proposal.proposalHash, caseVersion: shown.version };
  await writeFile(shownFile(home, shown.caseId), JSON.stringify(note));
}

/** What was last shown of a case, or undefined where it never was. */
export async function lastShown(home: string, caseId: string): Promise<Shown | undefined> {
  try {
    return JSON.parse(await readFile(shownFile(home, caseId), 'utf8'));
  } catch {
    return undefined;
  }
}

function shownFile(home: string, caseId: string): string {
  return join(home, 'shown', `${encodeURIComponent(caseId)}.json`);
}

/** The page of a case as lines of text. */
export function caseLines(page: CasePage): string[] {
  const { case: item, proposal } = page;
  const states = ['potential', 'confirmed', 'recovered', 'unrecoverable'] as const;
  return [
    `${item.caseId}  ${item.title}`,
    '',
    `status      ${item.status}${item.resolution ? ` (${item.resolution})` : ''}, version ${item.version}, control ${item.controlId}, run ${item.runId}`,
    `money       ${states.map((state) => `${state} ${showMoney(item.money[state])}`).join(', ')}`,
    '',
    ...(proposal ? proposalLines(proposal) : ['No proposal yet.']),
    '',
    'History',
    ...page.events.map((event) => `  ${event.at.slice(0, 19)}Z  ${event.kind.padEnd(23)} ${event.actor}`),
    ...page.decisions.map((d) => `  ${d.verdict} by ${d.decidedBy} (${d.reason}): ${d.comment}`),
    ...(item.status === 'awaiting-decision'
      ? [
          '',
          `Next: plumbline cases approve ${item.caseId} --reason "…"   or   plumbline cases reject ${item.caseId} --reason "…"`,
        ]
      : []),
  ];
}

/** What a person is asked to approve, with what the check removed. */
export function proposalLines(proposal: Proposal): string[] {
  const { claims, removed } = proposal.explanation;
  return [
    `Proposal    ${proposal.remedy} by ${proposal.proposedBy}, hash ${proposal.proposalHash.slice(0, 16)}`,
    `  ${proposal.summary}`,
    `Cause       ${proposal.cause === '' ? 'not found' : proposal.cause}${proposal.changeId ? ` (change ${proposal.changeId})` : ''}`,
    `Sends       ${
      proposal.adjustments.count === 0
        ? 'a trouble ticket, no adjustments'
        : `${showCount(proposal.adjustments.count)} adjustments, in total ${showMoney(proposal.adjustments.total)} to customers' accounts, and a trouble ticket "${proposal.ticket.name}"`
    }`,
    '',
    'Why',
    ...claims.map((claim) => `  • ${claim.text}  [${claim.evidenceIds.join(', ')}]`),
    ...(removed.length === 0
      ? ['  Every claim was borne out by its evidence.']
      : [
          `  ${removed.length} claims were removed because their evidence does not bear them out:`,
          ...removed.map((claim) => `  ✗ ${claim.text} (${claim.reason})`),
        ]),
    '',
    'Considered',
    ...proposal.hypotheses.map(
      (h) => `  ${h.verdict.padEnd(9)}  ${h.cause}: ${h.test}  [${h.evidenceIds.join(', ')}]`,
    ),
  ];
}
