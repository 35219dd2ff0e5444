import type { DatasetName } from '#core/domain/datasets.ts';

/** The sides of a match. */
export const SIDES = ['usage', 'rated', 'billed'] as const satisfies readonly DatasetName[];

/** The datasets that have the columns. */
export const SETTLED_SIDES: readonly DatasetName[] = SIDES;

/** Columns that ingest may add to usage, rated and billed: the two halves of the MD5 of the correlation id. */
export const LAYOUT_KEYS = ['key_low', 'key_high'] as const;

/**
 * SQL of these columns. They are derived, so files without them are as good, only slower to reconcile. They are no
 * columns of the dataset: whoever reads declared columns does not see them.
 */
export const LAYOUT_COLUMNS =
  'md5_number_lower(correlation_id) AS key_low, md5_number_upper(correlation_id) AS key_high';

/** How rows of the same session meet: by the columns, or by what is added to the columns of the files. */
interface Keys {
  /** What is selected from the files. */
  readonly columns: string;
  /** The lower half of the key of a text. */
  readonly lower: (text: string) => string;
}

/** Where every file has the columns. */
export const STORED_KEYS: Keys = { columns: '*', lower: (text) => `md5_number_lower(${text})` };

/** Otherwise the engine's own hashes, which are ten times cheaper than MD5 and never leave the session. */
export const HASHED_KEYS: Keys = {
  columns: `* EXCLUDE (key_low, key_high), CASE WHEN correlation_id IS NOT NULL THEN hash(correlation_id) END AS key_low,
    CASE WHEN correlation_id IS NOT NULL THEN hash(correlation_id || '+') END AS key_high`,
  lower: (text) => `hash(${text})`,
};
