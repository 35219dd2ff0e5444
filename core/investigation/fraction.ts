import { divide } from '#core/domain/money.ts';

/** A share with its exact counts, so that nobody has to trust the rounding. */
export interface Share {
  readonly count: number;
  readonly of: number;
  /** count / of in percent, half up, two decimals, such as `12.50`. Null where `of` is zero. */
  readonly percent: string | null;
}

/** count of a whole, as a share. */
export function share(count: number, of: number): Share {
  return { count, of, percent: of === 0 ? null : percentOf(BigInt(count), BigInt(of)) };
}

/** numerator / denominator in percent with two decimals, rounded half up. Throws a RangeError on a zero denominator. */
export function percentOf(numerator: bigint, denominator: bigint): string {
  return decimal(divide(numerator * 10_000n, denominator, 'half_up'), 2);
}

/** numerator / denominator with three decimals, rounded half up. Throws a RangeError on a zero denominator. */
export function ratioOf(numerator: bigint, denominator: bigint): string {
  return decimal(divide(numerator * 1_000n, denominator, 'half_up'), 3);
}

function decimal(scaled: bigint, scale: number): string {
  const negative = scaled < 0n;
  const digits = (negative ? -scaled : scaled).toString().padStart(scale + 1, '0');
  return `${negative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
