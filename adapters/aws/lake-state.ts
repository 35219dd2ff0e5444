import { dueSlots } from '#core/connectors/feed-declaration.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import type { FeedCoverage, FeedDeclaration } from '#core/domain/feed.ts';
import { addDays, type Day, daysOf } from '#core/domain/period.ts';
import type { LakeFile } from '#core/domain/run.ts';
import type { BatchEntry, CataloguedSource, LakeEntry } from './lake-entry.ts';

/** What the log of one dataset adds up to. Answers as the catalogue of the lake in a folder does. */
export class LakeState {
  readonly #dataset: DatasetName;
  readonly #batches: readonly BatchEntry[];
  readonly #feed: FeedDeclaration | undefined;
  /** The newest of each source file; of reference datasets one per snapshot day. */
  readonly #sources: readonly CataloguedSource[];

  constructor(dataset: DatasetName, entries: readonly LakeEntry[]) {
    this.#dataset = dataset;
    this.#batches = entries.filter((entry) => entry.kind === 'batch');
    this.#feed = entries.reduce<FeedDeclaration | undefined>(
      (known, entry) => (entry.kind === 'feed' ? decisive(known, entry.feed) : known),
      undefined,
    );
    const sources = new Map<string, CataloguedSource>();
    for (const { snapshot = '', sources: own } of this.#batches) {
      for (const one of own)
        if (!sources.has(`${snapshot} ${one.name}`)) sources.set(`${snapshot} ${one.name}`, one);
    }
    this.#sources = [...sources.values()];
  }

  /** Objects of rows of a day and bucket, in path order. */
  eventFiles(day: Day, bucket: number): LakeFile[] {
    return this.#files(this.#batches, (object) => object.dt === day && object.bucket === bucket);
  }

  /** Objects of the newest snapshot: the latest day, and of that day the one registered last. */
  referenceFiles(): LakeFile[] {
    const newest = this.#batches.reduce<BatchEntry | undefined>(
      (known, batch) =>
        batch.snapshot !== undefined && batch.snapshot >= (known?.snapshot ?? '') ? batch : known,
      undefined,
    );
    return newest === undefined ? [] : this.#files([newest], () => true);
  }

  coverage(from: Day, to: Day): FeedCoverage {
    const dataset = this.#dataset;
    const files = this.#feed?.cadence === 'once' ? this.#fileCount() : this.#fileCount(from, to);
    if (this.#feed === undefined) return { dataset, declared: false, missing: [], files };
    return { dataset, declared: true, missing: this.#missing(this.#feed, from, to), files };
  }

  missingSlots(from: Day, to: Day): ReadonlyMap<Day, readonly string[]> {
    const byDay = new Map<Day, readonly string[]>();
    const feed = this.#feed;
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

  /** Rejected records by file and reason; a file with neither slot nor events may hold anything and counts always. */
  quarantined(from: Day, to: Day): { fileId: string; reason: string; records: number }[] {
    const sums = new Map<string, { fileId: string; reason: string; records: number }>();
    for (const source of this.#sources) {
      if (!touches(source, from, to) && !(source.slot === null && source.firstDay === null)) continue;
      for (const [reason, records] of Object.entries(source.reasons)) {
        const key = JSON.stringify([source.name, reason]);
        const known = sums.get(key);
        sums.set(key, { fileId: source.name, reason, records: records + (known?.records ?? 0) });
      }
    }
    return [...sums.values()].sort((a, b) => compare(a.fileId, b.fileId) || compare(a.reason, b.reason));
  }

  #files(
    batches: readonly BatchEntry[],
    wanted: (object: BatchEntry['objects'][number]) => boolean,
  ): LakeFile[] {
    const dataset = this.#dataset;
    return batches
      .flatMap(({ objects }) => objects)
      .filter((object) => object.kind === 'rows' && wanted(object))
      .map(({ path, rows, sha256 }) => ({ dataset, path, rows, sha256 }))
      .sort((a, b) => compare(a.path, b.path));
  }

  #fileCount(from?: Day, to?: Day): number {
    const own =
      from === undefined || to === undefined
        ? this.#sources
        : this.#sources.filter((source) => touches(source, from, to));
    return new Set(own.map(({ name }) => name)).size;
  }

  /** A feed that is due once has one slot, the first day asked for, which any file fills. */
  #missing(feed: FeedDeclaration, from: Day, to: Day): string[] {
    if (feed.cadence === 'once') return this.#fileCount() > 0 ? [] : [from];
    const filled = new Set(this.#sources.map(({ slot }) => slot));
    return dueSlots(feed, from, to).filter((slot) => !filled.has(slot));
  }
}

/** A feed that owes slots is never replaced by one that is due once, such as adjustments beside daily billed items. */
function decisive(known: FeedDeclaration | undefined, next: FeedDeclaration): FeedDeclaration {
  return known !== undefined && next.cadence === 'once' && known.cadence !== 'once' ? known : next;
}

function touches({ slot, firstDay, lastDay }: CataloguedSource, from: Day, to: Day): boolean {
  const filled = slot?.slice(0, 10);
  if (filled !== undefined && filled >= from && filled <= to) return true;
  return firstDay !== null && lastDay !== null && firstDay <= to && lastDay >= from;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
