import type { DatasetName } from '#core/domain/datasets.ts';
import type { FeedDeclaration } from '#core/domain/feed.ts';
import { objectKey } from './lake.ts';
import type { BatchEntry } from './lake-entry.ts';
import { LakeLog } from './lake-log.ts';
import type { S3Bucket } from './s3-bucket.ts';

/**
 * Adds to the lake in a bucket: objects first, each written once, then the entry that makes them exist. A writer that
 * dies leaves objects that no entry names, which nobody reads; the same batch again completes it.
 */
export class S3LakeWriter {
  readonly #bucket: S3Bucket;
  readonly #log: LakeLog;

  constructor(bucket: S3Bucket) {
    this.#bucket = bucket;
    this.#log = new LakeLog(bucket);
  }

  /** Fixes the number of buckets for ever. Throws FileChanged where it is another one. */
  create(buckets: number): Promise<void> {
    return this.#log.create(buckets);
  }

  async declare(feed: FeedDeclaration): Promise<void> {
    await this.#log.append(feed.dataset, { kind: 'feed', feed });
  }

  /**
   * Puts the objects of a batch and registers them; `pathOf` says where each one's file is. False when the batch is
   * registered already. Throws FileChanged when an object of that name has another content.
   */
  async register(
    dataset: DatasetName,
    batch: Omit<BatchEntry, 'kind' | 'dataset'>,
    pathOf: (path: string) => string,
  ): Promise<boolean> {
    for (const { path } of batch.objects) await this.#bucket.create(objectKey(path), { path: pathOf(path) });
    return this.#log.append(dataset, { kind: 'batch', dataset, ...batch });
  }
}
