import {
  type Covered,
  chargeOne,
  counterKey,
  coverOne,
  inEventOrder,
  openingState,
  type PeriodCharge,
  type PeriodEvent,
  type PeriodRules,
  type PeriodState,
} from './account-period.ts';

/** A rated period that can take late sessions. */
export interface RatedPeriod {
  readonly covered: readonly Covered[];
  readonly end: PeriodState;
}

/** What a late session changed: the charge before (null for the session itself) and after. */
export interface ChargeChange {
  readonly sessionId: string;
  readonly before: PeriodCharge | null;
  readonly after: PeriodCharge;
}

/** Rates a period so that late sessions can be added. */
export function ratePeriod(events: readonly PeriodEvent[], rules: PeriodRules): RatedPeriod {
  const end = openingState(rules);
  return { covered: [...events].sort(inEventOrder).map((event) => coverOne(event, rules, end)), end };
}

/** The charges of a rated period, in event-time order. */
export function chargesOf(period: RatedPeriod): PeriodCharge[] {
  return period.covered.map((one) => chargeOne(one, period.end));
}

/**
 * Adds a late session: only sessions at or after it in event time are drawn again, from the state before it. The
 * benefit of an allowance moves from later sessions to it, exactly as if the period had been rated from scratch.
 * A session that is there already changes nothing.
 */
export function addLateEvent(
  period: RatedPeriod,
  late: PeriodEvent,
  rules: PeriodRules,
): { readonly period: RatedPeriod; readonly changes: readonly ChargeChange[] } {
  if (period.covered.some(({ event }) => event.sessionId === late.sessionId)) return { period, changes: [] };
  const at = period.covered.findIndex(({ event }) => inEventOrder(late, event) < 0);
  const kept = at < 0 ? period.covered : period.covered.slice(0, at);
  const after = at < 0 ? [] : period.covered.slice(at);
  const end = stateAfter(kept, rules);
  const redrawn = [late, ...after.map(({ event }) => event)].map((event) => coverOne(event, rules, end));
  const next = { covered: [...kept, ...redrawn], end };
  const before = new Map(chargesOf(period).map((charge) => [charge.sessionId, charge]));
  const changes = chargesOf(next)
    .map((charge) => ({
      sessionId: charge.sessionId,
      before: before.get(charge.sessionId) ?? null,
      after: charge,
    }))
    .filter((change) => change.before === null || differs(change.before, change.after));
  return { period: next, changes };
}

function stateAfter(covered: readonly Covered[], rules: PeriodRules): PeriodState {
  const state = openingState(rules);
  for (const { event, draws, paidBefore, paidIncrements } of covered) {
    for (const { allowance, units } of draws)
      state.left.set(allowance, (state.left.get(allowance) ?? 0n) - units);
    state.paid.set(counterKey(event), paidBefore + paidIncrements);
  }
  return state;
}

function differs(a: PeriodCharge, b: PeriodCharge): boolean {
  const key = ({ micros, paidIncrements, draws }: PeriodCharge) =>
    [
      micros,
      paidIncrements,
      ...draws.map(({ allowance, units }) => `${allowance.allowanceId}:${units}`),
    ].join('|');
  return key(a) !== key(b);
}
