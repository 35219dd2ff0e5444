import {
  BIGINT,
  BOOLEAN,
  DATE,
  DECIMAL,
  type DuckDBAppender,
  DuckDBDataChunk,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBTimestampMillisecondsValue,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  TIMESTAMP_MS,
  VARCHAR,
} from '@duckdb/node-api';
import type { Cell, RecordBatch, RejectedRecord } from '#core/connectors/records.ts';
import { COLUMN_TYPES, type ColumnType, type Dataset, LINEAGE_COLUMNS } from '#core/domain/datasets.ts';
import { bucketOf } from '#core/domain/hash.ts';
import type { DuckdbSession } from './duckdb-session.ts';

const MS_PER_DAY = 86_400_000;
const DUCKDB_TYPES: Readonly<Record<ColumnType, DuckDBType>> = {
  string: VARCHAR,
  timestamp: TIMESTAMP_MS,
  date: DATE,
  decimal: DECIMAL(18, 6),
  integer: INTEGER,
  bigint: BIGINT,
  boolean: BOOLEAN,
};
const REJECTED_TYPES = [VARCHAR, BIGINT, VARCHAR, VARCHAR];

/** Where rows of one dataset stand in: a fixed partition for snapshots, by their own values for events. */
export type Partitioning =
  | { readonly kind: 'snapshot'; readonly dt: string }
  | {
      readonly kind: 'event';
      readonly column: string;
      readonly bucketColumns: readonly string[];
      readonly buckets: number;
    };

/**
 * Tables in a DuckDB session that hold the rows and rejected records of some source files until they are written to
 * the lake. `staged` has the dataset's columns, lineage, dt and bucket; `rejected` has file, offset, reason and raw text.
 */
export class Stage {
  readonly session: DuckdbSession;
  readonly dataset: Dataset;
  readonly partitioning: Partitioning;
  rows = 0;
  /** Rejected records that were added. */
  rejectedRecords = 0;
  readonly #types: readonly DuckDBType[];
  #appender: DuckDBAppender | undefined;
  #rejectedAppender: DuckDBAppender | undefined;
  #rejected: { readonly fileId: string; readonly record: RejectedRecord }[] = [];

  private constructor(session: DuckdbSession, dataset: Dataset, partitioning: Partitioning) {
    this.session = session;
    this.dataset = dataset;
    this.partitioning = partitioning;
    this.#types = [...dataset.columns, ...LINEAGE_COLUMNS]
      .map((column) => DUCKDB_TYPES[column.type])
      .concat(DATE, INTEGER);
  }

  static async create(session: DuckdbSession, dataset: Dataset, partitioning: Partitioning): Promise<Stage> {
    const stage = new Stage(session, dataset, partitioning);
    await stage.clear();
    return stage;
  }

  /** Rows and rejected records: both take memory. */
  get records(): number {
    return this.rows + this.rejectedRecords;
  }

  /** Empties both tables. */
  async clear(): Promise<void> {
    const columns = [...this.dataset.columns, ...LINEAGE_COLUMNS].map(
      (c) => `${c.name} ${COLUMN_TYPES[c.type]}`,
    );
    this.#closeAppenders();
    this.#rejected = [];
    this.rows = 0;
    this.rejectedRecords = 0;
    await this.session.run(
      `CREATE OR REPLACE TABLE staged (${columns.join(', ')}, dt DATE, bucket INTEGER);
       CREATE OR REPLACE TABLE rejected (file_id VARCHAR, byte_offset BIGINT, reason VARCHAR, raw VARCHAR)`,
    );
  }

  /** Appends a batch of a file; returns the first and last day of its rows as days since 1970. */
  async prepareAppend(): Promise<void> {
    this.#appender ??= await this.session.connection.createAppender('staged');
    this.#rejectedAppender ??= await this.session.connection.createAppender('rejected');
  }

