import { DAY_MS, monthStart } from './calendar.ts';
import { FAMILIES, FAMILY_NAMES, type Family, type FaultPlan, isFeeFamily } from './fault.ts';
import { type Draft, type Estimate, usageFault } from './fault-segment.ts';
import { OFFERS } from './market.ts';
import { type Random, stream } from './random.ts';

/**
 * Draws the faults of a sample: families, sizes, segments, times. Sizes are estimates and therefore plain numbers;
 * what a fault really moves is added up exactly while it is at work.
 */
export function planFaults(estimate: Estimate): FaultPlan[] {
  const random = stream(estimate.seed, 'faults');
  const usage = usageRevenue(estimate);
  const share = random.between(0.0055, 0.0255);
  const total = Number(estimate.fees + usage) * share;
  const drafts = draftFaults(random, faultCount(random, estimate));
  const budgets = budgetsOf(random, drafts, total, Number(usage) * 0.09);
  const plans: FaultPlan[] = [];
  drafts.forEach((draft, i) => {
    const id = `F${String(i + 1).padStart(2, '0')}`;
    const plan = isFeeFamily(draft.family)
      ? feeFault(random, estimate, draft, id, budgets[i] ?? 0)
      : usageFault(random, estimate, draft, id, budgets[i] ?? 0, plans);
    if (plan) plans.push(plan);
  });
  return compounded(random, plans);
}

function usageRevenue({ sessions, scale }: Estimate): bigint {
  let sum = 0n;
  for (const { session, expected } of sessions) {
    if (session.subscription.purpose === 'customer') sum += expected;
  }
  return (sum * BigInt(Math.round(scale * 1000))) / 1000n;
}

/** 12 to 20 at the default size, fewer in small samples. */
function faultCount(random: Random, { subscribers, firstDay, lastDay }: Estimate): number {
  const size = Math.log10((subscribers * (lastDay - firstDay + 1)) / 600) / 3;
  const fraction = Math.min(1, Math.max(0, size));
  return Math.round((12 + random.below(9)) * (0.25 + 0.75 * fraction));
}

function draftFaults(random: Random, count: number): Draft[] {
  // every family once before any comes twice, in an order drawn by weight
  const order = FAMILY_NAMES.map((family) => ({
    family,
    key: -Math.log(1 - random.unit()) / FAMILIES[family].weight,
  }))
    .sort((a, b) => a.key - b.key)
    .map(({ family }) => family);
  const families = order.slice(0, count);
  while (families.length < count) {
    families.push(random.pickWeighted(FAMILY_NAMES.map((f) => [f, FAMILIES[f].weight] as const)));
  }
  // there is always money on both sides, and fees are always among what is wrong
  if (!families.includes('billed-not-active')) families[families.length - 1] = 'billed-not-active';
  if (!families.includes('active-not-billed')) families[families.length - 2] = 'active-not-billed';
  return families.map((family) => ({
    family,
    direction: random.pick(FAMILIES[family].directions),
    weight: random.logNormal(1, 0.8) * (family === 'mediation-drop' ? 0.7 : 1),
  }));
}

/** Money of each fault: a quarter of it over-charges; what concerns usage stays below a share of usage revenue. */
function budgetsOf(random: Random, drafts: readonly Draft[], total: number, usageLimit: number): number[] {
  const overShare = random.between(0.18, 0.32);
  const side = (d: Draft) => (d.direction === 'over' ? 'over' : 'under');
  const budgets = drafts.map((draft) => {
    const same = drafts.filter((d) => side(d) === side(draft));
    const weight = draft.weight / same.reduce((sum, d) => sum + d.weight, 0);
    return total * (side(draft) === 'over' ? overShare : 1 - overShare) * weight;
  });
  const usage = budgets.filter((_, i) => !isFeeFamily(drafts[i]?.family ?? 'wrong-rate'));
  const usageTotal = usage.reduce((a, b) => a + b, 0);
  if (usageTotal <= usageLimit) return budgets;
  // too little usage in a short sample: the fee fault of the same side takes the rest
  const keep = usageLimit / usageTotal;
  return budgets.map((budget, i) => {
    const draft = drafts[i];
    if (!draft || !isFeeFamily(draft.family)) return budget * keep;
    const moved = budgets.reduce((sum, b, j) => {
      const other = drafts[j];
      return other && !isFeeFamily(other.family) && side(other) === side(draft) ? sum + b * (1 - keep) : sum;
    }, 0);
    return budget + moved / drafts.filter((d) => isFeeFamily(d.family) && side(d) === side(draft)).length;
  });
}

function feeFault(random: Random, estimate: Estimate, draft: Draft, id: string, budget: number): FaultPlan {
  const fitting = OFFERS.filter((o) => Number(o.fee) <= budget && o.share >= 8);
  const offer = random.pickWeighted(
    (fitting.length > 0 ? fitting : OFFERS.slice(0, 1)).map((o) => [o, o.share] as const),
  );
  return {
    id,
    family: draft.family,
    direction: draft.direction,
    segment: draft.family === 'active-not-billed' ? { offer_id: offer.id } : {},
    onset: monthStart(estimate.lastDay) * DAY_MS,
    bursts: null,
    chance: 1,
    twist: { kind: 'none' },
    budget: BigInt(Math.round(budget)),
    compoundWith: null,
    follows: false,
    logged: random.chance(0.6),
  };
}

/** Price faults that may share their records with a second cause. */
const FIRST_CAUSES: readonly Family[] = [
  'quantity-truncation',
  'wrong-rate',
  'wrong-tariff-version',
  'default-rate',
];

function mayFollow(first: FaultPlan, second: FaultPlan): boolean {
  if (first.id === second.id || !FIRST_CAUSES.includes(first.family)) return false;
  if (second.family === 'duplicate-billing') return true;
  // two causes of one sign, because one control sees their sum
  return (
    first.family === 'quantity-truncation' && second.family === 'wrong-rate' && second.direction === 'under'
  );
}

/** Lets about a fifth of the faults share records in pairs: two causes, one symptom. */
function compounded(random: Random, plans: readonly FaultPlan[]): FaultPlan[] {
  const result = [...plans];
  const pairs = plans.length < 4 ? 0 : Math.max(1, Math.round(plans.length * 0.11));
  for (let n = 0; n < pairs; n++) {
    const free = result.filter((p) => !p.compoundWith);
    const possible = free.flatMap((first) =>
      free.filter((second) => mayFollow(first, second)).map((second) => ({ first, second })),
    );
    if (possible.length === 0) break;
    const { first, second } = random.pick(possible);
    const at = (plan: FaultPlan) => result.findIndex((p) => p.id === plan.id);
    result[at(first)] = { ...first, compoundWith: second.id };
    result[at(second)] = {
      ...second,
      segment: first.segment,
      onset: first.onset,
      bursts: first.bursts,
      chance: 0.8,
      compoundWith: first.id,
      follows: true,
    };
  }
  // a follower stands after the fault that it follows
  return result.sort((a, b) => Number(a.follows) - Number(b.follows));
}
