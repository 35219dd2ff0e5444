import { z } from 'zod';

/** Called by the state machine with `.waitForTaskToken`; the token resumes the execution after the decision. */
export const requestApprovalInput = z.strictObject({
  caseId: z.string().min(1),
  proposalHash: z.string().regex(/^[0-9a-f]{64}$/),
  taskToken: z.string().min(1),
});
export type RequestApprovalInput = z.infer<typeof requestApprovalInput>;

/** What the Lambda returns. Step Functions ignores it: the state's result is `approvalResult`, sent with the token. */
export const requestApprovalOutput = z.strictObject({
  caseId: z.string(),
  caseVersion: z.int().positive(),
  proposalHash: z.string(),
  requestedAt: z.string(),
});
export type RequestApprovalOutput = z.infer<typeof requestApprovalOutput>;

/** The output of SendTaskSuccess, and so the result of the waiting state: `verdict` decides where to go. */
export const approvalResult = z.strictObject({
  caseId: z.string(),
  proposalHash: z.string(),
  decisionId: z.string(),
  verdict: z.enum(['approved', 'rejected']),
  reason: z.string(),
  decidedBy: z.string(),
  decidedAt: z.string(),
});
export type ApprovalResult = z.infer<typeof approvalResult>;
