import { parseMoney } from '#core/domain/money.ts';
import { type PartitionPlan, type RunManifest, runKey } from '#core/domain/run.ts';
import type { Kpi } from '#core/kpi/kpi.ts';
import type { WarehouseRow, WarehouseSession } from '#core/ports/warehouse.ts';
import { literal, parquetOf } from '#core/reconcile/load.ts';
import { readPlan, readResults } from '#core/reconcile/merge-run.ts';
import { prepareSubscriptionMonth } from '#core/reconcile/subscription-month.ts';
import { prepareUsageDay } from '#core/reconcile/usage-day.ts';
import { HOPS, rowsOf } from './kpi-lags.ts';
import { quarantinedRecords } from './records.ts';
import type { Stores } from './stores.ts';

/** What stands behind a KPI of a run: rows of the lake, of the run or of the cases, at most `limit` of each kind. */
export async function rowsBehind(
  session: WarehouseSession,
  stores: Stores,
  manifest: RunManifest,
  { behind }: Kpi,
  limit: number,
): Promise<readonly WarehouseRow[]> {
  switch (behind.kind) {
    case 'violations':
      return violationsOf(session, stores, manifest, behind.controls, limit);
    case 'slowest':
      return slowest(session, stores, manifest, limit);
    case 'residual':
    case 'suspended':
      return sessionsOf(stores, manifest, behind.kind, limit);
    case 'controls':
      return manifest.controls.map(({ controlId, title, outcome, violations }) => ({
        controlId,
        title,
        outcome,
        violations,
      }));
    case 'quality':
      return quality(stores, manifest, limit);
    case 'cases':
      return (await stores.cases.listCases({ runId: manifest.runId }))
        .map(({ caseId, controlId, status, resolution, title }) => ({
          caseId,
          controlId,
          status,
          resolution,
          title,
        }))
        .slice(0, limit);
    case 'nothing':
      return [];
  }
}

async function violationsOf(
  session: WarehouseSession,
  stores: Stores,
  { runId }: RunManifest,
  controls: readonly string[],
  limit: number,
): Promise<readonly WarehouseRow[]> {
  const path = await stores.runs.localPath(runKey(runId, 'violations'));
  const ids = controls.length === 0 ? "''" : controls.map(literal).join(', ');
  return session.query(
    `SELECT control_id, key, symptom, dt, expected, charged, impact, coalesce(left_file, left_id) AS left_file, left_offset,
       coalesce(right_file, right_id) AS right_file, right_offset
     FROM ${parquetOf([path])} WHERE control_id IN (${ids})
     ORDER BY abs(impact) DESC, records DESC, control_id, key LIMIT ${limit}`,
  );
}

/** The slowest records of every hop of which records say when. */
async function slowest(
  session: WarehouseSession,
  stores: Stores,
  manifest: RunManifest,
  limit: number,
): Promise<readonly WarehouseRow[]> {
  const rows: WarehouseRow[] = [];
  for (const { hop, dataset, id, when, start, column } of HOPS) {
    const from = await rowsOf(session, stores, manifest, dataset, column);
    if (from === null) continue;
    const usageOnly = dataset === 'billed' ? "AND charge_type = 'usage'" : '';
    rows.push(
      ...(await session.query(
        `SELECT ${literal(hop)} AS hop, ${id} AS record, correlation_id, ${start} AS began, CAST(${when} AS TIMESTAMP_MS) AS came,
           file_id, byte_offset
         FROM ${from} WHERE ${column} IS NOT NULL ${usageOnly}
         ORDER BY CAST(${when} AS TIMESTAMP) - CAST(${start} AS TIMESTAMP) DESC, ${id} LIMIT ${limit}`,
      )),
    );
  }
  return rows;
}

/** Partitions of which single sessions and subscriptions can be looked at again. */
const JUDGED_AGAIN: Readonly<Partial<Record<PartitionPlan['kind'], typeof judgedDay>>> = {
  'usage-day': judgedDay,
  'subscription-month': judgedMonth,
};

/**
 * Sessions and subscriptions in suspense, or whose gap no control took, of the partitions with most money in it (most of
 * them): these are judged again.
 */
async function sessionsOf(
  stores: Stores,
  manifest: RunManifest,
  kind: 'residual' | 'suspended',
  limit: number,
): Promise<readonly WarehouseRow[]> {
  const plan = (await readPlan(manifest.runId, stores)).filter(({ kind: of }) => of in JUDGED_AGAIN);
  const results = await readResults(plan, stores);
  const counted = plan.map((partition, i) => ({
    partition,
    sessions: Object.entries(results[i]?.conservation.buckets ?? {})
      .filter(([name]) => isOfKind(name, kind))
      .reduce((sum, [, n]) => sum + n, 0),
    money: kind === 'residual' ? absolute(results[i]?.conservation.residual ?? '0') : 0n,
  }));
  const rows: WarehouseRow[] = [];
  for (const { partition, sessions } of counted.toSorted(byMoney)) {
    if (sessions === 0 || rows.length >= limit) break;
    const left = limit - rows.length;
    rows.push(
      ...((await JUDGED_AGAIN[partition.kind]?.(stores, manifest.runId, partition, kind, left)) ?? []),
    );
  }
  return rows;
}

