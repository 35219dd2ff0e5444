import type { Case, CaseResolution, DecisionReason, MoneyStates } from '#core/domain/case.ts';
import type { Json } from '#core/domain/hash.ts';
import type { CaseChange } from '#core/ports/case-store.ts';
import { giveUp } from './money.ts';
import { statusAfter } from './transitions.ts';

/** Why a case ends; see `close-case`. */
export type ClosingOutcome = 'verified' | 'rejected' | 'expired' | 'no-longer-found';

/** How a rejection ends the case, by its reason. */
const REJECTED_AS: Readonly<Record<DecisionReason, CaseResolution>> = {
  'evidence-sufficient': 'rejected',
  'within-policy': 'rejected',
  'false-positive': 'false-positive',
  'cause-not-proved': 'rejected',
  'amount-wrong': 'rejected',
  'not-recoverable': 'not-recovered',
};

/**
 * The closing that follows a rejection. Only `not-recoverable` gives the money up: whoever says that a finding is
 * false or not proved has not said that the money is lost, so it stays potential beside the resolution.
 */
export function rejectedClosing(current: Case, reason: DecisionReason): CaseChange {
  const resolution = REJECTED_AS[reason];
  const money = reason === 'not-recoverable' ? giveUp(current.money) : current.money;
  return closing(current, resolution, money, { reason });
}

/** The closing after a remedy was measured, or where there was none: what has not moved by now is given up. */
export function verifiedClosing(current: Case): CaseChange {
  const money = giveUp(current.money);
  return closing(current, resolutionOf(money), money, {});
}

/** The closing of a case that nobody decided in time or that is not found any more. Its money stays as it is. */
export function lapsedClosing(current: Case, outcome: 'expired' | 'no-longer-found'): CaseChange {
  return closing(current, outcome, current.money, {});
}

/**
 * The closing of a case whose violations a later run does not have: explained by timing where each of them went because of
 * a record that arrived since. `reasons` counts the violations by why they are gone. Its money stays as it is.
 */
export function unfoundClosing(
  current: Case,
  by: {
    readonly runId: string;
    readonly timing: boolean;
    readonly reasons: Readonly<Record<string, number>>;
  },
): CaseChange {
  const { runId, reasons } = by;
  return closing(current, by.timing ? 'explained-by-timing' : 'no-longer-found', current.money, {
    runId,
    reasons,
  });
}

/** How well it went, after everything was settled one way or the other. */
export function resolutionOf(money: MoneyStates): CaseResolution {
  if (money.recovered.minor === '0') return 'not-recovered';
  return money.unrecoverable.minor === '0' ? 'recovered' : 'partly-recovered';
}

function closing(
  current: Case,
  resolution: CaseResolution,
  money: MoneyStates,
  data: Readonly<Record<string, Json>>,
): CaseChange {
  return {
    kind: 'case-closed',
    actor: 'system',
    data: { ...data, resolution, recovered: money.recovered.minor, unrecoverable: money.unrecoverable.minor },
    status: statusAfter(current, 'case-closed'),
    resolution,
    money,
  };
}
