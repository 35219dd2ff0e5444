import fc from 'fast-check';
import { money, parseMoney } from '#core/domain/money.ts';
import { addDays, type Day, parseDay } from '#core/domain/period.ts';
import {
  byLapse,
  type DaySum,
  lapseOf,
  type RecoverableViolation,
  recoverabilityOf,
  stateOfViolation,
} from './recoverability.ts';

const RULES = { backBillDays: 365 };
const EUR = 'EUR/6';
const day = parseDay;
const violation = (over: Partial<RecoverableViolation> = {}): RecoverableViolation => ({
  grain: 'record',
  dt: day('2026-10-14'),
  impact: '0.100000',
  estimated: false,
  subscription_id: 'S1',
  account_id: 'A1',
  ...over,
});

test.each<[string, RecoverableViolation, string | null, string]>([
  ['a call not charged', violation(), '2027-10-14', 'rebill'],
  ['a call charged too much: it does not lapse', violation({ impact: '-0.100000' }), null, 'credit'],
  ['records that are gone', violation({ estimated: true, account_id: null }), '2027-10-14', 'bring-back'],
  ['nobody to charge', violation({ account_id: null }), '2027-10-14', 'find-account'],
  ['over a leap day', violation({ dt: day('2027-03-01') }), '2028-02-29', 'rebill'],
])('%s', (_condition, found, recoverableUntil, route) => {
  expect(recoverabilityOf(found, RULES)).toEqual({ recoverableUntil, route });
});

const at = (amount: string) => parseMoney(amount, EUR);
const ordered = (amount: string, before: string, now: string | null) => ({
  amount: at(amount),
  before: at(before),
  now: now === null ? null : at(now),
});
const open = { status: 'awaiting-decision', resolution: null } as const;
const remedying = { status: 'remedying', resolution: null } as const;
const ended = { status: 'closed', resolution: 'partly-recovered' } as const;

test.each([
  ['nothing decided', open, undefined, '2026-11-01', 'potential'],
  ['its last day', open, undefined, '2027-10-14', 'potential'],
  ['the day after', open, undefined, '2027-10-15', 'unrecoverable'],
  ['ordered, and nothing moved yet', remedying, ordered('0.1', '0.1', '0.1'), '2026-11-01', 'confirmed'],
  ['ordered, and some of it moved', remedying, ordered('0.1', '0.1', '0.04'), '2026-11-01', 'confirmed'],
  ['ordered, and cannot be measured now', remedying, ordered('0.1', '0.1', null), '2026-11-01', 'confirmed'],
  ['ordered, and all of it moved', remedying, ordered('0.1', '0.1', '0'), '2026-11-01', 'recovered'],
  ['moved, though it would have lapsed by now', ended, ordered('0.1', '0.1', '0'), '2028-01-01', 'recovered'],
  ['a credit was given', remedying, ordered('-0.2', '-0.2', '0'), '2026-11-01', 'recovered'],
  ['a credit went the wrong way', remedying, ordered('-0.2', '-0.2', '-0.4'), '2026-11-01', 'confirmed'],
  ['another gap on the key stays', ended, ordered('0.1', '0.3', '0.2'), '2026-11-01', 'recovered'],
  ['ordered, refused, and ended', ended, ordered('0.1', '0.1', '0.1'), '2026-11-01', 'unrecoverable'],
  ['never ordered, and ended', ended, undefined, '2026-11-01', 'unrecoverable'],
  [
    'rejected as not proved: nobody said that it is lost',
    { status: 'closed', resolution: 'rejected' } as const,
    undefined,
    '2026-11-01',
    'potential',
  ],
] as const)('where its money stands: %s', (_condition, item, order, asOf, expected) => {
  const by = { recoverableUntil: day('2027-10-14'), asOf: day(asOf) };
  expect(stateOfViolation(item, order, by)).toBe(expected);
});

const sums = (dt: string, underCharged: string, overCharged = '0'): DaySum => ({
  dt: day(dt),
  underCharged,
  overCharged,
});

test.each<[string, DaySum[], string, Record<string, string | null>]>([
  [
    'nothing',
    [],
    '2026-11-01',
    { recoverable: '0', lapsing: '0', lapsed: '0', owedBack: '0', nextLapse: null },
  ],
  [
    'a month old',
    [sums('2026-10-01', '5')],
    '2026-11-01',
    { recoverable: '5', lapsing: '0', lapsed: '0', owedBack: '0', nextLapse: '2027-10-01' },
  ],
  [
    'its last day: still recoverable, and lapsing',
    [sums('2026-10-01', '5')],
    '2027-10-01',
    { recoverable: '5', lapsing: '5', lapsed: '0', owedBack: '0', nextLapse: '2027-10-01' },
  ],
  [
    'the day after: gone',
    [sums('2026-10-01', '5')],
    '2027-10-02',
    { recoverable: '0', lapsing: '0', lapsed: '5', owedBack: '0', nextLapse: null },
  ],
  [
    'thirty days before its last day: lapsing; thirty-one: not yet',
    [sums('2026-10-01', '5'), sums('2026-10-02', '7', '-3')],
    '2027-09-01',
    { recoverable: '12', lapsing: '5', lapsed: '0', owedBack: '-3', nextLapse: '2027-10-01' },
  ],
])('on a day: %s', (_condition, days, asOf, expected) => {
  const { nextLapse, ...lapse } = lapseOf(days, EUR, { asOf: day(asOf), withinDays: 30, rules: RULES });
  const { nextLapse: next, ...amounts } = expected;
  expect(nextLapse).toBe(next);
  for (const [name, amount] of Object.entries(amounts))
    expect([name, lapse[name as keyof typeof lapse]]).toEqual([name, parseMoney(String(amount), EUR)]);
});

test('whatever the day, what is recoverable and what has lapsed are all that was under-charged', () => {
  const some = fc.array(fc.tuple(fc.integer({ min: 0, max: 800 }), fc.integer({ min: 0, max: 10_000_000 })));
  fc.assert(
    fc.property(some, fc.integer({ min: 0, max: 1500 }), (list, later) => {
      const start = day('2026-01-01');
      const days = list.map(([offset, micros]) => sums(addDays(start, offset), (micros / 1e6).toFixed(6)));
      const lapse = lapseOf(days, EUR, { asOf: addDays(start, later) as Day, withinDays: 30, rules: RULES });
      const total = list.reduce((sum, [, micros]) => sum + BigInt(micros), 0n);
      expect(lapse.recoverable.minor + lapse.lapsed.minor).toBe(total);
      expect(lapse.lapsing.minor <= lapse.recoverable.minor).toBe(true);
    }),
  );
});

test('the queue: most lapsing money first, then the earliest day, then the id', () => {
  const item = (caseId: string, lapsing: bigint, nextLapse: string | null) => ({
    caseId,
    lapse: {
      recoverable: money(lapsing, EUR),
      lapsing: money(lapsing, EUR),
      lapsed: money(0n, EUR),
      owedBack: money(0n, EUR),
      nextLapse: nextLapse as Day | null,
    },
  });
  const queue = [
    item('d', 0n, null),
    item('c', 0n, '2027-02-01'),
    item('b', 5n, '2027-03-01'),
    item('a', 0n, '2027-02-01'),
  ];
  expect(queue.sort(byLapse).map(({ caseId }) => caseId)).toEqual(['b', 'a', 'c', 'd']);
});
