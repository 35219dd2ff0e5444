import { DATASETS, type DatasetName } from '#core/domain/datasets.ts';
import { isPlumblineError, PlumblineError } from '#core/domain/errors.ts';
import { type LakeFile, type PartitionPlan, type RunManifest, runKey } from '#core/domain/run.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { addDecimals } from './conservation.ts';
import type { EnginePorts } from './engine-ports.ts';
import { literal, parquetOf } from './load.ts';
import { readPlan, readResults } from './merge-run.ts';
import { dayOfFile } from './plan.ts';

/** Why a violation of the earlier run is not one of the later, or the reverse, or has another amount. */
export const DIFF_REASONS = {
  'late-record': 'explained by timing: a record of it arrived after the earlier run',
  'withdrawn-record': 'a file that the earlier run read is not there any more',
  'feed-complete': 'its feeds are complete now; the earlier run could not look',
  'feed-incomplete': 'its feeds are not complete any more; the later run could not look',
  'rule-changed': 'the control or the engine has changed',
  'reference-changed': 'prices, offers, subscriptions or another reference have changed',
  'look-of-others': 'something else of its day or month has changed: the control compares with it',
} as const;
export type DiffReason = keyof typeof DIFF_REASONS;

/** One violation that differs between two runs. */
export interface DiffRow {
  readonly change: 'gone' | 'new' | 'amount';
  readonly controlId: string;
  readonly key: string;
  readonly dt: string;
  /** Signed decimals; 0 where it was not found. */
  readonly before: string;
  readonly after: string;
  readonly reason: DiffReason;
  /** For late and withdrawn records: dataset and source file. */
  readonly because: string | null;
}

/** Two runs of the same period compared. */
export interface RunDiff {
  readonly earlier: string;
  readonly later: string;
  readonly same: number;
  /** Money that the runs found, in all, and by reason the difference. */
  readonly before: string;
  readonly after: string;
  readonly byReason: readonly {
    readonly reason: DiffReason;
    readonly violations: number;
    readonly difference: string;
  }[];
  /** Largest difference first. */
  readonly rows: readonly DiffRow[];
}

/** How the columns of a dataset name what a violation is about. */
const KEYED: Readonly<Partial<Record<DatasetName, string>>> = {
  usage: 'correlation_id',
  rated: 'correlation_id',
  billed:
    "coalesce(correlation_id, CASE WHEN charge_type = 'usage' THEN 'item:' || bill_item_id ELSE subscription_id END)",
};

/**
 * What a later run of the same period finds that an earlier one did not, and the reverse, and why. Throws RunNotFound,
 * and UsageError when the runs are not of one period.
 */
export async function diffRuns(earlier: string, later: string, ports: EnginePorts): Promise<RunDiff> {
  const [before, after] = await Promise.all([sideOf(earlier, ports), sideOf(later, ports)]);
  if (before.manifest.period !== after.manifest.period) {
    throw new PlumblineError('UsageError', {
      what: `${earlier} is of ${before.manifest.period}, ${later} of ${after.manifest.period}`,
      why: 'only runs of one period can be compared',
      next: 'plumbline runs list',
    });
  }
  const session = await ports.warehouse.open();
  try {
    const lost = await loadSides(session, before, after, ports);
    const rows = await session.query(DIFFERENCES);
    const [kept] = await session.query(
      'SELECT count(*) AS n FROM a JOIN b USING (violation_id) WHERE a.impact = b.impact',
    );
    const reasonOf = reasoner(before, after, lost);
    const found = rows.map((row): DiffRow => {
      const facts = {
        controlId: String(row.control_id),
        dt: String(row.dt),
        added: row.added === null ? null : String(row.added),
        removed: row.removed === null ? null : String(row.removed),
      };
      return {
        change: row.change as DiffRow['change'],
        controlId: facts.controlId,
        key: String(row.key),
        dt: facts.dt,
        before: String(row.before),
        after: String(row.after),
        ...reasonOf(facts),
      };
    });
    const total = (rows: readonly string[]) => addDecimals(rows);
    return {
      earlier,
      later,
      same: Number(kept?.n),
      before: total(
        before.manifest.controls.flatMap(({ underCharged, overCharged }) => [underCharged, overCharged]),
      ),
      after: total(
        after.manifest.controls.flatMap(({ underCharged, overCharged }) => [underCharged, overCharged]),
      ),
      byReason: byReason(found),
      rows: found,
    };
  } finally {
    await session.close();
  }
}

