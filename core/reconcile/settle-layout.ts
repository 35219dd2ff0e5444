/** Columns that ingest may add to usage, rated and billed: the two halves of the MD5 of the correlation id. */
export const LAYOUT_KEYS = ['key_low', 'key_high'] as const;

/**
 * SQL of these columns. They are derived, so files without them are as good, only slower to reconcile. They are no
 * columns of the dataset: whoever reads declared columns does not see them.
 */
export const LAYOUT_COLUMNS =
  'md5_number_lower(correlation_id) AS key_low, md5_number_upper(correlation_id) AS key_high';

/** How rows of the same session meet. `select` replaces or adds the two columns. */
interface Keys {
  readonly select: string;
  readonly lower: (text: string) => string;
}

/** Where all sides have the columns. A file that lacks them gets them while it is read. */
export const STORED_KEYS: Keys = {
  select:
    'coalesce(key_low, md5_number_lower(correlation_id)) AS key_low, coalesce(key_high, md5_number_upper(correlation_id)) AS key_high',
  lower: (text) => `md5_number_lower(${text})`,
};

/** Otherwise the engine's own hashes, which are ten times cheaper than MD5 and never leave the session. */
export const HASHED_KEYS: Keys = {
  select: `hash(correlation_id) AS key_low, CASE WHEN correlation_id IS NOT NULL THEN hash(correlation_id || '+') END AS key_high`,
  lower: (text) => `hash(${text})`,
};
