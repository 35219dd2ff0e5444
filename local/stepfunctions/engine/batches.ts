/** Groups items for ItemBatcher. */
import { jsonBytes, Quota } from './quotas.ts';

export interface BatchPlan {
  readonly maxItems?: number;
  readonly maxBytes?: number;
  readonly input?: unknown;
}

/** Inputs of the child executions: `{ BatchInput?, Items }`, each at most 256 KiB. */
export function batchItems(items: readonly unknown[], plan: BatchPlan): unknown[] {
  const maxItems = plan.maxItems ?? Number.POSITIVE_INFINITY;
  const maxBytes = Math.min(plan.maxBytes ?? Quota.payloadBytes, Quota.payloadBytes);
  const shared = plan.input === undefined ? {} : { BatchInput: plan.input };
  const empty = jsonBytes({ ...shared, Items: [] });
  const batches: unknown[] = [];
  let current: unknown[] = [];
  let bytes = empty;
  for (const item of items) {
    const size = jsonBytes(item) + 1;
    if (current.length > 0 && (current.length >= maxItems || bytes + size > maxBytes)) {
      batches.push({ ...shared, Items: current });
      current = [];
      bytes = empty;
    }
    current.push(item);
    bytes += size;
  }
  if (current.length > 0) batches.push({ ...shared, Items: current });
  return batches;
}
