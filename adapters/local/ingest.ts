import { createHash } from 'node:crypto';
import { createDecoder } from '#core/connectors/decoders.ts';
import type { Mapping } from '#core/connectors/mappings/mapping.ts';
import { NumberReader } from '#core/connectors/numbers.ts';
import { emptyFile, type RecordSink } from '#core/connectors/records.ts';
import { DATASETS, type DatasetName } from '#core/domain/datasets.ts';
import { isPlumblineError, PlumblineError } from '#core/domain/errors.ts';
import type { NumberPlan } from '#core/domain/feed.ts';
import { hashOf } from '#core/domain/hash.ts';
import type { Day } from '#core/domain/period.ts';
import { type PlannedFeed, type PlannedFile, planIngest, type RefusedPlan } from './ingest-plan.ts';
import { bytesOf } from './ingest-source.ts';
import { type IngestedFile, type IngestSummary, refusedFile, summarize } from './ingest-summary.ts';
import { sha256OfFile } from './lake-batch.ts';
import type { KnownSource, SourceFile } from './lake-catalog.ts';
import { type DatasetWriter, LakeWriter } from './lake-writer.ts';
import { importParquet } from './parquet-import.ts';

/** Guess of the size of a record, to decide whether a file still fits into a batch. */
const BYTES_PER_ROW = 80;
/** Guess of how much larger a packed file is once it is unpacked. */
const PACKED_RATIO = 20;
const NO_REASONS = Object.freeze({});
const MS_PER_DAY = 86_400_000;

export interface IngestRequest {
  /** A file, a folder of files, a feed or a folder of feeds. */
  readonly path: string;
  /** Data folder: the lake is `<home>/lake`, its catalogue `<home>/lake.db`. */
  readonly home: string;
  /** Dataset of files without a `feed.json`. */
  readonly dataset?: DatasetName;
  /** Name of a mapping; default that of the feed declaration, else `canonical`. */
  readonly mapping?: string;
  /** IANA zone of times without an offset; default that of the mapping, else UTC. */
  readonly timeZone?: string;
  /** Day of the snapshot that reference files become, where the file's slot does not say. */
  readonly asOf: Day;
  /** Number of buckets of the lake, fixed by the first ingest. Default 1. */
  readonly buckets?: number;
  /** Rows that are gathered before a batch is written to the lake. */
  readonly rowsPerBatch?: number;
  /** DuckDB's memory limit, for each of up to two sessions. */
  readonly memoryLimitMb?: number;
  /** Threads of each session. */
  readonly threads?: number;
  readonly onProgress?: (progress: IngestProgress) => void;
}

/** Told after each file. */
export interface IngestProgress {
  readonly file: IngestedFile;
  readonly filesDone: number;
  readonly filesTotal: number;
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/**
 * Ingests what stands at a path into the lake. A file that cannot be taken is refused with its reason and the others
 * go on; the summary says what became of each. Throws only when nothing can be done at all: no such path, no dataset
 * named, the lake in use.
 */
export async function ingestPath(request: IngestRequest): Promise<IngestSummary> {
  const feeds = await planIngest(request);
  const writer = await LakeWriter.open(request.home, {
    ...(request.buckets === undefined ? {} : { buckets: request.buckets }),
    ...(request.rowsPerBatch === undefined ? {} : { rowsPerBatch: request.rowsPerBatch }),
    ...(request.memoryLimitMb === undefined ? {} : { memoryLimitMb: request.memoryLimitMb }),
    // Two sessions work at the same time, so one thread each keeps two cores busy without waiting for one another.
    threads: request.threads ?? 1,
  });
  const run = new IngestRun(request, writer, feeds);
  try {
    for (const feed of feeds) await run.feed(feed);
  } finally {
    await writer.close();
  }
  return summarize(run.done, writer.swept);
}

/** A reader of numbers, and the digest of its plan. */
interface RunNumbers {
  readonly key: string;
  readonly reader: NumberReader;
}

class IngestRun {
  readonly done: IngestedFile[] = [];
  readonly #request: IngestRequest;
  readonly #writer: LakeWriter;
  #filesTotal: number;
  readonly #bytesTotal: number;
  readonly #mappingDigests = new Map<Mapping, string>();
  readonly #numberReaders = new Map<string, RunNumbers>();
  /** Those of the feed that is taken. */
  #numbers: RunNumbers | undefined;
  #bytesDone = 0;

