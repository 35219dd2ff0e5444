import { z } from 'zod';

/** What the state machine asks for: records of every judged case, to tune this agent's model on. */
export const exportTuningRecordsInput = z.strictObject({
  agentName: z.string().min(1).max(100),
});
export type ExportTuningRecordsInput = z.infer<typeof exportTuningRecordsInput>;

/** Where the records are and how many. Records themselves never travel through the state machine. */
export const exportTuningRecordsOutput = z.strictObject({
  trainingKey: z.string(),
  heldBackKey: z.string(),
  /** First 12 hex digits of the hash of both files: names the job and the model. */
  version: z.string().regex(/^[0-9a-f]{12}$/),
  training: z.int().nonnegative(),
  heldBack: z.int().nonnegative(),
  leftOut: z.record(z.string(), z.int().positive()),
});
export type ExportTuningRecordsOutput = z.infer<typeof exportTuningRecordsOutput>;
