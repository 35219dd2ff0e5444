/** Columns of datasets, and short ways to declare them. */
import { PLAUSIBLE_MONEY, PLAUSIBLE_QUANTITY, type Plausible } from './plausibility.ts';

/** Column types of the lake. `decimal` is DECIMAL(18,6); `timestamp` is UTC with milliseconds. */
export const COLUMN_TYPES = {
  string: 'VARCHAR',
  timestamp: 'TIMESTAMP_MS',
  date: 'DATE',
  decimal: 'DECIMAL(18,6)',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  boolean: 'BOOLEAN',
} as const;
export type ColumnType = keyof typeof COLUMN_TYPES;

/** One column of a dataset. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly required: boolean;
  /** What it means, with its unit. */
  readonly doc: string;
  /** A closed list of values, where there is one. */
  readonly values?: readonly string[];
  /** Smallest value accepted, for integers. */
  readonly min?: number;
  /** Limits beyond which a number is a defect of the record. */
  readonly plausible?: Plausible;
  /** True for text that people write, which may have line breaks and tabs. Any other text is one line. */
  readonly prose?: true;
}

/** Services of the usage chain; `quantity` is seconds, messages or kilobytes. */
export const SERVICES = ['voice', 'sms', 'data'] as const;

export const string = (name: string, doc: string, required = true): Column => ({
  name,
  type: 'string',
  required,
  doc,
});
export const prose = (name: string, doc: string): Column => ({ ...string(name, doc), prose: true });
export const timestamp = (name: string, doc: string, required = true): Column => ({
  name,
  type: 'timestamp',
  required,
  doc,
});
export const date = (name: string, doc: string, required = true): Column => ({
  name,
  type: 'date',
  required,
  doc,
});
export const amount = (name: string, doc: string, required = true): Column => ({
  name,
  type: 'decimal',
  required,
  doc,
  plausible: PLAUSIBLE_MONEY,
});
/** A figure of a dataset without a currency, such as a percentage or an exchange rate. */
export const factor = (name: string, doc: string, required = true): Column => ({
  ...amount(name, doc, required),
  plausible: { most: PLAUSIBLE_MONEY.most },
});
export const currency = string('currency', 'ISO 4217 code');
export const quantity = (
  doc = 'Seconds (voice), messages (sms) or kilobytes (data)',
  required = true,
): Column => plausibly(PLAUSIBLE_QUANTITY, count('quantity', doc, 0, required));
export const numbers: readonly Column[] = [
  string('a_number', 'Calling or using subscriber, international digits without +', false),
  string('b_number', 'Called number, international digits without +', false),
];
export const count = (name: string, doc: string, min = 0, required = true): Column => ({
  name,
  type: 'bigint',
  required,
  doc,
  min,
});
export const plausibly = (plausible: Plausible, column: Column): Column => ({ ...column, plausible });
export const flag = (name: string, doc: string): Column => ({ name, type: 'boolean', required: true, doc });
export const oneOf = (name: string, values: readonly string[], doc: string, required = true): Column => ({
  name,
  type: 'string',
  required,
  doc,
  values,
});
export const validity: readonly Column[] = [
  timestamp('valid_from', 'First instant of validity, UTC'),
  timestamp('valid_to', 'First instant after validity, UTC; empty while it is open', false),
];
