import { z } from 'zod';
import type { DatasetName } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { type LakeEntry, lakeEntry, lakeSettings } from './lake-entry.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { uriOf } from './s3-errors.ts';

/** After so many entries all of them are written together as one object, so that a reader need not get each. */
export const CHECKPOINT_EVERY = 64;
/** How many objects are read at once. */
const READERS = 16;
/** How often an entry is offered under the next number when others were quicker. */
const ATTEMPTS = 100;
const SETTINGS = 'catalog/lake.json';

/**
 * The catalogue of the lake: per dataset a log of numbered objects, each written once. The object with the next number
 * can be created by one writer only, which is all the locking there is; what it says exists from then on as a whole.
 */
export class LakeLog {
  readonly #bucket: S3Bucket;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
  }

  /** Creates the lake; does nothing where it has that number of buckets already. Throws FileChanged where it has another. */
  async create(buckets: number): Promise<void> {
    const settings = lakeSettings.parse({ format: 1, buckets });
    await this.#bucket.create(SETTINGS, { bytes: encode(settings) });
  }

  /** Number of buckets; 1 before the lake was created. Throws FileNotReadable for a lake of another format. */
  async buckets(): Promise<number> {
    const text = await this.#bucket.readText(SETTINGS);
    return text === undefined ? 1 : this.#parse(SETTINGS, text, lakeSettings).buckets;
  }

  /** All entries of a dataset, oldest first. */
  async read(dataset: DatasetName): Promise<LakeEntry[]> {
    return (await this.#read(dataset)).entries;
  }

  /** Adds an entry at the end. An entry that stands in the log already is not added again: false. */
  async append(dataset: DatasetName, entry: LakeEntry): Promise<boolean> {
    const checked = lakeEntry.parse(entry);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const { entries } = await this.#read(dataset);
      if (isKnown(entries, checked)) return false;
      const number = entries.length + 1;
      if (await this.#bucket.claim(entryKey(dataset, number), { bytes: encode(checked) })) {
        if (number % CHECKPOINT_EVERY === 0) {
          await this.#bucket.create(checkpointKey(dataset, number), { bytes: encode([...entries, checked]) });
        }
        return true;
      }
    }
    throw new PlumblineError('DataFolderInUse', {
      what: `Others were quicker ${ATTEMPTS} times to register files of ${dataset}`,
      where: uriOf(this.#bucket.name, `catalog/${dataset}/`),
      next: 'run it again',
      retryable: true,
    });
  }

  async #read(dataset: DatasetName): Promise<{ entries: LakeEntry[] }> {
    const checkpoint = (await this.#bucket.list(`catalog/${dataset}/checkpoint/`)).at(-1);
    const entries = checkpoint === undefined ? [] : await this.#object(checkpoint, z.array(lakeEntry));
    const after = entries.length === 0 ? undefined : entryKey(dataset, entries.length);
    const keys = await this.#bucket.list(`catalog/${dataset}/log/`, after);
    keys.forEach((key, i) => {
      if (key !== entryKey(dataset, entries.length + i + 1))
        throw this.#broken(key, 'an entry before it is gone');
    });
    const rest: LakeEntry[] = [];
    for (let i = 0; i < keys.length; i += READERS) {
      rest.push(
        ...(await Promise.all(keys.slice(i, i + READERS).map((key) => this.#object(key, lakeEntry)))),
      );
    }
    return { entries: [...entries, ...rest] };
  }

  async #object<T>(key: string, schema: z.ZodType<T>): Promise<T> {
    const text = await this.#bucket.readText(key);
    if (text === undefined) throw this.#broken(key, 'it was listed and is gone');
    return this.#parse(key, text, schema);
  }

  #parse<T>(key: string, text: string, schema: z.ZodType<T>): T {
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      throw this.#broken(
        key,
        `it does not fit its schema: ${error instanceof Error ? error.message : error}`,
      );
    }
  }

  #broken(key: string, why: string): PlumblineError {
    return new PlumblineError('FileNotReadable', {
      what: 'The catalogue of the lake cannot be read',
      where: uriOf(this.#bucket.name, key),
      why,
      next: 'restore catalog/ from its version history',
    });
  }
}

/** A batch is known by its id, a feed when it is declared like this already. */
function isKnown(entries: readonly LakeEntry[], entry: LakeEntry): boolean {
  if (entry.kind === 'batch')
    return entries.some((known) => known.kind === 'batch' && known.batch === entry.batch);
  const last = entries.findLast((known) => known.kind === 'feed');
  return last !== undefined && JSON.stringify(last) === JSON.stringify(entry);
}

function entryKey(dataset: DatasetName, number: number): string {
  return `catalog/${dataset}/log/${String(number).padStart(10, '0')}.json`;
}

function checkpointKey(dataset: DatasetName, number: number): string {
  return `catalog/${dataset}/checkpoint/${String(number).padStart(10, '0')}.json`;
}

function encode(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
