import { z } from 'zod';

export const verifyRemediationInput = z.strictObject({
  caseId: z.string().min(1),
  runId: z.string().min(1),
  /** Number of this try, from 1: a retried call of the same attempt changes nothing twice. */
  attempt: z.int().positive(),
});
export type VerifyRemediationInput = z.infer<typeof verifyRemediationInput>;

const money = z.strictObject({ minor: z.string(), asset: z.string() });

export const verifyRemediationOutput = z.strictObject({
  caseId: z.string(),
  caseVersion: z.int().positive(),
  attempt: z.int().positive(),
  /** True when every approved adjustment was seen to close its gap, and when there was none to see. */
  allMoved: z.boolean(),
  /** Recovered so far, over all attempts. */
  moved: money,
  /** Approved and not yet seen to move. */
  remaining: money,
  items: z.int().nonnegative(),
  movedItems: z.int().nonnegative(),
});
export type VerifyRemediationOutput = z.infer<typeof verifyRemediationOutput>;
