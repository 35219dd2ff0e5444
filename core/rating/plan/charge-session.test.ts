import { type PlanCharge, PlanPricer } from './charge-session.ts';
import {
  costString,
  type PlanRate,
  type PriceWindow,
  parseCost,
  type RateSlot,
  type Schedule,
} from './model.ts';
import { SegmentTable, segmentsBetween } from './segments.ts';

const at = (text: string): number => Date.parse(text);

const slot = (price: string, over: Partial<RateSlot> = {}): RateSlot => ({
  from: 0n,
  price: parseCost(price),
  unit: 60n,
  increment: 1n,
  ...over,
});
const rate = (over: Partial<PlanRate> = {}): PlanRate => ({
  name: 'standard',
  slots: [slot('0.01')],
  mode: 'graduated',
  minimum: 0n,
  connectFee: 0n,
  spanRounding: null,
  incrementRounding: null,
  sessionRounding: { method: 'half_up', decimals: 6 },
  maxCost: null,
  currency: 'EUR',
  ...over,
});
const window = (over: Partial<PriceWindow> = {}): PriceWindow => ({
  name: 'always',
  years: [],
  months: [],
  monthDays: [],
  weekDays: [],
  days: 'any',
  fromSecond: 0,
  toSecond: 86_400,
  validFrom: null,
  validTo: null,
  weight: 0,
  rate: rate(),
  ...over,
});
const schedule = (over: Partial<Schedule> = {}): Schedule => ({
  timeZone: 'Europe/Vienna',
  holidays: new Set(['2026-10-26']),
  unitNanos: 1_000_000_000n,
  splits: true,
  splitsAtMidnight: false,
  windows: [window()],
  ...over,
});

const charge = (s: Schedule, start: string, quantity: bigint): PlanCharge =>
  new PlanPricer(s).charge({ start: at(start), quantity });
const costOf = (result: PlanCharge): string =>
  result.cost === null ? String(result.failure) : costString(result.cost);

const noon = '2026-10-14T10:00:00Z';
const one = (over: Partial<PlanRate>): Schedule => schedule({ windows: [window({ rate: rate(over) })] });
const firstMinute = [slot('1.2', { increment: 60n }), slot('1.2', { from: 60n })];
const tiers = [slot('0.10', { unit: 1n }), slot('0.05', { from: 100n, unit: 1n })];
const third = { method: 'half_up', decimals: 5 } as const;

test.each<[string, Schedule, bigint, string]>([
  ['nothing used', one({ connectFee: parseCost('0.2') }), 0n, '0'],
  ['less than nothing used', one({ connectFee: parseCost('0.2') }), -60n, '0'],
  ['a fraction of the rate unit is exact until it is rounded', one({}), 1n, '0.000167'],
  ['and sums to the unit', one({}), 60n, '0.01'],
  ['connect fee once', one({ connectFee: parseCost('0.2'), slots: firstMinute }), 90n, '2'],
  ['the first minute counts whole', one({ slots: firstMinute }), 1n, '1.2'],
  ['its end belongs to it', one({ slots: firstMinute }), 60n, '1.2'],
  ['then by the second', one({ slots: firstMinute }), 61n, '1.22'],
  ['the minimum counts', one({ minimum: 30n }), 1n, '0.005'],
  ['graduated: each slot at its price', one({ slots: tiers }), 150n, '12.5'],
  ['volume: the upper bound belongs to the tier', one({ slots: tiers, mode: 'volume' }), 100n, '10'],
  ['volume: all at the tier reached', one({ slots: tiers, mode: 'volume' }), 101n, '5.05'],
  ['the maximum caps', one({ slots: tiers, maxCost: parseCost('3.5') }), 150n, '3.5'],
  ['a maximum that is reached', one({ slots: tiers, maxCost: parseCost('10') }), 100n, '10'],
  ['each increment rounded', one({ incrementRounding: third }), 60n, '0.0102'],
  ['the span rounded first', one({ spanRounding: { method: 'up', decimals: 2 } }), 1n, '0.01'],
  ['up', one({ sessionRounding: { method: 'up', decimals: 4 } }), 1n, '0.0002'],
  ['down', one({ sessionRounding: { method: 'down', decimals: 4 } }), 1n, '0.0001'],
  ['half to even', one({ sessionRounding: { method: 'half_even', decimals: 2 } }), 30n, '0'],
  ['half up', one({ sessionRounding: { method: 'half_up', decimals: 2 } }), 30n, '0.01'],
  ['no slot holds yet', one({ slots: [slot('1', { from: 60n })] }), 1n, 'NO_PRICE'],
  ['400 days', one({}), 34_560_000n, '5760'],
  ['more than 400 days', one({}), 34_560_001n, 'SESSION_TOO_LONG'],
  [
    'an amount that no session costs',
    one({ slots: [slot('99999999999', { unit: 1n })] }),
    2n,
    'AMOUNT_OUT_OF_RANGE',
  ],
])('%s', (_condition, s, quantity, expected) => {
  expect(costOf(charge(s, noon, quantity))).toBe(expected);
});

