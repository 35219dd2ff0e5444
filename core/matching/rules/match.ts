import { compareDecimals, magnitude, minus, times } from './decimal.ts';
import { type Comparable, type Criterion, FIELDS, type Field, type MatchingRule } from './rule.ts';
import { editDistance, folded, MAX_COMPARED_LENGTH } from './text-distance.ts';

/** What became of a comparison, and by which rule; `why` is the reason in words. */
export interface MatchDecision {
  readonly match: boolean;
  readonly rule: string | null;
  readonly why: string;
}

interface Verdict {
  readonly holds: boolean;
  readonly why: string;
}

type Test = (external: Comparable, internal: Comparable, criterion: Criterion) => Verdict;

/**
 * Compares an external record with an internal one, or with a group. True when all criteria of one rule hold; the
 * first such rule decides. No rules, an unknown field, an operator that the field does not have and a rule without
 * criteria never match. Pure.
 */
export function matchByRules(
  external: Comparable,
  internal: Comparable,
  rules: readonly MatchingRule[],
): MatchDecision {
  const failures: string[] = [];
  for (const rule of rules) {
    const verdicts = rule.criteria.map((criterion) => holds(external, internal, criterion));
    const failed = verdicts.find((verdict) => !verdict.holds);
    if (verdicts.length === 0) failures.push(`${rule.name}: no criteria`);
    else if (failed) failures.push(`${rule.name}: ${failed.why}`);
    else return { match: true, rule: rule.name, why: verdicts.map(({ why }) => why).join(', ') };
  }
  return { match: false, rule: null, why: failures.length === 0 ? 'no rules' : failures.join('; ') };
}

function holds(external: Comparable, internal: Comparable, criterion: Criterion): Verdict {
  const field = FIELDS.find((candidate) => candidate === criterion.field);
  if (field === undefined) return no(`no field "${criterion.field}"`);
  return TESTS[field](external, internal, criterion);
}

const TESTS: Readonly<Record<Field, Test>> = {
  amount: compareAmounts,
  date: compareDates,
  description: (external, internal, criterion) =>
    compareTexts(external.description, internal.description, criterion),
  reference: (external, internal, criterion) =>
    compareTexts(external.reference, internal.reference, criterion),
  currency: compareCurrencies,
};

function compareAmounts(external: Comparable, internal: Comparable, { operator, drift }: Criterion): Verdict {
  if (external.amount === undefined || internal.amount === undefined) return no('amount: not on both sides');
  const order = compareDecimals(external.amount, internal.amount);
  switch (operator) {
    case 'equals': {
      const difference = magnitude(minus(external.amount, internal.amount));
      const allowed = times(magnitude(internal.amount), drift);
      return verdict(compareDecimals(difference, allowed) <= 0, 'amount', 'within drift', 'beyond drift');
    }
    case 'greater_than':
      return verdict(order > 0, 'amount', 'external is above', 'external is not above');
    case 'less_than':
      return verdict(order < 0, 'amount', 'external is below', 'external is not below');
    default:
      return unsupported('amount', operator);
  }
}

function compareDates(external: Comparable, internal: Comparable, { operator, drift }: Criterion): Verdict {
  if (external.date === undefined || internal.date === undefined) return no('date: not on both sides');
  const order = compareDecimals(external.date, internal.date);
  switch (operator) {
    case 'equals': {
      // Exact to any fraction: 60.9 s are not within 60 s.
      const apart = magnitude(minus(external.date, internal.date));
      return verdict(compareDecimals(apart, drift) <= 0, 'date', 'within drift', 'beyond drift');
    }
    case 'after':
    case 'greater_than':
      return verdict(order > 0, 'date', 'external is after', 'external is not after');
    case 'before':
    case 'less_than':
      return verdict(order < 0, 'date', 'external is before', 'external is not before');
    default:
      return unsupported('date', operator);
  }
}

/** A group in several currencies has no currency: nobody can say that it equals one. */
function compareCurrencies(external: Comparable, internal: Comparable, criterion: Criterion): Verdict {
  if ((internal.currency?.length ?? 0) > 1) return no('currency: the group has several');
  return compareTexts(external.currency, internal.currency, criterion);
}

function compareTexts(
  external: readonly string[] | undefined,
  internal: readonly string[] | undefined,
  criterion: Criterion,
): Verdict {
  const { field, operator } = criterion;
  // Two records without a reference do not agree on one.
  const ours = (external ?? []).filter((text) => text !== '').map(folded);
  const theirs = (internal ?? []).filter((text) => text !== '').map(folded);
  const any = (test: (a: string, b: string) => boolean) => ours.some((a) => theirs.some((b) => test(a, b)));
  switch (operator) {
    case 'equals':
      return verdict(
        any((a, b) => a === b),
        field,
        'equal but for case',
        'different',
      );
    case 'contains':
      return verdict(
        any((a, b) => isNear(a, b, criterion)),
        field,
        'one in the other, or within drift',
        'neither in the other, beyond drift',
      );
    default:
      return unsupported(field, operator);
  }
}

/** One stands in the other, or no more characters differ than the drift allows. Both folded. */
function isNear(a: string, b: string, { drift }: Criterion): boolean {
  if (a.includes(b) || b.includes(a)) return true;
  const left = [...a];
  const right = [...b];
  const longer = Math.max(left.length, right.length);
  if (drift.units === 0n || longer > MAX_COMPARED_LENGTH) return false;
  // floor(longer × percent / 100): the distance is a whole number, so comparing hundredfold is the same.
  const distance = { units: BigInt(editDistance(left, right)) * 100n, scale: 0 };
  return compareDecimals(distance, times({ units: BigInt(longer), scale: 0 }, drift)) <= 0;
}

function verdict(is: boolean, field: string, yes: string, otherwise: string): Verdict {
  return { holds: is, why: `${field}: ${is ? yes : otherwise}` };
}

function unsupported(field: string, operator: string): Verdict {
  return no(`${field}: no operator "${operator}"`);
}

function no(why: string): Verdict {
  return { holds: false, why };
}
