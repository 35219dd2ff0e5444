import type { DatasetName } from '#core/domain/datasets.ts';
import { daysOf, parsePeriod } from '#core/domain/period.ts';
import type { RunManifest } from '#core/domain/run.ts';
import type { Lag } from '#core/kpi/facts.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { parquetOf } from '#core/reconcile/load.ts';
import { mergedAt, type Stores } from './stores.ts';

/** How late each hop is: the column that says when, and the start of the event. A day of posting ends at midnight. */
export const HOPS: readonly {
  hop: Lag['hop'];
  dataset: DatasetName;
  when: string;
  start: string;
  column: string;
  /** What names a record of it. */
  id: string;
}[] = [
  {
    hop: 'event to mediation',
    dataset: 'usage',
    when: 'arrived_at',
    start: 'start_time',
    column: 'arrived_at',
    id: 'record_id',
  },
  {
    hop: 'event to rated',
    dataset: 'rated',
    when: 'rated_at',
    start: 'start_time',
    column: 'rated_at',
    id: 'rated_id',
  },
  {
    hop: 'event to billed',
    dataset: 'billed',
    when: 'CAST(posting_date + 1 AS TIMESTAMP)',
    start: 'event_time',
    column: 'posting_date',
    id: 'bill_item_id',
  },
];

/** Percentiles of the lag of each hop over the period of a run; the last hop is the run itself. */
export async function lagsOf(
  session: WarehouseSession,
  stores: Stores,
  manifest: RunManifest,
): Promise<Lag[]> {
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
    lags.push({ hop, records: Number(row?.records), p50: number(row?.p50), p95: number(row?.p95) });
  }
  return [...lags, await reconciledLag(session, stores, manifest)];
}

/** From the start of every usage record to the moment at which the run was merged. */
async function reconciledLag(session: WarehouseSession, stores: Stores, manifest: RunManifest): Promise<Lag> {
  const hop = 'event to reconciled';
  const from = await rowsOf(session, stores, manifest, 'usage', 'start_time');
  if (from === null) return { hop, records: 0, p50: null, p95: null };
  const at = await mergedAt(stores, manifest.runId);
  const [row] = await session.query(
    `WITH lag AS (SELECT CAST($at AS BIGINT) - epoch_ms(CAST(start_time AS TIMESTAMP)) AS ms FROM ${from})
     SELECT count(*) AS records, quantile_disc(ms, 0.5) AS p50, quantile_disc(ms, 0.95) AS p95 FROM lag`,
    { at: String(at) },
  );
  return { hop, records: Number(row?.records), p50: number(row?.p50), p95: number(row?.p95) };
}

function number(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value);
}

/** The files of a dataset over the period of a run, as SQL; null where there is none with that column. */
export async function rowsOf(
  session: WarehouseSession,
  { lake }: Stores,
  manifest: Pick<RunManifest, 'period'>,
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
