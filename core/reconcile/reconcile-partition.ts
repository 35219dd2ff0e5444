import { controlsOf } from '#core/controls/registry.ts';
import {
  type PARTITION_FILES,
  type PartitionPlan,
  type PartitionResult,
  partitionKey,
} from '#core/domain/run.ts';
import type { Grain } from '#core/domain/violation.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { runChecks } from './checks.ts';
import { assertConserved, assertReadBack, conservationOf, NOTHING_CONSERVED } from './conservation.ts';
import { digestOfOutcomes, digestOfViolations } from './digest.ts';
import type { EnginePorts } from './engine-ports.ts';
import { literal } from './load.ts';
import { runControls } from './run-controls.ts';
import { prepareSubscriptionMonth } from './subscription-month.ts';
import { prepareUsageDay } from './usage-day.ts';
import { loadRunControls } from './workspace-controls.ts';

const POPULATION = new URL('./sql/population.sql', import.meta.url);
const SUBSCRIPTION_POPULATION = new URL('./sql/subscription-population.sql', import.meta.url);

const GRAIN_OF: Readonly<Record<MoneyPartition, Grain>> = {
  'usage-day': 'record',
  'subscription-month': 'subscription',
};

/** Partitions whose money is conserved. */
type MoneyPartition = 'usage-day' | 'subscription-month';

/**
 * Reconciles one partition of a plan and writes its violations, population, hop counts and, last, its result.
 * Idempotent: the same partition over the same lake writes the same. Throws ConservationBroken when anything got lost.
 */
export async function reconcilePartition(plan: PartitionPlan, ports: EnginePorts): Promise<PartitionResult> {
  await loadRunControls(plan, ports.runs);
  const session = await ports.warehouse.open();
  try {
    return isChecks(plan)
      ? await checkPartition(session, plan, ports)
      : await inSession(session, plan, plan.kind as MoneyPartition, ports);
  } finally {
    await session.close();
  }
}

function isChecks({ kind }: PartitionPlan): boolean {
  return kind === 'day-checks' || kind === 'month-checks';
}

/** Checks of a day or month: they compare what sessions and subscriptions do not show, and conserve nothing. */
async function checkPartition(
  session: WarehouseSession,
  plan: PartitionPlan,
  ports: EnginePorts,
): Promise<PartitionResult> {
  const { currency, controls } = await runChecks(session, plan, ports);
  await writeParquet(session, plan, ports, 'violations', 'SELECT * FROM violation ORDER BY control_id, key');
  return writeResult(session, plan, ports, { currency, controls, conservation: NOTHING_CONSERVED });
}

async function inSession(
  session: WarehouseSession,
  plan: PartitionPlan,
  kind: MoneyPartition,
  ports: EnginePorts,
): Promise<PartitionResult> {
  const usage = kind === 'usage-day';
  const currency = usage
    ? await prepareUsageDay(session, { ...plan, day: plan.dt }, ports)
    : await prepareSubscriptionMonth(session, plan, ports);
  const own = controlsOf(plan.controls).filter((control) => control.grain === GRAIN_OF[kind]);
  const controls = await runControls(session, own, { ...plan, currency }, ports.readSql);
  return writePartition(session, plan, ports, { currency, controls });
}

/**
 * Writes what a session holds of a partition: violations, population, hop counts and, last, the result. Throws
 * ConservationBroken when anything got lost.
 */
export async function writePartition(
  session: WarehouseSession,
  plan: PartitionPlan,
  ports: EnginePorts,
  { currency, controls }: Pick<PartitionResult, 'currency' | 'controls'>,
): Promise<PartitionResult> {
  const usage = plan.kind === 'usage-day';
  const failed = controls.some(({ outcome }) => outcome === 'error');
  const table = usage ? 'session' : 'subscription_month';
  const conservation = await conservationOf(session, table, failed ? 'not-assessed' : 'residual');
  assertConserved(conservation, plan.partitionId);
  await writeParquet(session, plan, ports, 'violations', 'SELECT * FROM violation ORDER BY control_id, key');
  const population = (await ports.readSql(usage ? POPULATION : SUBSCRIPTION_POPULATION)).trim();
  await writeParquet(session, plan, ports, 'population', population);
  if (usage) await writeParquet(session, plan, ports, 'hops', 'SELECT * FROM hop ORDER BY ALL NULLS LAST');
  if (usage) await writeMatches(session, plan, ports);
  await assertWritten(session, plan, ports, conservation);
  return writeResult(session, plan, ports, { currency, controls, conservation });
}

