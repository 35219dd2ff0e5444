import { z } from 'zod';

export const applyRemediationInput = z.strictObject({
  caseId: z.string().min(1),
  decisionId: z.string().min(1),
  proposalHash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type ApplyRemediationInput = z.infer<typeof applyRemediationInput>;

export const applyRemediationOutput = z.strictObject({
  caseId: z.string(),
  caseVersion: z.int().positive(),
  proposalHash: z.string(),
  /** Idempotency keys of the messages in the outbox, ticket first. */
  messages: z.array(z.string()).readonly(),
  /** Adjustments in them. */
  adjustments: z.int().nonnegative(),
});
export type ApplyRemediationOutput = z.infer<typeof applyRemediationOutput>;