interface Side {
  readonly manifest: RunManifest;
  readonly files: ReadonlyMap<string, LakeFile>;
  /** `control day` of what could not be looked at. */
  readonly unseen: ReadonlySet<string>;
}

async function sideOf(runId: string, ports: EnginePorts): Promise<Side> {
  const manifest = JSON.parse(await ports.runs.readText(runKey(runId, 'manifest'))) as RunManifest;
  const plan: readonly PartitionPlan[] = await readPlan(runId, ports);
  const results = await readResults(plan, ports);
  const files = plan.flatMap((partition) => partition.files);
  const unseen = results.flatMap(({ dt, controls }) =>
    controls.filter(({ outcome }) => outcome === 'inconclusive').map(({ controlId }) => `${controlId} ${dt}`),
  );
  return { manifest, files: new Map(files.map((file) => [nameOf(file), file])), unseen: new Set(unseen) };
}

function nameOf({ dataset, path, sha256 }: LakeFile): string {
  return `${dataset} ${path} ${sha256}`;
}

function notIn(files: Side['files'], others: Side['files']): LakeFile[] {
  return [...files].filter(([name]) => !others.has(name)).map(([, file]) => file);
}

const DIFFERENCES = `
  WITH late AS (SELECT key, min(place) AS place FROM added GROUP BY key),
    lost AS (SELECT key, min(place) AS place FROM removed GROUP BY key),
    differing AS (
      SELECT coalesce(b.control_id, a.control_id) AS control_id, coalesce(b.key, a.key) AS key,
        coalesce(b.dt, a.dt) AS dt, coalesce(a.impact, 0) AS before, coalesce(b.impact, 0) AS after,
        CASE WHEN b.violation_id IS NULL THEN 'gone' WHEN a.violation_id IS NULL THEN 'new' ELSE 'amount' END AS change
      FROM a FULL JOIN b USING (violation_id)
      WHERE a.impact IS DISTINCT FROM b.impact
    )
  SELECT differing.change, differing.control_id, differing.key, CAST(differing.dt AS VARCHAR) AS dt,
    CAST(differing.before AS DECIMAL(18,6)) AS before, CAST(differing.after AS DECIMAL(18,6)) AS after,
    late.place AS added, lost.place AS removed
  FROM differing LEFT JOIN late USING (key) LEFT JOIN lost USING (key)
  ORDER BY abs(differing.after - differing.before) DESC, differing.control_id, differing.key, differing.change`;

/**
 * Violations of both, and the keys of records that only one of them read: those of files that it alone read. Returns
 * the datasets and days of which the earlier run read files that are not in the lake any more.
 */
async function loadSides(
  session: WarehouseSession,
  before: Side,
  after: Side,
  ports: EnginePorts,
): Promise<ReadonlySet<string>> {
  for (const [name, { manifest }] of [
    ['a', before],
    ['b', after],
  ] as const) {
    const path = await ports.runs.localPath(runKey(manifest.runId, 'violations'));
    await session.run(
      `CREATE TEMP TABLE ${name} AS SELECT violation_id, control_id, key, dt, impact FROM ${parquetOf([path])}`,
    );
  }
  const gone = await loadKeys(session, 'read_before', notIn(before.files, after.files), ports);
  const lost = new Set(gone.map(placeOf));
  // Where a file of the earlier run cannot be read any more, nobody can tell its rows from those that came later.
  const known = notIn(after.files, before.files).filter((file) => !lost.has(placeOf(file)));
  const unread = await loadKeys(session, 'read_after', known, ports);
  if (unread[0] !== undefined) throw gap(unread[0]);
  // A file that was only written anew holds the same rows: these are neither late nor gone.
  await session.run(`
    CREATE TEMP TABLE added AS SELECT r.key, r.place FROM read_after r ANTI JOIN read_before o USING (row_hash, place);
    CREATE TEMP TABLE removed AS SELECT r.key, r.place FROM read_before r ANTI JOIN read_after o USING (row_hash, place)`);
  return lost;
}

