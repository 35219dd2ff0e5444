import { PlumblineError } from '#core/domain/errors.ts';
import { divide } from '#core/domain/money.ts';
import { type AmountRounding, MICROS, stepOf } from './rounding.ts';

/** Units of `to` for one of `from`, in millionths, on one day. */
export interface ExchangeRate {
  readonly day: string;
  readonly from: string;
  readonly to: string;
  readonly rateMicros: bigint;
}

/** An amount converted, with the rate that was used and its direction. */
export interface Conversion {
  readonly micros: bigint;
  readonly rateMicros: bigint;
  /** `inverse` where only the rate of the opposite direction is published: the amount is divided by it. */
  readonly direction: 'direct' | 'inverse';
}

/**
 * Converts an amount in millionths with the rate of exactly that day, rounded once by `conversionRounding`. The
 * published direction is multiplied with; only without it the opposite one is divided by. Throws DatasetMissing
 * without a rate of the day: the rate of another day is another amount.
 */
export function convert(
  micros: bigint,
  pair: { readonly day: string; readonly from: string; readonly to: string },
  rates: readonly ExchangeRate[],
  conversionRounding: AmountRounding,
): Conversion {
  const { day, from, to } = pair;
  if (from === to) return { micros, rateMicros: MICROS, direction: 'direct' };
  const step = stepOf(conversionRounding.decimals);
  const { method } = conversionRounding;
  const direct = rates.find((rate) => rate.day === day && rate.from === from && rate.to === to);
  if (direct !== undefined) {
    const { rateMicros } = direct;
    return {
      micros: divide(micros * rateMicros, MICROS * step, method) * step,
      rateMicros,
      direction: 'direct',
    };
  }
  const inverse = rates.find((rate) => rate.day === day && rate.from === to && rate.to === from);
  if (inverse !== undefined && inverse.rateMicros > 0n) {
    const { rateMicros } = inverse;
    return {
      micros: divide(micros * MICROS, rateMicros * step, method) * step,
      rateMicros,
      direction: 'inverse',
    };
  }
  throw new PlumblineError('DatasetMissing', {
    what: `No exchange rate from ${from} to ${to} on ${day}`,
    why: 'the rate of another day would give another amount',
    next: 'deliver the rates of that day in fx_rate',
  });
}
