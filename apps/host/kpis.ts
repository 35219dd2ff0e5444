import { CONTROLS, controlOf } from '#core/controls/registry.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { parsePeriod } from '#core/domain/period.ts';
import {
  type Finding,
  type PartitionPlan,
  partitionKey,
  type RunManifest,
  runKey,
} from '#core/domain/run.ts';
import type { KpiFacts } from '#core/kpi/facts.ts';
import { KPI_IDS, type Kpi } from '#core/kpi/kpi.ts';
import { kpisOf } from '#core/kpi/kpis.ts';
import type { WarehouseRow, WarehouseSession } from '#core/ports/warehouse.ts';
import { parquetOf } from '#core/reconcile/load.ts';
import { lagsOf, rowsOf } from './kpi-lags.ts';
import { rowsBehind } from './kpi-rows.ts';
import { requireRun } from './runs.ts';
import { listRuns, type Stores } from './stores.ts';

/** The KPIs of a run, and the run. Throws RunNotFound. */
export async function kpis(
  stores: Stores,
  runId?: string,
): Promise<{ readonly manifest: RunManifest; readonly kpis: readonly Kpi[] }> {
  const manifest = requireRun(await listRuns(stores), runId);
  const session = await stores.warehouse.open();
  try {
    return { manifest, kpis: kpisOf(await factsOf(session, stores, manifest)) };
  } finally {
    await session.close();
  }
}

/** What stands behind a KPI of a run: rows, largest or slowest first. Throws UnknownName, RunNotFound. */
export async function behindKpi(
  stores: Stores,
  id: string,
  options: { readonly runId?: string; readonly limit: number },
): Promise<{ readonly kpi: Kpi; readonly rows: readonly WarehouseRow[] }> {
  const { manifest, kpis: all } = await kpis(stores, options.runId);
  const kpi = all.find((one) => one.id === id);
  if (kpi === undefined) {
    throw new PlumblineError('UnknownName', {
      what: `There is no KPI "${id}"`,
      next: `one of ${KPI_IDS.join(', ')}`,
    });
  }
  const session = await stores.warehouse.open();
  try {
    return { kpi, rows: await rowsBehind(session, stores, manifest, kpi, options.limit) };
  } finally {
    await session.close();
  }
}

async function factsOf(session: WarehouseSession, stores: Stores, manifest: RunManifest): Promise<KpiFacts> {
  const { runId } = manifest;
  const violations = parquetOf([await stores.runs.localPath(runKey(runId, 'violations'))]);
  const population = parquetOf([await stores.runs.localPath(runKey(runId, 'population'))]);
  const sums = await session.query(
    `SELECT control_id, symptom, grain, count(*) AS violations, CAST(sum(records) AS BIGINT) AS records,
       CAST(sum(abs(impact)) AS DECIMAL(18,6)) AS absolute
     FROM ${violations} GROUP BY ALL ORDER BY ALL`,
  );
  const [counted] = await session.query(
    `SELECT CAST(coalesce(sum(sessions) FILTER (grain = 'record' AND source IS NOT NULL), 0) AS BIGINT) AS sessions,
       CAST(coalesce(sum(sessions) FILTER (grain = 'subscription'), 0) AS BIGINT) AS subscriptions FROM ${population}`,
  );
  const cases = await stores.cases.listCases({ runId });
  const ids = new Set(cases.map(({ caseId }) => caseId));
  return {
    manifest,
    findings: JSON.parse(await stores.runs.readText(runKey(runId, 'findings'))) as Finding[],
    sums: sums.map((row) => ({
      controlId: String(row.control_id),
      symptom: String(row.symptom),
      grain: String(row.grain),
      stage: controlOf(String(row.control_id)).stage,
      violations: Number(row.violations),
      records: Number(row.records),
      absolute: BigInt(String(row.absolute).replace('.', '')),
    })),
    hop: await hopFacts(session, stores, manifest),
    lags: await lagsOf(session, stores, manifest),
    sessions: Number(counted?.sessions),
    subscriptions: Number(counted?.subscriptions),
    accounts: await accountsOf(session, stores, manifest, violations),
    cases,
    events: (await stores.cases.events()).filter((event) => ids.has(event.caseId)),
    catalogue: CONTROLS.map(({ id }) => id),
  };
}

async function hopFacts(
  session: WarehouseSession,
  stores: Stores,
  manifest: RunManifest,
): Promise<KpiFacts['hop']> {
  const plan = JSON.parse(await stores.runs.readText(runKey(manifest.runId, 'plan'))) as PartitionPlan[];
  const days = plan.filter(({ kind }) => kind === 'usage-day');
  const { from, to } = parsePeriod(manifest.period);
  const rejected = await stores.lake.quarantined('usage', from, to);
  const quarantined = rejected.reduce((sum, { records }) => sum + records, 0);
  if (days.length === 0) return { declared: 0, accounted: 0, quarantined };
  const keys = days.map(({ runId, partitionId }) => partitionKey(runId, partitionId, 'hops'));
  const paths = await Promise.all(keys.map((key) => stores.runs.localPath(key)));
  const [row] = await session.query(
    `WITH hop AS (SELECT * FROM ${parquetOf(paths)}),
       declared AS (SELECT file, service, source, CAST(sum(records) AS BIGINT) AS n FROM hop WHERE kind = 'declared' GROUP BY ALL),
       received AS (SELECT file, service, source, CAST(sum(records) AS BIGINT) AS n FROM hop WHERE kind = 'received' GROUP BY ALL),
       rejected AS (SELECT unnest(from_json($files, '["VARCHAR"]')) AS file, unnest(from_json($records, '["BIGINT"]')) AS n),
       file AS (SELECT file, CAST(sum(d.n) AS BIGINT) AS declared, CAST(sum(coalesce(r.n, 0)) AS BIGINT) AS received
         FROM declared d LEFT JOIN received r USING (file, service, source) GROUP BY file)
     SELECT CAST(coalesce(sum(f.declared), 0) AS BIGINT) AS declared,
       CAST(coalesce(sum(least(f.declared, f.received + coalesce(q.n, 0))), 0) AS BIGINT) AS accounted
     FROM file f LEFT JOIN (SELECT file, CAST(sum(n) AS BIGINT) AS n FROM rejected GROUP BY file) q USING (file)`,
    {
      files: JSON.stringify(rejected.map(({ fileId }) => fileId)),
      records: JSON.stringify(rejected.map(({ records }) => records)),
    },
  );
  return { declared: Number(row?.declared), accounted: Number(row?.accounted), quarantined };
}

/** Accounts that were billed in the period, and those of them with a wrong charge. */
async function accountsOf(
  session: WarehouseSession,
  stores: Stores,
  manifest: RunManifest,
  violations: string,
): Promise<KpiFacts['accounts']> {
  const billed = await rowsOf(session, stores, manifest, 'billed', 'account_id');
  if (billed === null) return { billed: 0, wrong: 0 };
  const [row] = await session.query(
    `SELECT count(*) AS billed, count(*) FILTER (account_id IN (
         SELECT account_id FROM ${violations} WHERE grain IN ('record', 'subscription') AND impact <> 0)) AS wrong
     FROM (SELECT DISTINCT account_id FROM ${billed} WHERE charge_type IN ('usage', 'recurring'))`,
  );
  return { billed: Number(row?.billed), wrong: Number(row?.wrong) };
}
