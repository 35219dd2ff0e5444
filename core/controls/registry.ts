import { PlumblineError } from '#core/domain/errors.ts';
import type { Control } from './control.ts';
import { p01ActiveNotBilled } from './p01-active-not-billed/control.ts';
import { p02BilledNotActive } from './p02-billed-not-active/control.ts';
import { p03ServiceMismatch } from './p03-service-mismatch/control.ts';
import { p04PlanMismatch } from './p04-plan-mismatch/control.ts';
import { p05UsageAfterEnd } from './p05-usage-after-end/control.ts';
import { p06FreeLineUsed } from './p06-free-line-used/control.ts';
import { p07SharedIdentity } from './p07-shared-identity/control.ts';
import { r01FullReRate } from './r01-full-re-rate/control.ts';
import { r02WrongTariffVersion } from './r02-wrong-tariff-version/control.ts';
import { r03DefaultOrZeroRate } from './r03-default-or-zero-rate/control.ts';
import { r04SameUsageSamePrice } from './r04-same-usage-same-price/control.ts';
import { r05AllowanceMisapplied } from './r05-allowance-misapplied/control.ts';
import { r06AllowanceBalance } from './r06-allowance-balance/control.ts';
import { r07DiscountEligibility } from './r07-discount-eligibility/control.ts';
import { r08PromoStacking } from './r08-promo-stacking/control.ts';
import { r09RecurringFee } from './r09-recurring-fee/control.ts';
import { r10OneOffFee } from './r10-one-off-fee/control.ts';
import { r11MinimumCap } from './r11-minimum-cap/control.ts';
import { r12RatedNotBilled } from './r12-rated-not-billed/control.ts';
import { r13InvoiceLedger } from './r13-invoice-ledger/control.ts';
import { r14Tax } from './r14-tax/control.ts';
import { r15Fx } from './r15-fx/control.ts';
import { r16CreditNote } from './r16-credit-note/control.ts';
import { u01FileSequence } from './u01-file-sequence/control.ts';
import { u02SilentFeed } from './u02-silent-feed/control.ts';
import { u03TrailerAudit } from './u03-trailer-audit/control.ts';
import { u04HopCount } from './u04-hop-count/control.ts';
import { u05HopVolume } from './u05-hop-volume/control.ts';
import { u06MissingDownstream } from './u06-missing-downstream/control.ts';
import { u07Ghost } from './u07-ghost/control.ts';
import { u08ExactDuplicate } from './u08-exact-duplicate/control.ts';
import { u09FuzzyDuplicate } from './u09-fuzzy-duplicate/control.ts';
import { u10PartialChain } from './u10-partial-chain/control.ts';
import { u11LateEvent } from './u11-late-event/control.ts';
import { u12SuspenseAgeing } from './u12-suspense-ageing/control.ts';
import { u13FilteredBillable } from './u13-filtered-billable/control.ts';
import { u14ZeroDuration } from './u14-zero-duration/control.ts';
import { u15ClockShift } from './u15-clock-shift/control.ts';
import { u16NumberForm } from './u16-number-form/control.ts';
import { u17SignallingWithoutUsage } from './u17-signalling-without-usage/control.ts';
import { u18BalanceDelta } from './u18-balance-delta/control.ts';

/** Every control, in attribution order. Adding a control is adding a folder and a line here. */
export const CONTROLS: readonly Control[] = [
  u04HopCount,
  u06MissingDownstream,
  u07Ghost,
  u08ExactDuplicate,
  r03DefaultOrZeroRate,
  r01FullReRate,
  p01ActiveNotBilled,
  p02BilledNotActive,
  u12SuspenseAgeing,
  p03ServiceMismatch,
  p04PlanMismatch,
  p05UsageAfterEnd,
  p06FreeLineUsed,
  p07SharedIdentity,
  r04SameUsageSamePrice,
  r09RecurringFee,
  r10OneOffFee,
  r12RatedNotBilled,
  r13InvoiceLedger,
  r16CreditNote,
  r05AllowanceMisapplied,
  r06AllowanceBalance,
  r07DiscountEligibility,
  r08PromoStacking,
  r11MinimumCap,
  r14Tax,
  r15Fx,
  u01FileSequence,
  u02SilentFeed,
  u03TrailerAudit,
  u05HopVolume,
  u09FuzzyDuplicate,
  u10PartialChain,
  u11LateEvent,
  u13FilteredBillable,
  u14ZeroDuration,
  u15ClockShift,
  u16NumberForm,
  u17SignallingWithoutUsage,
  u18BalanceDelta,
  r02WrongTariffVersion,
].toSorted((a, b) => a.rank - b.rank);

/** The controls with these ids, in attribution order; all of them for none. Throws UnknownName. */
export function controlsOf(ids?: readonly string[]): readonly Control[] {
  for (const id of ids ?? []) controlOf(id);
  return ids === undefined ? CONTROLS : CONTROLS.filter((control) => ids.includes(control.id));
}

/** The control with this id. Throws UnknownName. */
export function controlOf(id: string): Control {
  const control = CONTROLS.find((known) => known.id === id);
  if (control !== undefined) return control;
  throw new PlumblineError('UnknownName', {
    what: `There is no control "${id}"`,
    why: `known are ${CONTROLS.map((known) => known.id).join(', ')}`,
    next: 'plumbline controls',
  });
}
