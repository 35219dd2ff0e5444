import type { DatasetName } from '#core/domain/datasets.ts';
import type { FeedCoverage } from '#core/domain/feed.ts';
import type { Day } from '#core/domain/period.ts';
import type { LakeFile } from '#core/domain/run.ts';
import type { Lake } from '#core/ports/lake.ts';
import type { Warehouse } from '#core/ports/warehouse.ts';
import { TestLake, type TestWorld } from './test-lake.ts';

/** A lake to which files come: each batch of rows is a set of files of its own. */
export class GrowingLake implements Lake {
  readonly #warehouse: Warehouse;
  readonly #batches: TestLake[] = [];
  readonly #withdrawn = new Set<number>();
  readonly #missing = new Map<string, readonly string[]>();

  private constructor(warehouse: Warehouse) {
    this.#warehouse = warehouse;
  }

  static async of(warehouse: Warehouse, world: TestWorld): Promise<GrowingLake> {
    const lake = new GrowingLake(warehouse);
    await lake.add(world);
    return lake;
  }

  async add(world: TestWorld): Promise<void> {
    const some = Object.entries(world).filter(([, rows]) => rows.length > 0);
    this.#batches.push(await TestLake.of(this.#warehouse, Object.fromEntries(some)));
  }

  /** Takes a batch out again: it is not listed any more, and its files are gone. */
  withdraw(batch: number): void {
    this.#batches[batch]?.remove();
    this.#withdrawn.add(batch);
  }

  missing(dataset: DatasetName, day: string, slots: readonly string[]): void {
    this.#missing.set(`${dataset} ${day}`, slots);
  }

  remove(): void {
    for (const batch of this.#batches) batch.remove();
  }

  async eventFiles(dataset: DatasetName, day: Day, bucket: number): Promise<LakeFile[]> {
    const all = await Promise.all(this.#batches.map((batch) => batch.eventFiles(dataset, day, bucket)));
    return all.flatMap((files, batch) =>
      this.#withdrawn.has(batch) ? [] : files.map((file) => ({ ...file, path: `${batch}/${file.path}` })),
    );
  }

  async referenceFiles(dataset: DatasetName): Promise<LakeFile[]> {
    const all = await Promise.all(this.#batches.map((batch) => batch.referenceFiles(dataset)));
    const newest = all.findLastIndex((files) => files.length > 0);
    return (all[newest] ?? []).map((file) => ({ ...file, path: `${newest}/${file.path}` }));
  }

  async buckets(): Promise<number> {
    return 1;
  }

  async coverage(dataset: DatasetName, from: Day, to: Day): Promise<FeedCoverage> {
    const missing = [...(await this.missingSlots(dataset, from, to)).values()].flat();
    return { dataset, declared: true, missing, files: 0 };
  }

  async missingSlots(dataset: DatasetName, from: Day, to: Day): Promise<ReadonlyMap<Day, readonly string[]>> {
    const slots = this.#missing.get(`${dataset} ${from}`) ?? [];
    return new Map(slots.length === 0 || from > to ? [] : [[from, slots]]);
  }

  async quarantined(): Promise<[]> {
    return [];
  }

  async localPath(file: LakeFile): Promise<string> {
    const [batch = '', ...path] = file.path.split('/');
    const lake = this.#batches[Number(batch)];
    if (lake === undefined) throw new Error(`no batch ${batch}`);
    return lake.localPath({ ...file, path: path.join('/') });
  }
}
