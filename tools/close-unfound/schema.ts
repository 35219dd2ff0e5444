import { z } from 'zod';

/** Cases named in the output; more are closed and only counted. */
export const NAMED_CASES = 100;

export const closeUnfoundInput = z.strictObject({ runId: z.string().min(1) });
export type CloseUnfoundInput = z.infer<typeof closeUnfoundInput>;

export const closeUnfoundOutput = z.strictObject({
  runId: z.string(),
  /** Cases whose finding this run does not have any more, and which therefore ended. */
  closed: z.int().nonnegative(),
  /** Of these, those that late records alone explain. */
  explainedByTiming: z.int().nonnegative(),
  caseIds: z.array(z.string()).max(NAMED_CASES),
});
export type CloseUnfoundOutput = z.infer<typeof closeUnfoundOutput>;
