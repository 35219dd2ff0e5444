import { divide } from '#core/domain/money.ts';
import { checkTiers, type Tier, tierOf } from './price.ts';
import { type AmountRounding, plain, roundMicros } from './rounding.ts';

/** A session of the account period. Quantity in the unit of the service. */
export interface PeriodEvent {
  readonly sessionId: string;
  /** Milliseconds since 1970 UTC. */
  readonly start: number;
  readonly subscriptionId: string;
  readonly service: string;
  readonly zone: string;
  readonly quantity: bigint;
  /** Which price holds for it. */
  readonly priceId: string;
}

/** Included usage of one account period: one bucket of the account, or one of each of its subscriptions. */
export interface Allowance {
  readonly allowanceId: string;
  /** The subscription that owns the bucket; null where all of the account share it. */
  readonly subscriptionId: string | null;
  readonly service: string;
  /** Null covers all zones. */
  readonly zone: string | null;
  /** Of several that cover a session the lowest is used first, then by id. */
  readonly priority: number;
  /** What is there for the period: granted and carried over. */
  readonly available: bigint;
}

/** How usage beyond the allowances is priced. Tiers are counted in increments that are paid for. */
export interface UsagePrice {
  readonly priceId: string;
  readonly increment: bigint;
  readonly minimum: bigint;
  readonly connectMicros: bigint;
  readonly mode: 'graduated' | 'volume';
  readonly tiers: readonly Tier[];
  /** What a session takes from an allowance: its quantity rounded up to increments, or exactly its quantity. */
  readonly drawRounding: 'increment' | 'exact';
  /** An increment that the allowance covers in part: charged in full (`up`) or free (`down`). */
  readonly boundaryRounding: 'up' | 'down';
  readonly sessionRounding: AmountRounding;
}

/** What became of one session. */
export interface PeriodCharge {
  readonly sessionId: string;
  /** Units taken from allowances, by allowance, in the order used. */
  readonly draws: readonly { readonly allowance: Allowance; readonly units: bigint }[];
  readonly paidIncrements: bigint;
  readonly micros: bigint;
  readonly steps: readonly string[];
}

/** Where a period stands before a session: what each bucket has left, and increments paid so far. */
export interface PeriodState {
  readonly left: Map<Allowance, bigint>;
  /** By subscription and price. */
  readonly paid: Map<string, bigint>;
}

/** Everything that holds for the account in the period. */
export interface PeriodRules {
  readonly allowances: readonly Allowance[];
  readonly prices: ReadonlyMap<string, UsagePrice>;
}

/** Event time, then session id: the order in which a period is rated. */
export function inEventOrder(a: PeriodEvent, b: PeriodEvent): number {
  return a.start - b.start || (a.sessionId < b.sessionId ? -1 : a.sessionId > b.sessionId ? 1 : 0);
}

/** The state at the start of the period. Throws SchemaMismatch for tiers that cannot be applied. */
export function openingState(rules: PeriodRules): PeriodState {
  for (const { tiers } of rules.prices.values()) checkTiers(tiers);
  return { left: new Map(rules.allowances.map((one) => [one, one.available])), paid: new Map() };
}

/**
 * Rates all sessions of one account period in event-time order and says how, step by step. Allowances first, then
 * tiers. Tiers count per subscription and price; a volume price is known only when all sessions are. The order in
 * which events are given does not matter. Throws a RangeError for a price that is not among the rules.
 */
export function rateAccountPeriod(events: readonly PeriodEvent[], rules: PeriodRules): PeriodCharge[] {
  const state = openingState(rules);
  const covered = [...events].sort(inEventOrder).map((event) => coverOne(event, rules, state));
  return covered.map((one) => chargeOne(one, state));
}

/** A session after allowances: what it pays for, and where on the tiers it begins. */
export interface Covered {
  readonly event: PeriodEvent;
  readonly price: UsagePrice;
  readonly draws: PeriodCharge['draws'];
  readonly paidIncrements: bigint;
  readonly paidBefore: bigint;
}