  constructor(request: IngestRequest, writer: LakeWriter, feeds: readonly PlannedFeed[]) {
    this.#request = request;
    this.#writer = writer;
    this.#filesTotal = feeds.reduce((total, feed) => total + feed.names.length, 0);
    this.#bytesTotal = feeds.reduce((total, feed) => total + feed.bytes, 0);
  }

  async feed(feed: PlannedFeed): Promise<void> {
    this.#numbers = await this.#numbersOf(feed.declaration?.numbers);
    if (feed.declaration) this.#writer.catalog.saveFeed(feed.declaration);
    if (DATASETS[feed.dataset].kind === 'event') return this.#eventFiles(feed);
    // Files of one slot are one snapshot; later slots come later.
    const files: PlannedFile[] = [];
    for (const name of feed.names) for await (const file of this.#planned(feed, name)) files.push(file);
    const days = [...new Set(files.map((file) => this.#snapshotDay(file)))].sort();
    for (const day of days) {
      await this.#snapshot(
        feed,
        day,
        files.filter((file) => this.#snapshotDay(file) === day),
      );
    }
  }

  /** One reader for all feeds of a plan, so that each distinct number is read once. */
  async #numbersOf(plan: NumberPlan | undefined): Promise<RunNumbers | undefined> {
    if (plan === undefined) return undefined;
    const key = hashOf({ ...plan }).slice(0, 16);
    const known = this.#numberReaders.get(key) ?? { key, reader: await NumberReader.open(plan) };
    this.#numberReaders.set(key, known);
    return known;
  }

  /** The files behind a name; what is refused before it is opened is reported at once. */
  async *#planned(feed: PlannedFeed, name: string): AsyncGenerator<PlannedFile, void> {
    const plans = await feed.plan(name);
    this.#filesTotal += plans.length - 1;
    for (const plan of plans) {
      if ('refusal' in plan) this.#report(plan, refusedFile(feed.dataset, plan.name, plan.refusal));
      else yield plan;
    }
  }

  async #eventFiles(feed: PlannedFeed): Promise<void> {
    const dataset = await this.#writer.dataset(feed.dataset, '');
    try {
      for (const name of feed.names) {
        for await (const file of this.#planned(feed, name)) {
          const known = this.#writer.catalog.source(feed.dataset, file.name, '');
          if (known === undefined) await this.#take(feed, dataset, file, '');
          else this.#report(file, await this.#compare(feed.dataset, file, known));
        }
      }
      await dataset.publish();
    } finally {
      await dataset.settle();
    }
  }

  /** A snapshot is taken whole: when one of its files is new, or read in another way, all of them become the new snapshot. */
  async #snapshot(feed: PlannedFeed, day: string, files: readonly PlannedFile[]): Promise<void> {
    const { catalog } = this.#writer;
    const newest = catalog.newestSnapshot(feed.dataset);
    const hashes = new Map<string, string>();
    for (const file of [...files]) {
      try {
        hashes.set(file.name, await contentHash(file));
      } catch (error) {
        if (!isPlumblineError(error)) throw error;
        this.#report(file, refusedFile(feed.dataset, file.name, error));
      }
    }
    const readable = files.filter((file) => hashes.has(file.name));
    const isSame = (file: PlannedFile) => {
      const source = newest?.sources.get(file.name);
      if (source === undefined || source.sha256 !== hashes.get(file.name)) return false;
      return isReadAlike(source, this.#reading(file));
    };
    if (newest && readable.every(isSame)) {
      for (const file of readable) this.#report(file, unchanged(feed.dataset, file));
      return;
    }
    const dataset = await this.#writer.dataset(feed.dataset, day);
    for (const file of readable) {
      const known = catalog.source(feed.dataset, file.name, day);
      if (known && known.sha256 !== hashes.get(file.name)) this.#report(file, changed(feed.dataset, file));
      else await this.#take(feed, dataset, file, day);
    }
    await dataset.publish();
  }

  async #take(feed: PlannedFeed, dataset: DatasetWriter, file: PlannedFile, dt: string): Promise<void> {
    try {
      if (file.size === 0 && file.source.packed === 'no') throw emptyFile(file.name, 'it has 0 bytes');
      const bytes = file.source.packed === 'no' ? file.size : file.size * PACKED_RATIO;
      await dataset.begin(bytes / BYTES_PER_ROW);
      const source = await this.#read(feed.dataset, dataset, file, dt);
      if (dt === '' && feed.declaration?.sameContent !== 'accept') this.#refuseTwin(dataset, source);
      dataset.complete(source);
      const fillsNoSlot =
        feed.declaration !== undefined && feed.declaration.cadence !== 'once' && file.slot === null;
      const { rows, quarantined, reasons } = source;
      const ingested = {
        dataset: feed.dataset,
        name: file.name,
        outcome: 'ingested',
        rows,
        quarantined,
        reasons,
      } as const;
      this.#report(file, fillsNoSlot ? { ...ingested, fillsNoSlot } : ingested);
    } catch (error) {
      if (!isPlumblineError(error)) throw error;
      await dataset.discard(file.name);
      this.#report(file, refusedFile(feed.dataset, file.name, error));
    }
  }

