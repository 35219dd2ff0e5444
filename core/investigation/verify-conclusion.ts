import type { AgentConclusion, Hypothesis, HypothesisQuery, RemovedClaim } from '#core/domain/case.ts';
import type { Json } from '#core/domain/hash.ts';
import { checkClaims, type FactsById, whyTextUnsupported } from './check-claims.ts';
import type { EvidenceFacts } from './facts.ts';
import { repeatsForeign } from './foreign-text.ts';

/** A conclusion in which every figure is borne out by the evidence, with what was taken out of it. */
export interface VerifiedConclusion extends AgentConclusion {
  readonly removed: readonly RemovedClaim[];
}

/** What stands in place of a cause that the evidence does not bear out. */
export const CAUSE_NOT_BORNE_OUT =
  'cause not found: the evidence does not bear out the cause that was stated';
/** What stands in place of a ticket text of which nothing was left. */
const TICKET_NOT_BORNE_OUT = 'See the case: no sentence of the drafted text was borne out by the evidence.';

/**
 * Checks everything that an agent says. Verdicts on hypotheses need the reply to the query that would refute them, else
 * they are undecided. Claims and hypotheses are checked against the evidence that they cite;
 * cause, change and ticket, which cite nothing, against all evidence of the case. What is not borne out is removed
 * and listed; nothing else changes. `foreign` are texts of outsiders: cause and ticket may quote them, and not say them as
 * if they were the agent's. A cause that is not borne out, or whose change is in no evidence, is not found.
 */
export function verifyConclusion(
  conclusion: AgentConclusion,
  known: FactsById,
  namesOfTheCase: readonly string[],
  foreign: readonly string[] = [],
): VerifiedConclusion {
  const all = [...known.values(), factsOfNames(namesOfTheCase)];
  const removed: RemovedClaim[] = [];
  const remove = (text: string, evidenceIds: readonly string[], reason: string) =>
    removed.push({ text, evidenceIds, reason });

  const claims = checkClaims(conclusion.claims, known);
  removed.push(...claims.removed);
  const hypotheses = conclusion.hypotheses.flatMap((hypothesis) => {
    const reason = whyHypothesisUnsupported(hypothesis, known);
    const untested = reason ?? whyUntested(hypothesis, known);
    if (untested === undefined) return [hypothesis];
    remove(hypothesis.test, hypothesis.evidenceIds, `hypothesis: ${untested}`);
    // What is true and merely untested stays, as what it is: considered, and not decided.
    return reason === undefined ? [{ ...hypothesis, verdict: 'undecided' as const }] : [];
  });
  const { changeId } = conclusion;
  const changeKnown = changeId === null || whyTextUnsupported(`"${changeId}"`, all) === undefined;
  if (!changeKnown) remove(changeId, [], 'change: it does not stand in any evidence of the case');
  const causeReason = repeatsForeign(conclusion.cause, foreign) ?? whyTextUnsupported(conclusion.cause, all);
  if (causeReason !== undefined) remove(conclusion.cause, [], `cause: ${causeReason}`);
  const causeStands = changeKnown && causeReason === undefined;
  const name = keepSentences(conclusion.ticket.name, all, foreign, remove);
  const description = keepSentences(conclusion.ticket.description, all, foreign, remove);
  return {
    ...conclusion,
    causeFound: conclusion.causeFound && causeStands,
    cause: causeStands ? conclusion.cause : CAUSE_NOT_BORNE_OUT,
    hypotheses,
    claims: claims.kept,
    changeId: changeKnown ? changeId : null,
    ticket: {
      name: name === '' ? `Revenue assurance case ${namesOfTheCase[0] ?? ''}`.trim() : name,
      description: description === '' ? TICKET_NOT_BORNE_OUT : description,
    },
    removed,
  };
}

function whyHypothesisUnsupported(hypothesis: Hypothesis, known: FactsById): string | undefined {
  const unknown = hypothesis.evidenceIds.find((id) => !known.has(id));
  if (unknown !== undefined) return `evidence ${unknown} does not exist in this case`;
  if (hypothesis.verdict === 'supported' && hypothesis.evidenceIds.length === 0)
    return 'it cites no evidence';
  const cited = hypothesis.evidenceIds.flatMap((id) => known.get(id) ?? []);
  return whyTextUnsupported(hypothesis.cause, cited) ?? whyTextUnsupported(hypothesis.test, cited);
}

/**
 * Why a verdict does not stand: a cause is supported or rejected by the reply to a query that it names. Undefined where
 * it does, and for what is undecided.
 */
function whyUntested({ verdict, refutedBy, evidenceIds }: Hypothesis, known: FactsById): string | undefined {
  if (verdict === 'undecided') return undefined;
  if (refutedBy === undefined) return 'it names no query that would refute it, so it is undecided';
  const answers = evidenceIds.some((id) => answersTo(refutedBy, known.get(id)?.asked));
  if (answers) return undefined;
  return `no evidence that it cites is the reply of ${refutedBy.tool} to "${refutedBy.question}", so it is undecided`;
}

/** True when a reply is that of the query: the tool, the closed question (or subject, or clause), and the records. */
function answersTo(query: HypothesisQuery, asked: EvidenceFacts['asked']): boolean {
  if (asked === undefined || asked.tool !== query.tool) return false;
  const { input } = asked;
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return false;
  const { question, subject, clauseType, within } = input as Readonly<Record<string, Json>>;
  const isQuestion = [question, subject, clauseType].some((said) => said === query.question);
  return isQuestion && selectors(within) === selectors(query.within);
}

/** `zone=eu; service=data` and `service=data;zone=eu` select the same records. */
function selectors(within: Json | undefined): string {
  const parts = typeof within === 'string' ? within.split(';') : [];
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .sort()
    .join(';');
}

/** The text without the sentences that are not borne out. Line breaks stay where they were. */
function keepSentences(
  text: string,
  all: readonly EvidenceFacts[],
  foreign: readonly string[],
  remove: (text: string, evidenceIds: readonly string[], reason: string) => void,
): string {
  const kept = text.split(/(?<=[.!?])(?=\s)|(?=\n)/).filter((sentence) => {
    const reason = repeatsForeign(sentence, foreign) ?? whyTextUnsupported(sentence, all);
    if (reason !== undefined) remove(sentence.trim(), [], `ticket: ${reason}`);
    return reason === undefined;
  });
  return kept.length === 0 ? '' : kept.join('').trim();
}

/** The case's own names may be said without evidence. */
function factsOfNames(names: readonly string[]): EvidenceFacts {
  const nothing = new Set<string>();
  return {
    outside: {
      numbers: new Map(),
      dates: nothing,
      instants: nothing,
      texts: names,
      firsts: nothing,
      lasts: nothing,
      counts: new Map(),
      shares: [],
    },
    lists: [],
    direction: undefined,
    grain: undefined,
  };
}