/** Dataset and day of a file. */
function placeOf(file: LakeFile): string {
  return `${file.dataset} of ${dayOfFile(file)}`;
}

function gap(file: LakeFile): PlumblineError {
  return new PlumblineError('FileNotReadable', {
    what: 'A file that the later run read is not in the lake any more',
    where: file.path,
    why: 'a file was withdrawn since',
    next: 'run the period again, and compare with that run',
  });
}

/** Loads the keys of the files that can be read, and returns those that are not there any more. */
async function loadKeys(
  session: WarehouseSession,
  table: string,
  files: readonly LakeFile[],
  { lake }: EnginePorts,
): Promise<LakeFile[]> {
  const gone: LakeFile[] = [];
  await session.run(`CREATE TEMP TABLE ${table} (key VARCHAR, row_hash VARCHAR, place VARCHAR)`);
  for (const [dataset, key] of Object.entries(KEYED) as [DatasetName, string][]) {
    const paths: string[] = [];
    for (const file of files.filter((one) => one.dataset === dataset)) {
      const path = await pathOf(session, lake, file);
      if (path === null) gone.push(file);
      else paths.push(path);
    }
    if (paths.length === 0) continue;
    await session.run(
      `INSERT INTO ${table} SELECT ${key}, row_hash, ${literal(`${dataset} `)} || file_id FROM ${parquetOf(paths)}`,
    );
  }
  return gone;
}

/** Where a file can be read; null where it is not in the lake any more: a withdrawal writes files anew. */
async function pathOf(
  session: WarehouseSession,
  lake: EnginePorts['lake'],
  file: LakeFile,
): Promise<string | null> {
  try {
    const path = await lake.localPath(file);
    const [row] = await session.query('SELECT count(*) AS n FROM glob($path)', { path });
    return Number(row?.n) === 0 ? null : path;
  } catch (error) {
    if (isPlumblineError(error) && error.name === 'FileNotReadable') return null;
    throw error;
  }
}

interface Facts {
  readonly controlId: string;
  readonly dt: string;
  readonly added: string | null;
  readonly removed: string | null;
}

/** Reasons in the order in which they explain: what could be looked at, then records, rules, references. */
function reasoner(before: Side, after: Side, lost: ReadonlySet<string>) {
  const changed = [...notIn(before.files, after.files), ...notIn(after.files, before.files)];
  const references = [...new Set(changed.filter(isReference).map(({ dataset }) => dataset))].sort();
  return ({ controlId, dt, added, removed }: Facts): Pick<DiffRow, 'reason' | 'because'> => {
    const looked = `${controlId} ${dt}`;
    if (before.unseen.has(looked) && !after.unseen.has(looked))
      return { reason: 'feed-complete', because: null };
    if (after.unseen.has(looked) && !before.unseen.has(looked))
      return { reason: 'feed-incomplete', because: null };
    if (added !== null) return { reason: 'late-record', because: added };
    if (removed !== null) return { reason: 'withdrawn-record', because: removed };
    const rewritten = [...lost].find((place) => place.endsWith(` of ${dt}`));
    if (rewritten !== undefined) return { reason: 'withdrawn-record', because: rewritten };
    const rules = before.manifest.ruleVersions[controlId] !== after.manifest.ruleVersions[controlId];
    if (rules || before.manifest.engineVersion !== after.manifest.engineVersion)
      return { reason: 'rule-changed', because: null };
    if (references.length > 0) return { reason: 'reference-changed', because: references.join(', ') };
    return { reason: 'look-of-others', because: null };
  };
}

function isReference({ dataset }: LakeFile): boolean {
  return DATASETS[dataset].kind === 'reference';
}

function byReason(rows: readonly DiffRow[]): RunDiff['byReason'] {
  return (Object.keys(DIFF_REASONS) as DiffReason[]).flatMap((reason) => {
    const own = rows.filter((row) => row.reason === reason);
    if (own.length === 0) return [];
    const difference = addDecimals(own.flatMap(({ before, after }) => [after, negated(before)]));
    return [{ reason, violations: own.length, difference }];
  });
}

function negated(amount: string): string {
  return amount.startsWith('-') ? amount.slice(1) : `-${amount}`;
}
