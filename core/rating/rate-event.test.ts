import { decimalString } from '#core/domain/money.ts';
import { chargeOf } from './charge.ts';
import { type RatingEvent, rateEvent } from './rate-event.ts';
import type { References, TariffRow } from './reference.ts';
import { isPeakAt, localTimeAt, peakSlots, SLOTS_PER_DAY } from './time-band.ts';

const at = (text: string): number => Date.parse(text);
const since = { validFrom: at('2020-01-01T00:00:00Z'), validTo: null };
const row: TariffRow = {
  ...since,
  tariffId: 'T1',
  version: 1,
  service: 'voice',
  zone: 'eu',
  timeBand: 'any',
  increment: 60n,
  minimum: 0n,
  priceMicros: 123_456n,
  connectMicros: 50_000n,
  free: false,
  roundingMethod: 'half_up',
  roundingDecimals: 4,
  currency: 'EUR',
  timeZone: 'Europe/Vienna',
  peakFromHour: 8,
  peakToHour: 18,
  holidayCalendar: 'AT',
};
const references: References = {
  subscriptions: [
    {
      subscriptionId: 'S1',
      accountId: 'A1',
      msisdn: '43660',
      offerId: 'O1',
      segment: 'consumer',
      purpose: 'customer',
      validFrom: '2020-01-01',
      validTo: null,
    },
  ],
  offers: [{ ...since, offerId: 'O1', tariffId: 'T1' }],
  tariffs: [
    { ...row, timeBand: 'peak' },
    { ...row, timeBand: 'offpeak', priceMicros: 100_000n },
  ],
  zones: [
    { ...since, kind: 'prefix', code: '49', zone: 'world' },
    { ...since, kind: 'prefix', code: '4930', zone: 'eu' },
  ],
  holidays: new Map([['AT', new Set(['2026-10-26'])]]),
};
const call: RatingEvent = {
  aNumber: '43660',
  bNumber: '4930111',
  visitedPlmn: null,
  service: 'voice',
  sessionStart: at('2026-10-14T10:00:00Z'),
  quantity: 61n,
};

test('the worked explanation says every step', () => {
  const rating = rateEvent(call, references);
  expect(rating.expected && decimalString(rating.expected)).toBe('0.296900');
  expect(rating.steps.map(({ step, text }) => `${step}: ${text}`)).toEqual([
    'subscription: 43660 was subscription S1 with offer O1 on 2026-10-14',
    'offer: Offer O1 is priced by tariff T1',
    'tariff: Version 1 of T1 was in force',
    'zone: Zone eu by prefix 4930 of called number 4930111',
    'time-band: Wed 2026-10-14 12:00 in Europe/Vienna is peak',
    'price: 0.123456 per 60, at least 0, connect fee 0.050000',
    'units: 61 is 2 increments: 0.050000 + 2 x 0.123456 = 0.296912',
    'rounding: Rounded half_up to 4 decimals: 0.296900 EUR',
  ]);
});

test.each<[string, Partial<RatingEvent>, string]>([
  ['off-peak in the evening', { sessionStart: at('2026-10-14T16:00:00Z') }, 'rated 0.250000'],
  ['off-peak on a holiday', { sessionStart: at('2026-10-26T10:00:00Z') }, 'rated 0.250000'],
  ['nothing used', { quantity: 0n }, 'rated 0.000000'],
  ['a shorter prefix', { bNumber: '4940111' }, 'suspended no-price'],
  ['no prefix', { bNumber: '1202' }, 'suspended no-zone'],
  ['unknown number', { aNumber: '1' }, 'suspended no-subscription'],
  ['unknown visited network', { visitedPlmn: '20801' }, 'suspended no-zone'],
  ['a service without a price', { service: 'data' }, 'suspended no-price'],
  ['before any tariff', { sessionStart: at('2019-12-31T23:59:59Z') }, 'suspended no-subscription'],
])('%s', (_condition, over, expected) => {
  const rating = rateEvent({ ...call, ...over }, references);
  expect(`${rating.outcome} ${rating.reason ?? (rating.expected && decimalString(rating.expected))}`).toBe(
    expected,
  );
});

test.each([
  ['one increment', 60n, {}, 173_456n, 173_500n],
  ['one second more is another increment', 61n, {}, 296_912n, 296_900n],
  ['the minimum counts', 1n, { minimum: 121n }, 420_368n, 420_400n],
  ['rounded up', 60n, { roundingMethod: 'up', roundingDecimals: 2 }, 173_456n, 180_000n],
  ['rounded down', 60n, { roundingMethod: 'down', roundingDecimals: 2 }, 173_456n, 170_000n],
  ['half goes up', 60n, { priceMicros: 25_000n, connectMicros: 0n, roundingDecimals: 2 }, 25_000n, 30_000n],
  ['more decimals than the lake has', 60n, { roundingDecimals: 8 }, 173_456n, 173_456n],
  ['nothing used costs no connect fee', 0n, {}, 0n, 0n],
])('charge: %s', (_condition, quantity, over, raw, rounded) => {
  expect(chargeOf(quantity, { ...row, ...over })).toMatchObject({ rawMicros: raw, micros: rounded });
});

test('a rounding that is not known is refused', () => {
  expect(() => chargeOf(1n, { ...row, roundingMethod: 'bankers' })).toThrow(/bankers/);
});

const vienna = {
  timeZone: 'Europe/Vienna',
  peakFromHour: 8,
  peakToHour: 18,
  holidays: new Set(['2026-10-26']),
};

test.each([
  ['last minute before peak', '2026-10-14T05:59:59Z', false],
  ['first minute of peak', '2026-10-14T06:00:00Z', true],
  ['last minute of peak', '2026-10-14T15:59:59Z', true],
  ['first minute after peak', '2026-10-14T16:00:00Z', false],
  ['Saturday', '2026-10-17T10:00:00Z', false],
  ['holiday', '2026-10-26T10:00:00Z', false],
  ['after summer time peak begins an hour later in UTC', '2026-10-27T06:30:00Z', false],
  ['and ends an hour later', '2026-10-27T16:30:00Z', true],
])('peak in Vienna: %s', (_condition, instant, peak) => {
  expect(isPeakAt(at(instant), vienna)).toBe(peak);
});

test.each([
  ['a working day in summer', '2026-10-14', 24, 64],
  ['a working day in winter', '2026-10-27', 28, 68],
])('slots of %s', (_condition, day, from, to) => {
  const slots = peakSlots(at(`${day}T00:00:00Z`), vienna);
  expect(slots).toBe('0'.repeat(from) + '1'.repeat(to - from) + '0'.repeat(SLOTS_PER_DAY - to));
});

test('the hour that comes twice is told apart by its instant', () => {
  expect(
    [at('2026-10-25T00:30:00Z'), at('2026-10-25T01:30:00Z')].map(
      (ms) => localTimeAt(ms, 'Europe/Vienna').hour,
    ),
  ).toEqual([2, 2]);
});
