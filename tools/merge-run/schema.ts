import { z } from 'zod';

/** What merge-run is called with, after every partition of the plan has been reconciled. */
export const mergeRunInput = z.strictObject({
  runId: z.string().min(1),
  /** A finding is material from this amount of money on, in either direction; decimal, run currency. */
  materialFrom: z
    .string()
    .regex(/^\d+(\.\d{1,6})?$/)
    .default('25.00'),
  /** Largest number of finding ids in the answer. */
  maxFindings: z.int().min(1).max(1000).default(200),
});
export type MergeRunInput = z.input<typeof mergeRunInput>;

export const mergeRunOutput = z.strictObject({
  runId: z.string(),
  period: z.string(),
  manifestKey: z.string(),
  findingsKey: z.string(),
  digest: z.string(),
  violations: z.int().nonnegative(),
  findings: z.int().nonnegative(),
  materialFindings: z.int().nonnegative(),
  /** Ids of material findings, largest amount first, at most maxFindings. */
  findingIds: z.array(z.string()),
  /** True when there are more material findings than ids here; findings.json has them all. */
  truncated: z.boolean(),
});
export type MergeRunOutput = z.infer<typeof mergeRunOutput>;
