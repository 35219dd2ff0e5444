import { type Asset, assetOf, parseAsset } from './asset.ts';

/** An exact amount: `minor` units of `asset`. Positive is a loss to the operator where it is an impact. */
export interface Money {
  readonly minor: bigint;
  readonly asset: Asset;
}

/** Money as it travels in JSON: the minor units as a string, because JSON numbers are floats. */
export interface MoneyJson {
  readonly minor: string;
  readonly asset: Asset;
}

/** How a division or a change of scale rounds. Always named by the caller, never assumed. */
export const ROUNDINGS = ['half_up', 'half_even', 'up', 'down'] as const;
export type Rounding = (typeof ROUNDINGS)[number];

/** An amount of nothing in the asset. */
export function zero(asset: Asset): Money {
  return { minor: 0n, asset };
}

/** An amount of `minor` units. */
export function money(minor: bigint, asset: Asset): Money {
  return { minor, asset };
}

/** Sum of two amounts. Throws a RangeError when the assets differ: nothing is converted silently. */
export function add(a: Money, b: Money): Money {
  sameAsset(a, b);
  return { minor: a.minor + b.minor, asset: a.asset };
}

/** a minus b. Throws a RangeError when the assets differ. */
export function subtract(a: Money, b: Money): Money {
  sameAsset(a, b);
  return { minor: a.minor - b.minor, asset: a.asset };
}

/** The amount with its sign turned. */
export function negate(a: Money): Money {
  return { minor: -a.minor, asset: a.asset };
}

/** The amount without its sign. */
export function absolute(a: Money): Money {
  return a.minor < 0n ? negate(a) : a;
}

/** -1, 0 or 1, as a sort function wants it. Throws a RangeError when the assets differ. */
export function compare(a: Money, b: Money): -1 | 0 | 1 {
  sameAsset(a, b);
  if (a.minor === b.minor) return 0;
  return a.minor < b.minor ? -1 : 1;
}

/** Sum of a list; the asset is needed because the list may be empty. */
export function sum(amounts: Iterable<Money>, asset: Asset): Money {
  let total = zero(asset);
  for (const amount of amounts) total = add(total, amount);
  return total;
}

/**
 * numerator / denominator as an integer, rounded as named. Signs are handled symmetrically:
 * `half_up` and `up` round away from zero, `down` towards it. Throws a RangeError on a zero denominator.
 */
export function divide(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  if (denominator === 0n) throw new RangeError('Division by zero');
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const quotient = n / d;
  const twice = (n % d) * 2n;
  const bump: Record<Rounding, boolean> = {
    half_up: twice >= d,
    half_even: twice > d || (twice === d && quotient % 2n === 1n),
    up: twice > 0n,
    down: false,
  };
  const rounded = quotient + (bump[rounding] ? 1n : 0n);
  return negative ? -rounded : rounded;
}

/** The amount times numerator / denominator, rounded once, as named. */
export function multiplyByRatio(a: Money, numerator: bigint, denominator: bigint, rounding: Rounding): Money {
  return { minor: divide(a.minor * numerator, denominator, rounding), asset: a.asset };
}

/** The same amount with another number of decimals; rounding is used only when decimals are lost. */
export function rescale(a: Money, scale: number, rounding: Rounding): Money {
  const { currency, scale: from } = parseAsset(a.asset);
  const minor =
    scale >= from
      ? a.minor * 10n ** BigInt(scale - from)
      : divide(a.minor, 10n ** BigInt(from - scale), rounding);
  return { minor, asset: assetOf(currency, scale) };
}

/**
 * Reads an exact decimal such as `-12.345`. Throws a RangeError when the text is not a plain decimal
 * or has more decimals than the asset can hold (nothing is rounded on the way in).
 */
export function parseMoney(text: string, asset: Asset): Money {
  const { scale } = parseAsset(asset);
  const match = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text.trim());
  if (!match?.[2]) throw new RangeError(`"${text}" is not a decimal amount`);
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (fraction.length > scale) throw new RangeError(`"${text}" has more than ${scale} decimals`);
  const minor = BigInt(match[2] + fraction.padEnd(scale, '0'));
  return { minor: match[1] === '-' ? -minor : minor, asset };
}

/** The plain decimal with all decimals of the asset: `money(-5n, 'EUR/2')` is `-0.05`. */
export function decimalString(a: Money): string {
  const { scale } = parseAsset(a.asset);
  const digits = (a.minor < 0n ? -a.minor : a.minor).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const sign = a.minor < 0n ? '-' : '';
  return scale === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-scale)}`;
}

/** Money for JSON. */
export function toMoneyJson(a: Money): MoneyJson {
  return { minor: a.minor.toString(), asset: a.asset };
}

/** Money from JSON. Throws a SyntaxError when `minor` is not an integer. */
export function fromMoneyJson(json: MoneyJson): Money {
  parseAsset(json.asset);
  return { minor: BigInt(json.minor), asset: json.asset };
}

function sameAsset(a: Money, b: Money): void {
  if (a.asset !== b.asset) throw new RangeError(`Cannot combine ${a.asset} with ${b.asset}`);
}
