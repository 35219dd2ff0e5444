import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DATASETS, type DatasetName } from '#core/domain/datasets.ts';
import type { FeedCoverage } from '#core/domain/feed.ts';
import { type Day, daysOf } from '#core/domain/period.ts';
import type { LakeFile } from '#core/domain/run.ts';
import type { Lake } from '#core/ports/lake.ts';
import type { Warehouse, WarehouseSession } from '#core/ports/warehouse.ts';
import { createDataset, type TestRow } from './tables.ts';

/** Rows of a small operator, by dataset. A reference dataset that is not named does not exist. */
export type TestWorld = Readonly<Partial<Record<DatasetName, readonly TestRow[]>>>;

export interface TestLakeOptions {
  readonly buckets?: number;
  /** Missing slots by dataset and day. */
  readonly missing?: Readonly<Partial<Record<DatasetName, Readonly<Record<string, readonly string[]>>>>>;
  /** Rejected usage records by file. */
  readonly quarantined?: Readonly<Record<string, number>>;
}

/** Feeds that the small operator has declared; any other only when rows or missing slots of it are given. */
const BASE_FEEDS: readonly DatasetName[] = [
  'usage',
  'rated',
  'billed',
  'file_trailer',
  'contract',
  'change_log',
];

const written = mkdtempSync(join(tmpdir(), 'plumbline-test-parquet-'));
process.on('exit', () => rmSync(written, { recursive: true, force: true }));

/** A Parquet file with these rows. Most tests share most of their rows, so each is written once. */
async function parquetOf(
  session: WarehouseSession,
  dataset: DatasetName,
  rows: readonly TestRow[],
  hash: string,
): Promise<string> {
  const path = join(written, `${dataset}-${hash}.parquet`);
  if (!existsSync(path)) {
    await createDataset(session, dataset, rows);
    await session.run(`COPY ${dataset} TO '${path}' (FORMAT parquet)`);
  }
  return path;
}

/** A lake in a temporary folder, in the layout of a real one: Parquet by day and bucket. */
export class TestLake implements Lake {
  readonly folder: string;
  readonly #options: TestLakeOptions;
  readonly #events = new Map<string, LakeFile>();
  readonly #references = new Map<DatasetName, LakeFile>();

  private constructor(folder: string, options: TestLakeOptions) {
    this.folder = folder;
    this.#options = options;
  }

  static async of(warehouse: Warehouse, world: TestWorld, options: TestLakeOptions = {}): Promise<TestLake> {
    const lake = new TestLake(mkdtempSync(join(tmpdir(), 'plumbline-test-lake-')), options);
    const session = await warehouse.open();
    try {
      for (const [dataset, rows] of Object.entries(world) as [DatasetName, readonly TestRow[]][]) {
        for (const [place, part] of lake.#partitions(dataset, rows)) {
          const path = `${dataset}/${place}/part.parquet`;
          const sha256 = hashOf(part);
          const source = await parquetOf(session, dataset, part, sha256);
          mkdirSync(dirname(join(lake.folder, path)), { recursive: true });
          copyFileSync(source, join(lake.folder, path));
          const file = { dataset, path, rows: part.length, sha256 };
          if (DATASETS[dataset].kind === 'event') lake.#events.set(`${dataset}/${place}`, file);
          else lake.#references.set(dataset, file);
        }
      }
    } finally {
      await session.close();
    }
    return lake;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async eventFiles(dataset: DatasetName, day: Day, bucket: number): Promise<LakeFile[]> {
    const file = this.#events.get(`${dataset}/${placeOf(day, bucket)}`);
    return file === undefined ? [] : [file];
  }

  async referenceFiles(dataset: DatasetName): Promise<LakeFile[]> {
    const file = this.#references.get(dataset);
    return file === undefined ? [] : [file];
  }

  async buckets(): Promise<number> {
    return this.#options.buckets ?? 1;
  }

  async coverage(dataset: DatasetName, from: Day, to: Day): Promise<FeedCoverage> {
    const missing = [...(await this.missingSlots(dataset, from, to)).values()].flat();
    const own = [...this.#events.values(), ...this.#references.values()].filter(
      (file) => file.dataset === dataset,
    );
    const declared = BASE_FEEDS.includes(dataset) || missing.length > 0;
    return { dataset, declared, missing, files: own.length };
  }

  async missingSlots(dataset: DatasetName, from: Day, to: Day): Promise<ReadonlyMap<Day, readonly string[]>> {
    const days = daysOf({ label: '', kind: 'month', from, to });
    const own = this.#options.missing?.[dataset] ?? {};
    return new Map(days.flatMap((day) => (own[day] === undefined ? [] : [[day, own[day]] as const])));
  }

  async quarantined(dataset: DatasetName): Promise<{ fileId: string; reason: string; records: number }[]> {
    if (dataset !== 'usage') return [];
    return Object.entries(this.#options.quarantined ?? {}).map(([fileId, records]) => ({
      fileId,
      reason: 'WrongColumns',
      records,
    }));
  }

  async localPath(file: LakeFile): Promise<string> {
    return join(this.folder, file.path);
  }

  #partitions(dataset: DatasetName, rows: readonly TestRow[]): Map<string, TestRow[]> {
    const { kind, partitionColumn, bucketColumns } = DATASETS[dataset];
    const parts = new Map<string, TestRow[]>();
    if (kind === 'reference') return parts.set(placeOf('2026-11-04', 0), [...rows]);
    // The place in its file is the record's own, however the rows are cut and shuffled.
    rows.forEach((row, i) => {
      const key = (bucketColumns ?? [])
        .map((name) => row[name])
        .find((value) => value !== null && value !== undefined);
      const place = placeOf(String(row[partitionColumn ?? '']).slice(0, 10), this.#bucketOf(String(key)));
      const stamped = { byte_offset: i, row_hash: `h-${dataset}-${hashOf([row])}`, ...row };
      parts.set(place, [...(parts.get(place) ?? []), stamped]);
    });
    return parts;
  }

  #bucketOf(key: string): number {
    return Number(
      BigInt(`0x${createHash('md5').update(key).digest('hex')}`) % BigInt(this.#options.buckets ?? 1),
    );
  }
}

function placeOf(day: string, bucket: number): string {
  return `dt=${day}/bucket=${String(bucket).padStart(2, '0')}`;
}

function hashOf(rows: readonly TestRow[]): string {
  const text = JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? value.toString() : value));
  return createHash('sha256').update(text).digest('hex');
}
