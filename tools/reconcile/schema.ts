import { z } from 'zod';
import { DATASET_NAMES } from '#core/domain/datasets.ts';
import { PARTITION_KINDS } from '#core/domain/run.ts';

const dataset = z.enum(DATASET_NAMES);

/** What reconcile is called with: one PartitionPlan of the plan file, unchanged. */
export const reconcileInput = z.strictObject({
  runId: z.string().min(1),
  partitionId: z.string().min(1),
  kind: z.enum(PARTITION_KINDS),
  period: z.string().min(1),
  dt: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  bucket: z.int().nonnegative(),
  controls: z.array(z.string()),
  files: z.array(
    z.strictObject({ dataset, path: z.string(), rows: z.int().nonnegative(), sha256: z.string() }),
  ),
  missing: z.array(z.strictObject({ dataset, slots: z.array(z.string()) })),
});
export type ReconcileInput = z.infer<typeof reconcileInput>;

/** A pointer to what was written, with counts; never the data itself. */
export const reconcileOutput = z.strictObject({
  partitionId: z.string(),
  /** Key of `result.json` in the run store. */
  resultKey: z.string(),
  sessions: z.int().nonnegative(),
  violations: z.int().nonnegative(),
  digest: z.string(),
});
export type ReconcileOutput = z.infer<typeof reconcileOutput>;
