import { divide } from '#core/domain/money.ts';
import {
  COST_SCALE,
  costString,
  denominatorOf,
  INCREMENT_LIMIT,
  LARGEST_COST,
  LONGEST_SESSION_NANOS,
  type PlanFailure,
  type PlanRate,
  type PlanSession,
  type RateSlot,
  type RoundingRule,
  type Schedule,
} from './model.ts';
import { SegmentTable } from './segments.ts';

/** Used where no rate names a rounding of the session. */
export const DEFAULT_SESSION_ROUNDING: RoundingRule = { method: 'half_up', decimals: 10 };

/** What a session costs, in 10^-12 of the currency, and how: one sentence per step. */
export interface PlanCharge {
  readonly cost: bigint | null;
  readonly failure: PlanFailure | null;
  readonly currency: string | null;
  readonly steps: readonly string[];
}

/** A schedule made ready to price many sessions. */
export class PlanPricer {
  readonly #schedule: Schedule;
  readonly #segments: SegmentTable;
  readonly #denominator: bigint;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
    this.#segments = new SegmentTable(schedule);
    this.#denominator = denominatorOf(schedule);
  }

  /**
   * Prices one session: it is walked span by span; a span ends where its window or slot ends, is rounded up to the
   * increment, and the next begins where the rounded one ended. Exact integers over the common rate unit until a
   * named rounding. Agrees with charge-plan.sql on every session; the property test holds them together.
   */
  charge(session: PlanSession): PlanCharge {
    const steps: string[] = [];
    if (session.quantity <= 0n) {
      steps.push('The session has no quantity, so nothing is due');
      return { cost: 0n, failure: null, currency: this.#rateAt(session.start)?.currency ?? null, steps };
    }
    const first = this.#rateAt(session.start);
    if (first === null) return failed(steps, 'NO_PRICE', 'No window of the tariff holds at the start');
    const whole = session.quantity > first.minimum ? session.quantity : first.minimum;
    if (whole > session.quantity) steps.push(`At least ${whole} is charged`);
    const D = this.#denominator;
    let total = 0n;
    let rounding: RoundingRule | null = null;
    if (this.#schedule.splits && whole * this.#schedule.unitNanos > LONGEST_SESSION_NANOS)
      return failed(steps, 'SESSION_TOO_LONG', 'No session lasts more than 400 days');
    for (let used = 0n; used < whole; ) {
      const place = this.#place(session.start, used, whole);
      const slot = place && slotOf(place.rate, used, whole);
      if (!place || !slot) return failed(steps, 'NO_PRICE', `No price holds once ${used} is used`);
      const { rate } = place;
      if (used === 0n && rate.connectFee !== 0n) {
        total += rate.connectFee * D;
        steps.push(`Connect fee ${costString(rate.connectFee)}`);
      }
      const end = slot.end !== null && slot.end < place.end ? slot.end : place.end;
      const increments = (end - used + slot.slot.increment - 1n) / slot.slot.increment;
      const quantity = increments * slot.slot.increment;
      const cost = spanCost(quantity, increments, slot.slot, rate, D);
      if (cost === null || !fits(total + cost, D))
        return failed(steps, 'AMOUNT_OUT_OF_RANGE', 'No session costs that much');
      total += cost;
      steps.push(
        `${place.name}: from ${used}, ${end - used} is ${increments} increments of ${slot.slot.increment} at ` +
          `${costString(slot.slot.price)} per ${slot.slot.unit}: ${costString(divide(cost, D, 'half_up'))}`,
      );
      if (rate.maxCost !== null && total > rate.maxCost * D) {
        total = rate.maxCost * D;
        steps.push(`The maximum is ${costString(rate.maxCost)}`);
      }
      rounding = finer(rounding, rate.sessionRounding);
      used += quantity;
    }
    const rule = rounding ?? DEFAULT_SESSION_ROUNDING;
    const cost = roundTo(total, D, rule);
    steps.push(`Rounded ${rule.method} to ${rule.decimals} decimals: ${costString(cost)}`);
    return { cost, failure: null, currency: first.currency, steps };
  }

  #rateAt(instant: number): PlanRate | null {
    return this.#schedule.windows[this.#segments.at(instant).window]?.rate ?? null;
  }

  /** The rate that holds once `used` is used, and the quantity at which its window ends (at most `whole`). */
  #place(
    start: number,
    used: bigint,
    whole: bigint,
  ): { readonly rate: PlanRate; readonly name: string; readonly end: bigint } | null {
    const { splits, unitNanos, windows, splitsAtMidnight } = this.#schedule;
    const elapsed = splits ? used * unitNanos : 0n;
    let segment = this.#segments.at(start + Number(elapsed / 1_000_000n));
    const window = windows[segment.window];
    if (!window) return null;
    let end = splits ? quantityAt(segment.to, start, unitNanos) : whole;
    while (splits && !splitsAtMidnight && end < whole) {
      const next = this.#segments.at(segment.to);
      if (next.window !== segment.window) break;
      segment = next;
      end = quantityAt(segment.to, start, unitNanos);
    }
    return { rate: window.rate, name: window.name, end: end < whole ? end : whole };
  }
}

/** Quantity used when an instant is reached; a unit that has begun belongs to what came before. */
function quantityAt(instant: number, start: number, unitNanos: bigint): bigint {
  return (BigInt(instant - start) * 1_000_000n + unitNanos - 1n) / unitNanos;
}

/** The slot that prices what follows `used`, and where it ends; null where no slot has begun. */
function slotOf(
  rate: PlanRate,
  used: bigint,
  whole: bigint,
): { readonly slot: RateSlot; readonly end: bigint | null } | null {
  if (rate.mode === 'volume') {
    // The upper bound of a tier belongs to it: a quantity equal to the next bound has not reached the next tier.
    const reached = rate.slots.findLast((slot, i) => i === 0 || slot.from < whole);
    return reached ? { slot: reached, end: null } : null;
  }
  const index = rate.slots.findLastIndex((slot) => slot.from <= used);
  const slot = rate.slots[index];
  return slot ? { slot, end: rate.slots[index + 1]?.from ?? null } : null;
}

/** Cost of a span over the common rate unit; null where no session costs that much. */
function spanCost(
  quantity: bigint,
  increments: bigint,
  slot: RateSlot,
  rate: PlanRate,
  D: bigint,
): bigint | null {
  let cost = quantity * slot.price * (D / slot.unit);
  if (!fits(cost, D)) return null;
  if (rate.spanRounding) cost = roundTo(cost, D, rate.spanRounding) * D;
  const each = rate.incrementRounding;
  if (each && increments <= INCREMENT_LIMIT) cost = roundTo(cost, D * increments, each) * increments * D;
  return cost;
}

function fits(cost: bigint, D: bigint): boolean {
  return cost < LARGEST_COST * D && -cost < LARGEST_COST * D;
}

/** numerator / denominator, rounded to a number of decimals, in 10^-12. */
function roundTo(numerator: bigint, denominator: bigint, rule: RoundingRule): bigint {
  const step = 10n ** BigInt(Math.max(0, COST_SCALE - rule.decimals));
  return divide(numerator, denominator * step, rule.method) * step;
}

function finer(a: RoundingRule | null, b: RoundingRule | null): RoundingRule | null {
  if (!a || !b) return a ?? b;
  return b.decimals > a.decimals ? b : a;
}

function failed(steps: string[], failure: PlanFailure, text: string): PlanCharge {
  steps.push(text);
  return { cost: null, failure, currency: null, steps };
}
