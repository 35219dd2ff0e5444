import { FAMILIES } from './fault.ts';
import { MORE_FAMILIES } from './more-families.ts';
import type { ClaimRow, LabelRow } from './score-rows.ts';

/** Families with their controls, those that are only made where they are asked for included. */
const CONTROLS_OF = { ...FAMILIES, ...MORE_FAMILIES };

/** Labels and claims that stand on one key, and what of them agrees. */
export interface Match {
  readonly labels: readonly LabelRow[];
  readonly claims: readonly ClaimRow[];
  /** Right money of each label, without sign. */
  readonly right: readonly bigint[];
  /** Labels that a claim of the right sign touches, even where the amount differs. */
  readonly found: readonly boolean[];
  /** Claims that touch a label of the same sign. */
  readonly matched: readonly boolean[];
}

const RATES: readonly string[] = ['R01', 'R02', 'R03', 'U05', 'U15', 'U16'];

/** Controls that look at one side of a record together: what one of them does not claim, another may. */
function poolOf(control: string): string {
  return RATES.includes(control) ? 'rate' : control;
}

/**
 * Matches the claims on one key with the labels on it. Claims of a control meet the labels that this control should
 * find first, then what is left meets any label of the same sign. Of the money that meets, the smaller amount is right.
 */
export function matchKey(labels: readonly LabelRow[], claims: readonly ClaimRow[]): Match {
  const right = labels.map(() => 0n);
  const found = labels.map(() => false);
  const matched = claims.map(() => false);
  const open = claims.map((c) => c.impact);
  const settle = (claimIndex: number, samePool: boolean) => {
    const claim = claims[claimIndex];
    const left = open[claimIndex] ?? 0n;
    if (!claim || (left === 0n && claim.impact !== 0n)) return;
    labels.forEach((label, i) => {
      if (samePool !== (poolOf(CONTROLS_OF[label.family].control) === poolOf(claim.control))) return;
      // a label without money is a CDR of a session whose money stands on its other CDRs
      if (claim.impact === 0n || (label.amount !== 0n && label.amount > 0n !== claim.impact > 0n)) return;
      const room = absolute(label.amount) - (right[i] ?? 0n);
      const rest = absolute(open[claimIndex] ?? 0n);
      const share = room < rest ? room : rest;
      // a claim that comes too late for the money of this label still touches it, where the control is the right one
      if (share === 0n && !samePool) return;
      right[i] = (right[i] ?? 0n) + share;
      open[claimIndex] = claim.impact > 0n ? rest - share : share - rest;
      found[i] = true;
      matched[claimIndex] = true;
    });
  };
  for (const samePool of [true, false]) {
    for (let i = 0; i < claims.length; i++) settle(i, samePool);
  }
  return { labels, claims, right, found, matched };
}

/** Splits an amount in proportion to weights, to the last digit: the last part takes what division leaves. */
export function sharesOf(amount: bigint, weights: readonly bigint[]): bigint[] {
  const total = weights.reduce((a, b) => a + b, 0n);
  let left = amount;
  return weights.map((weight, i) => {
    if (i === weights.length - 1 || total === 0n) {
      const rest = left;
      left = 0n;
      return rest;
    }
    const share = (amount * weight) / total;
    left -= share;
    return share;
  });
}

export function absolute(amount: bigint): bigint {
  return amount < 0n ? -amount : amount;
}