/** Which records were matched by what they say, and by which rule; nothing where all share their ids. */
async function writeMatches(
  session: WarehouseSession,
  plan: PartitionPlan,
  ports: EnginePorts,
): Promise<void> {
  const [row] = await session.query('SELECT count(*) AS n FROM matched_record');
  if (Number(row?.n) > 0)
    await writeParquet(session, plan, ports, 'matches', 'SELECT * FROM matched_record ORDER BY ALL');
}

async function writeResult(
  session: WarehouseSession,
  plan: PartitionPlan,
  ports: EnginePorts,
  { currency, controls, conservation }: Pick<PartitionResult, 'currency' | 'controls' | 'conservation'>,
): Promise<PartitionResult> {
  const outcomes = controls.map(({ controlId, outcome }) => ({ controlId, outcome, dt: plan.dt }));
  const result: PartitionResult = {
    partitionId: plan.partitionId,
    kind: plan.kind,
    dt: plan.dt,
    bucket: plan.bucket,
    currency,
    controls,
    conservation,
    digest: digestOfOutcomes(await digestOfViolations(session, 'violation'), outcomes, conservation),
    violations: controls.reduce((sum, control) => sum + control.violations, 0),
  };
  const key = partitionKey(plan.runId, plan.partitionId, 'result');
  await ports.runs.write(key, `${JSON.stringify(result, null, 1)}\n`);
  return result;
}

async function writeParquet(
  session: WarehouseSession,
  plan: PartitionPlan,
  ports: EnginePorts,
  file: keyof typeof PARTITION_FILES,
  query: string,
): Promise<void> {
  await publishParquet(session, ports, partitionKey(plan.runId, plan.partitionId, file), query);
}

/** Writes a query's rows to a Parquet file of the run store, after making sure that no column is inexact. */
export async function publishParquet(
  session: WarehouseSession,
  { runs }: Pick<EnginePorts, 'runs'>,
  key: string,
  query: string,
): Promise<void> {
  const inexact = await session.query(
    `SELECT column_name FROM (DESCRIBE ${query}) WHERE column_type IN ('DOUBLE', 'FLOAT', 'HUGEINT', 'UHUGEINT')`,
  );
  if (inexact.length > 0)
    throw new TypeError(`${key} would hold inexact columns: ${inexact.map((c) => c.column_name).join(', ')}`);
  // The spill folder is the session's own place on disk.
  const [folder] = await session.query("SELECT current_setting('temp_directory') AS path");
  const local = `${folder?.path}/${key.split('/').at(-1)}`;
  await session.run(`COPY (${query}) TO ${literal(local)} (FORMAT parquet, COMPRESSION zstd)`);
  await runs.publish(local, key);
}

/** Reads back what was written and holds it against what was computed. */
async function assertWritten(
  session: WarehouseSession,
  plan: PartitionPlan,
  { runs }: EnginePorts,
  conservation: PartitionResult['conservation'],
): Promise<void> {
  const path = async (file: keyof typeof PARTITION_FILES) =>
    literal(await runs.localPath(partitionKey(plan.runId, plan.partitionId, file)));
  const [read] = await session.query(
    `SELECT
       (SELECT CAST(coalesce(sum(impact), 0) AS DECIMAL(18,6)) FROM read_parquet(${await path('violations')})) AS explained,
       (SELECT CAST(coalesce(sum(expected), 0) AS DECIMAL(18,6)) FROM read_parquet(${await path('population')})) AS expected,
       (SELECT CAST(coalesce(sum(charged), 0) AS DECIMAL(18,6)) FROM read_parquet(${await path('population')})) AS charged`,
  );
  for (const name of ['explained', 'expected', 'charged'] as const) {
    assertReadBack(name, conservation[name], String(read?.[name]), plan.partitionId);
  }
}
