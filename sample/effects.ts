import { type FaultPlan, isOn, type Segment, type Twist } from './fault.ts';
import { ROUNDING_ENGINE, SERVICE_LIST } from './market.ts';
import { seedWord, unitOf } from './random.ts';
import { roundTo, type TariffBook, type TariffVersion } from './tariff-book.ts';
import type { Session } from './usage.ts';

/** A session with the price that is right for it. */
export interface PricedSession {
  readonly session: Session;
  readonly version: TariffVersion;
  /** What it should cost, in millionths of a euro. */
  readonly expected: bigint;
}

/** What the charging engine made of a session. */
export interface Rating {
  quantity: number;
  version: number;
  path: 'standard' | 'default';
  amount: bigint;
}

/** Money that a fault moved on one record: signed expected - billed. */
export interface Label {
  readonly fault: FaultState;
  readonly amount: bigint;
}

/** What became of a session on its way to the bill. */
export interface Outcome {
  /** False where mediation lost its CDRs. */
  readonly mediated: boolean;
  /** Null where it was never rated. */
  readonly rating: Rating | null;
  /** How often it was billed, at the amount of the rating. */
  readonly billed: 0 | 1 | 2;
  /** Charge of a ghost item that was billed beside it, at the same customer's cost. */
  readonly ghost: { readonly fault: FaultState; readonly quantity: number; readonly amount: bigint } | null;
  readonly labels: readonly Label[];
  /** Innocent rounding difference. */
  readonly rounding: bigint;
}

/** A fault at work: how much of its budget is left, what it touched. */
export interface FaultState {
  readonly plan: FaultPlan;
  readonly salt: number;
  left: bigint;
  amount: bigint;
  moved: bigint;
  records: number;
  first: number;
  last: number;
}

export function faultState(plan: FaultPlan, seed: number): FaultState {
  return {
    plan,
    salt: seedWord(seed, `fault ${plan.id}`),
    left: plan.budget,
    amount: 0n,
    moved: 0n,
    records: 0,
    first: Number.POSITIVE_INFINITY,
    last: 0,
  };
}

/** True where a difference is large enough for every control: twice max(0.001, 0.1 %). */
export function exceedsTolerance(expected: bigint, difference: bigint): boolean {
  const size = difference < 0n ? -difference : difference;
  const relative = (expected < 0n ? -expected : expected) / 500n;
  return size > 2_000n && size > relative;
}

/** True where all dimensions of the segment hold for the session. */
export function inSegment(segment: Segment, { session, version }: PricedSession): boolean {
  const { subscription, offer } = session;
  return (
    (segment.service === undefined || segment.service === session.service) &&
    (segment.zone === undefined || segment.zone === session.zone) &&
    (segment.source === undefined || segment.source === session.source) &&
    (segment.rating_source === undefined || segment.rating_source === subscription.engine) &&
    (segment.offer_id === undefined || segment.offer_id === offer.id) &&
    (segment.segment === undefined || segment.segment === offer.segment) &&
    (segment.tariff_id === undefined || segment.tariff_id === version.tariffId)
  );
}

/** The rating that a twist makes of a correct one. */
export function twisted(twist: Twist, priced: PricedSession, before: Rating, book: TariffBook): Rating {
  const { session, version } = priced;
  const { base } = version;
  switch (twist.kind) {
    case 'none':
      return before;
    case 'factor':
      return {
        ...before,
        amount: roundTo((before.amount * twist.numerator) / twist.denominator, base.decimals, base.rounding),
      };
    case 'flat':
      return twist.amount === 0n
        ? { ...before, amount: 0n }
        : { ...before, path: 'default', version: 0, amount: twist.amount };
    case 'version': {
      if (version.tariffId !== twist.tariffId) return before;
      const old = book.versionsOf(version.tariffId).find((v) => v.version === twist.version);
      if (!old || old.version === version.version) return before;
      return { ...before, version: old.version, amount: book.charge(old, session) };
    }
    case 'clock':
      return { ...before, amount: book.charge(version, session, twist.errorMs) };
    case 'lost-partial':
    case 'cap': {
      const lost = session.partials[session.partials.length - 1] ?? 0;
      const quantity =
        twist.kind === 'cap'
          ? Math.min(session.quantity, twist.quantity)
          : session.partials.length > 1
            ? session.quantity - lost
            : session.quantity;
      if (quantity === session.quantity) return before;
      return { ...before, quantity, amount: book.charge(version, { ...session, quantity }) };
    }
  }
}

/** Money that a fault would move on a session, before chance and budget. */
export function potential(
  plan: Pick<FaultPlan, 'family' | 'direction' | 'twist'>,
  priced: PricedSession,
  book: TariffBook,
): bigint {
  const { expected } = priced;
  if (expected === 0n) return 0n;
  if (plan.twist.kind === 'none') {
    if (!exceedsTolerance(expected, expected)) return 0n;
    return plan.direction === 'over' ? -expected : expected;
  }
  const gap = expected - twisted(plan.twist, priced, ratingOf(priced), book).amount;
  return rightSign(plan.direction, gap) && exceedsTolerance(expected, gap) ? gap : 0n;
}

function rightSign(direction: FaultPlan['direction'], gap: bigint): boolean {
  return direction === 'mixed' || (direction === 'under' ? gap > 0n : gap < 0n);
}

export function ratingOf({ session, version, expected }: PricedSession): Rating {
  return { quantity: session.quantity, version: version.version, path: 'standard', amount: expected };
}

