import { LAKE_SCALE } from '#core/domain/asset.ts';
import { divide } from '#core/domain/money.ts';
import type { TariffRow } from './reference.ts';

/** No single session may cost more: 10^11 of the currency. What does is suspended, not charged. */
export const LARGEST_CHARGE_MICROS = 10n ** 17n;

/** How a session charge comes about, in millionths of the currency. */
export interface Charge {
  readonly units: bigint;
  readonly rawMicros: bigint;
  readonly micros: bigint;
}

/**
 * round(connect_fee + ceil(max(quantity, minimum) / increment) * price_per_increment) with the rounding of the
 * price list row; a session without quantity costs nothing. Exact integers; `charge_micros` in rate.sql is the
 * same formula in SQL.
 */
export function chargeOf(
  quantity: bigint,
  row: Pick<
    TariffRow,
    'increment' | 'minimum' | 'priceMicros' | 'connectMicros' | 'roundingMethod' | 'roundingDecimals'
  >,
): Charge {
  if (quantity === 0n) return { units: 0n, rawMicros: 0n, micros: 0n };
  const charged = quantity > row.minimum ? quantity : row.minimum;
  const units = (charged + row.increment - 1n) / row.increment;
  const rawMicros = row.connectMicros + units * row.priceMicros;
  const step = 10n ** BigInt(Math.max(0, LAKE_SCALE - row.roundingDecimals));
  return { units, rawMicros, micros: divide(rawMicros, step, roundingOf(row.roundingMethod)) * step };
}

function roundingOf(method: string): 'half_up' | 'up' | 'down' {
  if (method === 'half_up' || method === 'up' || method === 'down') return method;
  throw new RangeError(`Rounding method ${method} is not one of half_up, up, down`);
}
