import { z } from 'zod';
import { CASE_STATUSES } from '#core/domain/case.ts';

/** What open-case is called with: one finding of `findings.json` of a run. */
export const openCaseInput = z.strictObject({
  findingId: z.string().regex(/^f-[0-9a-f]{16}$/),
  runId: z.string().min(1),
});
export type OpenCaseInput = z.infer<typeof openCaseInput>;

export const openCaseOutput = z.strictObject({
  caseId: z.string(),
  caseVersion: z.int().positive(),
  status: z.enum(CASE_STATUSES),
  change: z.enum(['opened', 'updated', 'unchanged']),
  /** False where a person has decided or the case is closed: no investigation is to be started then. */
  investigate: z.boolean(),
  findingId: z.string(),
  runId: z.string(),
});
export type OpenCaseOutput = z.infer<typeof openCaseOutput>;