/** Draws one session on the allowances that cover it, and moves the state on. */
export function coverOne(event: PeriodEvent, rules: PeriodRules, state: PeriodState): Covered {
  const price = rules.prices.get(event.priceId);
  if (price === undefined) throw new RangeError(`No price ${event.priceId} for session ${event.sessionId}`);
  const increments = incrementsOf(event.quantity, price);
  const wanted = price.drawRounding === 'exact' ? event.quantity : increments * price.increment;
  let rest = wanted;
  const draws: { allowance: Allowance; units: bigint }[] = [];
  for (const allowance of coveringAllowances(event, rules)) {
    const left = state.left.get(allowance) ?? 0n;
    const units = left < rest ? left : rest;
    if (units <= 0n) continue;
    draws.push({ allowance, units });
    state.left.set(allowance, left - units);
    rest -= units;
  }
  const paidIncrements =
    draws.length === 0 ? increments : divide(rest, price.increment, price.boundaryRounding);
  const key = counterKey(event);
  const paidBefore = state.paid.get(key) ?? 0n;
  state.paid.set(key, paidBefore + paidIncrements);
  return { event, price, draws, paidIncrements, paidBefore };
}

function coveringAllowances(event: PeriodEvent, rules: PeriodRules): Allowance[] {
  return rules.allowances
    .filter((one) => one.service === event.service && (one.zone === null || one.zone === event.zone))
    .filter((one) => one.subscriptionId === null || one.subscriptionId === event.subscriptionId)
    .sort((a, b) => a.priority - b.priority || (a.allowanceId < b.allowanceId ? -1 : 1));
}

/** Increments that a quantity comes to without allowances. */
export function incrementsOf(quantity: bigint, price: Pick<UsagePrice, 'increment' | 'minimum'>): bigint {
  if (quantity === 0n) return 0n;
  return divide(quantity > price.minimum ? quantity : price.minimum, price.increment, 'up');
}

/** Prices what a session pays for, given the state at the end of the period (which only volume prices look at). */
export function chargeOne(one: Covered, end: PeriodState): PeriodCharge {
  const { event, price, draws, paidIncrements, paidBefore } = one;
  const increments = incrementsOf(event.quantity, price);
  const steps = [
    `${event.quantity} ${event.service} units are ${increments} increments of ${price.increment}`,
  ];
  for (const { allowance, units } of draws) {
    const owner = allowance.subscriptionId === null ? ', which the account shares' : '';
    steps.push(`${units} units are taken from allowance ${allowance.allowanceId}${owner}`);
  }
  const total = end.paid.get(counterKey(event)) ?? 0n;
  const raw =
    paidIncrements === 0n
      ? 0n
      : price.connectMicros + tierAmount(price, paidBefore, paidIncrements, total, steps);
  if (paidIncrements === 0n)
    steps.push(event.quantity === 0n ? 'Nothing was used' : 'Nothing is left to pay for');
  else if (price.connectMicros !== 0n) steps.push(`The connect fee is ${plain(price.connectMicros)}`);
  const micros = roundMicros(raw, price.sessionRounding);
  const { method, decimals } = price.sessionRounding;
  steps.push(`${plain(raw)}, rounded ${method} to ${decimals} decimals: ${plain(micros)}`);
  return { sessionId: event.sessionId, draws, paidIncrements, micros, steps };
}

function tierAmount(price: UsagePrice, before: bigint, paid: bigint, total: bigint, steps: string[]): bigint {
  const { tiers, mode, increment } = price;
  if (mode === 'volume') {
    const index = tierOf(tiers, total);
    const unit = tiers[index]?.unitMicros ?? 0n;
    steps.push(
      `${paid} increments of ${increment} at ${plain(unit)}: tier ${index + 1} of all ${total} of the period`,
    );
    return paid * unit;
  }
  let amount = 0n;
  let from = 0n;
  for (const [index, { upTo, unitMicros }] of tiers.entries()) {
    const to = upTo === null || upTo > before + paid ? before + paid : upTo;
    const start = from > before ? from : before;
    if (to > start) {
      const unit = unitMicros ?? 0n;
      amount += (to - start) * unit;
      steps.push(`${to - start} increments of ${increment} at ${plain(unit)}: tier ${index + 1}`);
    }
    if (upTo === null || upTo >= before + paid) break;
    from = upTo;
  }
  return amount;
}

/** The flat fees of tiers that a count of paid increments has reached, in millionths; the first tier's always. */
export function flatFeesOf(price: Pick<UsagePrice, 'mode' | 'tiers'>, total: bigint): bigint {
  const reached = tierOf(price.tiers, total);
  const due = price.tiers.filter((_, index) =>
    price.mode === 'volume' ? index === reached : index <= reached,
  );
  return due.reduce((sum, { flatMicros }) => sum + (flatMicros ?? 0n), 0n);
}

/** What tiers are counted by: subscription and price. */
export function counterKey(event: Pick<PeriodEvent, 'subscriptionId' | 'priceId'>): string {
  return `${event.subscriptionId}\u0000${event.priceId}`;
}
