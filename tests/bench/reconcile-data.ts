/**
 * An operator of any size for benchmarks: every value is a function of the row number, so that the same size gives the
 * same rows. Written as the lake would hold it, one Parquet file per day, bucket and batch.
 */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DuckdbSession } from '#adapters/local/duckdb-session.ts';
import { COLUMN_TYPES, DATASETS, type DatasetName, LINEAGE_COLUMNS } from '#core/domain/datasets.ts';
import type { FeedCoverage } from '#core/domain/feed.ts';
import { addDays, type Day, parseDay } from '#core/domain/period.ts';
import type { LakeFile } from '#core/domain/run.ts';
import type { Lake } from '#core/ports/lake.ts';
import { LAYOUT_COLUMNS } from '#core/reconcile/settle-layout.ts';

export interface DataSize {
  /** Sessions; usage records are about half a per cent more. */
  readonly sessions: number;
  readonly days: number;
  readonly buckets: number;
  /** With the columns that ingest writes for the engine; without, the Parquet of anybody else. */
  readonly prepared: boolean;
  /** Rows of a file in another order. */
  readonly shuffled?: boolean;
}

/** First of the days: a Wednesday. */
export const FIRST_DAY = parseDay('2026-10-07');
const BATCH = 2_500_000;

/** A number from 0 to 2^32 - 1 for a row number. `salt` makes independent ones. */
const random = (salt: number) =>
  `((i * 2654435761 + ${salt * 40503 + 12345}) % 4294967296 * 69069 % 4294967291)`;

/** One row per session: what the network did. `i` is the row number. */
function sessionsSql(size: DataSize, from: number, to: number): string {
  const dayStart = `epoch_ms(TIMESTAMP '${FIRST_DAY}')`;
  const subscribers = Math.max(100, Math.floor(size.sessions / 100));
  return `
  SELECT i, md5(i::VARCHAR)[:16] AS correlation_id, service, subscriber, fault, zone,
    '4366' || lpad(subscriber::VARCHAR, 8, '0') AS a_number,
    CASE WHEN service = 'data' THEN NULL ELSE
      CASE zone WHEN 'national' THEN '43' WHEN 'eu' THEN '49' WHEN 'mobile' THEN '43664' WHEN 'world' THEN '1' ELSE '882' END
      || lpad((${random(7)} % 10000000)::VARCHAR, 8, '1') END AS b_number,
    CASE WHEN zone = 'roam' THEN '26201' END AS visited_plmn,
    make_timestamp_ms(ms) AS start_time, ms,
    CASE service WHEN 'voice' THEN 1 + ${random(5)} % 600 WHEN 'sms' THEN 1 ELSE 1 + ${random(5)} % 50000 END AS quantity,
    CASE service WHEN 'voice' THEN CASE WHEN i % 2 = 0 THEN 'msc-east' ELSE 'msc-west' END WHEN 'sms' THEN 'smsc' ELSE 'upf' END AS source
  FROM (
    SELECT i, ${dayStart} + i * ${size.days} * 86400000 // ${size.sessions} AS ms,
      CASE WHEN i % 20 < 6 THEN 'voice' WHEN i % 20 < 9 THEN 'sms' ELSE 'data' END AS service,
      CAST(floor(${subscribers} * pow(${random(1)} / 4294967296.0, 1.5)) AS BIGINT) AS subscriber,
      ${random(2)} % 100000 AS fault,
      CASE WHEN ${random(3)} % 50 = 0 THEN 'roam' WHEN i % 20 >= 9 THEN 'home'
        ELSE ['national', 'national', 'mobile', 'mobile', 'eu', 'world', 'satellite'][1 + CAST(${random(4)} % 7 AS INTEGER)] END AS zone
    FROM range(${from}, ${to}) r(i)
  )`;
}

