import { divide } from '#core/domain/money.ts';
import { DAY_MS, monthStart, nextMonthStart } from './calendar.ts';
import type { FaultState } from './effects.ts';
import type { Subscription } from './population.ts';
import { stream } from './random.ts';

/** A recurring fee of one subscription for one offer in one month. Days since 1970, `to` inclusive. */
export interface FeeItem {
  readonly subscription: Subscription;
  readonly from: number;
  readonly to: number;
  readonly amount: bigint;
}

/** A fee that should be billed and what was billed, with the fault that is to blame for the difference. */
export interface FeeOutcome {
  readonly expected: FeeItem | null;
  readonly billed: FeeItem | null;
  readonly label: { readonly fault: FaultState; readonly amount: bigint } | null;
}

/** Fee for `days` of a month of `daysInMonth` days, half_up to cents, in millionths of a euro. */
export function feeFor(monthlyFee: bigint, days: number, daysInMonth: number): bigint {
  return divide(monthlyFee * BigInt(days), BigInt(daysInMonth) * 10_000n, 'half_up') * 10_000n;
}

/** First days of the months that the sample touches: fees are always those of whole months. */
export function monthsOf(firstDay: number, lastDay: number): number[] {
  const months: number[] = [];
  for (let month = monthStart(firstDay); month <= lastDay; month = nextMonthStart(month)) months.push(month);
  return months;
}

/** The fees that a subscription owes for a month: one item for each offer held, in proportion to its days. */
export function feesDue(subscription: Subscription, month: number): FeeItem[] {
  if (subscription.purpose !== 'customer') return [];
  const end = nextMonthStart(month);
  return subscription.lines.flatMap((line) => {
    const from = Math.max(line.from, month);
    const to = Math.min(line.to ?? end, end) - 1;
    if (to < from) return [];
    return [{ subscription, from, to, amount: feeFor(line.offer.fee, to - from + 1, end - month) }];
  });
}

/** Which subscriptions the fee faults touch; each month of the sample is touched alike. */
export class FeeChain {
  private readonly touched = new Map<number, FaultState>();

  constructor(
    population: readonly Subscription[],
    faults: readonly FaultState[],
    seed: number,
    lastMonth: number,
  ) {
    for (const fault of faults) {
      const notBilled = fault.plan.family === 'active-not-billed';
      const candidates = population.filter(
        (s) => !this.touched.has(s.index) && mayTouch(s, notBilled, fault, lastMonth),
      );
      const order = stream(seed, `fees ${fault.plan.id}`).shuffle(candidates);
      for (const subscription of withinBudget(order, fault.plan.budget)) {
        this.touched.set(subscription.index, fault);
      }
    }
  }

  /** Fees of a subscription in a month: due and billed. */
  outcomes(subscription: Subscription, month: number): FeeOutcome[] {
    const due = feesDue(subscription, month);
    const fault = this.touched.get(subscription.index);
    if (!fault || month * DAY_MS < fault.plan.onset) {
      return due.map((item) => ({ expected: item, billed: item, label: null }));
    }
    if (fault.plan.family === 'active-not-billed') {
      return due.map((item) => ({ expected: item, billed: null, label: enter(fault, item.amount, month) }));
    }
    const to = nextMonthStart(month) - 1;
    const fee = lastLine(subscription).offer.fee;
    const billed = { subscription, from: month, to, amount: fee };
    const expected = due[0] ?? null;
    if (expected?.amount === fee) return [{ expected, billed, label: null }];
    return [{ expected, billed, label: enter(fault, (expected?.amount ?? 0n) - fee, month) }];
  }
}

/** Subscriptions in order, as far as their fees fit into the budget; the cheapest one where none fits. */
function withinBudget(order: readonly Subscription[], budget: bigint): Subscription[] {
  const feeOf = (s: Subscription) => lastLine(s).offer.fee;
  let left = budget;
  const chosen = order.filter((s) => {
    if (feeOf(s) > left) return false;
    left -= feeOf(s);
    return true;
  });
  if (chosen.length > 0 || order.length === 0) return chosen;
  return [order.reduce((a, b) => (feeOf(b) < feeOf(a) ? b : a))];
}

function enter(fault: FaultState, amount: bigint, month: number): FeeOutcome['label'] {
  fault.amount += amount;
  fault.moved += amount < 0n ? -amount : amount;
  fault.records++;
  fault.first = Math.min(fault.first, month * DAY_MS);
  fault.last = Math.max(fault.last, (nextMonthStart(month) - 1) * DAY_MS);
  return { fault, amount };
}

function mayTouch(
  subscription: Subscription,
  notBilled: boolean,
  fault: FaultState,
  lastMonth: number,
): boolean {
  const { segment } = fault.plan;
  const line = lastLine(subscription);
  if (subscription.purpose !== 'customer' || subscription.moved === 'changed') return false;
  if (segment.offer_id !== undefined && segment.offer_id !== line.offer.id) return false;
  if (segment.segment !== undefined && segment.segment !== subscription.segment) return false;
  if (notBilled) return subscription.moved === null && line.to === null;
  // billed on after the end: a line that is gone, or one that ended early enough in the month to be no matter of lag
  if (line.to === null || line.to > lastMonth + 14) return false;
  return subscription.moved === null || subscription.servedTo === line.to;
}

function lastLine(subscription: Subscription): Subscription['lines'][number] {
  const line = subscription.lines[subscription.lines.length - 1];
  if (!line) throw new RangeError(`Subscription ${subscription.id} has no offer`);
  return line;
}
