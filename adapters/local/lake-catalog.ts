import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { DatasetName } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { FeedDeclaration } from '#core/domain/feed.ts';
import type { Day } from '#core/domain/period.ts';
import type { LakeFile } from '#core/domain/run.ts';
import {
  type CatalogBatch,
  type CataloguedFile,
  FORMAT,
  type KnownSource,
  type Row,
  type SourceFile,
  TABLES,
} from './lake-catalog-tables.ts';

export type { CatalogBatch, CataloguedFile, KnownSource, SourceFile };

/** The lake's catalogue, `<home>/lake.db`. Only what is registered here exists. */
export class LakeCatalog {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Opens the catalogue, and creates it where there is none. */
  static open(home: string): LakeCatalog {
    mkdirSync(home, { recursive: true });
    const db = new DatabaseSync(join(home, 'lake.db'));
    db.exec('PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    db.exec(TABLES);
    // Lakes from before it was written down how files were read.
    const columns = db.prepare('PRAGMA table_info(files)').all() as Row[];
    if (!columns.some((column) => column.name === 'reading'))
      db.exec("ALTER TABLE files ADD COLUMN reading TEXT NOT NULL DEFAULT ''");
    db.prepare("INSERT OR IGNORE INTO lake (key, value) VALUES ('format', ?)").run(FORMAT);
    const catalog = new LakeCatalog(db);
    const format = catalog.#setting('format');
    if (format !== FORMAT) {
      db.close();
      throw new PlumblineError('FileNotReadable', {
        what: `The lake has format ${format}, this version reads ${FORMAT}`,
        where: join(home, 'lake.db'),
        next: 'ingest the feeds again into a new data folder',
      });
    }
    return catalog;
  }

  close(): void {
    this.#db.close();
  }

  /** Number of buckets; 1 before the first ingest. */
  buckets(): number {
    return Number(this.#setting('buckets') ?? 1);
  }

  /** Fixes the number of buckets for ever; does nothing where it is fixed already. */
  fixBuckets(buckets: number): void {
    if (!Number.isInteger(buckets) || buckets < 1 || buckets > 100) {
      throw new PlumblineError('UsageError', {
        what: `${buckets} is not a number of buckets`,
        why: 'it must be from 1 to 100',
      });
    }
    this.#db.prepare("INSERT OR IGNORE INTO lake (key, value) VALUES ('buckets', ?)").run(String(buckets));
  }

  /**
   * Keeps the declaration of a feed. Where a dataset has several feeds, one that owes slots decides what is missing:
   * a feed that is due once (such as adjustments beside the daily billed items) never takes its place.
   */
  saveFeed(feed: FeedDeclaration): void {
    const known = this.feed(feed.dataset);
    if (feed.cadence === 'once' && known !== undefined && known.cadence !== 'once') return;
    this.#db
      .prepare(
        'INSERT INTO feeds (dataset, declaration) VALUES (?, ?) ON CONFLICT DO UPDATE SET declaration = excluded.declaration',
      )
      .run(feed.dataset, JSON.stringify(feed));
  }

  feed(dataset: DatasetName): FeedDeclaration | undefined {
    const row = this.#db.prepare('SELECT declaration FROM feeds WHERE dataset = ?').get(dataset) as
      | Row
      | undefined;
    return row === undefined ? undefined : (JSON.parse(String(row.declaration)) as FeedDeclaration);
  }

  /** Registers a batch: all of it or nothing. */
  register(batch: CatalogBatch): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      for (const source of batch.sources) this.#insertSource(source, batch.batch);
      const file = this.#db.prepare(
        `INSERT INTO lake_files (path, dataset, kind, dt, bucket, batch, rows, sha256, min_time, max_time)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      );
      for (const f of batch.files) {
        file.run(
          f.path,
          f.dataset,
          f.kind,
          f.dt,
          f.bucket,
          batch.batch,
          f.rows,
          f.sha256,
          f.minTime,
          f.maxTime,
        );
      }
      if (batch.snapshot) {
        this.#db
          .prepare('INSERT INTO snapshots (dataset, dt, batch) VALUES (?, ?, ?)')
          .run(batch.snapshot.dataset, batch.snapshot.dt, batch.batch);
      }
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** The source file of that name; for reference datasets that of the snapshot day. */
  source(dataset: DatasetName, name: string, dt: string): KnownSource | undefined {
    const row = this.#db
      .prepare('SELECT sha256, size, reading FROM files WHERE dataset = ? AND name = ? AND dt = ?')
      .get(dataset, name, dt) as Row | undefined;
    return row && knownSource(row);
  }

  /** Name of a file of the dataset with that content and with records, or undefined. */
  twin(dataset: DatasetName, sha256: string): string | undefined {
    const row = this.#db
      .prepare(
        // Named, because by the order of names SQLite would rather walk through all files.
        'SELECT name FROM files INDEXED BY files_content WHERE dataset = ? AND sha256 = ? AND rows + quarantined > 0 LIMIT 1',
      )
      .get(dataset, sha256) as Row | undefined;
    return row && String(row.name);
  }

  /** Names and hashes of the files of the newest snapshot; undefined when there is none. */
  newestSnapshot(
    dataset: DatasetName,
  ):
    | { readonly dt: string; readonly batch: string; readonly sources: ReadonlyMap<string, KnownSource> }
    | undefined {
    const snapshot = this.#newest(dataset);
    if (snapshot === undefined) return undefined;
    const rows = this.#db
      .prepare('SELECT name, sha256, size, reading FROM files WHERE dataset = ? AND batch = ?')
      .all(dataset, snapshot.batch) as Row[];
    return { ...snapshot, sources: new Map(rows.map((row) => [String(row.name), knownSource(row)])) };
  }

  /** How many snapshots of the dataset were ever taken. */
  snapshotCount(dataset: DatasetName): number {
    const row = this.#db.prepare('SELECT count(*) AS n FROM snapshots WHERE dataset = ?').get(dataset) as Row;
    return Number(row.n);
  }

  /** Place of the newest registered file. */
  cursor(): number {
    const row = this.#db.prepare('SELECT max(rowid) AS last FROM lake_files').get() as Row;
    return Number(row.last ?? 0);
  }

  /** Days of the usage chain that got files after a place. */
  changedDays(cursor: number): string[] {
    const rows = this.#db
      .prepare(
        `SELECT DISTINCT dt FROM lake_files
         WHERE rowid > ? AND kind = 'rows' AND dataset IN ('usage', 'rated', 'billed') ORDER BY dt`,
      )
      .all(cursor) as Row[];
    return rows.map((row) => String(row.dt));
  }

  eventFiles(dataset: DatasetName, day: Day, bucket: number): LakeFile[] {
    return this.#lakeFiles(
      "SELECT * FROM lake_files WHERE dataset = ? AND kind = 'rows' AND dt = ? AND bucket = ? ORDER BY path",
      dataset,
      day,
      bucket,
    );
  }

  referenceFiles(dataset: DatasetName): LakeFile[] {
    const snapshot = this.#newest(dataset);
    if (snapshot === undefined) return [];
    return this.#lakeFiles(
      "SELECT * FROM lake_files WHERE dataset = ? AND kind = 'rows' AND batch = ? ORDER BY path",
      dataset,
      snapshot.batch,
    );
  }

  /** Paths of all registered Parquet files, relative to the lake folder. */
  registeredPaths(): Set<string> {
    const rows = this.#db.prepare('SELECT path FROM lake_files').all() as Row[];
    return new Set(rows.map((row) => String(row.path)));
  }

  /** How many files of the dataset were ever withdrawn. */
  withdrawals(dataset: DatasetName): number {
    const row = this.#db.prepare('SELECT count(*) AS n FROM withdrawn WHERE dataset = ?').get(dataset) as Row;
    return Number(row.n);
  }

  /** The lake files with rows of the batch that a source file of an event dataset belongs to. */
  filesBeside(dataset: DatasetName, name: string): CataloguedFile[] {
    const rows = this.#db
      .prepare(
        `SELECT * FROM lake_files WHERE kind = 'rows' AND dataset = ?1
           AND batch = (SELECT batch FROM files WHERE dataset = ?1 AND name = ?2 AND dt = '') ORDER BY path`,
      )
      .all(dataset, name) as Row[];
    return rows.map((row) => ({
      dataset,
      path: String(row.path),
      rows: Number(row.rows),
      sha256: String(row.sha256),
      kind: 'rows',
      dt: String(row.dt),
      bucket: Number(row.bucket),
      minTime: row.min_time === null ? null : String(row.min_time),
      maxTime: row.max_time === null ? null : String(row.max_time),
    }));
  }

  /**
   * Takes a source file of an event dataset out: it counts as never ingested, and its lake files are replaced by those
   * without its rows. What it had in quarantine stays there. Returns its rows and rejected records.
   */
  withdraw(
    dataset: DatasetName,
    name: string,
    onDay: Day,
    replaced: ReadonlyMap<string, CataloguedFile | undefined>,
  ): { readonly rows: number; readonly quarantined: number } {
    const key = "dataset = ? AND name = ? AND dt = ''";
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const row = this.#db.prepare(`SELECT * FROM files WHERE ${key}`).get(dataset, name) as Row;
      this.#db
        .prepare(
          'INSERT INTO withdrawn (dataset, name, sha256, rows, quarantined, on_day) VALUES (?, ?, ?, ?, ?, ?)',
        )
        .run(dataset, name, row.sha256 ?? '', row.rows ?? 0, row.quarantined ?? 0, onDay);
      for (const [path, file] of replaced) {
        if (file === undefined) this.#db.prepare('DELETE FROM lake_files WHERE path = ?').run(path);
        else {
          this.#db
            .prepare(
              'UPDATE lake_files SET path = ?, rows = ?, sha256 = ?, min_time = ?, max_time = ? WHERE path = ?',
            )
            .run(file.path, file.rows, file.sha256, file.minTime, file.maxTime, path);
        }
      }
      this.#db.prepare(`DELETE FROM rejects WHERE ${key}`).run(dataset, name);
      this.#db.prepare(`DELETE FROM files WHERE ${key}`).run(dataset, name);
      this.#db.exec('COMMIT');
      return { rows: Number(row.rows), quarantined: Number(row.quarantined) };
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Slots between the two texts (inclusive) that some file fills. */
  filledSlots(dataset: DatasetName, from: string, to: string): Set<string> {
    const rows = this.#db
      .prepare('SELECT DISTINCT slot FROM files WHERE dataset = ? AND slot BETWEEN ? AND ?')
      .all(dataset, from, to) as Row[];
    return new Set(rows.map((row) => String(row.slot)));
  }

  /** Months of which some slot is filled, `YYYY-MM`, in order. */
  months(dataset: DatasetName): string[] {
    const rows = this.#db
      .prepare(
        'SELECT DISTINCT substr(slot, 1, 7) AS month FROM files WHERE dataset = ? AND slot IS NOT NULL ORDER BY month',
      )
      .all(dataset) as Row[];
    return rows.map((row) => String(row.month));
  }

  /** Number of source files of a dataset; with days, of those that fill a slot or hold events of these days. */
  fileCount(dataset: DatasetName, days?: { readonly from: Day; readonly to: Day }): number {
    const all = 'SELECT count(DISTINCT name) AS n FROM files WHERE dataset = ?';
    const row = (
      days === undefined
        ? this.#db.prepare(all).get(dataset)
        : this.#db
            .prepare(`${all} AND (substr(slot, 1, 10) BETWEEN ? AND ? OR (first_day <= ? AND last_day >= ?))`)
            .get(dataset, days.from, days.to, days.to, days.from)
    ) as Row;
    return Number(row.n);
  }

  /**
   * Rejected records by file and reason, of files whose slot or events touch the days. A file with neither may hold
   * anything, so it counts always.
   */
  quarantined(
    dataset: DatasetName,
    from: Day,
    to: Day,
  ): { fileId: string; reason: string; records: number }[] {
    const rows = this.#db
      .prepare(
        `SELECT r.name, r.reason, sum(r.records) AS records FROM rejects r JOIN files f USING (dataset, name, dt)
         WHERE r.dataset = ? AND (substr(f.slot, 1, 10) BETWEEN ? AND ? OR (f.first_day <= ? AND f.last_day >= ?)
           OR (f.slot IS NULL AND f.first_day IS NULL))
         GROUP BY r.name, r.reason ORDER BY r.name, r.reason`,
      )
      .all(dataset, from, to, to, from) as Row[];
    return rows.map((row) => ({
      fileId: String(row.name),
      reason: String(row.reason),
      records: Number(row.records),
    }));
  }

  #insertSource(source: SourceFile, batch: string): void {
    this.#db
      .prepare(
        `INSERT INTO files (dataset, name, dt, size, sha256, rows, quarantined, slot, first_day, last_day, batch, reading)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (dataset, name, dt) DO UPDATE SET batch = excluded.batch, rows = excluded.rows,
           quarantined = excluded.quarantined, reading = excluded.reading`,
      )
      .run(
        source.dataset,
        source.name,
        source.dt,
        source.size,
        source.sha256,
        source.rows,
        source.quarantined,
        source.slot,
        source.firstDay,
        source.lastDay,
        batch,
        source.reading,
      );
    this.#db
      .prepare('DELETE FROM rejects WHERE dataset = ? AND name = ? AND dt = ?')
      .run(source.dataset, source.name, source.dt);
    const reject = this.#db.prepare(
      'INSERT INTO rejects (dataset, name, dt, reason, records) VALUES (?, ?, ?, ?, ?)',
    );
    for (const [reason, records] of Object.entries(source.reasons)) {
      reject.run(source.dataset, source.name, source.dt, reason, records);
    }
  }

  #newest(dataset: DatasetName): { readonly dt: string; readonly batch: string } | undefined {
    const row = this.#db
      .prepare('SELECT dt, batch FROM snapshots WHERE dataset = ? ORDER BY dt DESC, sequence DESC LIMIT 1')
      .get(dataset) as Row | undefined;
    return row && { dt: String(row.dt), batch: String(row.batch) };
  }

  #lakeFiles(sql: string, ...parameters: (string | number)[]): LakeFile[] {
    const rows = this.#db.prepare(sql).all(...parameters) as Row[];
    return rows.map((row) => ({
      dataset: String(row.dataset) as DatasetName,
      path: String(row.path),
      rows: Number(row.rows),
      sha256: String(row.sha256),
    }));
  }

  #setting(key: string): string | undefined {
    const row = this.#db.prepare('SELECT value FROM lake WHERE key = ?').get(key) as Row | undefined;
    return row === undefined ? undefined : String(row.value);
  }
}

function knownSource(row: Row): KnownSource {
  return { sha256: String(row.sha256), size: Number(row.size), reading: String(row.reading) };
}
