import { PlumblineError } from '#core/domain/errors.ts';
import { type Decimal, parseDecimal } from './decimal.ts';

/** Fields that a criterion can look at. */
export const FIELDS = ['amount', 'date', 'description', 'reference', 'currency'] as const;
export type Field = (typeof FIELDS)[number];

/** What a criterion may ask, by field. Anything else never holds. */
export const OPERATORS: Readonly<Record<Field, readonly string[]>> = {
  amount: ['equals', 'greater_than', 'less_than'],
  date: ['equals', 'after', 'before', 'greater_than', 'less_than'],
  description: ['equals', 'contains'],
  reference: ['equals', 'contains'],
  currency: ['equals', 'contains'],
};

/** Name of the tolerance of a field in a rule file. The unit is in the name. */
export const DRIFT_NAMES: Readonly<Record<Field, string>> = {
  amount: 'driftFraction',
  date: 'driftSeconds',
  description: 'driftPercent',
  reference: 'driftPercent',
  currency: 'driftPercent',
};

/** One condition. `field` and `operator` may be unknown ones, which never hold. */
export interface Criterion {
  readonly field: string;
  readonly operator: string;
  /**
   * Tolerance, inclusive. Of an amount a fraction of the internal amount without its sign (0.01 is 1 %), of a date
   * seconds, of a text percent of the longer one's characters, rounded down, that may differ.
   */
  readonly drift: Decimal;
}

/** Criteria that must all hold. */
export interface MatchingRule {
  readonly name: string;
  readonly criteria: readonly Criterion[];
}

/** One side of a comparison, or a group of records put together by `groupOf`. What is absent fails its criterion. */
export interface Comparable {
  readonly amount?: Decimal;
  /** Seconds since 1970. */
  readonly date?: Decimal;
  /** The texts of the group's records: one is enough. */
  readonly description?: readonly string[];
  readonly reference?: readonly string[];
  readonly currency?: readonly string[];
}

/**
 * Refuses rules that would match what they should not: a rule without criteria (it would match everything), a negative
 * drift, a repeated name, a drift on a comparison that has none. Throws UsageError that names rule and criterion.
 */
export function validateRules(rules: readonly MatchingRule[], where: string): void {
  const names = new Set<string>();
  for (const rule of rules) {
    if (names.has(rule.name)) throw refused(where, `two rules are named "${rule.name}"`, 'rename one');
    names.add(rule.name);
    if (rule.criteria.length === 0) {
      throw refused(
        where,
        `rule "${rule.name}" has no criteria and would match everything`,
        'add a criterion',
      );
    }
    rule.criteria.forEach((criterion, index) => {
      const place = `criterion ${index + 1} of rule "${rule.name}"`;
      if (criterion.drift.units < 0n)
        throw refused(where, `the drift of ${place} is negative`, 'use 0 or more');
    });
  }
}

/** A drift as it stands in a file. Undefined when it is no decimal. */
export function parseDrift(text: string | undefined): Decimal | undefined {
  return parseDecimal(text ?? '0');
}

function refused(where: string, why: string, next: string): PlumblineError {
  return new PlumblineError('UsageError', { what: 'The matching rules are not accepted', where, why, next });
}
