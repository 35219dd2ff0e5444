import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DATASETS, type DatasetName, LINEAGE_COLUMNS } from '#core/domain/datasets.ts';
import { hashOf } from '#core/domain/hash.ts';
import { syncFile, syncFolder } from './atomic-file.ts';
import { DuckdbSession, type SessionOptions } from './duckdb-session.ts';
import { type CataloguedFile, LakeCatalog, type SourceFile } from './lake-catalog.ts';
import { LakeLock } from './lake-lock.ts';
import { STAGING, sweepOrphans } from './lake-sweep.ts';
import { type Partitioning, Stage } from './stage.ts';

/** Rows that are gathered before a batch is written: large enough for good Parquet, small enough for the memory. */
export const ROWS_PER_BATCH = 250_000;

/** A file that was written to the staging folder, and its place in the lake without the batch's name. */
interface StagedFile extends Omit<CataloguedFile, 'path' | 'sha256'> {
  readonly stagedPath: string;
  readonly folder: string;
  readonly part: number;
}

/**
 * Writes source files to the lake: rows go to a stage, batches of them become Parquet files in a staging folder,
 * these are flushed, moved to their places, and registered in one transaction. Until then nothing of it exists;
 * a process that dies leaves orphans, which the next writer sweeps.
 */
export class LakeWriter {
  readonly catalog: LakeCatalog;
  /** Orphans that were deleted when the writer opened. */
  readonly swept: number;
  readonly #lock: LakeLock;
  readonly #session: DuckdbSession;
  readonly #folder: string;

  private constructor(
    catalog: LakeCatalog,
    lock: LakeLock,
    session: DuckdbSession,
    folder: string,
    swept: number,
  ) {
    this.catalog = catalog;
    this.#lock = lock;
    this.#session = session;
    this.#folder = folder;
    this.swept = swept;
  }

