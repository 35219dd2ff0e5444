import { assetOf, LAKE_SCALE } from '#core/domain/asset.ts';
import type { AdjustmentItem } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { canonicalJson, sha256 } from '#core/domain/hash.ts';
import { add, fromMoneyJson, type Money, parseMoney, sum, toMoneyJson, zero } from '#core/domain/money.ts';
import { addDays, type Day } from '#core/domain/period.ts';
import type { Finding } from '#core/domain/run.ts';
import type { Grain, Violation } from '#core/domain/violation.ts';
import type { ProposalItem } from '#core/ports/case-store.ts';
import { gapKeyOf, type Held, itemOf } from './orders.ts';

/** The fields of a violation from which its adjustment is made. */
export type AdjustableViolation = Pick<
  Violation,
  | 'violation_id'
  | 'grain'
  | 'key'
  | 'dt'
  | 'event_time'
  | 'subscription_id'
  | 'account_id'
  | 'service'
  | 'impact'
  | 'currency'
  | 'estimated'
> & {
  /** Gap of its key over all controls, as the run found it. */
  readonly gap: string;
};

/** A line of the list of adjustments: what is to be posted, and what verification needs to find it again. */
export interface AdjustmentLine extends AdjustmentItem {
  readonly grain: Grain;
  /** UTC day of the partition that the violation was found in. */
  readonly dt: Day;
  readonly eventTime: string;
  readonly service: string | null;
}

/** Why a violation gets no adjustment. */
export const LEFT_OUT_REASONS = {
  estimated: 'estimated, the records are gone',
  'no-account': 'without a subscription or account to bill',
  'nothing-due': 'without any amount',
  'other-direction': 'of the other direction',
  'back-bill-limit': 'older than the back-bill limit',
  ordered: 'already ordered in case',
  awaited: 'already proposed and waiting for a decision in case',
  decided: 'already decided in case',
} as const;
export type LeftOutReason = keyof typeof LEFT_OUT_REASONS;

export interface LeftOut {
  readonly reason: LeftOutReason;
  readonly count: number;
  readonly total: Money;
  /** The cases that have them, where it is because of other cases. */
  readonly cases: readonly string[];
}

export interface AdjustmentSelection {
  readonly lines: readonly AdjustmentLine[];
  readonly total: Money;
  readonly leftOut: readonly LeftOut[];
  /** What is said of every violation, with an adjustment or without. */
  readonly items: readonly ProposalItem[];
}

/**
 * The adjustments that correct the violations of a finding: each for exactly its impact, six decimals, nothing
 * rounded. Whatever gets none is counted with its reason; so is what another case has (`held`, per item). Throws ConservationBroken when the violations do not
 * add up to the finding.
 */
export function selectAdjustments(
  finding: Finding,
  violations: readonly AdjustableViolation[],
  backBillFrom: Day,
  held: ReadonlyMap<string, Held> = new Map(),
): AdjustmentSelection {
  const { asset } = finding.impact;
  const lines: AdjustmentLine[] = [];
  const items: ProposalItem[] = [];
  const leftOut = new Map<LeftOutReason, { count: number; total: Money; cases: Set<string> }>();
  for (const violation of violations) {
    const amount = parseMoney(violation.impact, assetOf(violation.currency, LAKE_SCALE));
    if (amount.asset !== asset) {
      throw broken(
        finding,
        `violation ${violation.violation_id} is in ${amount.asset}, the finding in ${asset}`,
      );
    }
    const place = { grain: violation.grain, key: violation.key, dt: violation.dt as Day };
    const item = itemOf(finding.controlId, place);
    const other = held.get(item);
    const line = other ? other.reason : lineOf(finding, violation, amount, backBillFrom);
    const ordered = typeof line === 'string' ? null : line.amount.minor;
    items.push({ item, gapKey: gapKeyOf(place), amount: ordered, gap: violation.gap });
    if (typeof line !== 'string') {
      lines.push(line);
      continue;
    }
    const before = leftOut.get(line) ?? { count: 0, total: zero(asset), cases: new Set<string>() };
    if (other) before.cases.add(other.caseId);
    leftOut.set(line, { ...before, count: before.count + 1, total: add(before.total, amount) });
  }
  lines.sort((a, b) => (a.violationId < b.violationId ? -1 : 1));
  const total = totalOf(lines, asset);
  const reasons = [...leftOut].map(([reason, { count, total: amount, cases }]) => ({
    reason,
    count,
    total: amount,
    cases: [...cases].sort(),
  }));
  assertAddsUp(finding, violations.length, sum([total, ...reasons.map((r) => r.total)], asset));
  return { lines, total, leftOut: reasons, items };
}

function lineOf(
  finding: Finding,
  violation: AdjustableViolation,
  amount: Money,
  backBillFrom: Day,
): AdjustmentLine | LeftOutReason {
  const { subscription_id: subscriptionId, account_id: accountId } = violation;
  if (violation.estimated) return 'estimated';
  if (subscriptionId === null || accountId === null) return 'no-account';
  if (amount.minor === 0n) return 'nothing-due';
  const owed = finding.direction === 'under-charged' ? amount.minor > 0n : amount.minor < 0n;
  if (!owed) return 'other-direction';
  const dt = violation.dt as Day;
  if (amount.minor > 0n && dt < backBillFrom) return 'back-bill-limit';
  return {
    violationId: violation.violation_id,
    key: violation.key,
    subscriptionId,
    accountId,
    amount: toMoneyJson(amount),
    grain: violation.grain,
    dt,
    eventTime: violation.event_time,
    service: violation.service,
  };
}

/** The first day whose events may still be charged on `asOf`. */
export function backBillFrom(asOf: Day, days: number): Day {
  return addDays(asOf, -days);
}

/** The sum of the lines. */
export function totalOf(lines: readonly AdjustmentLine[], asset: Money['asset']): Money {
  return sum(
    lines.map((line) => fromMoneyJson(line.amount)),
    asset,
  );
}

/** The list as it is kept: JSON Lines, canonical, in order of violation id; and its hash. */
export function writeAdjustments(lines: readonly AdjustmentLine[]): { text: string; sha256: string } {
  const text = lines.map((line) => `${canonicalJson(line)}\n`).join('');
  return { text, sha256: sha256(text) };
}

/** Reads a list back. Throws ProposalMismatch when it is not the list that the hash names. */
export function readAdjustments(text: string, expectedSha256: string, file: string): AdjustmentLine[] {
  if (sha256(text) !== expectedSha256) {
    throw new PlumblineError('ProposalMismatch', {
      what: 'The list of adjustments was changed after it was approved',
      where: file,
      next: 'start the investigation again, so that a new proposal is made',
    });
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AdjustmentLine);
}

function assertAddsUp(finding: Finding, count: number, total: Money): void {
  const impact = fromMoneyJson(finding.impact);
  if (count === finding.violations && total.minor === impact.minor) return;
  const found = `${finding.violations} violations of ${impact.minor} ${impact.asset}`;
  throw broken(finding, `${count} violations of ${total.minor}, not ${found}`);
}

function broken(finding: Finding, where: string): PlumblineError {
  return new PlumblineError('ConservationBroken', {
    what: `Finding ${finding.findingId} does not add up`,
    where,
    why: 'the finding and the violations are not from the same run, or one of them was changed',
    next: 'plumbline verify',
  });
}
