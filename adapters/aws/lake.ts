import { join } from 'node:path';
import type { DatasetName } from '#core/domain/datasets.ts';
import type { FeedCoverage } from '#core/domain/feed.ts';
import type { Day } from '#core/domain/period.ts';
import type { LakeFile } from '#core/domain/run.ts';
import type { Lake } from '#core/ports/lake.ts';
import { download } from './download.ts';
import { LakeLog } from './lake-log.ts';
import { LakeState } from './lake-state.ts';
import type { S3Bucket } from './s3-bucket.ts';
import type { Workspace } from './workspace.ts';

/** How many objects are copied at once. */
const TRANSFERS = 4;

/**
 * The lake in a bucket: Parquet under `lake/`, catalogue under `catalog/`. Reads only, and the catalogue of a dataset
 * once: to the invocation the lake does not change. Close it before its workspace is removed.
 */
export class S3Lake implements Lake {
  readonly #bucket: S3Bucket;
  readonly #log: LakeLog;
  readonly #workspace: Workspace;
  readonly #states = new Map<DatasetName, Promise<LakeState>>();
  readonly #copies = new Map<string, Promise<string>>();
  readonly #waiting: { readonly file: LakeFile; readonly start: () => void }[] = [];
  readonly #ended = new AbortController();
  #running = 0;

  constructor(bucket: S3Bucket, workspace: Workspace) {
    this.#bucket = bucket;
    this.#log = new LakeLog(bucket);
    this.#workspace = workspace;
  }

  async eventFiles(dataset: DatasetName, day: Day, bucket: number): Promise<LakeFile[]> {
    return (await this.#state(dataset)).eventFiles(day, bucket);
  }

  async referenceFiles(dataset: DatasetName): Promise<LakeFile[]> {
    return (await this.#state(dataset)).referenceFiles();
  }

  buckets(): Promise<number> {
    return this.#log.buckets();
  }

  async coverage(dataset: DatasetName, from: Day, to: Day): Promise<FeedCoverage> {
    return (await this.#state(dataset)).coverage(from, to);
  }

  async missingSlots(dataset: DatasetName, from: Day, to: Day): Promise<ReadonlyMap<Day, readonly string[]>> {
    return (await this.#state(dataset)).missingSlots(from, to);
  }

  async quarantined(
    dataset: DatasetName,
    from: Day,
    to: Day,
  ): Promise<{ fileId: string; reason: string; records: number }[]> {
    return (await this.#state(dataset)).quarantined(from, to);
  }

  /** A copy in the workspace, checked against the hash of the plan. The same file is copied once. */
  localPath(file: LakeFile): Promise<string> {
    const id = `${file.path} ${file.sha256}`;
    const known = this.#copies.get(id);
    if (known !== undefined) {
      this.#hurry(file);
      return known;
    }
    const copy = this.#copy(file);
    this.#copies.set(id, copy);
    // Whoever asks for the file gets the failure; until then it must not count as unhandled.
    copy.catch(() => {});
    return copy;
  }

  /** Copies files that will be asked for, in this order, while something else is computed. Failures show when asked. */
  prefetch(files: readonly LakeFile[]): void {
    for (const file of files) void this.localPath(file).catch(() => {});
  }

  /** Ends the transfers that are under way and waits until they have let go of their files. */
  async close(): Promise<void> {
    this.#ended.abort();
    for (const { start } of this.#waiting.splice(0)) start();
    await Promise.allSettled(this.#copies.values());
  }

  async #copy(file: LakeFile): Promise<string> {
    if (this.#running >= TRANSFERS) {
      await new Promise<void>((start) => this.#waiting.push({ file, start }));
    } else this.#running += 1;
    try {
      this.#ended.signal.throwIfAborted();
      // The hash keeps two versions of one path apart.
      const path = join(this.#workspace.folder, 'lake', file.sha256.slice(0, 12), file.path);
      const { path: name, sha256 } = file;
      await download(
        { bucket: this.#bucket, key: objectKey(name), path, sha256, signal: this.#ended.signal },
        this.#workspace,
      );
      return path;
    } finally {
      // The place goes to the next one, if any.
      const next = this.#waiting.shift();
      if (next) next.start();
      else this.#running -= 1;
    }
  }

  /** Somebody waits for the file now: it goes before those that are only expected. */
  #hurry(file: LakeFile): void {
    const at = this.#waiting.findIndex(
      (one) => one.file.path === file.path && one.file.sha256 === file.sha256,
    );
    const [own] = at > 0 ? this.#waiting.splice(at, 1) : [];
    if (own) this.#waiting.unshift(own);
  }

  #state(dataset: DatasetName): Promise<LakeState> {
    const known = this.#states.get(dataset);
    if (known !== undefined) return known;
    const state = this.#log.read(dataset).then((entries) => new LakeState(dataset, entries));
    this.#states.set(dataset, state);
    return state;
  }
}

/** Key of an object of the lake by its path, which is relative to the lake. */
export function objectKey(path: string): string {
  return `lake/${path}`;
}
