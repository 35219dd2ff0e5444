import { percentOf } from './price.ts';
import { type AmountRounding, plain } from './rounding.ts';

/** A discount as the catalogue defines it. Amounts in millionths, percentages in millionths of a percent. */
export interface Discount {
  readonly discountId: string;
  readonly offerId: string | null;
  readonly segment: string | null;
  readonly chargeType: 'usage' | 'recurring' | 'all';
  readonly percentMicros: bigint;
  readonly fixedMicros: bigint;
  readonly exclusionGroup: string | null;
  /** The lowest is applied first. */
  readonly priority: number;
  /** Milliseconds since 1970 UTC; null while open. */
  readonly validFrom: number;
  readonly validTo: number | null;
}

/** Who is billed, and at which instant discounts are judged. */
export interface DiscountSubject {
  readonly offerId: string;
  readonly segment: string;
  readonly at: number;
}

/** What a bill comes to before or after discounts, in millionths. */
export interface Charges {
  readonly usage: bigint;
  readonly recurring: bigint;
}

/** A discount that is due, or why it is not. */
export interface DiscountStep {
  readonly discountId: string;
  readonly micros: bigint;
  readonly text: string;
}

/**
 * Takes discounts off the charges, in order of priority and then id. Of an exclusion group only the first that is
 * eligible and valid is due. Each percentage is of what the ones before it left; a fixed amount never takes more
 * than there is. A discount on all charges is taken off usage first. `discountRounding` rounds each.
 */
export function applyDiscounts(
  charges: Charges,
  discounts: readonly Discount[],
  subject: DiscountSubject,
  discountRounding: AmountRounding,
): { readonly charges: Charges; readonly steps: readonly DiscountStep[] } {
  let { usage, recurring } = charges;
  const steps: DiscountStep[] = [];
  const taken = new Map<string, string>();
  for (const discount of [...discounts].sort(inOrder)) {
    const { discountId, chargeType, exclusionGroup } = discount;
    const none = (why: string) =>
      steps.push({ discountId, micros: 0n, text: `${discountId} is not due: ${why}` });
    const why = ineligible(discount, subject);
    if (why !== null) {
      none(why);
      continue;
    }
    const before = exclusionGroup === null ? undefined : taken.get(exclusionGroup);
    if (before !== undefined) {
      none(`${before} of the same group ${exclusionGroup} comes first`);
      continue;
    }
    if (exclusionGroup !== null) taken.set(exclusionGroup, discountId);
    const base = chargeType === 'usage' ? usage : chargeType === 'recurring' ? recurring : usage + recurring;
    const wanted = percentOf(base, discount.percentMicros, discountRounding) + discount.fixedMicros;
    const micros = wanted < base ? wanted : base;
    const ofUsage = chargeType === 'recurring' ? 0n : micros < usage ? micros : usage;
    usage -= ofUsage;
    recurring -= micros - ofUsage;
    const rule = discount.percentMicros > 0n ? `${plain(discount.percentMicros)} percent` : 'a fixed amount';
    steps.push({
      discountId,
      micros,
      text: `${discountId} takes ${rule} off ${plain(base)}: ${plain(micros)}`,
    });
  }
  return { charges: { usage, recurring }, steps };
}

function ineligible(discount: Discount, subject: DiscountSubject): string | null {
  const { offerId, segment, validFrom, validTo } = discount;
  if (offerId !== null && offerId !== subject.offerId) return `it is for offer ${offerId}`;
  if (segment !== null && segment !== subject.segment) return `it is for segment ${segment}`;
  if (subject.at < validFrom) return 'it had not begun';
  return validTo !== null && subject.at >= validTo ? 'it had ended' : null;
}

function inOrder(a: Discount, b: Discount): number {
  return a.priority - b.priority || (a.discountId < b.discountId ? -1 : a.discountId > b.discountId ? 1 : 0);
}
