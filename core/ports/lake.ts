import type { DatasetName } from '#core/domain/datasets.ts';
import type { FeedCoverage } from '#core/domain/feed.ts';
import type { Day } from '#core/domain/period.ts';
import type { LakeFile } from '#core/domain/run.ts';

/** The lake's catalogue: which files hold which partitions. Only files that are registered exist. */
export interface Lake {
  /** Files of an event dataset for a day and bucket, in path order. */
  eventFiles(dataset: DatasetName, day: Day, bucket: number): Promise<LakeFile[]>;
  /** Files of the newest snapshot of a reference dataset; empty when there is none. */
  referenceFiles(dataset: DatasetName): Promise<LakeFile[]>;
  /** Number of buckets of event datasets, fixed when the lake is created. */
  buckets(): Promise<number>;
  /** Which slots of a feed are missing among those due for the days from..to (lag included). */
  coverage(dataset: DatasetName, from: Day, to: Day): Promise<FeedCoverage>;
  /** Missing slots per day of the range, so that one missing hour spoils one day only. */
  missingSlots(dataset: DatasetName, from: Day, to: Day): Promise<ReadonlyMap<Day, readonly string[]>>;
  /** Rejected records, by file and reason, of files whose events fall into from..to. */
  quarantined(
    dataset: DatasetName,
    from: Day,
    to: Day,
  ): Promise<readonly { readonly fileId: string; readonly reason: string; readonly records: number }[]>;
  /** A path that the warehouse can read: the file itself on a laptop, a copy under a temporary folder on AWS. */
  localPath(file: LakeFile): Promise<string>;
}
