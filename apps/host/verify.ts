import { runProblems } from '#core/reconcile/verify-run.ts';
import { listRuns, type Stores } from './stores.ts';

/** Recomputes conservation and digest of every run from what stands on disk. */
export async function verifyRuns(
  stores: Stores,
): Promise<{ readonly runId: string; readonly problems: readonly string[] }[]> {
  const verified = [];
  for (const run of await listRuns(stores)) {
    verified.push({ runId: run.runId, problems: await runProblems(run.runId, stores) });
  }
  return verified;
}
