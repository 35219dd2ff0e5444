import { checkTiers, type Tier } from './price.ts';
import { type AmountRounding, roundMicros, stepOf } from './rounding.ts';

/** Prices as arrays, one entry per price; tiers of price p stand from tierStart[p] to tierStart[p + 1]. */
export interface ColumnPrices {
  readonly increment: Float64Array;
  readonly minimum: Float64Array;
  readonly connectMicros: Float64Array;
  readonly exactDraw: Uint8Array;
  readonly boundaryUp: Uint8Array;
  readonly volume: Uint8Array;
  readonly rounding: readonly AmountRounding[];
  readonly step: Float64Array;
  readonly halfUp: Uint8Array;
  readonly tierStart: Int32Array;
  /** Upper bound, inclusive; Infinity for the last. */
  readonly tierTo: Float64Array;
  readonly tierMicros: Float64Array;
}

/** Sessions as arrays, in the order of event time and session id. */
export interface ColumnSessions {
  readonly quantity: BigInt64Array;
  /** Which line it is of: subscription, service and zone. */
  readonly line: Int32Array;
  readonly price: Int32Array;
  /** Which counter its tiers run on. */
  readonly counter: Int32Array;
}

/** The buckets of line l, in order of use, stand in `bucket` from start[l] to start[l + 1]. */
export interface ColumnAllowances {
  readonly start: Int32Array;
  readonly bucket: Int32Array;
  /** Units per bucket; counted down. */
  readonly left: Float64Array;
}

/** What the kernel writes, one entry per session. Amounts in millionths. */
export interface ColumnCharges {
  readonly covered: Float64Array;
  readonly paid: Float64Array;
  readonly micros: BigInt64Array;
}

interface PriceInput {
  readonly increment: bigint;
  readonly minimum: bigint;
  readonly connectMicros: bigint;
  readonly mode: 'graduated' | 'volume';
  readonly tiers: readonly Tier[];
  readonly drawRounding: 'increment' | 'exact';
  readonly boundaryRounding: 'up' | 'down';
  readonly sessionRounding: AmountRounding;
}

/** Prices as arrays. Throws SchemaMismatch for tiers that cannot be applied, a RangeError for a number beyond 2^53. */
export function columnPrices(prices: readonly PriceInput[]): ColumnPrices {
  for (const { tiers } of prices) checkTiers(tiers);
  const tiers = prices.flatMap((price) => price.tiers);
  let end = 0;
  const ends = prices.map((price) => {
    end += price.tiers.length;
    return end;
  });
  const bits = (test: (price: PriceInput) => boolean) =>
    Uint8Array.from(prices, (price) => (test(price) ? 1 : 0));
  return {
    increment: Float64Array.from(prices, ({ increment }) => safe(increment)),
    minimum: Float64Array.from(prices, ({ minimum }) => safe(minimum)),
    connectMicros: Float64Array.from(prices, ({ connectMicros }) => safe(connectMicros)),
    exactDraw: bits(({ drawRounding }) => drawRounding === 'exact'),
    boundaryUp: bits(({ boundaryRounding }) => boundaryRounding === 'up'),
    volume: bits(({ mode }) => mode === 'volume'),
    rounding: prices.map(({ sessionRounding }) => sessionRounding),
    step: Float64Array.from(prices, ({ sessionRounding }) => Number(stepOf(sessionRounding.decimals))),
    halfUp: bits(({ sessionRounding }) => sessionRounding.method === 'half_up'),
    tierStart: Int32Array.from([0, ...ends]),
    tierTo: Float64Array.from(tiers, ({ upTo }) => (upTo === null ? Number.POSITIVE_INFINITY : safe(upTo))),
    tierMicros: Float64Array.from(tiers, ({ unitMicros }) => safe(unitMicros ?? 0n)),
  };
}

/**
 * Allowances and tiers over arrays: the same as rateAccountPeriod for every session, without the words. `counters` is
 * how many counters there are. Exact: units are whole numbers below 2^53 (a RangeError beyond), and an amount that
 * could pass 2^53 millionths is computed with bigint instead.
 */
