import type { Column, Dataset } from '#core/domain/datasets.ts';
import type { ColumnReader } from './column-reader.ts';
import { PlausibilityCheck } from './plausibility.ts';

const MS_PER_DAY = 86_400_000;

/** A rule over the values of a row, asked once all of them are read. */
export interface RowCheck {
  /** Why the row at `row` is not believed, or undefined. */
  reason(row: number): string | undefined;
}

/** Pairs of columns of which the second may not be earlier than the first, in every dataset that has both. */
const IN_ORDER: readonly (readonly [string, string])[] = [
  ['session_start', 'start_time'],
  ['period_start', 'period_end'],
  ['period_from', 'period_to'],
  ['valid_from', 'valid_to'],
];

/**
 * Years in which events may lie. Before and after them no run would ever look, so a clock that was never set (1970,
 * 2000 is possible) or a date that was mistyped would make a record vanish.
 */
export const ERA = { from: Date.UTC(1990, 0, 1), until: Date.UTC(2100, 0, 1) } as const;

/** What a currency looks like; which ones there are, ISO 4217 changes too often to say. */
export const CURRENCY_PATTERN = '^[A-Z]{3}$';

/** Pairs of the dataset's columns that must be in order. */
export function orderedColumns(columns: readonly Column[]): readonly (readonly [Column, Column])[] {
  return IN_ORDER.flatMap(([first, second]) => {
    const earlier = columns.find((column) => column.name === first);
    const later = columns.find((column) => column.name === second);
    return earlier && later ? [[earlier, later] as const] : [];
  });
}

/** Reason for a time or day that lies before the one that it must follow. */
export function orderReason(earlier: Column, later: Column): string {
  return `${later.name}: before ${earlier.name}`;
}

/** Reason for an event outside of ERA. */
export function eraReason(column: string): string {
  return `${column}: not from 1990 to 2099`;
}

/** Reason for a currency that is none. */
export const CURRENCY_REASON = 'currency: not an ISO 4217 code such as EUR';

/** True where the column holds currencies that any ISO code may stand in. */
export function isCurrency(column: Column): boolean {
  return column.name === 'currency' && column.type === 'string' && column.values === undefined;
}

/** The rules for rows of the dataset, in the order in which they are asked. */
export function rowChecks(dataset: Dataset, readers: readonly ColumnReader[]): RowCheck[] {
  const reader = (name: string | undefined) => readers.find(({ column }) => column.name === name);
  const currency = readers.find(({ column }) => isCurrency(column));
  const event = reader(dataset.partitionColumn);
  return [
    ...(currency ? [new CurrencyCheck(currency)] : []),
    ...(event ? [new EraCheck(event)] : []),
    ...orderedColumns(dataset.columns).flatMap(([earlier, later]) => {
      const first = reader(earlier.name);
      const second = reader(later.name);
      return first && second ? [new OrderCheck(first, second)] : [];
    }),
    ...PlausibilityCheck.of(readers),
  ];
}

class OrderCheck implements RowCheck {
  readonly #earlier: ColumnReader;
  readonly #later: ColumnReader;
  constructor(earlier: ColumnReader, later: ColumnReader) {
    this.#earlier = earlier;
    this.#later = later;
  }

  reason(row: number): string | undefined {
    const earlier = this.#earlier.values[row] as number | null | undefined;
    const later = this.#later.values[row] as number | null | undefined;
    if (earlier === null || earlier === undefined || later === null || later === undefined) return undefined;
    return later < earlier ? orderReason(this.#earlier.column, this.#later.column) : undefined;
  }
}

class EraCheck implements RowCheck {
  readonly #reader: ColumnReader;
  constructor(reader: ColumnReader) {
    this.#reader = reader;
  }

  reason(row: number): string | undefined {
    const value = this.#reader.values[row] as number;
    const time = this.#reader.column.type === 'date' ? value * MS_PER_DAY : value;
    return time >= ERA.from && time < ERA.until ? undefined : eraReason(this.#reader.column.name);
  }
}

class CurrencyCheck implements RowCheck {
  readonly #reader: ColumnReader;
  readonly #pattern = new RegExp(CURRENCY_PATTERN);
  /** Consecutive records share their currency. */
  #lastGood: unknown = null;
  constructor(reader: ColumnReader) {
    this.#reader = reader;
  }

  reason(row: number): string | undefined {
    const value = this.#reader.values[row] ?? null;
    if (value === this.#lastGood || value === null) return undefined;
    if (!this.#pattern.test(String(value))) return CURRENCY_REASON;
    this.#lastGood = value;
    return undefined;
  }
}
