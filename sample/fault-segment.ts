import { DAY_MS, HOUR_MS, summerTimeEnd } from './calendar.ts';
import { type PricedSession, potential } from './effects.ts';
import type { Direction, Family, FaultPlan, Segment, Twist } from './fault.ts';
import { micros } from './market.ts';
import type { Random } from './random.ts';
import type { TariffBook } from './tariff-book.ts';

/** What the planner knows of the operator: revenue, and a sample of sessions, each standing for `scale` of them. */
export interface Estimate {
  readonly seed: number;
  readonly firstDay: number;
  readonly lastDay: number;
  readonly subscribers: number;
  readonly fees: bigint;
  readonly sessions: readonly PricedSession[];
  readonly scale: number;
  readonly book: TariffBook;
}

/** A fault before it has a place and a time. */
export interface Draft {
  readonly family: Family;
  readonly direction: Direction;
  readonly weight: number;
}

type Dims = readonly (keyof Segment)[];

/** Which descriptions a fault of a family may have. */
const SHAPES: Readonly<Partial<Record<Family, readonly Dims[]>>> = {
  'mediation-drop': [['source', 'service']],
  'rating-drop': [
    ['source', 'service'],
    ['rating_source', 'service', 'zone'],
    ['service', 'offer_id'],
    ['source', 'zone', 'service'],
  ],
  'billing-drop': [
    ['rating_source', 'service'],
    ['offer_id', 'service'],
    ['rating_source', 'offer_id'],
    ['segment', 'service'],
  ],
  'ghost-billing': [
    ['rating_source', 'service'],
    ['offer_id', 'service'],
  ],
  'duplicate-billing': [
    ['rating_source', 'service'],
    ['offer_id', 'service'],
    ['rating_source', 'offer_id'],
  ],
  'wrong-rate': [
    ['tariff_id', 'service', 'zone'],
    ['tariff_id', 'service', 'zone', 'rating_source'],
    ['tariff_id', 'service'],
  ],
  'wrong-tariff-version': [['tariff_id', 'rating_source'], ['offer_id'], ['tariff_id', 'service', 'zone']],
  'quantity-truncation': [
    ['rating_source', 'service'],
    ['offer_id', 'service'],
    ['source', 'service'],
  ],
  'default-rate': [
    ['service', 'zone', 'rating_source'],
    ['service', 'zone'],
    ['offer_id', 'service', 'zone'],
  ],
  'zero-rate': [
    ['offer_id', 'service'],
    ['tariff_id', 'service', 'zone'],
    ['rating_source', 'service', 'zone'],
  ],
  'wrong-time-band': [['tariff_id', 'rating_source'], ['tariff_id'], ['rating_source', 'service']],
};

/** A fault of usage with a twist, an onset and a segment that can bear its money; undefined where the sample has none. */
export function usageFault(
  random: Random,
  estimate: Estimate,
  draft: Draft,
  id: string,
  budget: number,
  others: readonly FaultPlan[],
): FaultPlan | undefined {
  const window = { from: estimate.firstDay * DAY_MS, to: (estimate.lastDay + 1) * DAY_MS };
  const earliest = draft.family === 'wrong-time-band' ? summerTimeEnd(2026) : window.from;
  if (earliest >= window.to) return undefined;
  const { twist, direction, after } = twistOf(random, estimate, draft);
  const begin = Math.max(earliest, after ?? window.from);
  const exact = draft.family === 'wrong-time-band' || after !== undefined;
  const onset = exact ? begin : begin + Math.floor((window.to - begin) * random.between(0, 0.6));
  const bursts =
    !exact && random.chance(0.44)
      ? { blockMs: (2 + random.below(9)) * HOUR_MS, duty: random.between(0.25, 0.6) }
      : null;
  const systematic = twist.kind !== 'none' && twist.kind !== 'lost-partial';
  const shape = { id, family: draft.family, direction, onset, bursts, twist };
  const choice = chooseSegment(random, estimate, shape, budget, systematic, others);
  if (!choice) return undefined;
  return {
    ...shape,
    ...choice,
    compoundWith: null,
    follows: false,
    logged: random.chance(0.6),
  };
}

