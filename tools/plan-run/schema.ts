import { z } from 'zod';

/** What plan-run is called with. */
export const planRunInput = z.strictObject({
  /** Name of the state machine that asks; part of the run's identity. */
  stateMachine: z.string().min(1).default('usage-reconciliation'),
  /** `YYYY-MM` or `YYYY-MM-DD`. */
  period: z.string().regex(/^\d{4}-\d{2}(-\d{2})?$/),
  /** Ids of the controls to run; default: all that are registered. */
  controls: z.array(z.string()).min(1).optional(),
});
export type PlanRunInput = z.input<typeof planRunInput>;

export const planRunOutput = z.strictObject({
  /** The same for the same state machine, period, input files and rule versions. */
  runId: z.string(),
  period: z.string(),
  /** Key in the run store of the plan: a JSON array with one PartitionPlan per item. */
  planKey: z.string(),
  partitions: z.int().nonnegative(),
});
export type PlanRunOutput = z.infer<typeof planRunOutput>;