const peak = window({
  name: 'peak',
  weekDays: [1, 2, 3, 4, 5],
  days: 'working',
  fromSecond: 8 * 3600,
  toSecond: 18 * 3600,
  weight: 2,
  rate: rate({ slots: [slot('1', { unit: 1n })] }),
});
const off = window({ name: 'off-peak', rate: rate({ slots: [slot('0.1', { unit: 1n })] }) });
const banded = schedule({ windows: [off, peak] });

test.each<[string, Schedule, string, bigint, string]>([
  ['splits when peak ends', banded, '2026-10-14T15:59:30Z', 60n, '33'],
  ['starts on the boundary', banded, '2026-10-14T16:00:00Z', 60n, '6'],
  ['ends on the boundary', banded, '2026-10-14T15:59:00Z', 60n, '60'],
  ['a holiday is off-peak', banded, '2026-10-26T15:59:30Z', 60n, '6'],
  ['over the night into peak', banded, '2026-10-14T16:00:00Z', 50_401n, '5041'],
  ['data does not split', { ...banded, splits: false }, '2026-10-14T15:59:30Z', 60n, '60'],
  ['peak begins an hour later in UTC in winter', banded, '2026-10-27T06:59:59Z', 2n, '1.1'],
])('windows: %s', (_condition, s, start, quantity, expected) => {
  expect(costOf(charge(s, start, quantity))).toBe(expected);
});

test('a span that is rounded up takes from the next window', () => {
  const minutes = (price: string) => rate({ slots: [slot(price, { increment: 60n })] });
  const s = schedule({
    windows: [
      { ...off, rate: minutes('0.1') },
      { ...peak, rate: minutes('1') },
    ],
  });
  expect(charge(s, '2026-10-14T15:59:30Z', 120n).steps).toEqual([
    'peak: from 0, 30 is 1 increments of 60 at 1 per 60: 1',
    'off-peak: from 60, 60 is 1 increments of 60 at 0.1 per 60: 0.1',
    'Rounded half_up to 6 decimals: 1.1',
  ]);
});

test.each([
  ['heavier', { weight: 1 }, 'second'],
  ['as heavy and later', { fromSecond: 3600 }, 'second'],
  ['as heavy and as late: the first listed', {}, 'first'],
  ['heavier on another day of the week', { weight: 1, weekDays: [0] }, 'first'],
  ['heavier in another month', { weight: 1, months: [1] }, 'first'],
  ['heavier on this day of the month', { weight: 1, monthDays: [14] }, 'second'],
  ['heavier in this year', { weight: 1, years: [2026] }, 'second'],
  ['heavier on holidays', { weight: 1, days: 'holiday' as const }, 'first'],
  ['heavier, no longer valid', { weight: 1, validTo: at(noon) }, 'first'],
  ['heavier, valid from now', { weight: 1, validFrom: at(noon) }, 'second'],
  ['heavier, ended at noon local time', { weight: 1, toSecond: 12 * 3600 }, 'first'],
])('of two windows the one that is %s', (_condition, over, expected) => {
  const windows = [window({ name: 'first' }), window({ name: 'second', ...over })];
  const found = new SegmentTable(schedule({ windows })).at(at(noon));
  expect(windows[found.window]?.name).toBe(expected);
});

test.each([
  ['when clocks go back, the day has 25 hours', '2026-10-25', 25],
  ['when they go forward, 23', '2026-03-29', 23],
])('%s', (_condition, day, hours) => {
  const segments = segmentsBetween(
    schedule({ splitsAtMidnight: true }),
    at(`${day}T10:00:00Z`),
    at(`${day}T10:00:00Z`),
  );
  expect(segments.map((s) => (s.to - s.from) / 3_600_000)).toEqual([hours]);
});
