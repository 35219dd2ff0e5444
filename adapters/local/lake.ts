import { join } from 'node:path';
import { dueSlots } from '#core/connectors/feed-declaration.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import type { FeedCoverage, FeedDeclaration } from '#core/domain/feed.ts';
import { addDays, type Day, daysOf } from '#core/domain/period.ts';
import type { LakeFile } from '#core/domain/run.ts';
import type { Lake } from '#core/ports/lake.ts';
import { LakeCatalog } from './lake-catalog.ts';

/** The lake in a folder: Parquet files under `<home>/lake`, catalogue in `<home>/lake.db`. Reads only. */
export class LocalLake implements Lake {
  readonly #folder: string;
  readonly #catalog: LakeCatalog;

  constructor(home: string) {
    this.#folder = join(home, 'lake');
    this.#catalog = LakeCatalog.open(home);
  }

  close(): void {
    this.#catalog.close();
  }

  /** Number of files ever ingested into a dataset. */
  async files(dataset: DatasetName): Promise<number> {
    return this.#catalog.fileCount(dataset);
  }

  /** Months of which some slot of a feed is filled, `YYYY-MM`, in order. */
  async months(dataset: DatasetName): Promise<string[]> {
    return this.#catalog.months(dataset);
  }

  /** Where the lake stands: what is registered later has a place after it. */
  cursor(): number {
    return this.#catalog.cursor();
  }

  /** Days of which usage, rated or billed files were registered after `cursor`, in order, and where the lake stands now. */
  changedDays(cursor: number): { readonly days: readonly string[]; readonly cursor: number } {
    return { days: this.#catalog.changedDays(cursor), cursor: this.#catalog.cursor() };
  }

  async eventFiles(dataset: DatasetName, day: Day, bucket: number): Promise<LakeFile[]> {
    return this.#catalog.eventFiles(dataset, day, bucket);
  }

  async referenceFiles(dataset: DatasetName): Promise<LakeFile[]> {
    return this.#catalog.referenceFiles(dataset);
  }

  async buckets(): Promise<number> {
    return this.#catalog.buckets();
  }

  async coverage(dataset: DatasetName, from: Day, to: Day): Promise<FeedCoverage> {
    const feed = this.#catalog.feed(dataset);
    const files = this.#catalog.fileCount(dataset, feed?.cadence === 'once' ? undefined : { from, to });
    if (feed === undefined) return { dataset, declared: false, missing: [], files };
    return { dataset, declared: true, missing: this.#missing(feed, from, to), files };
  }

  async missingSlots(dataset: DatasetName, from: Day, to: Day): Promise<ReadonlyMap<Day, readonly string[]>> {
    const byDay = new Map<Day, readonly string[]>();
    const feed = this.#catalog.feed(dataset);
    if (feed === undefined) return byDay;
    const missing = this.#missing(feed, from, to);
    for (const day of daysOf({ label: '', kind: 'day', from, to })) {
      const last = addDays(day, feed.lagDays);
      const spoilt = missing.filter(
        (slot) => feed.cadence === 'once' || (slot.slice(0, 10) >= day && slot.slice(0, 10) <= last),
      );
      if (spoilt.length > 0) byDay.set(day, spoilt);
    }
    return byDay;
  }

  async quarantined(
    dataset: DatasetName,
    from: Day,
    to: Day,
  ): Promise<{ fileId: string; reason: string; records: number }[]> {
    return this.#catalog.quarantined(dataset, from, to);
  }

  async localPath(file: LakeFile): Promise<string> {
    return join(this.#folder, file.path);
  }

  /** A feed that is due once has one slot, the first day asked for, which any file fills. */
  #missing(feed: FeedDeclaration, from: Day, to: Day): string[] {
    if (feed.cadence === 'once') return this.#catalog.fileCount(feed.dataset) > 0 ? [] : [from];
    const due = dueSlots(feed, from, to);
    const filled = this.#catalog.filledSlots(feed.dataset, due[0] ?? '', due.at(-1) ?? '');
    return due.filter((slot) => !filled.has(slot));
  }
}
