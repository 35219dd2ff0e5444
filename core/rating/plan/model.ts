import type { Rounding } from '#core/domain/money.ts';

/** Prices and costs of a charge plan are integers of 10^-12 of the currency: finer than any tariff writes them. */
export const COST_SCALE = 12;
export const COST_ONE = 10n ** BigInt(COST_SCALE);

/** A named rounding: how, and to how many decimals. */
export interface RoundingRule {
  readonly method: Rounding;
  readonly decimals: number;
}

/** One slot of a session: from a used quantity on, a price per rate unit, charged in increments. */
export interface RateSlot {
  /** Quantity already used when the slot begins. */
  readonly from: bigint;
  /** Price of one `unit`, in 10^-12. */
  readonly price: bigint;
  readonly unit: bigint;
  /** Usage inside the slot is rounded up to a multiple of it. */
  readonly increment: bigint;
}

/** What a price window charges. Quantities are in the unit of the schedule. */
export interface PlanRate {
  readonly name: string;
  /** In order of `from`. */
  readonly slots: readonly RateSlot[];
  /** graduated: each slot at its price. volume: all of the quantity at the price of the slot that it reaches. */
  readonly mode: 'graduated' | 'volume';
  /** Smallest quantity charged. */
  readonly minimum: bigint;
  /** Charged once, by the rate at the start of the session. In 10^-12. */
  readonly connectFee: bigint;
  /** Rounding of the cost of one span, before it is divided into increments; null for none. */
  readonly spanRounding: RoundingRule | null;
  /** Rounding of the cost of one increment, before increments are summed; null for none. Not in spans of more than INCREMENT_LIMIT. */
  readonly incrementRounding: RoundingRule | null;
  /** Rounding of the session; of several rates used, the one with most decimals counts. Null for none. */
  readonly sessionRounding: RoundingRule | null;
  /** No session costs more, in 10^-12; null for no maximum. */
  readonly maxCost: bigint | null;
  readonly currency: string | null;
}

/** When a rate holds, by the clocks of the schedule's zone. Empty lists hold always. */
export interface PriceWindow {
  readonly name: string;
  readonly years: readonly number[];
  readonly months: readonly number[];
  readonly monthDays: readonly number[];
  /** 0 is Sunday. */
  readonly weekDays: readonly number[];
  /** working: not on holidays. holiday: only on them. */
  readonly days: 'any' | 'working' | 'holiday';
  /** Seconds of the local day: the first in the window, and the first after it. */
  readonly fromSecond: number;
  readonly toSecond: number;
  /** Milliseconds since 1970 UTC; null where open. */
  readonly validFrom: number | null;
  readonly validTo: number | null;
  /** Of several windows that hold, the heaviest counts, then the one that began last, then the first listed. */
  readonly weight: number;
  readonly rate: PlanRate;
}

/** All windows that may price one session, and how time and quantity belong together. */
export interface Schedule {
  readonly timeZone: string;
  /** Local days, `YYYY-MM-DD`. */
  readonly holidays: ReadonlySet<string>;
  /** Nanoseconds that one unit of quantity takes; used only where sessions are split in time. */
  readonly unitNanos: bigint;
  /** True where a session is split at window boundaries (voice); false where its start decides (data, messages). */
  readonly splits: boolean;
  /** True where a session is also split at local midnight. */
  readonly splitsAtMidnight: boolean;
  readonly windows: readonly PriceWindow[];
}

/** A session to be priced by a schedule. */
export interface PlanSession {
  /** Milliseconds since 1970 UTC. */
  readonly start: number;
  /** Below zero counts as zero. */
  readonly quantity: bigint;
}

/** Why a schedule does not price a session. */
export const PLAN_FAILURES = ['NO_PRICE', 'AMOUNT_OUT_OF_RANGE', 'SESSION_TOO_LONG'] as const;
export type PlanFailure = (typeof PLAN_FAILURES)[number];

/** A session that is split in time may last this many nanoseconds: 400 days. */
export const LONGEST_SESSION_NANOS = 400n * 86_400n * 1_000_000_000n;

/** 10^11 of the currency: what costs more is suspended, not charged. */
export const LARGEST_COST = 10n ** 11n * COST_ONE;

/** Beyond it, costs over the common unit would not fit the integers of the warehouse. */
const LARGEST_DENOMINATOR = 10n ** 14n;

/** Most increments of a span that are rounded one by one: the rounding stays within the integers of the warehouse. */
export const INCREMENT_LIMIT = 1_000_000n;

/**
 * The least common multiple of all rate units: costs are exact integers over it until they are rounded. Throws a
 * RangeError when the units have none below 10^14.
 */
export function denominatorOf(schedule: Schedule): bigint {
  let result = 1n;
  for (const window of schedule.windows) {
    for (const slot of window.rate.slots) result = (result / gcd(result, slot.unit)) * slot.unit;
  }
  if (result > LARGEST_DENOMINATOR)
    throw new RangeError('The rate units have no common multiple below 10^14');
  return result;
}

/** A plain decimal such as `0.02` as an integer of 10^-12. Throws a RangeError when it is none, or has more decimals. */
export function parseCost(text: string): bigint {
  const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(text.trim());
  const digits = (match?.[2] ?? '') + (match?.[3] ?? '');
  const fraction = (match?.[3] ?? '').replace(/0+$/, '');
  if (!match || digits === '') throw new RangeError(`"${text}" is not a decimal amount`);
  if (fraction.length > COST_SCALE) throw new RangeError(`"${text}" has more than ${COST_SCALE} decimals`);
  const value = BigInt((match[2] ?? '') + fraction.padEnd(COST_SCALE, '0'));
  if (value >= LARGEST_COST) throw new RangeError(`"${text}" is beyond 10^11`);
  return match[1] === '-' ? -value : value;
}

/** The plain decimal without trailing zeros: `0.0198`, `0`. */
export function costString(cost: bigint): string {
  const digits = (cost < 0n ? -cost : cost).toString().padStart(COST_SCALE + 1, '0');
  const fraction = digits.slice(-COST_SCALE).replace(/0+$/, '');
  const whole = digits.slice(0, -COST_SCALE);
  return `${cost < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}