/** With the charge that the price list of `tariffSql` asks for, in millionths: own arithmetic, not the engine's. */
function chargedSql(): string {
  return `
  SELECT *, CASE WHEN service = 'voice' THEN ((quantity + 59) // 60) * price + 10000 WHEN service = 'sms' THEN price
      ELSE ((quantity + 1023) // 1024) * price END AS micros,
    version, 'T' || tariff AS tariff_id
  FROM (
    SELECT *, ${PRICE} AS price FROM (
      SELECT *, subscriber % 4 AS tariff,
        CASE WHEN ms >= epoch_ms(TIMESTAMP '${FIRST_DAY}') + 86400000 THEN 2 ELSE 1 END AS version,
        -- Vienna is two hours ahead of UTC on these days.
        (ms + 7200000) // 3600000 % 24 BETWEEN 8 AND 17 AND ((ms + 7200000) // 86400000 + 3) % 7 < 5 AS peak
      FROM call
    )
  )`;
}

const ZONES = ['national', 'mobile', 'eu', 'world', 'satellite', 'roam', 'home'];

/** Price of an increment in millionths, as an expression over tariff, version, service, zone and peak. */
const PRICE = `((tariff + 1) * 3100 + version * 700
  + CASE zone ${ZONES.map((zone, n) => `WHEN '${zone}' THEN ${n * 9100}`).join(' ')} END
  + CASE service WHEN 'voice' THEN CASE WHEN peak THEN 40000 ELSE 20000 END WHEN 'sms' THEN 50000 ELSE 0 END)`;

/** Written one after the other. Charges of faults: wrong by a tenth. */
const EVENTS: Readonly<Partial<Record<DatasetName, string>>> = {
  usage: `
    SELECT 'u' || i || '-' || part AS record_id, part AS partial_sequence, part = parts AS final_partial,
      CASE WHEN part = 1 THEN quantity - (parts - 1) * (quantity // 3) ELSE quantity // 3 END AS quantity,
      make_timestamp_ms(ms + (part - 1) * 1000) AS start_time, start_time AS session_start,
      * EXCLUDE (quantity, start_time), 'usage-' || source || '-' || (ms // 3600000) || '.csv' AS file_id, i AS byte_offset
    FROM (
      SELECT *, unnest(range(1, parts + 1)) AS part
      FROM (SELECT *, CASE WHEN service = 'voice' AND fault % 200 = 7 THEN 3 ELSE 1 END AS parts FROM charged)
    ) WHERE NOT fault BETWEEN 90000 AND 90099`,
  rated: `
    SELECT 'r' || i AS rated_id, 'S' || subscriber AS subscription_id, 'ocs-' || (subscriber % 2) AS source, service,
      start_time, quantity, zone, 'O' || tariff AS offer_id, tariff_id, version AS tariff_version, 'standard' AS rate_path,
      ${amountOf()} AS amount, 'EUR' AS currency, correlation_id, a_number, b_number,
      'rated-' || (ms // 3600000) || '.csv' AS file_id, i AS byte_offset, i
    FROM charged WHERE NOT fault BETWEEN 0 AND 99`,
  billed: `
    SELECT 'b' || i || '-' || copy AS bill_item_id, 'usage' AS charge_type, 'S' || subscriber AS subscription_id,
      'A' || subscriber AS account_id, service, start_time AS event_time, DATE '${FIRST_DAY}' AS posting_date,
      ${amountOf()} AS amount, 'EUR' AS currency, correlation_id, a_number, b_number, quantity,
      'billed-' || (ms // 3600000) || '.csv' AS file_id, i AS byte_offset, i
    FROM (SELECT *, unnest(CASE WHEN fault BETWEEN 1000 AND 1099 THEN [1, 2] ELSE [1] END) AS copy FROM charged)
    WHERE NOT fault BETWEEN 0 AND 299`,
};

function amountOf(): string {
  return `CAST((CASE WHEN fault BETWEEN 2000 AND 2099 THEN micros * 11 // 10 WHEN fault BETWEEN 2100 AND 2199 THEN micros * 9 // 10
    ELSE micros END)::DECIMAL(18,0) * 0.000001 AS DECIMAL(18,6))`;
}

