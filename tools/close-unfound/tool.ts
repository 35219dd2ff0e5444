import { changeByRule } from '#core/cases/change.ts';
import { unfoundClosing } from '#core/cases/closing.ts';
import type { Case } from '#core/domain/case.ts';
import { isPlumblineError } from '#core/domain/errors.ts';
import { type Finding, type RunManifest, runKey } from '#core/domain/run.ts';
import type { CaseStore } from '#core/ports/case-store.ts';
import type { EnginePorts } from '#core/reconcile/engine-ports.ts';
import { type DiffReason, diffRuns } from '#core/reconcile/run-diff.ts';
import { type CloseUnfoundInput, type CloseUnfoundOutput, NAMED_CASES } from './schema.ts';

/** What close-unfound works with. */
export interface CloseUnfoundPorts extends EnginePorts {
  readonly cases: CaseStore;
}

/** Why violations of a case are not there any more, by how many; `unknown` where the earlier run cannot be read. */
type Reasons = Readonly<Partial<Record<DiffReason | 'unknown', number>>>;

const MEMBERS = new URL('./members.sql', import.meta.url);

/**
 * Closes the cases that an earlier run of the same period opened, on which nobody has decided, and whose finding this
 * run does not have, although their control looked everywhere: approving one would move money that is in order. Where
 * every violation went because of a record that arrived since, the case is explained by timing. Runs before the
 * findings of the run become cases, so that violations which now belong to another finding are free for it. Calling it
 * again changes nothing.
 */
export async function closeUnfound(
  { runId }: CloseUnfoundInput,
  ports: CloseUnfoundPorts,
): Promise<CloseUnfoundOutput> {
  const manifest = JSON.parse(await ports.runs.readText(runKey(runId, 'manifest'))) as RunManifest;
  const findings = JSON.parse(await ports.runs.readText(runKey(runId, 'findings'))) as readonly Finding[];
  const found = new Set(findings.map(({ findingId }) => findingId));
  const looked = lookedAt(manifest);
  const gone = (await ports.cases.listCases()).filter(
    (item) =>
      isUndecided(item) &&
      item.period === manifest.period &&
      item.runId !== runId &&
      looked.has(item.controlId) &&
      !found.has(item.findingId),
  );
  const diffs = new Map<string, ReadonlyMap<string, DiffReason> | undefined>();
  const closed: Case[] = [];
  for (const item of gone) {
    if (!diffs.has(item.runId)) diffs.set(item.runId, await reasonsOf(item.runId, runId, ports));
    const reasons = await reasonsFor(item, runId, diffs.get(item.runId), ports);
    const after = await changeByRule(ports.cases, item.caseId, (current) =>
      isUndecided(current) && current.findingId === item.findingId && current.runId === item.runId
        ? unfoundClosing(current, { runId, reasons: reasons.counts, timing: reasons.timing })
        : undefined,
    );
    if (after.status === 'closed') closed.push(after);
  }
  return {
    runId,
    closed: closed.length,
    explainedByTiming: closed.filter(({ resolution }) => resolution === 'explained-by-timing').length,
    caseIds: closed.slice(0, NAMED_CASES).map(({ caseId }) => caseId),
  };
}

function isUndecided({ status }: Case): boolean {
  return status === 'open' || status === 'investigating' || status === 'awaiting-decision';
}

/** Controls that looked at all of the period: of the others nothing follows from what they did not find. */
function lookedAt({ controls }: RunManifest): ReadonlySet<string> {
  return new Set(
    controls
      .filter(({ partitions }) => partitions.inconclusive === 0 && partitions.error === 0)
      .filter(({ partitions }) => partitions.pass + partitions.breach > 0)
      .map(({ controlId }) => controlId),
  );
}

const placeOf = (controlId: string, key: string, dt: string) => `${controlId} ${dt} ${key}`;

/** Why each violation differs between two runs; undefined where the files of the earlier one are not there any more. */
async function reasonsOf(
  earlier: string,
  later: string,
  ports: CloseUnfoundPorts,
): Promise<ReadonlyMap<string, DiffReason> | undefined> {
  try {
    const { rows } = await diffRuns(earlier, later, ports);
    return new Map(rows.map((row) => [placeOf(row.controlId, row.key, row.dt), row.reason]));
  } catch (error) {
    if (isPlumblineError(error)) return undefined;
    throw error;
  }
}

async function reasonsFor(
  item: Case,
  later: string,
  reasons: ReadonlyMap<string, DiffReason> | undefined,
  ports: CloseUnfoundPorts,
): Promise<{ readonly counts: Reasons; readonly timing: boolean }> {
  if (reasons === undefined) return { counts: { unknown: 1 }, timing: false };
  const session = await ports.warehouse.open();
  try {
    const rows = await session.query(await ports.readSql(MEMBERS), {
      finding: item.findingId,
      violations: await ports.runs.localPath(runKey(item.runId, 'violations')),
      members: await ports.runs.localPath(runKey(item.runId, 'members')),
      later: await ports.runs.localPath(runKey(later, 'violations')),
    });
    const counts: Partial<Record<DiffReason | 'unknown', number>> = {};
    for (const row of rows.filter(({ still }) => still !== true)) {
      const reason =
        reasons.get(placeOf(String(row.control_id), String(row.key), String(row.dt))) ?? 'unknown';
      counts[reason] = (counts[reason] ?? 0) + 1;
    }
    const timing = rows.length > 0 && counts['late-record'] === rows.length;
    return { counts, timing };
  } finally {
    await session.close();
  }
}
