import { partitionKey } from '#core/domain/run.ts';
import type { EnginePorts } from '#core/reconcile/engine-ports.ts';
import { reconcilePartition } from '#core/reconcile/reconcile-partition.ts';
import type { ReconcileInput, ReconcileOutput } from './schema.ts';

/** Reconciles one partition of a plan and points to its result. Idempotent. */
export async function reconcile(input: ReconcileInput, ports: EnginePorts): Promise<ReconcileOutput> {
  const { partitionId, conservation, violations, digest } = await reconcilePartition(input, ports);
  const resultKey = partitionKey(input.runId, partitionId, 'result');
  return { partitionId, resultKey, sessions: conservation.sessions, violations, digest };
}