function twistOf(
  random: Random,
  { book, firstDay, lastDay, sessions }: Estimate,
  draft: Draft,
): { twist: Twist; direction: Direction; after?: number } {
  const { direction } = draft;
  switch (draft.family) {
    case 'wrong-rate': {
      const [n, d] = random.pick<readonly [bigint, bigint]>(direction === 'over' ? TOO_HIGH : TOO_LOW);
      return { twist: { kind: 'factor', numerator: n, denominator: d }, direction };
    }
    case 'wrong-tariff-version': {
      const inside = book.versions.filter(
        (v) =>
          v.version === 2 &&
          v.from >= firstDay * DAY_MS &&
          v.from < (lastDay + 1) * DAY_MS &&
          !v.note.includes('free'),
      );
      const version = random.pick(inside);
      const raised = version.note.includes('rise');
      const twist = { kind: 'version', version: 1, tariffId: version.tariffId } as const;
      return { twist, direction: raised ? 'under' : 'over', after: version.from };
    }
    case 'quantity-truncation': {
      const capped = sessions.some((s) => s.session.quantity > 3600) && random.chance(0.4);
      return { twist: capped ? { kind: 'cap', quantity: 3600 } : { kind: 'lost-partial' }, direction };
    }
    case 'default-rate':
      return { twist: { kind: 'flat', amount: micros('0.05') }, direction };
    case 'zero-rate':
      return { twist: { kind: 'flat', amount: 0n }, direction };
    case 'wrong-time-band':
      return { twist: { kind: 'clock', errorMs: HOUR_MS }, direction };
    default:
      return { twist: { kind: 'none' }, direction };
  }
}

const TOO_LOW = [
  [1n, 10n],
  [1n, 2n],
  [3n, 4n],
  [4n, 5n],
] as const;
const TOO_HIGH = [
  [5n, 4n],
  [3n, 2n],
  [2n, 1n],
] as const;

type Shape = Pick<FaultPlan, 'id' | 'family' | 'direction' | 'onset' | 'bursts' | 'twist'>;
type Choice = Pick<FaultPlan, 'segment' | 'chance' | 'budget'>;

/** A segment with enough money from the onset on to use up the budget, and not so much that it is gone in an hour. */
function chooseSegment(
  random: Random,
  estimate: Estimate,
  shape: Shape,
  budget: number,
  systematic: boolean,
  others: readonly FaultPlan[],
): Choice | undefined {
  const money = segmentMoney(estimate, shape);
  const duty = shape.bursts ? shape.bursts.duty : 1;
  const taken = new Set(others.filter((o) => o.family === shape.family).map((o) => keyOf(o.segment)));
  const list = [...money.values()].filter((m) => !taken.has(keyOf(m.segment)) && m.records >= 2);
  if (list.length === 0) return undefined;
  const ratio = (m: SegmentMoney) => (m.moved * estimate.scale * duty) / budget;
  const wanted = list.filter((m) => ratio(m) >= 1.4 && ratio(m) <= (systematic ? 12 : 80));
  const enough = list.filter((m) => ratio(m) >= 1.4).sort((a, b) => ratio(a) - ratio(b));
  const most = list.reduce((a, b) => (ratio(b) > ratio(a) ? b : a));
  const chosen = wanted.length > 0 ? random.pick(wanted) : (enough[0] ?? most);
  const available = ratio(chosen);
  const chance = systematic ? 1 : Math.min(0.9, Math.max(0.002, random.between(1.3, 3) / available));
  const factor = Math.min(1, available * 0.7);
  return { segment: chosen.segment, chance, budget: BigInt(Math.round(budget * factor)) };
}

interface SegmentMoney {
  readonly segment: Segment;
  moved: number;
  records: number;
}

function segmentMoney({ sessions, book }: Estimate, shape: Shape): Map<string, SegmentMoney> {
  const result = new Map<string, SegmentMoney>();
  for (const priced of sessions) {
    if (priced.session.start < shape.onset || priced.session.subscription.purpose !== 'customer') continue;
    const effect = potential(shape, priced, book);
    if (effect === 0n) continue;
    const size = Number(effect < 0n ? -effect : effect);
    for (const dims of SHAPES[shape.family] ?? []) {
      let key = '';
      for (const dim of dims) key += `${dimensionOf(dim, priced)} `;
      let entry = result.get(key);
      if (!entry) {
        entry = {
          segment: Object.fromEntries(dims.map((d) => [d, dimensionOf(d, priced)])),
          moved: 0,
          records: 0,
        };
        result.set(key, entry);
      }
      entry.moved += size;
      entry.records++;
    }
  }
  return result;
}

function dimensionOf(dim: keyof Segment, { session, version }: PricedSession): string {
  switch (dim) {
    case 'service':
      return session.service;
    case 'zone':
      return session.zone;
    case 'source':
      return session.source;
    case 'rating_source':
      return session.subscription.engine;
    case 'offer_id':
      return session.offer.id;
    case 'segment':
      return session.offer.segment;
    default:
      return version.tariffId;
  }
}

function keyOf(segment: Segment): string {
  return Object.entries(segment)
    .map(([k, v]) => `${k}=${v}`)
    .sort()
    .join(' ');
}
