import type { Case, CaseResolution } from '#core/domain/case.ts';
import { add, type Money, parseMoney, zero } from '#core/domain/money.ts';
import { addDays, type Day } from '#core/domain/period.ts';
import type { Grain } from '#core/domain/violation.ts';
import type { RemedyRules } from './remedy.ts';

/** What it takes to get the money of a violation back, or to give it back. */
export const RECOVERY_ROUTES = {
  rebill: 'an adjustment charged to the account, approved by a person',
  credit: 'a credit note to the account, approved by a person',
  'bring-back': 'the records themselves: they are asked for at their source and rated again',
  'find-account': 'an account: nobody is known who could be charged or credited',
} as const;
export type RecoveryRoute = keyof typeof RECOVERY_ROUTES;

/** The part of a violation that decides whether its money can still be had. */
export interface RecoverableViolation {
  readonly grain: Grain;
  readonly dt: Day;
  /** Signed decimal: positive is a loss. */
  readonly impact: string;
  readonly estimated: boolean;
  readonly subscription_id: string | null;
  readonly account_id: string | null;
}

/** Until when, and how, the money of a violation can be recovered. */
export interface Recoverability {
  /**
   * Last day on which it may still be charged: the day of the event and the back-bill limit. Null for what is owed to
   * customers, which does not lapse by the operator's waiting.
   */
  readonly recoverableUntil: Day | null;
  readonly route: RecoveryRoute;
}

/** Until when and how the money of one violation can be recovered. */
export function recoverabilityOf(violation: RecoverableViolation, rules: RemedyRules): Recoverability {
  const owedBack = violation.impact.startsWith('-');
  const known = violation.subscription_id !== null && violation.account_id !== null;
  const route = violation.estimated
    ? 'bring-back'
    : known
      ? owedBack
        ? 'credit'
        : 'rebill'
      : 'find-account';
  return { recoverableUntil: owedBack ? null : addDays(violation.dt, rules.backBillDays), route };
}

/** Where the money of one violation stands; see `MoneyStates`, of which these are the parts. */
export type ViolationState = 'potential' | 'confirmed' | 'recovered' | 'unrecoverable';

/** What was ordered for a violation, the gap of its key as the run found it, and that gap now; null: not measurable. */
export interface OrderedGap {
  readonly amount: Money;
  readonly before: Money;
  readonly now: Money | null;
}

/** After these nothing is asked for any more: what has not moved is given up. */
const ENDED: readonly (CaseResolution | null)[] = ['recovered', 'partly-recovered', 'not-recovered'];

/**
 * Where the money of one violation of a case stands: recovered only where the gap of its record has closed by what was
 * ordered, given up where its case has ended otherwise or the last day to charge it has passed.
 */
export function stateOfViolation(
  { status, resolution }: Pick<Case, 'status' | 'resolution'>,
  order: OrderedGap | undefined,
  { recoverableUntil, asOf }: { readonly recoverableUntil: Day | null; readonly asOf: Day },
): ViolationState {
  if (order !== undefined) {
    const moved = order.now === null ? 0n : order.before.minor - order.now.minor;
    const { minor } = order.amount;
    if (minor !== 0n && (minor > 0n ? moved >= minor : moved <= minor)) return 'recovered';
    return status === 'closed' ? 'unrecoverable' : 'confirmed';
  }
  const lapsed = recoverableUntil !== null && recoverableUntil < asOf;
  return lapsed || (status === 'closed' && ENDED.includes(resolution)) ? 'unrecoverable' : 'potential';
}

/** Money of a case by how long it can still be charged. */
export interface Lapse {
  /** Not lapsed on the day asked about. */
  readonly recoverable: Money;
  /** Part of it that lapses within the days asked about. */
  readonly lapsing: Money;
  /** Gone: the back-bill limit has passed. */
  readonly lapsed: Money;
  /** Owed to customers, as a negative amount; does not lapse. */
  readonly owedBack: Money;
  /** Last day of the part that lapses first; null where nothing lapses any more. */
  readonly nextLapse: Day | null;
}

/** Sums per day of event: what was under-charged and what was over-charged, as signed decimals. */
export interface DaySum {
  readonly dt: Day;
  readonly underCharged: string;
  readonly overCharged: string;
}

/**
 * What of some money can still be charged on `asOf`, and what of that lapses within `withinDays`. A day's events may be
 * charged up to and on their last day.
 */
export function lapseOf(
  days: readonly DaySum[],
  asset: Money['asset'],
  {
    asOf,
    withinDays,
    rules,
  }: { readonly asOf: Day; readonly withinDays: number; readonly rules: RemedyRules },
): Lapse {
  let [recoverable, lapsing, lapsed, owedBack] = [zero(asset), zero(asset), zero(asset), zero(asset)];
  let nextLapse: Day | null = null;
  for (const { dt, underCharged, overCharged } of days) {
    owedBack = add(owedBack, parseMoney(overCharged, asset));
    const money = parseMoney(underCharged, asset);
    if (money.minor === 0n) continue;
    const last = addDays(dt, rules.backBillDays);
    if (last < asOf) {
      lapsed = add(lapsed, money);
      continue;
    }
    recoverable = add(recoverable, money);
    if (last <= addDays(asOf, withinDays)) lapsing = add(lapsing, money);
    if (nextLapse === null || last < nextLapse) nextLapse = last;
  }
  return { recoverable, lapsing, lapsed, owedBack, nextLapse };
}

/** Orders a queue by what is about to go: most lapsing money first, then the earliest day, then the id. */
export function byLapse<T extends { readonly caseId: string; readonly lapse: Lapse }>(a: T, b: T): number {
  if (a.lapse.lapsing.minor !== b.lapse.lapsing.minor)
    return a.lapse.lapsing.minor > b.lapse.lapsing.minor ? -1 : 1;
  const [x, y] = [a.lapse.nextLapse ?? '9999', b.lapse.nextLapse ?? '9999'];
  if (x !== y) return x < y ? -1 : 1;
  return a.caseId < b.caseId ? -1 : 1;
}