const LOST = { mediated: true, rating: null, billed: 0, ghost: null, labels: [], rounding: 0n } as const;

/** Sends sessions, in order of time, through a chain in which faults are at work. */
export class FaultyChain {
  private readonly faults: readonly FaultState[];
  private readonly book: TariffBook;

  constructor(faults: readonly FaultState[], book: TariffBook) {
    this.faults = faults;
    this.book = book;
  }

  /** What becomes of a session. Lines that are free on purpose are neither rated nor billed; nor are failed calls. */
  send(priced: PricedSession, day: number): Outcome {
    const { session, expected } = priced;
    if (session.subscription.purpose !== 'customer' || session.quantity === 0) return LOST;
    const rating = ratingOf(priced);
    const touched = expected === 0n ? [] : this.touching(priced, day);
    if (touched.length > 0) return this.faulty(priced, rating, touched);
    const rounding = postedRounding(priced, rating);
    return { ...LOST, rating, billed: 1, rounding };
  }

  private touching(priced: PricedSession, day: number): FaultState[] {
    const { session } = priced;
    const touched: FaultState[] = [];
    for (const fault of this.faults) {
      const { plan } = fault;
      if (fault.left <= 0n || session.start < plan.onset) continue;
      if (plan.segment.service !== undefined && plan.segment.service !== session.service) continue;
      if (touched.length > 0 ? touched[0]?.plan.compoundWith !== plan.id : plan.follows) continue;
      if (!inSegment(plan.segment, priced) || !isOn(plan, fault.salt, session.start)) continue;
      if (plan.chance < 1 && unitOf(fault.salt, day, session.number) >= plan.chance) continue;
      const size = potential(plan, priced, this.book);
      // one record never makes up most of a fault
      if (size === 0n || (size < 0n ? -size : size) * 2n > plan.budget) continue;
      touched.push(fault);
    }
    return touched;
  }

  private faulty(priced: PricedSession, rating: Rating, touched: readonly FaultState[]): Outcome {
    const { session, expected } = priced;
    const first = touched[0];
    if (!first) return { ...LOST, rating, billed: 1 };
    switch (first.plan.family) {
      case 'mediation-drop':
        return { ...LOST, mediated: false, labels: [book(first, expected, session.start)] };
      case 'rating-drop':
        return { ...LOST, labels: [book(first, expected, session.start)] };
      case 'billing-drop':
        postedRounding(priced, rating);
        return { ...LOST, rating, labels: [book(first, expected, session.start)] };
      case 'ghost-billing': {
        const { quantity, amount } = this.ghostOf(priced, 0.4 + unitOf(first.salt, 7, session.number));
        const rounding = postedRounding(priced, rating);
        const labels = [book(first, -amount, session.start)];
        return {
          ...LOST,
          rating,
          billed: 1,
          ghost: { fault: first, quantity, amount },
          labels,
          rounding,
        };
      }
      default:
        return this.repriced(priced, rating, touched);
    }
  }

  /** A session like this one, some share of its size; the same size where that would cost next to nothing. */
  private ghostOf(
    { session, version, expected }: PricedSession,
    share: number,
  ): { quantity: number; amount: bigint } {
    const quantity = session.service === 'sms' ? 1 : Math.max(1, Math.ceil(session.quantity * share));
    const amount = this.book.charge(version, { ...session, quantity });
    return exceedsTolerance(amount, amount)
      ? { quantity, amount }
      : { quantity: session.quantity, amount: expected };
  }

  /** Price faults one after the other, each labelled with what it moved; then a duplicate, if there is one. */
  private repriced(priced: PricedSession, correct: Rating, touched: readonly FaultState[]): Outcome {
    const { expected, session } = priced;
    let rating = correct;
    const moved: { fault: FaultState; amount: bigint }[] = [];
    for (const fault of touched) {
      if (fault.plan.family === 'duplicate-billing') continue;
      const next = twisted(fault.plan.twist, priced, rating, this.book);
      if (next.amount === rating.amount) continue;
      moved.push({ fault, amount: rating.amount - next.amount });
      rating = next;
    }
    rating = { ...rating };
    const rounding = postedRounding(priced, rating);
    const last = moved[moved.length - 1];
    if (last) last.amount = last.amount + rounding;
    const labels = moved.map(({ fault, amount }) => book(fault, amount, session.start));
    const copy = touched.find((f) => f.plan.family === 'duplicate-billing');
    if (copy) labels.push(book(copy, -rating.amount, session.start));
    return {
      ...LOST,
      rating,
      billed: copy ? 2 : 1,
      labels,
      rounding: last ? 0n : expected - rating.amount,
    };
  }
}

/** Enters an amount with a fault. */
function book(fault: FaultState, amount: bigint, start: number): Label {
  const size = amount < 0n ? -amount : amount;
  fault.left -= size;
  fault.moved += size;
  fault.amount += amount;
  fault.records++;
  if (start < fault.first) fault.first = start;
  if (start > fault.last) fault.last = start;
  return { fault, amount };
}

/** Rounds the amount as the second engine posts it; returns what that changed, expected - billed. */
function postedRounding({ session, version }: PricedSession, rating: Rating): bigint {
  if (version.base.decimals <= 4 || session.subscription.engine !== ROUNDING_ENGINE) return 0n;
  const posted = roundTo(rating.amount, 4, 'half_up');
  const difference = rating.amount - posted;
  rating.amount = posted;
  return difference;
}

/** Code of a service in the writer's tables. */
export function serviceCode(service: Session['service']): number {
  return SERVICE_LIST.indexOf(service);
}
