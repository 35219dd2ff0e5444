import { controlsOf } from '#core/controls/registry.ts';
import { DATASET_NAMES } from '#core/domain/datasets.ts';
import { sha256 } from '#core/domain/hash.ts';
import { type ControlOutcome, worse } from '#core/domain/outcome.ts';
import { parsePeriod } from '#core/domain/period.ts';
import {
  type Conservation,
  type Finding,
  type PartitionPlan,
  type PartitionResult,
  partitionKey,
  type RunManifest,
  runKey,
} from '#core/domain/run.ts';
import { DIMENSIONS, type Grain, VIOLATION_COLUMNS } from '#core/domain/violation.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { addConservations, assertConserved, assertReadBack } from './conservation.ts';
import { type DayOutcome, digestOfOutcomes, digestOfViolations } from './digest.ts';
import { ENGINE_VERSION, type EnginePorts } from './engine-ports.ts';
import { findingsOf } from './findings.ts';
import { countHops } from './hop-count.ts';
import { parquetOf } from './load.ts';
import { publishParquet } from './reconcile-partition.ts';
import { NO_CURRENCY } from './usage-day.ts';
import { CREATE_VIOLATION } from './violation-table.ts';
import { loadRunControls } from './workspace-controls.ts';

/** Why no partition of a run was planned for a control. */
const REASON_NOT_PLANNED: Readonly<Record<Grain, string>> = {
  record: 'nothing of the period was planned for it',
  subscription: 'looks at whole months only',
  hop: 'nothing of the period was planned for it',
  check: 'looks at whole months only',
};

/** Of a run that only checked. */
const NO_POPULATION = `CREATE OR REPLACE TEMP TABLE population (grain VARCHAR, dt DATE,
  ${DIMENSIONS.map((name) => `${name} ${VIOLATION_COLUMNS[name]}`).join(', ')},
  sessions BIGINT, expected DECIMAL(18,6), charged DECIMAL(18,6))`;

/** A run as a whole. */
export interface MergedRun {
  readonly manifest: RunManifest;
  /** Largest amount first. */
  readonly findings: readonly Finding[];
  readonly violations: number;
}

/** The plan of a run, partition by partition; its controls are known afterwards. Throws RunNotFound. */
export async function readPlan(runId: string, { runs }: Pick<EnginePorts, 'runs'>): Promise<PartitionPlan[]> {
  const plan = JSON.parse(await runs.readText(runKey(runId, 'plan'))) as PartitionPlan[];
  await loadRunControls({ runId, controls: [...new Set(plan.flatMap(({ controls }) => controls))] }, runs);
  return plan;
}

/** The results of all partitions of a plan. Throws RunNotFound when one was not reconciled. */
export async function readResults(
  plan: readonly PartitionPlan[],
  { runs }: Pick<EnginePorts, 'runs'>,
): Promise<PartitionResult[]> {
  return Promise.all(
    plan.map(
      async ({ runId, partitionId }) =>
        JSON.parse(await runs.readText(partitionKey(runId, partitionId, 'result'))) as PartitionResult,
    ),
  );
}

/**
 * Puts the partitions of a run together: counts the hops, makes the findings, writes violations, members, population,
 * findings and, last, the manifest. Idempotent. Throws ConservationBroken when what the partitions wrote does not add
 * up, RunNotFound when one is not there.
 */
export async function mergeRun(runId: string, materialFrom: string, ports: EnginePorts): Promise<MergedRun> {
  const plan = await readPlan(runId, ports);
  const results = await readResults(plan, ports);
  const session = await ports.warehouse.open();
  try {
    return await inSession(session, { runId, materialFrom, plan, results }, ports);
  } finally {
    await session.close();
  }
}

/** Ids of the controls that some partition of a plan runs. */
function controlsIn(plan: readonly PartitionPlan[]): string[] {
  return [...new Set(plan.flatMap(({ controls }) => controls))];
}

interface Input {
  readonly runId: string;
  readonly materialFrom: string;
  readonly plan: readonly PartitionPlan[];
  readonly results: readonly PartitionResult[];
}

