import { z } from 'zod';
import type { Claim, Evidence, RemovedClaim } from '#core/domain/case.ts';
import { checkClaims, factsById } from './check-claims.ts';

/** What the assistant answers to a question. */
export interface Answer {
  /** False where it does not know what is meant, or the question is not its business. */
  readonly understood: boolean;
  readonly claims: readonly Claim[];
  /** A command that shows more, or that does what was asked for and no agent may do. */
  readonly next: string | null;
  readonly answeredBy: string;
}

/** The form of it. Anything else is not an answer. */
export const answerSchema: z.ZodType<Answer> = z.strictObject({
  understood: z.boolean(),
  claims: z
    .array(
      z.strictObject({
        text: z.string().min(1).max(2_000),
        evidenceIds: z.array(z.string().max(40)).max(20),
      }),
    )
    .max(40),
  next: z.string().max(200).nullable(),
  answeredBy: z.string().min(1).max(200),
});

/** An answer in which every sentence is borne out, with what was taken out of it. */
export interface VerifiedAnswer extends Answer {
  readonly removed: readonly RemovedClaim[];
}

/** Commands that an answer may point to, with ids as their only arguments. */
const COMMAND =
  /^plumbline (?:cases (?:list|show|approve|reject|records)|explain|controls (?:list|show|test)|runs (?:list|show|diff)|kpis(?: show)?|doctor|verify|feeds|ingest|evidence show|contracts (?:find|terms)|run usage-reconciliation)(?: (?:--[a-z-]+|[\w.:@-]{1,120})){0,4}$/;

/** Removes from an answer each sentence that the evidence it cites does not bear out, and a command that is none. */
export function verifyAnswer(answer: Answer, evidence: readonly Evidence[]): VerifiedAnswer {
  const { kept, removed } = checkClaims(answer.claims, factsById(evidence));
  const next = answer.next !== null && COMMAND.test(answer.next) ? answer.next : null;
  return { ...answer, claims: kept, next, removed };
}
