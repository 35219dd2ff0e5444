import { isPlumblineError } from '#core/domain/errors.ts';
import { type Finding, type RunManifest, runKey } from '#core/domain/run.ts';
import { addConservations, assertConserved } from './conservation.ts';
import { digestOfOutcomes, digestOfViolations } from './digest.ts';
import type { EnginePorts } from './engine-ports.ts';
import { dayOutcomesOf } from './hop-count.ts';
import { parquetOf } from './load.ts';
import { dayOutcomes, readPlan, readResults } from './merge-run.ts';

/**
 * Recomputes conservation, counts and digest of a merged run from what stands in the run store. Returns what does not
 * hold, in sentences; empty when all does. Throws RunNotFound when the run is not there.
 */
export async function runProblems(runId: string, ports: EnginePorts): Promise<string[]> {
  const manifest = JSON.parse(await ports.runs.readText(runKey(runId, 'manifest'))) as RunManifest;
  const findings = JSON.parse(await ports.runs.readText(runKey(runId, 'findings'))) as Finding[];
  const plan = await readPlan(runId, ports);
  const results = await readResults(plan, ports);
  const problems: string[] = [];
  const check = (what: string, stated: unknown, found: unknown) => {
    if (String(stated) !== String(found))
      problems.push(`${what}: the manifest says ${stated}, the files say ${found}`);
  };
  const conservation = addConservations(results.map((result) => result.conservation));
  try {
    assertConserved(conservation, runId);
  } catch (error) {
    if (!isPlumblineError(error)) throw error;
    problems.push(error.message);
  }
  for (const name of ['sessions', 'expected', 'charged', 'explained', 'residual'] as const) {
    check(name, manifest.conservation[name], conservation[name]);
  }
  const session = await ports.warehouse.open();
  try {
    const violations = parquetOf([await ports.runs.localPath(runKey(runId, 'violations'))]);
    const members = parquetOf([await ports.runs.localPath(runKey(runId, 'members'))]);
    const rows = await session.query(`SELECT DISTINCT control_id, dt FROM ${violations}`);
    const outcomes = [...dayOutcomes(results), ...dayOutcomesOf(plan, rows, manifest)];
    check(
      'digest',
      manifest.digest,
      digestOfOutcomes(await digestOfViolations(session, violations), outcomes, conservation),
    );
    const [read] = await session.query(
      `SELECT CAST(coalesce(sum(impact) FILTER (grain IN ('record', 'subscription')), 0) AS DECIMAL(18,6)) AS explained,
         (SELECT count(*) FROM ${members}) AS members, count(DISTINCT violation_id) AS ids,
         (SELECT count(DISTINCT finding_id) FROM ${members}) AS findings FROM ${violations}`,
    );
    check('explained money in violations.parquet', conservation.explained, read?.explained);
    check('violations that belong to a finding', read?.ids, read?.members);
    check('findings', manifest.findings, read?.findings);
    check('findings in findings.json', manifest.findings, findings.length);
  } finally {
    await session.close();
  }
  return problems;
}
