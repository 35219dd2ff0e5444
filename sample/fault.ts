import type { Remedy } from '#core/domain/case.ts';
import type { Dimension } from '#core/domain/violation.ts';
import type { MoreFamily } from './more-families.ts';

/** Sign of the money: `under`: the operator loses; `over`: the customer is charged too much; `mixed`: both happen. */
export type Direction = 'under' | 'over' | 'mixed';

/** What can be wrong with the sample operator, and which control is expected to find it. */
export const FAMILIES = {
  'mediation-drop': { control: 'U04', weight: 1.5, directions: ['under'] },
  'rating-drop': { control: 'U06', weight: 2.4, directions: ['under'] },
  'billing-drop': { control: 'U06', weight: 2.6, directions: ['under'] },
  'ghost-billing': { control: 'U07', weight: 1.6, directions: ['over'] },
  'duplicate-billing': { control: 'U08', weight: 2.2, directions: ['over'] },
  'wrong-rate': { control: 'R01', weight: 2.2, directions: ['under', 'under', 'over'] },
  'wrong-tariff-version': { control: 'R02', weight: 1.6, directions: ['under', 'over'] },
  'quantity-truncation': { control: 'U05', weight: 2, directions: ['under'] },
  'default-rate': { control: 'R03', weight: 1.4, directions: ['under'] },
  'zero-rate': { control: 'R03', weight: 1.4, directions: ['under'] },
  'wrong-time-band': { control: 'R01', weight: 1, directions: ['mixed'] },
  'active-not-billed': { control: 'P01', weight: 2.8, directions: ['under'] },
  'billed-not-active': { control: 'P02', weight: 2.2, directions: ['over'] },
} as const satisfies Record<string, { control: string; weight: number; directions: readonly Direction[] }>;
export type Family = keyof typeof FAMILIES;
export const FAMILY_NAMES = Object.keys(FAMILIES) as Family[];

/** A family of every sample, or one that was asked for. */
export type AnyFamily = Family | MoreFamily;

/** Families that concern subscriptions and fees, not usage. */
export function isFeeFamily(family: Family): boolean {
  return family === 'active-not-billed' || family === 'billed-not-active';
}

/** Which records a fault can touch: all named dimensions hold. */
export type Segment = Readonly<Partial<Record<Dimension, string>>>;

/** On for `duty` of the time, in blocks of `blockMs`. */
export interface Bursts {
  readonly blockMs: number;
  readonly duty: number;
}

/** How a price fault changes a charge. */
export type Twist =
  | { readonly kind: 'factor'; readonly numerator: bigint; readonly denominator: bigint }
  | { readonly kind: 'version'; readonly tariffId: string; readonly version: number }
  | { readonly kind: 'lost-partial' }
  | { readonly kind: 'cap'; readonly quantity: number }
  | { readonly kind: 'flat'; readonly amount: bigint }
  | { readonly kind: 'clock'; readonly errorMs: number }
  | { readonly kind: 'none' };

/** A fault as planned. What it then did stands in FaultRecord. */
export interface FaultPlan {
  readonly id: string;
  readonly family: Family;
  readonly direction: Direction;
  readonly segment: Segment;
  readonly onset: number;
  readonly bursts: Bursts | null;
  /** Share of the segment's records that it touches while it is on. */
  readonly chance: number;
  readonly twist: Twist;
  /** Money after which somebody repairs it, in millionths of a euro. */
  readonly budget: bigint;
  /** Id of the fault with which it shares records. */
  readonly compoundWith: string | null;
  /** True where it only touches records that its partner has touched. */
  readonly follows: boolean;
  readonly logged: boolean;
}

/** What a fault did: the truth as it is written. Amounts are decimal texts, signed expected - billed. */
export interface FaultRecord {
  readonly faultId: string;
  readonly family: AnyFamily;
  readonly control: string;
  readonly direction: Direction;
  readonly segment: Segment;
  /** Instants of the first and last event touched, UTC. */
  readonly onset: string;
  readonly end: string;
  readonly changeId: string | null;
  readonly intermittent: boolean;
  readonly compoundWith: string | null;
  readonly records: number;
  readonly amount: string;
  readonly rootCause: string;
  /** Remedies that repair it; any of them is right. */
  readonly remedies: readonly Remedy[];
}

/** True while the fault is on at an instant. */
export function isOn(plan: Pick<FaultPlan, 'onset' | 'bursts'>, salt: number, ms: number): boolean {
  if (ms < plan.onset) return false;
  if (!plan.bursts) return true;
  const block = Math.floor((ms - plan.onset) / plan.bursts.blockMs);
  // the first block is always on: a fault begins at its onset
  return block === 0 || blockPoint(salt, block) < plan.bursts.duty;
}

function blockPoint(salt: number, block: number): number {
  let h = Math.imul(salt ^ Math.imul(block + 1, 0x9e3779b1), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4_294_967_296;
}
