import { LAKE_SCALE } from '#core/domain/asset.ts';
import type { Limit } from '#core/domain/plausibility.ts';
import { type ColumnReader, implausibleReason } from './column-reader.ts';

interface Bounds {
  readonly most: number;
  readonly scaled: bigint;
}

/** Holds the value that a reader has read against the declared limits of its column. */
export class PlausibilityCheck {
  readonly #reader: ColumnReader;
  readonly #by: ColumnReader | undefined;
  readonly #bounds = new Map<unknown, Bounds>();
  readonly #otherwise: Bounds;

  private constructor(
    reader: ColumnReader,
    most: number,
    by: ColumnReader | undefined,
    limits: readonly Limit[],
  ) {
    const scale = reader.column.type === 'decimal' ? 10n ** BigInt(LAKE_SCALE) : 1n;
    const bounds = (limit: number): Bounds => ({ most: limit, scaled: BigInt(limit) * scale });
    this.#reader = reader;
    this.#by = by;
    this.#otherwise = bounds(most);
    for (const limit of limits) for (const value of limit.values) this.#bounds.set(value, bounds(limit.most));
  }

  /** The checks of a record's columns. Throws a TypeError when limits go by a column that is not there. */
  static of(readers: readonly ColumnReader[]): PlausibilityCheck[] {
    return readers.flatMap((reader) => {
      const { plausible, name } = reader.column;
      if (plausible === undefined) return [];
      const { by, most } = plausible;
      const other = by && readers.find(({ column }) => column.name === by.column);
      if (by !== undefined && other === undefined)
        throw new TypeError(`The limits of ${name} go by ${by.column}, which is no column`);
      return [new PlausibilityCheck(reader, most, other, by?.most ?? [])];
    });
  }

  /** Why the value at `row` is not believed, or undefined. To be asked once all columns of the row are read. */
  reason(row: number): string | undefined {
    const value = this.#reader.values[row] as bigint | null | undefined;
    if (value === null || value === undefined) return undefined;
    const bounds = this.#bounds.get(this.#by?.values[row]) ?? this.#otherwise;
    if (value > bounds.scaled) return implausibleReason(this.#reader.column, bounds.most, true);
    if (value < -bounds.scaled) return implausibleReason(this.#reader.column, bounds.most, false);
    return undefined;
  }
}
