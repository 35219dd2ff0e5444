import type { DatasetName } from '#core/domain/datasets.ts';
import type { LakeFile } from '#core/domain/run.ts';

/** Version of the tables below; a lake of another version is refused, not guessed at. */
export const FORMAT = '1';

export const TABLES = `
CREATE TABLE IF NOT EXISTS lake (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS feeds (dataset TEXT PRIMARY KEY, declaration TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS files (
  dataset TEXT NOT NULL, name TEXT NOT NULL, dt TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
  rows INTEGER NOT NULL, quarantined INTEGER NOT NULL, slot TEXT, first_day TEXT, last_day TEXT, batch TEXT NOT NULL,
  reading TEXT NOT NULL DEFAULT '', PRIMARY KEY (dataset, name, dt)) STRICT;
CREATE TABLE IF NOT EXISTS withdrawn (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, dataset TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL,
  rows INTEGER NOT NULL, quarantined INTEGER NOT NULL, on_day TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS rejects (
  dataset TEXT NOT NULL, name TEXT NOT NULL, dt TEXT NOT NULL, reason TEXT NOT NULL, records INTEGER NOT NULL,
  PRIMARY KEY (dataset, name, dt, reason)) STRICT;
CREATE TABLE IF NOT EXISTS lake_files (
  path TEXT PRIMARY KEY, dataset TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('rows', 'quarantine')),
  dt TEXT NOT NULL, bucket INTEGER NOT NULL, batch TEXT NOT NULL, rows INTEGER NOT NULL, sha256 TEXT NOT NULL,
  min_time TEXT, max_time TEXT) STRICT;
CREATE TABLE IF NOT EXISTS snapshots (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, dataset TEXT NOT NULL, dt TEXT NOT NULL, batch TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS lake_files_partition ON lake_files (dataset, kind, dt, bucket);
CREATE INDEX IF NOT EXISTS files_slot ON files (dataset, slot);
CREATE INDEX IF NOT EXISTS files_content ON files (dataset, sha256);
`;

/** A source file as the catalogue knows it. `dt` is the snapshot day for reference datasets, empty for events. */
export interface SourceFile {
  readonly dataset: DatasetName;
  readonly name: string;
  readonly dt: string;
  readonly size: number;
  readonly sha256: string;
  readonly rows: number;
  readonly quarantined: number;
  readonly slot: string | null;
  /** First and last UTC day of its events; null where it has no rows. */
  readonly firstDay: string | null;
  readonly lastDay: string | null;
  readonly reasons: Readonly<Record<string, number>>;
  /** Format, mapping and time zone by which it was read. */
  readonly reading: string;
}

/** What tells whether a file is the one that was ingested before. `reading` is empty where it was not written down. */
export type KnownSource = Pick<SourceFile, 'sha256' | 'size' | 'reading'>;

/** A Parquet file of the lake with the partition that it belongs to. */
export interface CataloguedFile extends LakeFile {
  readonly kind: 'rows' | 'quarantine';
  readonly dt: string;
  readonly bucket: number;
  readonly minTime: string | null;
  readonly maxTime: string | null;
}

/** What one ingest batch adds to the lake, in one transaction. */
export interface CatalogBatch {
  readonly batch: string;
  readonly sources: readonly SourceFile[];
  readonly files: readonly CataloguedFile[];
  /** Set for reference datasets: the batch is the new snapshot of that day. */
  readonly snapshot?: { readonly dataset: DatasetName; readonly dt: string };
}

/** A row as node:sqlite gives it. */
export type Row = Record<string, string | number | null>;
