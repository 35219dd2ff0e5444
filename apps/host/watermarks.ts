import { DATASETS, type DatasetName } from '#core/domain/datasets.ts';
import { addDays, type Day, parsePeriod } from '#core/domain/period.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { rowsOf } from './kpi-lags.ts';
import type { Stores } from './stores.ts';

/** How far a source of a feed has come in a period. Times are UTC. */
export interface Watermark {
  readonly dataset: DatasetName;
  /** Null where records do not name one. */
  readonly source: string | null;
  readonly records: number;
  readonly newestEvent: string;
  /** When its newest record arrived; null where records do not say it. */
  readonly newestArrival: string | null;
  /** Records that arrived more than a day after their event; null where records do not say it. */
  readonly late: number | null;
  /**
   * Before this everything of the source is there: no slot of the feed is missing, and of usage no time between two
   * trailers of the source. Null where nothing is declared.
   */
  readonly watermark: string | null;
}

/** Event datasets with the column that says when a record came, where there is one. */
const ARRIVED: Readonly<Partial<Record<DatasetName, string>>> = {
  usage: 'arrived_at',
  rated: 'rated_at',
  billed: 'posting_date',
  file_trailer: 'arrived_at',
  suspense: 'since',
};

/** The watermark of every source of every event feed of the period, by dataset and source. */
export async function watermarks(stores: Stores, label: string): Promise<readonly Watermark[]> {
  const found: Watermark[] = [];
  const session = await stores.warehouse.open();
  try {
    for (const dataset of Object.values(DATASETS))
      if (dataset.kind === 'event') found.push(...(await ofDataset(session, stores, dataset.name, label)));
  } finally {
    await session.close();
  }
  return found;
}

async function ofDataset(
  session: WarehouseSession,
  stores: Stores,
  name: DatasetName,
  label: string,
): Promise<readonly Watermark[]> {
  const dataset = DATASETS[name];
  if (dataset.kind !== 'event') return [];
  const column = String(dataset.partitionColumn);
  const from = await rowsOf(session, stores, { period: label }, name, column);
  if (from === null) return [];
  const present = new Set(
    (await session.query(`SELECT column_name FROM (DESCRIBE SELECT * FROM ${from})`)).map((row) =>
      String(row.column_name),
    ),
  );
  const own = ARRIVED[name];
  const arrived =
    own !== undefined && present.has(own) ? `CAST(${own} AS TIMESTAMP)` : 'CAST(NULL AS TIMESTAMP)';
  const event = `CAST(${column} AS TIMESTAMP)`;
  const rows = await session.query(
    `SELECT ${present.has('source') ? 'source' : 'NULL'} AS source, count(*) AS records, epoch_ms(max(${event})) AS newest,
       epoch_ms(max(${arrived})) AS arrival, count(${arrived}) AS dated,
       count(*) FILTER (${arrived} - ${event} > INTERVAL 1 DAY) AS late
     FROM ${from} GROUP BY ALL ORDER BY source NULLS FIRST`,
  );
  const complete = await completeTo(stores, name, label);
  const covered = BY_TRAILER.includes(name)
    ? await coveredTo(session, stores, label)
    : new Map<string, string>();
  return rows.map((row) => ({
    dataset: name,
    source: row.source === null ? null : String(row.source),
    records: Number(row.records),
    newestEvent: iso(row.newest),
    newestArrival: row.arrival === null ? null : iso(row.arrival),
    late: Number(row.dated) === 0 ? null : Number(row.late),
    watermark: earlier(complete, covered.get(String(row.source))),
  }));
}

/** Feeds whose sources write trailers, which say what time each file covers. */
const BY_TRAILER: readonly DatasetName[] = ['usage', 'file_trailer'];

/** To which instant the trailers of each source cover the period without a hole. */
async function coveredTo(
  session: WarehouseSession,
  stores: Stores,
  label: string,
): Promise<ReadonlyMap<string, string>> {
  const from = await rowsOf(session, stores, { period: label }, 'file_trailer', 'period_start');
  if (from === null) return new Map();
  const rows = await session.query(
    `SELECT source, epoch_ms(CAST(coalesce(min(covered) FILTER (next_start > covered), max(covered)) AS TIMESTAMP)) AS covered
     FROM (
       SELECT source, max(period_end) OVER (w ROWS UNBOUNDED PRECEDING) AS covered, lead(period_start) OVER w AS next_start
       FROM (SELECT DISTINCT source, period_start, period_end FROM ${from})
       WINDOW w AS (PARTITION BY source ORDER BY period_start, period_end)
     )
     GROUP BY source ORDER BY source`,
  );
  return new Map(rows.map((row) => [String(row.source), iso(row.covered)]));
}

function earlier(complete: string | null, covered: string | undefined): string | null {
  return complete === null || covered === undefined || complete < covered ? complete : covered;
}

/** The instant before which no slot of a declared feed is missing, at the earliest the start of the period. */
async function completeTo(stores: Stores, name: DatasetName, label: string): Promise<string | null> {
  const { from, to } = parsePeriod(label);
  const { declared } = await stores.lake.coverage(name, from, to);
  if (!declared) return null;
  const missing = await stores.lake.missingSlots(name, from, to);
  const first = [...missing]
    .filter(([, slots]) => slots.length > 0)
    .map(([day]) => day)
    .sort()[0];
  return `${first ?? addDays(to as Day, 1)}T00:00:00Z`;
}

function iso(ms: unknown): string {
  return new Date(Number(ms)).toISOString().replace('.000Z', 'Z');
}
