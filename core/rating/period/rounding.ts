import { divide, type Rounding } from '#core/domain/money.ts';

/** How an amount is rounded: the method and how many decimals are kept. 0 to 6. */
export interface AmountRounding {
  readonly method: Rounding;
  readonly decimals: number;
}

/** Millionths of the currency in one unit of it: all amounts of this folder are kept so. */
export const MICROS = 1_000_000n;

/**
 * Rounds millionths to a number of decimals. `round_micros` in ../macros.sql is the same for half_up, up and down.
 * Throws a RangeError when decimals are not a whole number of 0 to 6.
 */
export function roundMicros(micros: bigint, rounding: AmountRounding): bigint {
  const step = stepOf(rounding.decimals);
  return divide(micros, step, rounding.method) * step;
}

/** Millionths in one unit of the last decimal that is kept. Throws a RangeError as roundMicros does. */
export function stepOf(decimals: number): bigint {
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 6) {
    throw new RangeError(`${decimals} is not a number of decimals from 0 to 6`);
  }
  return 10n ** BigInt(6 - decimals);
}

/** Millionths as a plain decimal without needless zeros: 1_500_000n is `1.5`. For sentences, not for storage. */
export function plain(micros: bigint): string {
  const absolute = micros < 0n ? -micros : micros;
  const fraction = (absolute % MICROS).toString().padStart(6, '0').replace(/0+$/, '');
  const whole = `${micros < 0n ? '-' : ''}${absolute / MICROS}`;
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