export function rateColumns(
  sessions: ColumnSessions,
  prices: ColumnPrices,
  allowances: ColumnAllowances,
  counters: number,
): ColumnCharges {
  const size = sessions.quantity.length;
  const charges = {
    covered: new Float64Array(size),
    paid: new Float64Array(size),
    micros: new BigInt64Array(size),
  };
  const position = new Float64Array(size);
  const total = new Float64Array(counters);
  drawColumns(sessions, prices, allowances, charges, position, total);
  for (let i = 0; i < size; i += 1) {
    const paid = charges.paid[i] as number;
    if (paid > 0)
      charges.micros[i] = chargeAt(
        prices,
        sessions.price[i] as number,
        position[i] as number,
        paid,
        total[sessions.counter[i] as number] as number,
      );
  }
  return charges;
}

function drawColumns(
  sessions: ColumnSessions,
  prices: ColumnPrices,
  allowances: ColumnAllowances,
  charges: ColumnCharges,
  position: Float64Array,
  total: Float64Array,
): void {
  const { quantity, line, price, counter } = sessions;
  const { increment, minimum, exactDraw, boundaryUp } = prices;
  const { start, bucket, left } = allowances;
  for (let i = 0; i < quantity.length; i += 1) {
    const units = Number(quantity[i]);
    if (units > Number.MAX_SAFE_INTEGER) throw new RangeError(`Session ${i} has ${quantity[i]} units`);
    const p = price[i] as number;
    const pulse = increment[p] as number;
    const least = minimum[p] as number;
    const increments = units === 0 ? 0 : ceilDiv(units > least ? units : least, pulse);
    const wanted = exactDraw[p] === 1 ? units : increments * pulse;
    if (wanted > Number.MAX_SAFE_INTEGER) throw new RangeError(`Session ${i} has ${quantity[i]} units`);
    const l = line[i] as number;
    const end = start[l + 1] as number;
    let rest = wanted;
    for (let at = start[l] as number; rest > 0 && at < end; at += 1) {
      const b = bucket[at] as number;
      const there = left[b] as number;
      if (there <= 0) continue;
      const taken = there < rest ? there : rest;
      left[b] = there - taken;
      rest -= taken;
    }
    const partly = boundaryUp[p] === 1 ? ceilDiv(rest, pulse) : Math.floor(rest / pulse);
    const paid = rest === wanted ? increments : partly;
    charges.covered[i] = wanted - rest;
    charges.paid[i] = paid;
    const c = counter[i] as number;
    const before = total[c] as number;
    position[i] = before;
    total[c] = before + paid;
  }
}

/** Whole numbers below 2^53: the remainder is exact where the quotient of two floats might not be. */
function ceilDiv(a: number, b: number): number {
  const remainder = a % b;
  return (a - remainder) / b + (remainder > 0 ? 1 : 0);
}

function chargeAt(prices: ColumnPrices, p: number, before: number, paid: number, total: number): bigint {
  const { tierTo, tierMicros, tierStart } = prices;
  const last = (tierStart[p + 1] as number) - 1;
  let tier = tierStart[p] as number;
  const volume = prices.volume[p] === 1;
  const from = volume ? total : before + 1;
  while (tier < last && from > (tierTo[tier] as number)) tier += 1;
  // Most sessions lie in one tier, and cost less than 2^53 millionths: plain integers are exact there.
  if (volume || before + paid <= (tierTo[tier] as number)) {
    const raw = (prices.connectMicros[p] as number) + paid * (tierMicros[tier] as number);
    if (raw >= 0 && raw <= 2 ** 51 && prices.halfUp[p] === 1) {
      const step = prices.step[p] as number;
      const remainder = raw % step;
      return BigInt(raw - remainder + (remainder * 2 >= step ? step : 0));
    }
  }
  return chargeExactly(prices, p, tier, before, paid);
}

function chargeExactly(
  prices: ColumnPrices,
  p: number,
  firstTier: number,
  before: number,
  paid: number,
): bigint {
  const { tierTo, tierMicros, tierStart } = prices;
  let raw = BigInt(prices.connectMicros[p] as number);
  const end = before + paid;
  let from = before;
  for (let tier = firstTier; from < end && tier < (tierStart[p + 1] as number); tier += 1) {
    const to = prices.volume[p] === 1 ? end : Math.min(end, tierTo[tier] as number);
    raw += BigInt(to - from) * BigInt(tierMicros[tier] as number);
    from = to;
  }
  return roundMicros(raw, prices.rounding[p] as AmountRounding);
}

function safe(value: bigint): number {
  if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RangeError(`${value} is not from 0 to 2^53`);
  return Number(value);
}
