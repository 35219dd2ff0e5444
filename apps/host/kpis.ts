import { CONTROLS } from '#core/controls/registry.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { daysOf, parsePeriod } from '#core/domain/period.ts';
import {
  type Finding,
  type PartitionPlan,
  partitionKey,
  type RunManifest,
  runKey,
} from '#core/domain/run.ts';
import type { KpiFacts, Lag } from '#core/kpi/facts.ts';
import { KPI_IDS, type Kpi } from '#core/kpi/kpi.ts';
import { kpisOf } from '#core/kpi/kpis.ts';
import type { WarehouseRow, WarehouseSession } from '#core/ports/warehouse.ts';
import { literal, parquetOf } from '#core/reconcile/load.ts';
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
      violations: Number(row.violations),
      records: Number(row.records),
      absolute: BigInt(String(row.absolute).replace('.', '')),
    })),
    hop: await hopFacts(session, stores, manifest),
    lags: await lagsOf(session, stores, manifest),
    sessions: Number(counted?.sessions),
    subscriptions: Number(counted?.subscriptions),
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

/** How late each hop is: the column that says when, and the start of the event. A day of posting ends at midnight. */
const HOPS: readonly {
  hop: Lag['hop'];
  dataset: DatasetName;
  when: string;
  start: string;
  column: string;
}[] = [
  {
    hop: 'event to mediation',
    dataset: 'usage',
    when: 'arrived_at',
    start: 'start_time',
    column: 'arrived_at',
  },
  { hop: 'event to rated', dataset: 'rated', when: 'rated_at', start: 'start_time', column: 'rated_at' },
  {
    hop: 'event to billed',
    dataset: 'billed',
    when: 'CAST(posting_date + 1 AS TIMESTAMP)',
    start: 'event_time',
    column: 'posting_date',
  },
];

async function lagsOf(session: WarehouseSession, stores: Stores, manifest: RunManifest): Promise<Lag[]> {
  const lags: Lag[] = [];
  for (const { hop, dataset, when, start, column } of HOPS) {
    const from = await rowsOf(session, stores, manifest, dataset, column);
    if (from === null) {
      lags.push({ hop, records: 0, p50: null, p95: null });
      continue;
    }
    const usageOnly = dataset === 'billed' ? "AND charge_type = 'usage'" : '';
    const [row] = await session.query(
      `WITH lag AS (SELECT epoch_ms(CAST(${when} AS TIMESTAMP)) - epoch_ms(CAST(${start} AS TIMESTAMP)) AS ms
         FROM ${from} WHERE ${column} IS NOT NULL ${usageOnly})
       SELECT count(*) AS records, quantile_disc(ms, 0.5) AS p50, quantile_disc(ms, 0.95) AS p95 FROM lag`,
    );
    const number = (value: unknown) => (value === null || value === undefined ? null : Number(value));
    lags.push({ hop, records: Number(row?.records), p50: number(row?.p50), p95: number(row?.p95) });
  }
  return lags;
}

/** The files of a dataset over the period of a run, as SQL; null where there is none with that column. */
async function rowsOf(
  session: WarehouseSession,
  { lake }: Stores,
  manifest: RunManifest,
  dataset: DatasetName,
  column: string,
): Promise<string | null> {
  const buckets = await lake.buckets();
  const paths: string[] = [];
  for (const day of daysOf(parsePeriod(manifest.period))) {
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      for (const file of await lake.eventFiles(dataset, day, bucket)) paths.push(await lake.localPath(file));
    }
  }
  if (paths.length === 0) return null;
  const from = parquetOf(paths);
  const columns = await session.query(`SELECT column_name FROM (DESCRIBE SELECT * FROM ${from})`);
  return columns.some((row) => row.column_name === column) ? from : null;
}

async function rowsBehind(
  session: WarehouseSession,
  stores: Stores,
  manifest: RunManifest,
  { behind }: Kpi,
  limit: number,
): Promise<readonly WarehouseRow[]> {
  if (behind.kind === 'violations') {
    const path = await stores.runs.localPath(runKey(manifest.runId, 'violations'));
    const controls = behind.controls.length === 0 ? "''" : behind.controls.map(literal).join(', ');
    return session.query(
      `SELECT control_id, key, symptom, dt, expected, charged, impact, left_file, left_offset, right_file, right_offset
       FROM ${parquetOf([path])} WHERE control_id IN (${controls})
       ORDER BY abs(impact) DESC, records DESC, control_id, key LIMIT ${limit}`,
    );
  }
  if (behind.kind === 'slowest') {
    const from = await rowsOf(session, stores, manifest, 'billed', 'posting_date');
    if (from === null) return [];
    return session.query(
      `SELECT bill_item_id, correlation_id, event_time, posting_date, file_id, byte_offset FROM ${from}
       WHERE charge_type = 'usage' ORDER BY CAST(posting_date AS TIMESTAMP) - event_time DESC, bill_item_id LIMIT ${limit}`,
    );
  }
  if (behind.kind === 'buckets') {
    const buckets = Object.entries(manifest.conservation.buckets);
    return buckets.map(([bucket, sessions]) => ({ bucket, sessions })).slice(0, limit);
  }
  if (behind.kind === 'controls') {
    return manifest.controls.map(({ controlId, title, outcome, violations }) => ({
      controlId,
      title,
      outcome,
      violations,
    }));
  }
  if (behind.kind === 'slots') {
    return manifest.coverage
      .flatMap(({ dataset, missing }) => missing.map((slot) => ({ dataset, slot })))
      .slice(0, limit);
  }
  if (behind.kind === 'cases') {
    const cases = await stores.cases.listCases({ runId: manifest.runId });
    return cases
      .map(({ caseId, controlId, status, resolution, title }) => ({
        caseId,
        controlId,
        status,
        resolution,
        title,
      }))
      .slice(0, limit);
  }
  return [];
}