async function inSession(session: WarehouseSession, input: Input, ports: EnginePorts): Promise<MergedRun> {
  const { runId, materialFrom, plan, results } = input;
  const period = plan[0]?.period ?? '';
  const currency =
    results.map((result) => result.currency).find((code) => code !== NO_CURRENCY) ?? NO_CURRENCY;
  const conservation = await loadPartitions(session, input, ports);
  const hops = await countHops(session, { plan, period, currency }, ports);
  const findings = await findingsOf(session, { runId, period, currency, materialFrom });
  const outcomes = [...dayOutcomes(results), ...hops.outcomes];
  const digest = digestOfOutcomes(await digestOfViolations(session, 'violation'), outcomes, conservation);
  await publishParquet(
    session,
    ports,
    runKey(runId, 'violations'),
    'SELECT * FROM violation ORDER BY control_id, key',
  );
  await publishParquet(
    session,
    ports,
    runKey(runId, 'members'),
    'SELECT * FROM member ORDER BY finding_id, violation_id',
  );
  await publishParquet(
    session,
    ports,
    runKey(runId, 'population'),
    'SELECT * FROM population ORDER BY ALL NULLS LAST',
  );
  await ports.runs.write(runKey(runId, 'findings'), `${JSON.stringify(findings, null, 1)}\n`);
  const manifest: RunManifest = {
    runId,
    stateMachine: runId.slice(0, runId.indexOf(`-${period}-`)),
    period,
    engineVersion: ENGINE_VERSION,
    database: await databaseOf(session),
    ruleVersions: Object.fromEntries(
      controlsOf(controlsIn(plan)).map(({ id, ruleVersion }) => [id, ruleVersion]),
    ),
    inputs: inputsOf(plan),
    coverage: await coverageOf(period, ports),
    controls: await controlSummaries(session, plan, outcomes, [
      ...results.flatMap(reasonsOf),
      ...hops.reasons,
    ]),
    conservation,
    currency,
    findings: findings.length,
    materialFindings: findings.filter((finding) => finding.material).length,
    digest,
  };
  await ports.runs.write(runKey(runId, 'manifest'), `${JSON.stringify(manifest, null, 1)}\n`);
  return {
    manifest,
    findings,
    violations: manifest.controls.reduce((sum, control) => sum + control.violations, 0),
  };
}

/** Name and version of the database behind a session. No digest covers it: the same input gives the same in any. */
async function databaseOf(session: WarehouseSession): Promise<string> {
  const [row] = await session.query('SELECT library_version AS version FROM pragma_version()');
  return `DuckDB ${row?.version}`;
}

/** Loads violations and population of all partitions and holds them against the results. */
async function loadPartitions(
  session: WarehouseSession,
  input: Input,
  { runs }: EnginePorts,
): Promise<Conservation> {
  const { runId, plan, results } = input;
  const paths = async (file: 'violations' | 'population', plans: readonly PartitionPlan[]) =>
    parquetOf(
      await Promise.all(
        plans.map(({ partitionId }) => runs.localPath(partitionKey(runId, partitionId, file))),
      ),
    );
  const counted = plan.filter(({ kind }) => kind !== 'day-checks' && kind !== 'month-checks');
  await session.run(CREATE_VIOLATION);
  await session.run(`INSERT INTO violation BY NAME SELECT * FROM ${await paths('violations', plan)}`);
  await session.run(
    counted.length === 0
      ? NO_POPULATION
      : `CREATE OR REPLACE TEMP TABLE population AS
     SELECT * EXCLUDE (sessions, expected, charged), CAST(sum(sessions) AS BIGINT) AS sessions,
       CAST(sum(expected) AS DECIMAL(18,6)) AS expected, CAST(sum(charged) AS DECIMAL(18,6)) AS charged
     FROM ${await paths('population', counted)} GROUP BY ALL`,
  );
  const conservation = addConservations(results.map((result) => result.conservation));
  assertConserved(conservation, runId);
  const [read] = await session.query(
    `SELECT (SELECT CAST(coalesce(sum(impact) FILTER (grain <> 'check'), 0) AS DECIMAL(18,6)) FROM violation) AS explained,
       (SELECT count(*) FROM violation) AS violations, (SELECT count(DISTINCT violation_id) FROM violation) AS ids,
       CAST(coalesce(sum(expected), 0) AS DECIMAL(18,6)) AS expected, CAST(coalesce(sum(charged), 0) AS DECIMAL(18,6)) AS charged
     FROM population`,
  );
  for (const name of ['explained', 'expected', 'charged'] as const) {
    assertReadBack(name, conservation[name], String(read?.[name]), runId);
  }
  const written = results.reduce((sum, result) => sum + result.violations, 0);
  assertReadBack('the number of violations', String(written), String(read?.violations), runId);
  assertReadBack('the number of violation ids', String(written), String(read?.ids), runId);
  return conservation;
}

