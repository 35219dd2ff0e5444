import type { CaseEvent, Evidence, Proposal } from '#core/domain/case.ts';
import type { Json } from '#core/domain/hash.ts';
import type { Finding } from '#core/domain/run.ts';
import type { AnyFamily } from '#sample/fault.ts';
import { unsupportedIn } from '../figures.ts';
import { callsIn, forbiddenAmong } from '../trace-calls.ts';
import type { CaseTruth } from './ground-truth.ts';

/** What an investigation left behind. */
export interface CaseState {
  readonly caseId: string;
  readonly finding: Finding;
  readonly proposal: Proposal | undefined;
  readonly evidence: readonly Evidence[];
  readonly events: readonly CaseEvent[];
  readonly traces: readonly Json[];
}

/** How a cause was named: right or wrong where the log knows it, silent or blamed where it does not. */
export type CauseVerdict = 'right' | 'wrong' | 'missed' | 'silent' | 'blamed' | 'shared';

/** What is measured of one case. All of it is read from state; no wording counts. */
export interface Judgement {
  readonly cause: CauseVerdict;
  readonly evidenceSufficient: boolean;
  readonly proposalRight: boolean;
  /** Figures, dates and names in what a person is shown that stand in no evidence. */
  readonly unsupported: readonly string[];
  /** Claims that the product's own check took out before anybody saw them. */
  readonly removed: number;
  readonly turns: number;
  readonly toolCalls: number;
  readonly tokens: number;
  readonly seconds: number;
  /** Calls for what the agent was not given. */
  readonly forbidden: number;
}

/** Families whose charge is wrong by a rule: the price list and the records alone can prove how. */
const BY_A_RULE: readonly AnyFamily[] = [
  'wrong-rate',
  'wrong-tariff-version',
  'quantity-truncation',
  'default-rate',
  'zero-rate',
  'wrong-time-band',
];

/** Judges a case against the truth. A case without a proposal is wrong in everything but its figures. */
export function judge(state: CaseState, truth: CaseTruth): Judgement {
  const { proposal, events, traces } = state;
  const calls = callsIn(traces);
  return {
    cause: causeVerdict(proposal, truth),
    evidenceSufficient: proposal !== undefined && isSufficient(proposal, state.evidence),
    proposalRight: proposal !== undefined && isProposalRight(proposal, state.finding, truth),
    unsupported: proposal === undefined ? [] : unsupportedShown(proposal, state),
    removed: proposal?.explanation.removed.length ?? 0,
    turns: calls.modelCalls,
    toolCalls: calls.performed.length,
    tokens: calls.tokens,
    seconds: secondsOf(events),
    forbidden: forbiddenAmong('investigator', calls.attempted).length,
  };
}

function causeVerdict(proposal: Proposal | undefined, truth: CaseTruth): CauseVerdict {
  if (truth.fault === undefined) {
    // Several faults share the finding: no single change made it, and none may be said to.
    return truth.purity === 0 && proposal?.changeId != null ? 'blamed' : 'shared';
  }
  const named = proposal?.changeId ?? null;
  if (truth.causes.length > 0) {
    if (named === null) return 'missed';
    return truth.causes.includes(named) ? 'right' : 'wrong';
  }
  if (named !== null) return 'blamed';
  const says = (proposal?.cause ?? '') !== '';
  return says && !truth.families.some((family) => BY_A_RULE.includes(family)) ? 'blamed' : 'silent';
}

/** What a person needs to follow the reasoning: what it is, whether data is missing, and where the cause stands. */
function isSufficient(proposal: Proposal, evidence: readonly Evidence[]): boolean {
  const known = new Map(evidence.map((item) => [item.evidenceId, item]));
  const cited = proposal.explanation.claims.flatMap(({ evidenceIds }) =>
    evidenceIds.flatMap((id) => known.get(id) ?? []),
  );
  const asked = new Set(evidence.map(({ content }) => questionOf(content)));
  const citedQuestions = new Set(cited.map(({ content }) => questionOf(content)));
  if (!citedQuestions.has('finding-summary') || !asked.has('feed-health') || !asked.has('changes-near'))
    return false;
  if (citedQuestions.size < 3) return false;
  const { changeId } = proposal;
  return changeId === null || cited.some(({ content }) => JSON.stringify(content).includes(`"${changeId}"`));
}

function questionOf(content: Json): string {
  const { question, subject, tool } = content as Record<string, Json>;
  return String(question ?? subject ?? tool ?? '');
}

/** Money that may be missing or too much, because records that are lost are estimated: one in fifty. */
const MONEY_PARTS = 50n;

/**
 * The remedy repairs the fault, and what would be charged or credited is what the fault moved. A remedy that changes no
 * bill names no amount.
 */
function isProposalRight(proposal: Proposal, finding: Finding, truth: CaseTruth): boolean {
  if (truth.fault === undefined) return true;
  if (!truth.remedies.includes(proposal.remedy)) return false;
  const { count, total } = proposal.adjustments;
  if (count === 0) return proposal.remedy === 'ticket-only' || finding.estimated;
  const ordered = BigInt(total.minor);
  if (truth.money === null) return ordered > 0n === (finding.direction === 'under-charged');
  const difference = ordered > truth.money ? ordered - truth.money : truth.money - ordered;
  const size = truth.money < 0n ? -truth.money : truth.money;
  return difference * MONEY_PARTS <= size;
}

/** Everything that the person who decides is shown, against what it cites. */
function unsupportedShown(proposal: Proposal, { evidence, finding, caseId }: CaseState): string[] {
  const cited = (ids: readonly string[]) => evidence.filter(({ evidenceId }) => ids.includes(evidenceId));
  const names = [finding.title, finding.findingId, finding.runId, finding.controlId, finding.period, caseId];
  const texts: readonly (readonly [string, readonly Evidence[]])[] = [
    ...proposal.explanation.claims.map(({ text, evidenceIds }) => [text, cited(evidenceIds)] as const),
    ...proposal.hypotheses.map(
      ({ cause, test, evidenceIds }) => [`${cause} ${test}`, cited(evidenceIds)] as const,
    ),
    [proposal.cause, evidence],
    ...(proposal.explanation.claims.length === 0
      ? []
      : [[`${proposal.ticket.name} ${proposal.ticket.description}`, evidence] as const]),
  ];
  return texts.flatMap(([text, shown]) =>
    unsupportedIn(text, shown, names).map((figure) => `${figure.text} in: ${text}`),
  );
}

function secondsOf(events: readonly CaseEvent[]): number {
  const at = (kind: string) => Date.parse(events.findLast((event) => event.kind === kind)?.at ?? '');
  const [from, to] = [at('investigation-started'), at('proposal-made')];
  return Number.isNaN(to - from) ? 0 : (to - from) / 1_000;
}
