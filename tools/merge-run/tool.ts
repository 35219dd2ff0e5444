import { runKey } from '#core/domain/run.ts';
import type { EnginePorts } from '#core/reconcile/engine-ports.ts';
import { mergeRun as mergePartitions } from '#core/reconcile/merge-run.ts';
import { type MergeRunInput, type MergeRunOutput, mergeRunInput } from './schema.ts';

/** Merges the partitions of a run and names its material findings, at most as many as asked for. Idempotent. */
export async function mergeRun(input: MergeRunInput, ports: EnginePorts): Promise<MergeRunOutput> {
  const { runId, materialFrom, maxFindings } = mergeRunInput.parse(input);
  const { manifest, findings, violations } = await mergePartitions(runId, materialFrom, ports);
  const material = findings.filter((finding) => finding.material).map((finding) => finding.findingId);
  return {
    runId,
    period: manifest.period,
    manifestKey: runKey(runId, 'manifest'),
    findingsKey: runKey(runId, 'findings'),
    digest: manifest.digest,
    violations,
    findings: findings.length,
    materialFindings: material.length,
    findingIds: material.slice(0, maxFindings),
    truncated: material.length > maxFindings,
  };
}
