import { compareDecimals, type Decimal, plus } from './decimal.ts';
import type { Comparable } from './rule.ts';

/**
 * Puts the records of a group together as one side of a comparison: the sum of their amounts, their earliest date, all
 * their texts and currencies. What a record lacks makes the group lack it: a sum over some of them is no sum of the
 * group, nor is one over several currencies. One currency in different spelling (EUR, eur) is one.
 */
export function groupOf(records: readonly Comparable[]): Comparable {
  const currency = distinct(texts(records, 'currency') ?? [], (text) => text.toLowerCase());
  const amount = currency.length > 1 ? undefined : folded(records, 'amount', plus);
  const date = folded(records, 'date', (a, b) => (compareDecimals(a, b) <= 0 ? a : b));
  const description = texts(records, 'description');
  const reference = texts(records, 'reference');
  return {
    ...(amount === undefined ? {} : { amount }),
    ...(date === undefined ? {} : { date }),
    ...(description === undefined ? {} : { description }),
    ...(reference === undefined ? {} : { reference }),
    ...(currency.length === 0 ? {} : { currency }),
  };
}

function folded(
  records: readonly Comparable[],
  name: 'amount' | 'date',
  join: (a: Decimal, b: Decimal) => Decimal,
): Decimal | undefined {
  let result: Decimal | undefined;
  for (const record of records) {
    const value = record[name];
    if (value === undefined) return undefined;
    result = result === undefined ? value : join(result, value);
  }
  return result;
}

function texts(
  records: readonly Comparable[],
  name: 'description' | 'reference' | 'currency',
): readonly string[] | undefined {
  const all = records.flatMap((record) => record[name] ?? []);
  return all.length === 0 ? undefined : all;
}

function distinct(values: readonly string[], keyOf: (text: string) => string): string[] {
  return [...new Map(values.map((text) => [keyOf(text), text])).values()];
}
