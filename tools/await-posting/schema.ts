import { z } from 'zod';

/** Called by the state machine with `.waitForTaskToken`; the next bill run resumes the execution. */
export const awaitPostingInput = z.strictObject({
  caseId: z.string().min(1),
  taskToken: z.string().min(1),
});
export type AwaitPostingInput = z.infer<typeof awaitPostingInput>;

/** What the Lambda returns. Step Functions ignores it: the state's result is sent with the token. */
export const awaitPostingOutput = z.strictObject({ caseId: z.string(), waitingFor: z.literal('posting') });
export type AwaitPostingOutput = z.infer<typeof awaitPostingOutput>;
