import { z } from 'zod';

/** What the state machine hands over: the case, and the conclusion of an agent (AgentConclusion). */
export const verifyExplanationInput = z.strictObject({
  caseId: z.string().min(1).max(60),
  conclusion: z.record(z.string(), z.unknown()),
});
export type VerifyExplanationInput = z.infer<typeof verifyExplanationInput>;

/** The conclusion as checked: `removed` holds what the evidence does not bear out, each with its reason. */
export const verifyExplanationOutput = z.strictObject({
  conclusion: z.record(z.string(), z.unknown()),
  /** Claims that are borne out. */
  kept: z.int().nonnegative(),
  /** Sentences that were removed: claims, hypotheses, sentences of the ticket, a cause, a change id. */
  removed: z.int().nonnegative(),
});
export type VerifyExplanationOutput = z.infer<typeof verifyExplanationOutput>;