  /** A file without records has no twin: an hour without events looks like any other. */
  #refuseTwin(dataset: DatasetWriter, source: SourceFile): void {
    if (source.rows + source.quarantined === 0) return;
    const twin = dataset.twin(source.sha256) ?? this.#writer.catalog.twin(source.dataset, source.sha256);
    if (twin === undefined) return;
    throw new PlumblineError('FileRepeated', {
      what: 'Skipped: the same content was ingested before under another name',
      where: source.name,
      why: `it is that of ${twin}; its records would count twice`,
      next: 'ask the source for what belongs under this name; where files may be alike, set "sameContent": "accept" in feed.json',
    });
  }

  async #read(name: DatasetName, dataset: DatasetWriter, file: PlannedFile, dt: string): Promise<SourceFile> {
    const identity = { dataset: name, name: file.name, dt, slot: file.slot, reading: this.#reading(file) };
    if (file.format === 'parquet') {
      const sha256 = await sha256OfFile(file.source.path);
      const counts = await importParquet(dataset, file.source.path, file.name, this.#numbers?.reader);
      return { ...identity, ...counts, size: file.size, sha256, quarantined: total(counts.reasons) };
    }
    const intake = new Intake(dataset, file.name);
    const { format, mapping } = file;
    const { timeZone } = this.#request;
    const decoder = createDecoder(
      {
        format,
        dataset: name,
        mapping,
        fileName: file.name,
        ...(timeZone === undefined ? {} : { timeZone }),
        ...(this.#numbers === undefined ? {} : { numbers: this.#numbers.reader }),
      },
      intake,
    );
    const hash = createHash('sha256');
    for await (const bytes of bytesOf(file.source, file.name)) {
      hash.update(bytes);
      decoder.push(bytes, false);
      await dataset.spill();
    }
    decoder.push(Buffer.alloc(0), true);
    return { ...identity, ...intake.counts(), size: file.size, sha256: hash.digest('hex') };
  }

  async #compare(dataset: DatasetName, file: PlannedFile, known: KnownSource): Promise<IngestedFile> {
    try {
      if ((await contentHash(file)) !== known.sha256) return changed(dataset, file);
    } catch (error) {
      if (!isPlumblineError(error)) throw error;
      return refusedFile(dataset, file.name, error);
    }
    return isReadAlike(known, this.#reading(file))
      ? unchanged(dataset, file)
      : readDifferently(dataset, file);
  }

  /** What decides how the bytes of a file become rows: format, mapping, time zone and number plan. */
  #reading({ format, mapping }: PlannedFile): string {
    const digest = this.#mappingDigests.get(mapping) ?? hashOf(mapping).slice(0, 16);
    this.#mappingDigests.set(mapping, digest);
    const zone = format === 'parquet' ? '' : (this.#request.timeZone ?? mapping.timeZone ?? 'UTC');
    const numbers = this.#numbers === undefined ? [] : [this.#numbers.key];
    return [format, mapping.name, digest, zone, ...numbers].join(' ');
  }

  #snapshotDay(file: PlannedFile): string {
    return file.slot?.slice(0, 10) ?? this.#request.asOf;
  }

  #report(planned: PlannedFile | RefusedPlan, file: IngestedFile): void {
    this.done.push(file);
    this.#bytesDone += planned.size;
    this.#request.onProgress?.({
      file,
      filesDone: this.done.length,
      filesTotal: this.#filesTotal,
      bytesDone: this.#bytesDone,
      bytesTotal: this.#bytesTotal,
    });
  }
}

