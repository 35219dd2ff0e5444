import type { Dimension } from '#core/domain/violation.ts';
import { type Share, share } from './fraction.ts';

/** Violations and sessions of one value of a dimension. */
export interface ValueCount {
  readonly dimension: Dimension;
  readonly value: string;
  readonly records: number;
  readonly sessions: number;
}

/** A value that holds the finding: nearly all violations, and not nearly all sessions. */
export interface Separator {
  readonly dimension: Dimension;
  readonly value: string;
  /** Violations of the finding that have this value. */
  readonly share: Share;
  /** Sessions of the same days that have it. */
  readonly population: Share;
  /** Violations per session inside the value. */
  readonly rate: Share;
}

/** What stands in place of a value that the records do not carry. */
export const NO_VALUE = '(none)';

const HOLDS_PERCENT = 95;
const COMMON_PERCENT = 85;

/**
 * The values that separate records from other sessions: at least 95 % of the records, at most 85 % of the
 * sessions. Rarest in the population first: the rarer the value, the more it says.
 */
export function findSeparators(counts: readonly ValueCount[]): Separator[] {
  const totals = new Map<Dimension, { records: number; sessions: number }>();
  for (const { dimension, records, sessions } of counts) {
    const total = totals.get(dimension) ?? { records: 0, sessions: 0 };
    totals.set(dimension, {
      records: total.records + records,
      sessions: total.sessions + sessions,
    });
  }
  return counts
    .flatMap(({ dimension, value, records, sessions }): Separator[] => {
      const total = totals.get(dimension);
      if (total === undefined || records === 0 || value === NO_VALUE) return [];
      const holds = records * 100 >= HOLDS_PERCENT * total.records;
      const common = sessions * 100 > COMMON_PERCENT * total.sessions;
      if (!holds || common) return [];
      return [
        {
          dimension,
          value,
          share: share(records, total.records),
          population: share(sessions, total.sessions),
          rate: share(records, sessions),
        },
      ];
    })
    .sort(
      (a, b) =>
        a.population.count * b.population.of - b.population.count * a.population.of ||
        (a.dimension < b.dimension ? -1 : 1),
    );
}