  append(fileId: string, batch: RecordBatch): { readonly firstDay: number; readonly lastDay: number } {
    const { rowCount } = batch;
    const chunk = DuckDBDataChunk.create(this.#types, rowCount);
    batch.columns.forEach(({ column, values }, index) => {
      chunk.setColumnValues(index, duckdbValues(column.type, values, rowCount));
    });
    const at = batch.columns.length;
    const days = this.#days(batch);
    chunk.setColumnValues(at, new Array<string>(rowCount).fill(fileId));
    chunk.setColumnValues(
      at + 1,
      Array.from({ length: rowCount }, (_, row) => BigInt(batch.offsets[row] ?? 0)),
    );
    chunk.setColumnValues(at + 2, batch.hashes.slice(0, rowCount));
    chunk.setColumnValues(
      at + 3,
      days.map((day) => new DuckDBDateValue(day)),
    );
    chunk.setColumnValues(at + 4, this.#buckets(batch));
    this.#open(this.#appender).appendDataChunk(chunk);
    this.rows += rowCount;
    return { firstDay: Math.min(...days), lastDay: Math.max(...days) };
  }

  reject(fileId: string, record: RejectedRecord): void {
    this.#rejected.push({ fileId, record });
    this.rejectedRecords += 1;
    if (this.#rejected.length >= 2048) this.#appendRejected();
  }

  /** Makes all appended rows visible to queries. */
  flush(): void {
    this.#appendRejected();
    this.#appender?.flushSync();
    this.#rejectedAppender?.flushSync();
  }

  /** Takes the rows of a file out again. */
  async discard(fileId: string): Promise<void> {
    this.flush();
    await this.session.run(
      'DELETE FROM staged WHERE file_id = $id; DELETE FROM rejected WHERE file_id = $id',
      { id: fileId },
    );
    const [row] = await this.session.query(
      'SELECT (SELECT count(*) FROM staged)::INTEGER AS rows, (SELECT count(*) FROM rejected)::INTEGER AS rejected',
    );
    this.rows = Number(row?.rows);
    this.rejectedRecords = Number(row?.rejected);
  }

  #days(batch: RecordBatch): number[] {
    const { rowCount } = batch;
    if (this.partitioning.kind === 'snapshot') {
      return new Array<number>(rowCount).fill(Date.parse(`${this.partitioning.dt}T00:00:00Z`) / MS_PER_DAY);
    }
    const { column } = this.partitioning;
    const values = batch.columns.find((c) => c.column.name === column)?.values ?? [];
    return Array.from({ length: rowCount }, (_, row) => Math.floor(Number(values[row]) / MS_PER_DAY));
  }

  #buckets(batch: RecordBatch): number[] {
    const { rowCount } = batch;
    const { partitioning } = this;
    if (partitioning.kind === 'snapshot' || partitioning.buckets === 1)
      return new Array<number>(rowCount).fill(0);
    const keys = partitioning.bucketColumns.map(
      (name) => batch.columns.find((c) => c.column.name === name)?.values,
    );
    return Array.from({ length: rowCount }, (_, row) => {
      const key = keys.map((values) => values?.[row]).find((value) => value !== null && value !== undefined);
      return bucketOf(String(key ?? ''), partitioning.buckets);
    });
  }

  #appendRejected(): void {
    const rejected = this.#rejected;
    if (rejected.length === 0) return;
    this.#rejected = [];
    const chunk = DuckDBDataChunk.create(REJECTED_TYPES, rejected.length);
    chunk.setColumnValues(
      0,
      rejected.map(({ fileId }) => fileId),
    );
    chunk.setColumnValues(
      1,
      rejected.map(({ record }) => BigInt(record.offset)),
    );
    chunk.setColumnValues(
      2,
      rejected.map(({ record }) => record.reason),
    );
    chunk.setColumnValues(
      3,
      rejected.map(({ record }) => record.raw.toWellFormed()),
    );
    this.#open(this.#rejectedAppender).appendDataChunk(chunk);
  }

  #open(appender: DuckDBAppender | undefined): DuckDBAppender {
    if (appender === undefined) throw new Error('prepareAppend was not called');
    return appender;
  }

  #closeAppenders(): void {
    this.#appender?.closeSync();
    this.#rejectedAppender?.closeSync();
    this.#appender = undefined;
    this.#rejectedAppender = undefined;
  }
}

function duckdbValues(type: ColumnType, values: readonly Cell[], rowCount: number): DuckDBValue[] {
  const wrap = WRAPPERS[type];
  if (wrap === undefined) return values.slice(0, rowCount);
  const wrapped = new Array<DuckDBValue>(rowCount);
  for (let row = 0; row < rowCount; row += 1) {
    const value = values[row] ?? null;
    wrapped[row] = value === null ? null : wrap(value);
  }
  return wrapped;
}

const WRAPPERS: Readonly<Partial<Record<ColumnType, (value: Exclude<Cell, null>) => DuckDBValue>>> = {
  timestamp: (value) => new DuckDBTimestampMillisecondsValue(BigInt(value)),
  date: (value) => new DuckDBDateValue(Number(value)),
  decimal: (value) => new DuckDBDecimalValue(BigInt(value), 18, 6),
};