/** Puts what a decoder finds into the stage, and counts it. */
class Intake implements RecordSink {
  readonly #dataset: DatasetWriter;
  readonly #fileId: string;
  readonly #reasons: Record<string, number> = {};
  #rows = 0;
  #firstDay = Number.POSITIVE_INFINITY;
  #lastDay = Number.NEGATIVE_INFINITY;

  constructor(dataset: DatasetWriter, fileId: string) {
    this.#dataset = dataset;
    this.#fileId = fileId;
  }

  batch(batch: Parameters<RecordSink['batch']>[0]): void {
    const { firstDay, lastDay } = this.#dataset.stage.append(this.#fileId, batch);
    this.#rows += batch.rowCount;
    this.#firstDay = Math.min(this.#firstDay, firstDay);
    this.#lastDay = Math.max(this.#lastDay, lastDay);
  }

  reject(record: Parameters<RecordSink['reject']>[0]): void {
    this.#reasons[record.reason] = (this.#reasons[record.reason] ?? 0) + 1;
    this.#dataset.stage.reject(this.#fileId, record);
  }

  counts() {
    const isEvent = this.#dataset.stage.partitioning.kind === 'event' && this.#rows > 0;
    return {
      rows: this.#rows,
      quarantined: total(this.#reasons),
      reasons: this.#reasons,
      firstDay: isEvent ? isoDay(this.#firstDay) : null,
      lastDay: isEvent ? isoDay(this.#lastDay) : null,
    };
  }
}

/** Hash of the file's bytes, those of a packed one as they are unpacked. */
async function contentHash(file: PlannedFile): Promise<string> {
  if (file.source.packed === 'no') return sha256OfFile(file.source.path);
  const hash = createHash('sha256');
  for await (const bytes of bytesOf(file.source, file.name)) hash.update(bytes);
  return hash.digest('hex');
}

/** True also where it is not known how a file was read: that was before it was written down. */
function isReadAlike(known: { readonly reading: string }, reading: string): boolean {
  return known.reading === '' || known.reading === reading;
}

function unchanged(dataset: DatasetName, file: PlannedFile): IngestedFile {
  return { dataset, name: file.name, outcome: 'unchanged', rows: 0, quarantined: 0, reasons: NO_REASONS };
}

function changed(dataset: DatasetName, file: PlannedFile): IngestedFile {
  const error = new PlumblineError('FileChanged', {
    what: 'A file of this name was ingested before with other content',
    where: file.name,
    why: 'results may rest on what it held; replacing it silently would change them',
    next: `ask the source which of the two is right; to take this one: plumbline ingest --withdraw ${file.name} --as ${dataset}, then ingest it`,
  });
  return refusedFile(dataset, file.name, error);
}

function readDifferently(dataset: DatasetName, file: PlannedFile): IngestedFile {
  const error = new PlumblineError('FileReadDifferently', {
    what: 'The file was ingested before with another format, mapping, time zone or number plan',
    where: file.name,
    why: 'its rows stand in the lake as they were read then',
    next: `if they were read wrongly: plumbline ingest --withdraw ${file.name} --as ${dataset}, then ingest it again`,
  });
  return refusedFile(dataset, file.name, error);
}

function total(reasons: Readonly<Record<string, number>>): number {
  return Object.values(reasons).reduce((sum, count) => sum + count, 0);
}

function isoDay(days: number): string {
  return new Date(days * MS_PER_DAY).toISOString().slice(0, 10);
}
