import { DAY_MS, dayNumber } from './calendar.ts';
import { micros } from './market.ts';
import { type Price, TARIFFS, type TariffBase } from './price-list.ts';
import { chargeOf, roundTo, TariffBook, versionsOf } from './tariff-book.ts';

const price = (
  p: Partial<Omit<Price, 'price' | 'connect'>> & { price: string; connect?: string },
): Price => ({
  service: 'voice',
  zone: 'national',
  band: 'any',
  increment: 60,
  minimum: 60,
  free: false,
  ...p,
  price: micros(p.price),
  connect: micros(p.connect ?? '0'),
});
const at = (text: string) => Date.parse(text);

describe('charge of a session', () => {
  const perMinute = price({ price: '0.19' });
  const sixtyThirty = price({ increment: 30, minimum: 60, price: '0.065' });
  const perSecond = price({ increment: 1, minimum: 1, price: '0.001833', connect: '0.02' });
  const perMegabyte = price({ service: 'data', increment: 1024, minimum: 1024, price: '0.0105' });

  test.each([
    ['a failed call costs nothing, not even the connect fee', perSecond, 0, 'half_up', 6, '0'],
    ['one second costs a whole minute', perMinute, 1, 'half_up', 2, '0.19'],
    ['an exact minute is one minute', perMinute, 60, 'half_up', 2, '0.19'],
    ['a second more is two', perMinute, 61, 'half_up', 2, '0.38'],
    ['the minimum is charged first', sixtyThirty, 5, 'half_up', 4, '0.13'],
    ['and half minutes after it', sixtyThirty, 91, 'half_up', 4, '0.26'],
    ['a connect fee is charged once', perSecond, 100, 'half_up', 6, '0.2033'],
    ['rounded half up to cents', perSecond, 100, 'half_up', 2, '0.20'],
    ['rounded up to cents', perSecond, 100, 'up', 2, '0.21'],
    ['rounded down to cents', perSecond, 200, 'down', 2, '0.38'],
    ['a kilobyte over is another megabyte', perMegabyte, 1025, 'half_up', 4, '0.021'],
  ] as const)('%s', (_, row, quantity, rounding, decimals, expected) => {
    expect(chargeOf(row, { rounding, decimals }, quantity)).toBe(micros(expected));
  });

  test.each([
    ['half_up', 4, '0.00005', '0.0001'],
    ['half_up', 4, '0.000049', '0'],
    ['up', 4, '0.000001', '0.0001'],
    ['down', 4, '0.000099', '0'],
    ['up', 6, '0.000001', '0.000001'],
  ] as const)('%s to %i decimals of %s is %s', (method, decimals, amount, expected) => {
    expect(roundTo(micros(amount), decimals, method)).toBe(micros(expected));
  });

  test('a negative amount is refused', () => {
    expect(() => roundTo(-1n, 2, 'up')).toThrow(RangeError);
  });
});

describe('which price applies', () => {
  const base: TariffBase = {
    id: 'T-X',
    name: 'X',
    rounding: 'half_up',
    decimals: 2,
    peakFrom: 8,
    peakTo: 18,
    prices: [price({ band: 'peak', price: '0.20' }), price({ band: 'offpeak', price: '0.10' })],
  };
  const change = at('2026-10-14T22:00:00Z');
  const double = {
    tariffId: 'T-X',
    at: change,
    note: 'Calls rise.',
    reprice: (p: Price) => ({ ...p, price: p.price * 2n }),
  };
  const book = new TariffBook(versionsOf([base], [double], dayNumber('2025-01-01') * DAY_MS));
  const call = (start: string) =>
    ({ service: 'voice', zone: 'national', start: at(start), quantity: 60 }) as const;

  test.each([
    ['before eight in Vienna', '2026-10-13T05:59:59.999Z', 1, '0.10'],
    ['from eight', '2026-10-13T06:00:00Z', 1, '0.20'],
    ['until before six', '2026-10-13T15:59:59.999Z', 1, '0.20'],
    ['from six', '2026-10-13T16:00:00Z', 1, '0.10'],
    ['on a Saturday', '2026-10-10T10:00:00Z', 1, '0.10'],
    ['the last instant of the old version', '2026-10-14T21:59:59.999Z', 1, '0.10'],
    ['the first instant of the new version', '2026-10-14T22:00:00Z', 2, '0.20'],
    ['on the National Day, a Monday', '2026-10-26T10:00:00Z', 2, '0.20'],
    ['half past seven in winter time', '2026-10-27T06:30:00Z', 2, '0.20'],
    ['eight in winter time', '2026-10-27T07:00:00Z', 2, '0.40'],
  ])('%s', (_, start, version, expected) => {
    const found = book.versionAt('T-X', at(start));
    expect([found.version, book.charge(found, call(start))]).toEqual([version, micros(expected)]);
  });

  test('a clock an hour ahead takes 07:30 for peak', () => {
    const start = '2026-10-27T06:30:00Z';
    expect(book.charge(book.versionAt('T-X', at(start)), call(start), 3_600_000)).toBe(micros('0.40'));
  });

  test.each([
    ['an unknown tariff', () => book.versionAt('T-Y', change)],
    ['a time before the first version', () => book.versionAt('T-X', 0)],
    [
      'a zone without a price',
      () => book.charge(book.versionAt('T-X', change), { ...call('2026-10-20T10:00:00Z'), zone: 'eu' }),
    ],
  ])('%s is an error, never a price of zero', (_, act) => {
    expect(act).toThrow(RangeError);
  });
});

test('every tariff prices every zone that its services can meet', () => {
  const home = ['on-net', 'national', 'eu', 'world-1', 'world-2', 'premium'];
  const abroad = ['roam-eu', 'roam-world-1', 'roam-world-2'];
  for (const { id, prices } of TARIFFS) {
    for (const service of ['voice', 'sms', 'data'] as const) {
      if (id === 'T-IOT' && service === 'voice') continue;
      const zones = new Set(prices.filter((p) => p.service === service).map((p) => p.zone));
      const wanted = service === 'data' ? ['home', ...abroad] : [...home, ...abroad];
      expect([id, service, [...zones].sort()]).toEqual([id, service, wanted.sort()]);
    }
  }
});
