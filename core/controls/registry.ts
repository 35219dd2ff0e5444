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

/** Controls of the workspace in force, and every version that a run of this process was planned with. */
let workspace: readonly Control[] = [];
const versions = new Map<string, Control>();

/**
 * Puts the controls of the workspace in force. The composition root calls it once at start; what a run was planned with
 * stays known under its reference. Throws ControlInvalid where two have one id.
 */
export function setWorkspaceControls(controls: readonly Control[]): void {
  const ids = controls.map(({ id }) => id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i || CONTROLS.some((known) => known.id === id));
  if (twice !== undefined)
    throw new PlumblineError('ControlInvalid', {
      what: `There are two controls "${twice}"`,
      next: 'give one of them another id',
    });
  workspace = controls.toSorted((a, b) => a.rank - b.rank);
  rememberControls(controls);
}

/** Makes versions known that a run was planned with, without putting them in force. */
export function rememberControls(controls: readonly Control[]): void {
  for (const control of controls) versions.set(referenceOf(control), control);
}

/** Every control in force, in attribution order: those of the product, then those of the workspace. */
export function allControls(): readonly Control[] {
  return [...CONTROLS, ...workspace];
}

/** How a plan names a control: its id; of one of the workspace also the hash of its declaration and SQL. */
export function referenceOf({ id, declared }: Control): string {
  return declared === undefined ? id : `${id}@${declared.hash}`;
}

/** True when a reference of a plan stands for a control that this process does not know yet. */
export function isUnknownVersion(reference: string): boolean {
  return reference.includes('@') && !versions.has(reference);
}

/** The controls with these ids or references, in attribution order; all of them for none. Throws UnknownName. */
export function controlsOf(ids?: readonly string[]): readonly Control[] {
  if (ids === undefined) return allControls();
  return [...new Set(ids.map(controlOf))].toSorted((a, b) => a.rank - b.rank);
}

/** The control with this id or reference; of one that is no longer in force the last known version. Throws UnknownName. */
export function controlOf(id: string): Control {
  const control =
    allControls().find((known) => known.id === id) ??
    versions.get(id) ??
    [...versions.values()].findLast((known) => known.id === id);
  if (control !== undefined) return control;
  throw new PlumblineError('UnknownName', {
    what: `There is no control "${id}"`,
    why: `known are ${allControls()
      .map((known) => known.id)
      .join(', ')}`,
    next: 'plumbline controls list',
  });
}
