import type { AgentConclusion, Evidence, Proposal } from '#core/domain/case.ts';
import { canonicalJson, type Json, sha256 } from '#core/domain/hash.ts';
import type { CaseVerdict } from './verdict.ts';

/**
 * One record of Bedrock's supervised fine-tuning for conversations: a line of JSON Lines.
 * Source: Amazon Bedrock User Guide, "Prepare data for fine-tuning", schema `bedrock-conversation-2024`.
 */
export interface TuningRecord {
  readonly schemaVersion: 'bedrock-conversation-2024';
  readonly system: readonly { readonly text: string }[];
  readonly messages: readonly {
    readonly role: 'user' | 'assistant';
    readonly content: readonly { readonly text: string }[];
  }[];
}

/** A case that was decided, as far as a record is made of it. */
export interface TuningCase {
  readonly caseId: string;
  readonly findingId: string;
  readonly title: string;
  readonly proposal: Proposal;
  readonly evidence: readonly Evidence[];
  readonly verdict: CaseVerdict;
}

/** Why a case gives no record. */
export type LeftOut = 'cause-wrong' | 'cause-unclear' | 'no-evidence' | 'too-long';

export interface TuningExport {
  /** JSON Lines, one record each, in the order of the cases' ids. */
  readonly training: string;
  /** The cases that are held back: the same form, to evaluate on, never to train on. */
  readonly heldBack: string;
  readonly counts: { readonly training: number; readonly heldBack: number };
  readonly leftOut: Readonly<Partial<Record<LeftOut, number>>>;
}

/** One in this many cases is held back. */
const HELD_BACK_ONE_IN = 5;

/** Characters of one record: about 30,000 tokens, which every model that can be tuned takes. */
const LONGEST = 100_000;

/**
 * Records of the cases whose cause an analyst found right, and of false positives with the answer that would have
 * been right: that there is no cause. `tokenise` must replace every subscriber identifier; it sees the whole record.
 * Which cases are held back depends on the finding alone, so a case never moves from one side to the other.
 */
export function tuningExport(
  cases: readonly TuningCase[],
  instruction: string,
  tokenise: (text: string, caseId: string) => string,
): TuningExport {
  const lines = { training: [] as string[], heldBack: [] as string[] };
  const leftOut: Partial<Record<LeftOut, number>> = {};
  for (const item of [...cases].sort((a, b) => (a.caseId < b.caseId ? -1 : 1))) {
    const made = recordOf(item, instruction);
    const line = typeof made === 'string' ? undefined : tokenise(JSON.stringify(made), item.caseId);
    const reason =
      typeof made === 'string' ? made : line !== undefined && line.length > LONGEST ? 'too-long' : null;
    if (reason !== null || line === undefined) {
      const why = reason ?? 'too-long';
      leftOut[why] = (leftOut[why] ?? 0) + 1;
      continue;
    }
    lines[isHeldBack(item.findingId) ? 'heldBack' : 'training'].push(line);
  }
  const text = (all: readonly string[]) => all.map((line) => `${line}\n`).join('');
  return {
    training: text(lines.training),
    heldBack: text(lines.heldBack),
    counts: { training: lines.training.length, heldBack: lines.heldBack.length },
    leftOut,
  };
}

/** True for the findings that evaluation is done on. */
export function isHeldBack(findingId: string): boolean {
  return Number.parseInt(sha256(findingId).slice(0, 8), 16) % HELD_BACK_ONE_IN === 0;
}

/** What a model is asked in one turn: the finding, and all that the tools showed. */
export function questionOf(title: string, evidence: readonly Evidence[]): string {
  const shown = evidence.map(({ evidenceId, tool, input, content }) =>
    canonicalJson({ evidenceId, tool, input, reply: content }),
  );
  return `The control says: ${JSON.stringify(title)}\nThe tools replied:\n${shown.join('\n')}`;
}

function recordOf(item: TuningCase, instruction: string): TuningRecord | LeftOut {
  const { verdict, proposal, evidence } = item;
  if (evidence.length === 0) return 'no-evidence';
  if (verdict.cause === 'unclear') return 'cause-unclear';
  if (verdict.cause === 'wrong' && !verdict.falsePositive) return 'cause-wrong';
  const answer = verdict.cause === 'right' ? rightAnswer(proposal) : noCause(proposal);
  return {
    schemaVersion: 'bedrock-conversation-2024',
    system: [{ text: instruction }],
    messages: [
      { role: 'user', content: [{ text: questionOf(item.title, evidence) }] },
      { role: 'assistant', content: [{ text: JSON.stringify(answer) }] },
    ],
  };
}

/** The answer as it stood after the check: only claims that the evidence bears out. */
function rightAnswer(proposal: Proposal): Json {
  const conclusion: Omit<AgentConclusion, 'answeredBy'> = {
    causeFound: true,
    cause: proposal.cause,
    hypotheses: proposal.hypotheses,
    claims: proposal.explanation.claims,
    remedy: proposal.remedy,
    ticket: proposal.ticket,
    changeId: proposal.changeId,
  };
  return { ...conclusion, answeredBy: 'investigator' } as unknown as Json;
}

function noCause(proposal: Proposal): Json {
  const rejected = proposal.hypotheses.map((hypothesis) => ({ ...hypothesis, verdict: 'rejected' as const }));
  return {
    causeFound: false,
    cause: 'cause not found',
    hypotheses: rejected,
    claims: proposal.explanation.claims,
    remedy: 'ticket-only',
    ticket: proposal.ticket,
    changeId: null,
    answeredBy: 'investigator',
  } as unknown as Json;
}
