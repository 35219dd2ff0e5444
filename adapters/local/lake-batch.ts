import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LINEAGE_COLUMNS } from '#core/domain/datasets.ts';
import { hashOf, sha256 } from '#core/domain/hash.ts';
import { LAYOUT_COLUMNS, SETTLED_SIDES } from '#core/reconcile/settle-layout.ts';
import { syncFile, syncFolder } from './atomic-file.ts';
import type { CataloguedFile, LakeCatalog, SourceFile } from './lake-catalog.ts';
import { STAGING } from './lake-sweep.ts';
import type { Stage } from './stage.ts';

/** Rows that are gathered before a batch is written: large enough for good Parquet, small enough for the memory. */
export const ROWS_PER_BATCH = 250_000;

/** Source files in one batch: what a process that dies must read again. */
export const FILES_PER_BATCH = 10_000;

/** A file that was written to the staging folder, and its place in the lake without the batch's name. */
interface StagedFile extends Omit<CataloguedFile, 'path' | 'sha256'> {
  readonly stagedPath: string;
  readonly folder: string;
  readonly part: number;
}

/**
 * Source files of one dataset that enter the lake together: their rows are staged, written as Parquet to the staging
 * folder, moved to their places and registered in one transaction.
 */
export class LakeBatch {
  readonly stage: Stage;
  readonly rowsPerBatch: number;
  readonly #id: string;
  readonly #catalog: LakeCatalog;
  readonly #folder: string;
  #sources: SourceFile[] = [];
  /** Name by content of the files with records. */
  readonly #names = new Map<string, string>();
  #staged: StagedFile[] = [];
  #parts = 0;

  /** `id` keeps the staged files of two batches apart. */
  constructor(id: string, catalog: LakeCatalog, stage: Stage, folder: string, rowsPerBatch = ROWS_PER_BATCH) {
    this.rowsPerBatch = rowsPerBatch;
    this.#id = id;
    this.#catalog = catalog;
    this.stage = stage;
    this.#folder = folder;
  }

  /** True when rows of another file should wait for the next batch. A snapshot is never split. */
  isFullFor(expectedRows: number): boolean {
    const isEvent = this.stage.partitioning.kind === 'event';
    if (!isEvent || this.#sources.length === 0) return false;
    return this.#sources.length >= FILES_PER_BATCH || this.stage.records + expectedRows > this.rowsPerBatch;
  }

  /** Within a large file: writes what is staged, without registering it yet. Only while the file is alone in its batch. */
  async spill(): Promise<void> {
    if (this.#sources.length > 0 || this.stage.records < this.rowsPerBatch * 2) return;
    await this.#write();
    await this.stage.prepareAppend();
  }

  /** The file is complete: its rows belong to the batch. */
  complete(source: SourceFile): void {
    this.#sources.push(source);
    if (source.rows + source.quarantined > 0) this.#names.set(source.sha256, source.name);
  }

  /** Name of a file in the batch with that content. */
  twin(sha256: string): string | undefined {
    return this.#names.get(sha256);
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
    // A file that was withdrawn may come again; then its batch must not have the name of the one before.
    const withdrawals = this.#catalog.withdrawals(dataset.name);
    const identity = [
      dataset.name,
      turn,
      sources.map(({ name, dt, sha256 }) => [name, dt, sha256]),
      ...(withdrawals > 0 ? [withdrawals] : []),
    ];
    const batch = `b-${hashOf(identity).slice(0, 16)}`;
    const files: CataloguedFile[] = [];
    for (const staged of this.#staged) files.push(await this.#place(staged, batch));
    for (const folder of foldersOf(files)) await syncFolder(join(this.#folder, folder));
    this.#catalog.register({
      batch,
      sources,
      files,
      ...(partitioning.kind === 'snapshot'
        ? { snapshot: { dataset: dataset.name, dt: partitioning.dt } }
        : {}),
    });
    this.#sources = [];
    this.#names.clear();
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
    const layout = SETTLED_SIDES.includes(stage.dataset.name) ? `, ${LAYOUT_COLUMNS}` : '';
    for (const row of partitions) {
      const dt = String(row.dt);
      const bucket = Number(row.bucket);
      await this.#copy(
        `SELECT ${columns}${layout} FROM staged WHERE dt = DATE '${dt}' AND bucket = ${bucket}`,
        {
          dataset: stage.dataset.name,
          kind: 'rows',
          dt,
          bucket,
          rows: Number(row.rows),
          minTime: row.min_time === null ? null : String(row.min_time),
          maxTime: row.max_time === null ? null : String(row.max_time),
          folder: `${stage.dataset.name}/dt=${dt}/bucket=${String(bucket).padStart(2, '0')}`,
          part,
        },
      );
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
    const stagedPath = join(this.#folder, STAGING, `${this.#id}-${this.#staged.length}.parquet`);
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

/** All folders on the way to the files: each may be new, and a new folder's entry must survive a power cut too. */
function foldersOf(files: readonly CataloguedFile[]): Set<string> {
  const folders = new Set<string>();
  for (const file of files) {
    for (let folder = dirname(file.path); ; folder = dirname(folder)) {
      folders.add(folder);
      if (folder === '.') break;
    }
  }
  return folders;
}

const SMALL_FILE_BYTES = 1 << 24;

/** Hex SHA-256 of a file's content. */
export async function sha256OfFile(path: string): Promise<string> {
  const { size } = await stat(path);
  // A stream costs more than the hashing of a small file.
  if (size <= SMALL_FILE_BYTES) return sha256(await readFile(path));
  const hash = createHash('sha256');
  for await (const block of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(block as Buffer);
  return hash.digest('hex');
}