function tariffSql(): string {
  const from = `TIMESTAMP '2020-01-01'`;
  const change = `TIMESTAMP '${FIRST_DAY}' + INTERVAL 1 DAY`;
  return `
    SELECT 'T' || tariff AS tariff_id, version, CASE version WHEN 1 THEN ${from} ELSE ${change} END AS valid_from,
      CASE version WHEN 1 THEN ${change} END AS valid_to, service, zone,
      CASE WHEN service <> 'voice' THEN 'any' WHEN peak THEN 'peak' ELSE 'offpeak' END AS time_band,
      CASE service WHEN 'voice' THEN 60 WHEN 'sms' THEN 1 ELSE 1024 END AS increment, 0 AS minimum,
      CAST(${PRICE}::DECIMAL(12,0) * 0.000001 AS DECIMAL(18,6)) AS price_per_increment,
      CASE service WHEN 'voice' THEN 0.01 ELSE 0 END AS connect_fee, false AS free, 'half_up' AS rounding_method,
      6 AS rounding_decimals, 'EUR' AS currency, 'Europe/Vienna' AS time_zone, 8 AS peak_from_hour, 18 AS peak_to_hour
    FROM range(4) t(tariff), (VALUES (1), (2)) v(version), (VALUES ('voice'), ('sms'), ('data')) s(service),
      (VALUES ${ZONES.map((zone) => `('${zone}')`).join(', ')}) z(zone), (VALUES (true), (false)) p(peak)
    WHERE service = 'voice' OR peak`;
}

function referencesSql(size: DataSize): Readonly<Partial<Record<DatasetName, string>>> {
  const subscribers = Math.max(100, Math.floor(size.sessions / 100));
  return {
    subscription: `SELECT 'S' || i AS subscription_id, 'A' || i AS account_id, '4366' || lpad(i::VARCHAR, 8, '0') AS msisdn,
      'imsi' || i AS imsi, 'O' || (i % 4) AS offer_id, CASE WHEN i % 3 = 0 THEN 'business' ELSE 'consumer' END AS segment,
      'customer' AS purpose, DATE '2020-01-01' AS valid_from FROM range(${subscribers}) r(i)`,
    catalog: `SELECT 'O' || i AS offer_id, 'Offer ' || i AS name, 10 AS monthly_fee, 'EUR' AS currency, 'T' || i AS tariff_id,
      TIMESTAMP '2020-01-01' AS valid_from FROM range(4) r(i)`,
    tariff: tariffSql(),
    zone: `SELECT kind, code, zone, TIMESTAMP '2020-01-01' AS valid_from FROM (VALUES ('prefix', '43', 'national'),
      ('prefix', '43664', 'mobile'), ('prefix', '49', 'eu'), ('prefix', '1', 'world'), ('prefix', '882', 'satellite'),
      ('plmn', '26201', 'roam')) z(kind, code, zone)`,
  };
}

/** The declared columns of a dataset out of a query that yields some of them; the rest is NULL. */
function declaredSql(dataset: DatasetName, query: string, names: ReadonlySet<string>): string {
  const declared = [...DATASETS[dataset].columns, ...LINEAGE_COLUMNS].map(({ name, type }) =>
    names.has(name)
      ? `CAST(${name} AS ${COLUMN_TYPES[type]}) AS ${name}`
      : `CAST(NULL AS ${COLUMN_TYPES[type]}) AS ${name}`,
  );
  return `SELECT ${declared.join(', ')} FROM (${query})`;
}

