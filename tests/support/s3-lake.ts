import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { BatchEntry, CataloguedObject, CataloguedSource } from '#adapters/aws/lake-entry.ts';
import { S3LakeWriter } from '#adapters/aws/lake-writer.ts';
import type { S3Bucket } from '#adapters/aws/s3-bucket.ts';
import type { DatasetName } from '#core/domain/datasets.ts';

type Row = Record<string, string | number | null>;

/** Copies the lake of a data folder, batch by batch, into a bucket. */
export async function copyLake(home: string, bucket: S3Bucket): Promise<void> {
  const db = new DatabaseSync(join(home, 'lake.db'), { readOnly: true });
  const all = (sql: string, ...values: string[]) => db.prepare(sql).all(...values) as Row[];
  const writer = new S3LakeWriter(bucket);
  const [buckets] = all("SELECT value FROM lake WHERE key = 'buckets'");
  await writer.create(Number(buckets?.value ?? 1));
  for (const row of all('SELECT declaration FROM feeds ORDER BY dataset')) {
    await writer.declare(JSON.parse(String(row.declaration)));
  }
  // Batches of event datasets have no order among themselves; snapshots have.
  const batches = all(
    `SELECT f.batch, f.dataset, max(f.dt) AS dt FROM files f LEFT JOIN snapshots s USING (batch)
     GROUP BY f.batch, f.dataset ORDER BY max(s.sequence), f.batch`,
  );
  for (const row of batches) {
    const dataset = String(row.dataset) as DatasetName;
    const entry: Omit<BatchEntry, 'kind' | 'dataset'> = {
      batch: String(row.batch),
      sources: all('SELECT * FROM files WHERE batch = ? ORDER BY name', String(row.batch)).map((file) =>
        sourceOf(
          file,
          all(
            'SELECT reason, records FROM rejects WHERE dataset = ? AND name = ? AND dt = ?',
            dataset,
            String(file.name),
            String(file.dt),
          ),
        ),
      ),
      objects: all('SELECT * FROM lake_files WHERE batch = ? ORDER BY path', String(row.batch)).map(objectOf),
      ...(row.dt === '' ? {} : { snapshot: String(row.dt) }),
    };
    await writer.register(dataset, entry, (path) => join(home, 'lake', path));
  }
  db.close();
}

function sourceOf(file: Row, rejects: readonly Row[]): CataloguedSource {
  return {
    name: String(file.name),
    sha256: String(file.sha256),
    size: Number(file.size),
    rows: Number(file.rows),
    quarantined: Number(file.quarantined),
    slot: file.slot === null ? null : String(file.slot),
    firstDay: file.first_day === null ? null : String(file.first_day),
    lastDay: file.last_day === null ? null : String(file.last_day),
    reasons: Object.fromEntries(rejects.map(({ reason, records }) => [String(reason), Number(records)])),
  };
}

function objectOf(file: Row): CataloguedObject {
  return {
    path: String(file.path),
    kind: file.kind === 'quarantine' ? 'quarantine' : 'rows',
    dt: String(file.dt),
    bucket: Number(file.bucket),
    rows: Number(file.rows),
    sha256: String(file.sha256),
  };
}
