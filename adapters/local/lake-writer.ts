import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DATASETS, type DatasetName } from '#core/domain/datasets.ts';
import { DuckdbSession, type SessionOptions } from './duckdb-session.ts';
import { LakeBatch } from './lake-batch.ts';
import { LakeCatalog, type SourceFile } from './lake-catalog.ts';
import { LakeLock } from './lake-lock.ts';
import { STAGING, sweepOrphans } from './lake-sweep.ts';
import { type Partitioning, Stage } from './stage.ts';

export interface LakeWriterOptions extends SessionOptions {
  /** Number of buckets, fixed by the first ingest. Default 1. */
  readonly buckets?: number;
  /** Rows that are gathered before a batch is written. */
  readonly rowsPerBatch?: number;
}

/**
 * Writes source files to the lake, under its lock. Until a batch is registered nothing of it exists; a process that
 * dies leaves orphans, which the next writer sweeps when it opens.
 */
export class LakeWriter {
  readonly catalog: LakeCatalog;
  /** Orphans that were deleted when the writer opened. */
  readonly swept: number;
  readonly #lock: LakeLock;
  readonly #folder: string;
  readonly #options: LakeWriterOptions;
  readonly #sessions: DuckdbSession[] = [];

  private constructor(
    catalog: LakeCatalog,
    lock: LakeLock,
    folder: string,
    swept: number,
    options: LakeWriterOptions,
  ) {
    this.catalog = catalog;
    this.#lock = lock;
    this.#folder = folder;
    this.swept = swept;
    this.#options = options;
  }

  static async open(home: string, options: LakeWriterOptions = {}): Promise<LakeWriter> {
    const lock = LakeLock.acquire(home);
    try {
      const catalog = LakeCatalog.open(home);
      catalog.fixBuckets(options.buckets ?? 1);
      const folder = join(home, 'lake');
      const swept = await sweepOrphans(folder, catalog.registeredPaths());
      await mkdir(join(folder, STAGING), { recursive: true });
      return new LakeWriter(catalog, lock, folder, swept, options);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) await session.close();
    await rm(join(this.#folder, STAGING), { recursive: true, force: true });
    this.catalog.close();
    this.#lock.release();
  }

  /** A writer for one dataset; `snapshotDay` counts for reference datasets. One at a time. */
  async dataset(name: DatasetName, snapshotDay: string): Promise<DatasetWriter> {
    const newBatch = async (index: 0 | 1) => {
      const stage = await Stage.create(
        await this.#session(index),
        DATASETS[name],
        this.#partitioning(name, snapshotDay),
      );
      return new LakeBatch(String(index), this.catalog, stage, this.#folder, this.#options.rowsPerBatch);
    };
    return new DatasetWriter(await newBatch(0), () => newBatch(1));
  }

  #partitioning(name: DatasetName, snapshotDay: string): Partitioning {
    const { kind, partitionColumn, bucketColumns } = DATASETS[name];
    if (kind === 'reference' || partitionColumn === undefined) return { kind: 'snapshot', dt: snapshotDay };
    const buckets = this.catalog.buckets();
    return { kind: 'event', column: partitionColumn, bucketColumns: bucketColumns ?? [], buckets };
  }

  async #session(index: 0 | 1): Promise<DuckdbSession> {
    const session = this.#sessions[index] ?? (await DuckdbSession.open(this.#options));
    this.#sessions[index] = session;
    return session;
  }
}

/**
 * Gathers the source files of one dataset into batches. While one batch is written, which is DuckDB's work, the next
 * one fills, which is the decoder's.
 */
export class DatasetWriter {
  readonly #openSecond: () => Promise<LakeBatch>;
  #filling: LakeBatch;
  #idle: LakeBatch | undefined;
  #writing: Promise<void> | undefined;

  constructor(first: LakeBatch, openSecond: () => Promise<LakeBatch>) {
    this.#filling = first;
    this.#openSecond = openSecond;
  }

  /** Where the rows of the current file go. */
  get stage(): Stage {
    return this.#filling.stage;
  }

  get rowsPerBatch(): number {
    return this.#filling.rowsPerBatch;
  }

  /** To be called before a file's rows come; a batch that the file would make too large is written first. */
  async begin(expectedRows: number): Promise<void> {
    if (this.#filling.isFullFor(expectedRows)) {
      await this.#written();
      const full = this.#filling;
      this.#filling = this.#idle ?? (await this.#openSecond());
      this.#idle = full;
      this.#writing = full.publish();
      // A failure is thrown by whoever waits for the batch; until then it must not count as unhandled.
      this.#writing.catch(() => undefined);
    }
    await this.stage.prepareAppend();
  }

  /** Within a large file: writes what is staged, without registering it yet. */
  spill(): Promise<void> {
    return this.#filling.spill();
  }

  /** The file is complete: its rows belong to the batch. */
  complete(source: SourceFile): void {
    this.#filling.complete(source);
  }

  /** Name of a file with that content among those that are not registered yet. */
  twin(sha256: string): string | undefined {
    return this.#filling.twin(sha256) ?? this.#idle?.twin(sha256);
  }

  /** The file turned out to be unusable: none of its rows stays. */
  discard(fileId: string): Promise<void> {
    return this.#filling.discard(fileId);
  }

  /** Writes and registers what is left. */
  async publish(): Promise<void> {
    await this.#written();
    await this.#filling.publish();
  }

  /** Waits for the batch in flight, also when it failed: nothing may write after the writer has closed. */
  async settle(): Promise<void> {
    await this.#writing?.catch(() => undefined);
  }

  async #written(): Promise<void> {
    const writing = this.#writing;
    this.#writing = undefined;
    await writing;
  }
}