/** Writes the operator under a folder: `<dataset>/dt=…/bucket=…/….parquet`. */
export async function writeData(
  folder: string,
  size: DataSize,
  progress: (text: string) => void,
): Promise<void> {
  const session = await DuckdbSession.open({ memoryLimitMb: 6000, threads: 2 });
  try {
    for (const [name, sql] of Object.entries(referencesSql(size)) as [DatasetName, string][]) {
      const query = declaredSql(name, sql, await namesOf(session, sql));
      mkdirSync(join(folder, name, `dt=${FIRST_DAY}`), { recursive: true });
      await session.run(
        `COPY (${query}) TO '${join(folder, name, `dt=${FIRST_DAY}`, 'part.parquet')}' (FORMAT parquet)`,
      );
    }
    for (let from = 0; from < size.sessions; from += BATCH) {
      progress(`generate from session ${from}`);
      const to = Math.min(size.sessions, from + BATCH);
      await session.run(`CREATE OR REPLACE TEMP TABLE call AS ${sessionsSql(size, from, to)}`);
      await session.run(`CREATE OR REPLACE TEMP TABLE charged AS ${chargedSql()}`);
      for (const [name, sql] of Object.entries(EVENTS) as [DatasetName, string][]) {
        await writeEvents(session, folder, name, sql, size, from / BATCH);
      }
    }
  } finally {
    await session.close();
  }
}

async function writeEvents(
  session: DuckdbSession,
  folder: string,
  name: DatasetName,
  sql: string,
  size: DataSize,
  batch: number,
): Promise<void> {
  mkdirSync(join(folder, name), { recursive: true });
  const hashed = `SELECT *, md5('${name}' || byte_offset || file_id) AS row_hash FROM (${sql})`;
  const query = declaredSql(name, hashed, await namesOf(session, hashed));
  const layout = size.prepared ? `, ${LAYOUT_COLUMNS}` : '';
  const order = size.shuffled === true ? 'ORDER BY row_hash' : '';
  await session.run(
    `COPY (SELECT *${layout}, CAST(${DATASETS[name].partitionColumn} AS DATE) AS dt,
         ('0x' || md5(correlation_id)[1:8])::UBIGINT % ${size.buckets} AS bucket FROM (${query}) ${order})
       TO '${join(folder, name)}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (dt, bucket), OVERWRITE_OR_IGNORE, FILENAME_PATTERN 'batch${batch}_{i}')`,
  );
}

async function namesOf(session: DuckdbSession, sql: string): Promise<Set<string>> {
  const rows = await session.query(`SELECT column_name FROM (DESCRIBE ${sql})`);
  return new Set(rows.map((row) => String(row.column_name)));
}

/** The written folder as a lake in which nothing is missing. */
export class BenchLake implements Lake {
  readonly folder: string;
  readonly size: DataSize;

  constructor(folder: string, size: DataSize) {
    this.folder = folder;
    this.size = size;
  }

  /** The days that hold usage. */
  days(): Day[] {
    return Array.from({ length: this.size.days }, (_, n) => addDays(FIRST_DAY, n));
  }

  async eventFiles(dataset: DatasetName, day: Day, bucket: number): Promise<LakeFile[]> {
    return this.#files(dataset, join(dataset, `dt=${day}`, `bucket=${bucket}`));
  }

  async referenceFiles(dataset: DatasetName): Promise<LakeFile[]> {
    return this.#files(dataset, join(dataset, `dt=${FIRST_DAY}`));
  }

  async buckets(): Promise<number> {
    return this.size.buckets;
  }

  async coverage(dataset: DatasetName): Promise<FeedCoverage> {
    return { dataset, declared: true, missing: [], files: 1 };
  }

  async missingSlots(): Promise<ReadonlyMap<Day, readonly string[]>> {
    return new Map();
  }

  async quarantined(): Promise<[]> {
    return [];
  }

  async localPath(file: LakeFile): Promise<string> {
    return join(this.folder, file.path);
  }

  #files(dataset: DatasetName, folder: string): LakeFile[] {
    try {
      const names = readdirSync(join(this.folder, folder)).sort();
      return names.map((name) => ({
        dataset,
        path: join(folder, name),
        rows: 1_000_000,
        sha256: join(folder, name),
      }));
    } catch {
      return [];
    }
  }
}
