import type { Column, Dataset } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { NumberReader } from './numbers.ts';

/** Rows that a decoder hands over at a time: DuckDB's vector size, so that one batch is one chunk. */
export const BATCH_ROWS = 2048;

/** A record longer than this is rejected, so that one broken file cannot fill the memory. */
export const MAX_RECORD_BYTES = 262_144;

/** Reason against a record beyond that limit. */
export const TOO_LONG = `longer than ${MAX_RECORD_BYTES} bytes`;

/** So much of a rejected record is kept in quarantine, in characters. */
export const RAW_LIMIT = 4096;

/**
 * One value. By column type: string → string, timestamp → number (milliseconds since 1970, UTC),
 * date → number (days since 1970), decimal → bigint (millionths), integer → number, bigint → bigint,
 * boolean → boolean; null where the record has none.
 */
export type Cell = string | number | bigint | boolean | null;

/** Accepted rows, column by column. The arrays are reused for the next batch: take the values before returning. */
export interface RecordBatch {
  readonly rowCount: number;
  /** In the order of the dataset's columns; only the first `rowCount` values of each count. */
  readonly columns: readonly { readonly column: Column; readonly values: readonly Cell[] }[];
  /** Offset of each record in the file, in bytes. */
  readonly offsets: readonly number[];
  /** `row_hash` of each record. */
  readonly hashes: readonly string[];
}

/** A record that is not a row of the dataset, and why. Reasons name the column but not the value, so that they can be counted. */
export interface RejectedRecord {
  readonly offset: number;
  readonly reason: string;
  /** The record as it stands in the file, cut at RAW_LIMIT characters. */
  readonly raw: string;
}

/** Where a decoder puts what it finds. Called synchronously. */
export interface RecordSink {
  batch(batch: RecordBatch): void;
  reject(record: RejectedRecord): void;
}

/**
 * Bytes in, rows and rejected records out. Blocks may be cut anywhere. Every line or element of the input becomes
 * exactly one row or one rejected record (blank lines and headers are neither).
 * Throws SchemaMismatch or EncodingNotSupported before the first row when the whole file cannot be what it should be.
 */
export interface Decoder {
  push(block: Uint8Array, last: boolean): void;
}

/** What every decoder needs to know. */
export interface DecoderContext {
  readonly dataset: Dataset;
  /** Normalises numbers; left out, they stay as they are. */
  readonly numbers?: NumberReader;
  /** File name, for messages. */
  readonly fileName: string;
}

/** Text of a rejected record for the quarantine. */
export function rawText(bytes: Uint8Array): string {
  // At most 4 bytes a character, so the cut below is the one that counts.
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, RAW_LIMIT * 4))
    .toString('utf8')
    .slice(0, RAW_LIMIT);
}

/** The error for a file without content. */
export function emptyFile(fileName: string, why: string): PlumblineError {
  return new PlumblineError('EmptyFile', {
    what: 'The file is empty',
    where: fileName,
    why: `${why}; an hour without events is a file with its header only`,
    next: 'ask the source to send it again, then ingest it',
  });
}
