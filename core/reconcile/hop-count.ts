import type { Control } from '#core/controls/control.ts';
import { controlsOf } from '#core/controls/registry.ts';
import type { ControlOutcome } from '#core/domain/outcome.ts';
import { parsePeriod } from '#core/domain/period.ts';
import { type PartitionPlan, partitionKey, type RunManifest } from '#core/domain/run.ts';
import type { WarehouseRow, WarehouseSession } from '#core/ports/warehouse.ts';
import { defineMoneyMacros } from '#core/rating/rate-sessions.ts';
import type { DayOutcome } from './digest.ts';
import type { EnginePorts } from './engine-ports.ts';
import { literal, parquetOf } from './load.ts';
import { reasonNotToLook, runControls } from './run-controls.ts';

const OPEN_HOP = new URL('./sql/open-hop.sql', import.meta.url);

interface HopRequest {
  readonly plan: readonly PartitionPlan[];
  readonly period: string;
  readonly currency: string;
}

/** Outcomes per day, and the reasons of those that could not look. */
export interface HopOutcomes {
  readonly outcomes: readonly DayOutcome[];
  readonly reasons: readonly { readonly controlId: string; readonly reason: string }[];
}

/**
 * Runs the controls that count records at hops, over the counts that the day partitions wrote. Counts add up over
 * buckets, which is why this is done once per run and not per partition. Adds to the table `violation`.
 */
export async function countHops(
  session: WarehouseSession,
  request: HopRequest,
  ports: EnginePorts,
): Promise<HopOutcomes> {
  const days = request.plan.filter(({ kind }) => kind === 'usage-day');
  const controls = controlsOf(request.plan[0]?.controls).filter(({ grain }) => grain === 'hop');
  if (days.length === 0 || controls.length === 0) return { outcomes: [], reasons: [] };
  await defineMoneyMacros(session, ports.readSql);
  const keys = days.map(({ runId, partitionId }) => partitionKey(runId, partitionId, 'hops'));
  const paths = await Promise.all(keys.map((key) => ports.runs.localPath(key)));
  await session.run(`CREATE OR REPLACE TEMP TABLE hop AS SELECT * FROM ${parquetOf(paths)}`);
  await openHops(session, request.period, ports);
  const all: HopOutcomes[] = [];
  for (const control of controls) all.push(await runHopControl(session, control, days, request, ports));
  return { outcomes: all.flatMap((one) => one.outcomes), reasons: all.flatMap((one) => one.reasons) };
}

/** The outcomes of hop controls per day of a merged run, from its plan, its violations and its manifest. */
export function dayOutcomesOf(
  plan: readonly PartitionPlan[],
  violations: readonly WarehouseRow[],
  manifest: Pick<RunManifest, 'controls'>,
): DayOutcome[] {
  const days = plan.filter(({ kind }) => kind === 'usage-day');
  const controls = controlsOf(plan[0]?.controls).filter(({ grain }) => grain === 'hop');
  return controls.flatMap((control) => {
    const summary = manifest.controls.find(({ controlId }) => controlId === control.id);
    const breached = new Set(
      violations.filter((row) => row.control_id === control.id).map((row) => String(row.dt)),
    );
    const failed = (summary?.partitions.error ?? 0) > 0;
    return outcomesPerDay(control, days, breached, failed);
  });
}

function outcomesPerDay(
  control: Control,
  days: readonly PartitionPlan[],
  breached: ReadonlySet<string>,
  failed: boolean,
): DayOutcome[] {
  const unseen = new Set(
    days.filter(({ missing }) => reasonNotToLook(control, missing) !== null).map(({ dt }) => dt),
  );
  const outcomeOn = (dt: string): ControlOutcome => {
    if (unseen.has(dt)) return 'inconclusive';
    if (failed) return 'error';
    return breached.has(dt) ? 'breach' : 'pass';
  };
  return [...new Set(days.map(({ dt }) => dt))].map((dt) => ({
    controlId: control.id,
    dt,
    outcome: outcomeOn(dt),
  }));
}

/** Makes `open_hop` from the table `hop` and the quarantine. */
export async function openHops(
  session: WarehouseSession,
  period: string,
  { lake, readSql }: EnginePorts,
): Promise<void> {
  const { from, to } = parsePeriod(period);
  const rejected = await lake.quarantined('usage', from, to);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE quarantined AS
     SELECT unnest(from_json($files, '["VARCHAR"]')) AS file, unnest(from_json($records, '["BIGINT"]')) AS records`,
    {
      files: JSON.stringify(rejected.map(({ fileId }) => fileId)),
      records: JSON.stringify(rejected.map(({ records }) => records)),
    },
  );
  await session.run(await readSql(OPEN_HOP));
}

async function runHopControl(
  session: WarehouseSession,
  control: Control,
  days: readonly PartitionPlan[],
  { period, currency }: HopRequest,
  ports: EnginePorts,
): Promise<HopOutcomes> {
  const unseen = new Map<string, string>();
  for (const { dt, missing } of days) {
    const reason = reasonNotToLook(control, missing);
    if (reason !== null) unseen.set(dt, reason);
  }
  const lost = [...unseen.keys()].map((dt) => `DATE ${literal(dt)}`);
  if (lost.length > 0) await session.run(`DELETE FROM open_hop WHERE dt IN (${lost.join(', ')})`);
  const [result] = await runControls(session, [control], { period, currency, missing: [] }, ports.readSql);
  const broken = await session.query('SELECT DISTINCT dt FROM violation WHERE control_id = $control', {
    control: control.id,
  });
  const breached = new Set(broken.map((row) => String(row.dt)));
  const reasons = [...unseen].map(([dt, reason]) => ({ controlId: control.id, reason: `${dt}: ${reason}` }));
  return {
    outcomes: outcomesPerDay(control, days, breached, result?.outcome === 'error'),
    reasons:
      result?.reason === undefined ? reasons : [...reasons, { controlId: control.id, reason: result.reason }],
  };
}