function isOfKind(bucket: string, kind: 'residual' | 'suspended'): boolean {
  if (kind === 'residual') return bucket === 'residual';
  return bucket.startsWith('suspended') && bucket !== 'suspended: under-allowance';
}

function absolute(amount: string): bigint {
  const { minor } = parseMoney(amount, 'XXX/6');
  return minor < 0n ? -minor : minor;
}

function byMoney(
  a: { readonly money: bigint; readonly sessions: number },
  b: { readonly money: bigint; readonly sessions: number },
): number {
  if (a.money !== b.money) return a.money > b.money ? -1 : 1;
  return b.sessions - a.sessions;
}

async function judgedDay(
  stores: Stores,
  runId: string,
  partition: PartitionPlan,
  kind: 'residual' | 'suspended',
  limit: number,
): Promise<readonly WarehouseRow[]> {
  const session = await stores.warehouse.open();
  try {
    const { dt, files, missing } = partition;
    await prepareUsageDay(session, { day: dt, files, missing }, stores);
    if (kind === 'suspended')
      return await session.query(
        `SELECT s.settled AS bucket, s.correlation_id AS key, CAST(s.event_time AS VARCHAR) AS at, s.service AS what, s.expected,
           s.charged, CAST(0 AS DECIMAL(18,6)) AS unexplained, u.file_id, u.byte_offset
         FROM session s LEFT JOIN usage_session u USING (correlation_id)
         WHERE starts_with(s.settled, 'suspended') AND s.settled <> 'suspended: under-allowance'
         ORDER BY s.event_time, s.correlation_id LIMIT ${limit}`,
      );
    const path = await stores.runs.localPath(runKey(runId, 'violations'));
    return await session.query(
      `SELECT 'residual' AS bucket, c.correlation_id AS key, CAST(c.event_time AS VARCHAR) AS at, c.service AS what, c.expected,
         c.charged, CAST(c.gap - coalesce(v.impact, 0) AS DECIMAL(18,6)) AS unexplained,
         coalesce(c.usage_file, c.billed_file) AS file_id, coalesce(c.usage_offset, c.billed_offset) AS byte_offset
       FROM candidate c
       LEFT JOIN (SELECT key, sum(impact) AS impact FROM ${parquetOf([path])} WHERE grain = 'record' GROUP BY key) v
         ON v.key = c.correlation_id
       WHERE c.gap <> coalesce(v.impact, 0)
       ORDER BY abs(c.gap - coalesce(v.impact, 0)) DESC, c.correlation_id LIMIT ${limit}`,
    );
  } finally {
    await session.close();
  }
}

async function judgedMonth(
  stores: Stores,
  runId: string,
  partition: PartitionPlan,
  kind: 'residual' | 'suspended',
  limit: number,
): Promise<readonly WarehouseRow[]> {
  const session = await stores.warehouse.open();
  try {
    await prepareSubscriptionMonth(session, partition, stores);
    const path = await stores.runs.localPath(runKey(runId, 'violations'));
    const which =
      kind === 'suspended' ? "starts_with(m.settled, 'suspended')" : 'm.gap <> coalesce(v.impact, 0)';
    return await session.query(
      `SELECT ${kind === 'suspended' ? 'm.settled' : "'residual'"} AS bucket, m.subscription_id AS key,
         CAST(m.dt AS VARCHAR) AS at, m.offer_id AS what, m.expected, m.charged,
         CAST(m.gap - coalesce(v.impact, 0) AS DECIMAL(18,6)) AS unexplained,
         m.bill_file AS file_id, m.bill_offset AS byte_offset
       FROM subscription_month m
       LEFT JOIN (SELECT key, sum(impact) AS impact FROM ${parquetOf([path])} WHERE grain = 'subscription' GROUP BY key) v
         ON v.key = m.subscription_id
       WHERE ${which}
       ORDER BY abs(m.gap - coalesce(v.impact, 0)) DESC, m.subscription_id LIMIT ${limit}`,
    );
  } finally {
    await session.close();
  }
}

/** Slots that are missing, and records that could not be read. */
async function quality(
  stores: Stores,
  manifest: RunManifest,
  limit: number,
): Promise<readonly WarehouseRow[]> {
  const slots = manifest.coverage
    .flatMap(({ dataset, missing }) => missing.map((slot) => ({ dataset, slot })))
    .slice(0, limit)
    .map(({ dataset, slot }) => ({
      what: 'slot missing',
      dataset,
      place: slot,
      byte_offset: null,
      reason: null,
    }));
  const rejected = (await quarantinedRecords(stores, limit)).map(
    ({ dataset, file_id, byte_offset, reason }) => ({
      what: 'record rejected',
      dataset,
      place: file_id,
      byte_offset,
      reason,
    }),
  );
  return [...slots, ...rejected] as unknown as readonly WarehouseRow[];
}