/** The worst outcome of each control on each day, whatever the number of buckets. */
export function dayOutcomes(results: readonly PartitionResult[]): DayOutcome[] {
  const byDay = new Map<string, DayOutcome>();
  for (const { dt, kind, controls } of results) {
    for (const { controlId, outcome } of controls) {
      const key = `${controlId}|${kind}|${dt}`;
      byDay.set(key, { controlId, dt, outcome: worse(byDay.get(key)?.outcome ?? 'pass', outcome) });
    }
  }
  return [...byDay.values()];
}

function reasonsOf({ dt, controls }: PartitionResult): { controlId: string; reason: string }[] {
  return controls.flatMap(({ controlId, reason }) =>
    reason === undefined ? [] : [{ controlId, reason: `${dt}: ${reason}` }],
  );
}

async function controlSummaries(
  session: WarehouseSession,
  plan: readonly PartitionPlan[],
  outcomes: readonly DayOutcome[],
  reasons: readonly { readonly controlId: string; readonly reason: string }[],
): Promise<RunManifest['controls']> {
  const rows = await session.query(
    `SELECT control_id, count(*) AS violations, CAST(coalesce(sum(impact) FILTER (impact > 0), 0) AS DECIMAL(18,6)) AS under_charged,
       CAST(coalesce(sum(impact) FILTER (impact < 0), 0) AS DECIMAL(18,6)) AS over_charged
     FROM violation GROUP BY control_id`,
  );
  return controlsOf(controlsIn(plan)).map(({ id, title, grain }) => {
    const own = outcomes.filter(({ controlId }) => controlId === id);
    const row = rows.find(({ control_id }) => control_id === id);
    const count = (outcome: ControlOutcome) => own.filter((day) => day.outcome === outcome).length;
    return {
      controlId: id,
      title,
      // A control that looked at nothing has not passed.
      outcome: own.length === 0 ? 'inconclusive' : own.map(({ outcome }) => outcome).reduce(worse),
      partitions: {
        pass: count('pass'),
        breach: count('breach'),
        inconclusive: count('inconclusive'),
        error: count('error'),
      },
      reasons:
        own.length === 0
          ? [REASON_NOT_PLANNED[grain]]
          : [
              ...new Set(reasons.filter(({ controlId }) => controlId === id).map(({ reason }) => reason)),
            ].sort(),
      violations: Number(row?.violations ?? 0),
      underCharged: String(row?.under_charged ?? '0.000000'),
      overCharged: String(row?.over_charged ?? '0.000000'),
    };
  });
}

function inputsOf(plan: readonly PartitionPlan[]): RunManifest['inputs'] {
  const files = new Map(plan.flatMap((partition) => partition.files).map((file) => [file.path, file]));
  return DATASET_NAMES.flatMap((dataset) => {
    const own = [...files.values()].filter((file) => file.dataset === dataset);
    if (own.length === 0) return [];
    const hashes = own.map((file) => `${file.path} ${file.sha256}`).sort();
    const rows = own.reduce((sum, file) => sum + file.rows, 0);
    return [{ dataset, files: own.length, rows, sha256: sha256(hashes.join('\n')) }];
  });
}

async function coverageOf(label: string, { lake }: EnginePorts): Promise<RunManifest['coverage']> {
  const { from, to } = parsePeriod(label);
  return Promise.all(DATASET_NAMES.map((dataset) => lake.coverage(dataset, from, to)));
}