  static async open(
    home: string,
    options: SessionOptions & { readonly buckets?: number } = {},
  ): Promise<LakeWriter> {
    const lock = LakeLock.acquire(home);
    try {
      const catalog = LakeCatalog.open(home, options.buckets);
      const folder = join(home, 'lake');
      const swept = await sweepOrphans(folder, catalog.registeredPaths());
      await mkdir(join(folder, STAGING), { recursive: true });
      const session = await DuckdbSession.open(options);
      return new LakeWriter(catalog, lock, session, folder, swept);
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#session.close();
    await rm(join(this.#folder, STAGING), { recursive: true, force: true });
    this.catalog.close();
    this.#lock.release();
  }

  /** A writer for one dataset; `snapshotDay` is required for reference datasets. One at a time. */
  async dataset(name: DatasetName, snapshotDay: string): Promise<DatasetWriter> {
    const dataset = DATASETS[name];
    const partitioning: Partitioning =
      dataset.kind === 'event' && dataset.partitionColumn !== undefined
        ? {
            kind: 'event',
            column: dataset.partitionColumn,
            bucketColumns: dataset.bucketColumns ?? [],
            buckets: this.catalog.buckets(),
          }
        : { kind: 'snapshot', dt: snapshotDay };
    return new DatasetWriter(
      this.catalog,
      await Stage.create(this.#session, dataset, partitioning),
      this.#folder,
    );
  }
}

/** Gathers the source files of one dataset into batches. */
export class DatasetWriter {
  readonly stage: Stage;
  readonly #catalog: LakeCatalog;
  readonly #folder: string;
  #sources: SourceFile[] = [];
  #staged: StagedFile[] = [];
  #parts = 0;

  constructor(catalog: LakeCatalog, stage: Stage, folder: string) {
    this.#catalog = catalog;
    this.stage = stage;
    this.#folder = folder;
  }

  /** To be called before a file's rows come; writes the batch first when the file would make it too large. */
  async begin(expectedRows: number): Promise<void> {
    const isEvent = this.stage.partitioning.kind === 'event';
    if (isEvent && this.#sources.length > 0 && this.stage.rows + expectedRows > ROWS_PER_BATCH)
      await this.publish();
    await this.stage.prepareAppend();
  }

  /** Within a large file: writes what is staged, without registering it yet. Only while the file is alone in its batch. */
  async spill(): Promise<void> {
    if (this.#sources.length > 0 || this.stage.rows < ROWS_PER_BATCH * 2) return;
    await this.#write();
    await this.stage.prepareAppend();
  }

  /** The file is complete: its rows belong to the batch. */
  complete(source: SourceFile): void {
    this.#sources.push(source);
  }

  /** The file turned out to be unusable: none of its rows stays. */
  async discard(fileId: string): Promise<void> {
    await this.stage.discard(fileId);
    if (this.#sources.length > 0) return;
    await Promise.all(this.#staged.map((file) => rm(file.stagedPath, { force: true })));
    this.#staged = [];
  }

  /** Writes and registers the batch. For a reference dataset it becomes the newest snapshot. */
  async publish(): Promise<void> {
    const sources = this.#sources;
    if (sources.length === 0) return;
    await this.#write();
    const { dataset, partitioning } = this.stage;
    // A snapshot may be taken again on the same day after another one, so its turn is part of its name.
    const turn = partitioning.kind === 'snapshot' ? this.#catalog.snapshotCount(dataset.name) : 0;
    const identity = [dataset.name, turn, sources.map(({ name, dt, sha256 }) => [name, dt, sha256])];
    const batch = `b-${hashOf(identity).slice(0, 16)}`;
    const files: CataloguedFile[] = [];
    for (const staged of this.#staged) files.push(await this.#place(staged, batch));
    for (const folder of new Set(files.map((file) => dirname(join(this.#folder, file.path)))))
      await syncFolder(folder);
    this.#catalog.register({
      batch,
      sources,
      files,
      ...(partitioning.kind === 'snapshot'
        ? { snapshot: { dataset: dataset.name, dt: partitioning.dt } }
        : {}),
    });
    this.#sources = [];
    this.#staged = [];
    this.#parts = 0;
  }

  /** Writes the staged rows and rejected records as Parquet to the staging folder, and empties the stage. */
  async #write(): Promise<void> {
    const { stage } = this;
    stage.flush();
    this.#parts += 1;
    const part = this.#parts;
    const time = stage.dataset.partitionColumn;
    const partitions = await stage.session.query(
      `SELECT dt::VARCHAR AS dt, bucket, count(*)::INTEGER AS rows,
              ${time ? `min(${time})` : 'NULL'} AS min_time, ${time ? `max(${time})` : 'NULL'} AS max_time
       FROM staged GROUP BY dt, bucket ORDER BY dt, bucket`,
    );
    const columns = [...stage.dataset.columns, ...LINEAGE_COLUMNS].map((column) => column.name).join(', ');
    for (const row of partitions) {
      const dt = String(row.dt);
      const bucket = Number(row.bucket);
      await this.#copy(`SELECT ${columns} FROM staged WHERE dt = DATE '${dt}' AND bucket = ${bucket}`, {
        dataset: stage.dataset.name,
        kind: 'rows',
        dt,
        bucket,
        rows: Number(row.rows),
        minTime: row.min_time === null ? null : String(row.min_time),
        maxTime: row.max_time === null ? null : String(row.max_time),
        folder: `${stage.dataset.name}/dt=${dt}/bucket=${String(bucket).padStart(2, '0')}`,
        part,
      });
    }
    const [rejected] = await stage.session.query('SELECT count(*)::INTEGER AS rows FROM rejected');
    if (Number(rejected?.rows) > 0) {
      const dt = stage.partitioning.kind === 'snapshot' ? stage.partitioning.dt : '';
      await this.#copy(`SELECT '${stage.dataset.name}' AS dataset, * FROM rejected`, {
        dataset: stage.dataset.name,
        kind: 'quarantine',
        dt,
        bucket: 0,
        rows: Number(rejected?.rows),
        minTime: null,
        maxTime: null,
        folder: `quarantine/${stage.dataset.name}`,
        part,
      });
    }
    await stage.clear();
  }

  async #copy(select: string, file: Omit<StagedFile, 'stagedPath'>): Promise<void> {
    const stagedPath = join(this.#folder, STAGING, `${this.#staged.length}-${file.part}.parquet`);
    await this.stage.session.run(
      `COPY (${select}) TO '${stagedPath.replaceAll("'", "''")}' (FORMAT parquet, COMPRESSION zstd)`,
    );
    this.#staged.push({ ...file, stagedPath });
  }

  /** Moves a staged file to its place in the lake. */
  async #place(staged: StagedFile, batch: string): Promise<CataloguedFile> {
    const { stagedPath, folder, part, ...file } = staged;
    const path = `${folder}/${batch}-${String(part).padStart(3, '0')}.parquet`;
    const place = join(this.#folder, path);
    await mkdir(dirname(place), { recursive: true });
    await syncFile(stagedPath);
    const sha256 = await sha256OfFile(stagedPath);
    await rename(stagedPath, place);
    return { ...file, path, sha256 };
  }
}

/** Hex SHA-256 of a file's content. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const block of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(block as Buffer);
  return hash.digest('hex');
}
