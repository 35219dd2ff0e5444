import {
  type Allowance,
  flatFeesOf,
  type PeriodEvent,
  rateAccountPeriod,
  type UsagePrice,
} from './account-period.ts';
import { MICROS, plain } from './rounding.ts';

const price: UsagePrice = {
  priceId: 'P1',
  increment: 60n,
  minimum: 0n,
  connectMicros: 50_000n,
  mode: 'graduated',
  tiers: [
    { upTo: 3n, flatMicros: null, unitMicros: 100_000n },
    { upTo: null, flatMicros: null, unitMicros: 40_000n },
  ],
  drawRounding: 'increment',
  boundaryRounding: 'up',
  sessionRounding: { method: 'half_up', decimals: 2 },
};
const minutes: Allowance = {
  allowanceId: 'A1',
  subscriptionId: 'S1',
  service: 'voice',
  zone: null,
  priority: 1,
  available: 150n,
};
const call = (
  sessionId: string,
  start: number,
  quantity: bigint,
  over: Partial<PeriodEvent> = {},
): PeriodEvent => ({
  sessionId,
  start,
  subscriptionId: 'S1',
  service: 'voice',
  zone: 'home',
  quantity,
  priceId: 'P1',
  ...over,
});
const rate = (
  events: readonly PeriodEvent[],
  allowances: readonly Allowance[],
  over: Partial<UsagePrice> = {},
) => rateAccountPeriod(events, { allowances, prices: new Map([['P1', { ...price, ...over }]]) });

test('the worked explanation says every step', () => {
  const events = [call('b', 2, 250n), call('a', 1, 61n)];
  expect(
    rate(events, [minutes]).map(({ sessionId, micros, steps }) => [sessionId, plain(micros), ...steps]),
  ).toEqual([
    [
      'a',
      '0',
      '61 voice units are 2 increments of 60',
      '120 units are taken from allowance A1',
      'Nothing is left to pay for',
      '0, rounded half_up to 2 decimals: 0',
    ],
    [
      'b',
      '0.43',
      '250 voice units are 5 increments of 60',
      '30 units are taken from allowance A1',
      '3 increments of 60 at 0.1: tier 1',
      '2 increments of 60 at 0.04: tier 2',
      'The connect fee is 0.05',
      '0.43, rounded half_up to 2 decimals: 0.43',
    ],
  ]);
});

const two = [call('a', 1, 61n), call('b', 2, 61n)];

// Expected: paid increments and amount of each session, in event-time order.
test.each<[string, readonly PeriodEvent[], readonly Allowance[], Partial<UsagePrice>, readonly string[]]>([
  ['no allowance', two, [], {}, ['a 2 0.25', 'b 2 0.19']],
  ['the earlier session has the benefit', two, [{ ...minutes, available: 120n }], {}, ['a 0 0', 'b 2 0.25']],
  [
    'at the same instant the id decides',
    [call('b', 1, 61n), call('a', 1, 61n)],
    [{ ...minutes, available: 120n }],
    {},
    ['a 0 0', 'b 2 0.25'],
  ],
  [
    'an increment covered in part is charged',
    two,
    [{ ...minutes, available: 90n }],
    {},
    ['a 1 0.15', 'b 2 0.25'],
  ],
  [
    'or free, as the tariff says',
    two,
    [{ ...minutes, available: 90n }],
    { boundaryRounding: 'down' },
    ['a 0 0', 'b 2 0.25'],
  ],
  [
    'exact units are taken',
    two,
    [{ ...minutes, available: 122n }],
    { drawRounding: 'exact' },
    ['a 0 0', 'b 0 0'],
  ],
  ['increments are taken', two, [{ ...minutes, available: 122n }], {}, ['a 0 0', 'b 2 0.25']],
  [
    'a shared bucket serves both lines',
    [call('a', 1, 60n), call('b', 2, 60n, { subscriptionId: 'S2' })],
    [{ ...minutes, subscriptionId: null, available: 120n }],
    {},
    ['a 0 0', 'b 0 0'],
  ],
  [
    'a bucket of one line serves no other',
    [call('b', 2, 60n, { subscriptionId: 'S2' })],
    [minutes],
    {},
    ['b 1 0.15'],
  ],
  [
    'the zone must be covered',
    [call('a', 1, 60n, { zone: 'eu' })],
    [{ ...minutes, zone: 'home' }],
    {},
    ['a 1 0.15'],
  ],
  ['another service', [call('a', 1, 60n)], [{ ...minutes, service: 'data' }], {}, ['a 1 0.15']],
  ['all increments at the tier of the month', two, [], { mode: 'volume' }, ['a 2 0.13', 'b 2 0.13']],
  ['the upper bound belongs to the tier', [call('a', 1, 180n)], [], { mode: 'volume' }, ['a 3 0.35']],
  ['nothing used costs nothing', [call('a', 1, 0n)], [minutes], {}, ['a 0 0']],
  ['the minimum counts', [call('a', 1, 1n)], [], { minimum: 61n }, ['a 2 0.25']],
])('%s', (_condition, events, allowances, over, expected) => {
  const found = rate(events, allowances, over).map(
    (c) => `${c.sessionId} ${c.paidIncrements} ${plain(c.micros)}`,
  );
  expect(found).toEqual(expected);
});

test('of two allowances the one of the lower priority number is used first, then the other', () => {
  const other = { ...minutes, allowanceId: 'A0', priority: 2 };
  const [charge] = rate([call('a', 1, 240n)], [other, minutes]);
  expect(charge?.draws.map(({ allowance, units }) => `${allowance.allowanceId} ${units}`)).toEqual([
    'A1 150',
    'A0 90',
  ]);
});

test('a session whose price is unknown is refused, not free', () => {
  expect(() => rate([call('a', 1, 1n, { priceId: 'P2' })], [])).toThrow(/No price P2/);
});

const fees = [
  { upTo: 5n, flatMicros: 9n * MICROS, unitMicros: null },
  { upTo: null, flatMicros: 2n * MICROS, unitMicros: null },
];

test.each([
  ['nothing used', 'graduated', 0n, '9'],
  ['the bound', 'graduated', 5n, '9'],
  ['beyond it both are due', 'graduated', 6n, '11'],
  ['beyond it only the second of a volume price', 'volume', 6n, '2'],
] as const)('flat fees: %s', (_condition, mode, total, expected) => {
  expect(plain(flatFeesOf({ mode, tiers: fees }, total))).toBe(expected);
});
