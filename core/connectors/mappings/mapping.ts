import type { DatasetName } from '#core/domain/datasets.ts';

/** How the text of a field becomes the text of a column. */
export const FIELD_READINGS = ['as-is', 'phone-number', 'epoch-seconds'] as const;
/**
 * `as-is`: by the column's type. `phone-number`: a leading + or 00 is removed, nothing else.
 * `epoch-seconds`: whole seconds since 1970 in UTC, for timestamps.
 */
export type FieldReading = (typeof FIELD_READINGS)[number];

/** Where a column of the dataset comes from. */
export type FieldRule =
  | {
      /** Name of the field; with several, the first that is not empty. */
      readonly from: string | readonly string[];
      readonly read?: FieldReading;
      /** Other spellings of the column's values: text in the file → value of the column. */
      readonly values?: Readonly<Record<string, string>>;
      /** Stands where the field is empty or absent. */
      readonly otherwise?: string;
    }
  | { readonly constant: string };

/** How a foreign format becomes rows of one dataset. Data only: a new one needs no code. */
export interface Mapping {
  readonly name: string;
  /** What writes this format, and which of its settings the mapping expects. */
  readonly doc: string;
  readonly dataset: DatasetName;
  /** For delimited text: how fields are cut. Absent for JSON. */
  readonly delimited?: {
    readonly delimiter: string;
    readonly quote: '"' | null;
    /** True when the first record names the fields; then their order is free. */
    readonly header: boolean;
    /** Names of the fields in order. */
    readonly fields: readonly string[];
    /** How many of the last fields may be absent from all records. */
    readonly optionalFields?: number;
  };
  /** One rule per column of the dataset; a column without a rule is null. */
  readonly columns: Readonly<Record<string, FieldRule>>;
  /** Zone of timestamps that carry no offset. IANA name; default UTC. */
  readonly timeZone?: string;
}
