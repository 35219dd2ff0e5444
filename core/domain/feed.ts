import type { DatasetName } from './datasets.ts';

/**
 * What is expected of a feed. It stands as `feed.json` beside the files of the feed and is what makes
 * "could not look" knowable: without it a day with no file is merely a day without events.
 */
export interface FeedDeclaration {
  readonly dataset: DatasetName;
  readonly format: 'csv' | 'jsonl' | 'parquet' | 'tmf635' | 'markdown';
  /** Name of a mapping that ships with Plumbline or stands beside the feed; only for delimited text and JSON. */
  readonly mapping?: string;
  /** How often a file is due. `hourly` wants 24 files a day, `daily` one, `once` at least one ever. */
  readonly cadence: 'hourly' | 'daily' | 'once';
  /**
   * Regular expression on the file name with the named groups `date` (YYYYMMDD) and, for hourly, `hour` (00-23):
   * which slot a file fills. Required for `hourly` and `daily`.
   */
  readonly slotPattern?: string;
  /** Days after the event by which all its records have arrived; a day is complete when slots to day + lagDays are filled. */
  readonly lagDays: number;
  /** How numbers are written. Left out, they are international digits already and stay as they are. */
  readonly numbers?: NumberPlan;
  /** What becomes of a file whose content came before under another name. Default `refuse`: it would count twice. */
  readonly sameContent?: 'refuse' | 'accept';
}

/** How the numbers of a feed are written, so that they can be normalised to international digits without +. */
export interface NumberPlan {
  /** ISO 3166-1 code of the country in which its national numbers are dialled, such as AT. */
  readonly country: string;
  /** How digits without 0, 00 or + are read first. Default `international`. */
  readonly bareDigits?: 'international' | 'national';
  /** Numbers of at most so many digits, not beginning with 0, are short codes and kept. Default 6. */
  readonly shortCodeDigits?: number;
}

/** Which slots of a feed are filled on the days that matter for a run. */
export interface FeedCoverage {
  readonly dataset: DatasetName;
  readonly declared: boolean;
  /** Slots that are due and not there, as `2026-10-14` or `2026-10-14T13`. */
  readonly missing: readonly string[];
  readonly files: number;
}
