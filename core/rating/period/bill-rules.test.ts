import { convert, type ExchangeRate } from './currency.ts';
import { applyDiscounts, type Charges, type Discount } from './discount.ts';
import { closeMonth } from './roll-over.ts';
import { plain, roundMicros } from './rounding.ts';
import { taxOf } from './tax.ts';

const at = Date.parse('2026-10-14T00:00:00Z');
const since = { validFrom: 0, validTo: null };
const m = (amount: string) => BigInt(Math.round(Number(amount) * 1_000_000));
const cents = { method: 'half_up', decimals: 2 } as const;

const promo = (over: Partial<Discount>): Discount => ({
  ...since,
  discountId: 'D1',
  offerId: null,
  segment: null,
  chargeType: 'all',
  percentMicros: m('10'),
  fixedMicros: 0n,
  exclusionGroup: null,
  priority: 1,
  ...over,
});
const charges: Charges = { usage: m('20'), recurring: m('30') };

// Expected: what each discount takes, in order, then what is left of usage and of recurring charges.
test.each<[string, Partial<Discount>[], readonly string[]]>([
  ['a percentage of all', [{}], ['D1 5', '15', '30']],
  ['of usage only', [{ chargeType: 'usage' }], ['D1 2', '18', '30']],
  ['of recurring only', [{ chargeType: 'recurring' }], ['D1 3', '20', '27']],
  ['a fixed amount', [{ percentMicros: 0n, fixedMicros: m('4') }], ['D1 4', '16', '30']],
  [
    'never more than there is',
    [{ chargeType: 'usage', percentMicros: 0n, fixedMicros: m('25') }],
    ['D1 20', '0', '30'],
  ],
  [
    'the second is of what the first left',
    [{ chargeType: 'usage' }, { discountId: 'D2', chargeType: 'usage', priority: 2 }],
    ['D1 2', 'D2 1.8', '16.2', '30'],
  ],
  [
    'priority before id',
    [{ priority: 2 }, { discountId: 'D2', percentMicros: m('50') }],
    ['D2 25', 'D1 2.5', '0', '22.5'],
  ],
  [
    'of an exclusion group only the best',
    [
      { exclusionGroup: 'g', priority: 2 },
      { discountId: 'D2', exclusionGroup: 'g', percentMicros: m('20') },
    ],
    ['D2 10', 'D1 0', '10', '30'],
  ],
  [
    'one that is not due does not exclude another',
    [
      { exclusionGroup: 'g', offerId: 'O9' },
      { discountId: 'D2', exclusionGroup: 'g', priority: 2 },
    ],
    ['D1 0', 'D2 5', '15', '30'],
  ],
  ['another segment', [{ segment: 'business' }], ['D1 0', '20', '30']],
  ['begins at this instant', [{ validFrom: at }], ['D1 5', '15', '30']],
  ['ended at this instant', [{ validTo: at }], ['D1 0', '20', '30']],
])('discounts: %s', (_condition, discounts, expected) => {
  const result = applyDiscounts(
    charges,
    discounts.map(promo),
    { offerId: 'O1', segment: 'consumer', at },
    cents,
  );
  const { usage, recurring } = result.charges;
  expect([
    ...result.steps.map((s) => `${s.discountId} ${plain(s.micros)}`),
    plain(usage),
    plain(recurring),
  ]).toEqual(expected);
});

const vat = { ...since, taxCode: 'VAT', percentMicros: m('20') };

// Three lines of 0.03: 0.006 each.
test.each([
  ['once on the invoice', { point: 'invoice', method: 'half_up', decimals: 2 }, '0.02'],
  ['on each line', { point: 'line', method: 'half_up', decimals: 2 }, '0.03'],
  ['down on each line', { point: 'line', method: 'down', decimals: 2 }, '0'],
  ['with all decimals', { point: 'line', method: 'half_up', decimals: 6 }, '0.018'],
] as const)('tax is rounded %s', (_condition, rounding, expected) => {
  const lines = Array.from({ length: 3 }, () => ({ taxCode: 'VAT', netMicros: m('0.03') }));
  expect(taxOf(lines, [vat], at, rounding).map(({ taxMicros }) => plain(taxMicros))).toEqual([expected]);
});

test.each([
  ['no rate', [], 0],
  ['a rate that has ended', [{ ...vat, validTo: at }], 0],
  ['two rates', [vat, { ...vat, percentMicros: m('10') }], 2],
])('tax: %s is refused, never zero', (_condition, rates, found) => {
  const act = () => taxOf([{ taxCode: 'VAT', netMicros: 1n }], rates, at, { ...cents, point: 'invoice' });
  expect(act).toThrow(`has ${found} rates on 2026-10-14`);
});

test('a credit lowers the tax of its code only', () => {
  const lines = [
    { taxCode: 'VAT', netMicros: m('10') },
    { taxCode: 'LOW', netMicros: m('10') },
    { taxCode: 'VAT', netMicros: m('-4') },
  ];
  const low = { ...vat, taxCode: 'LOW', percentMicros: m('5') };
  const found = taxOf(lines, [vat, low], at, { ...cents, point: 'invoice' });
  expect(found.map((t) => `${t.taxCode} ${plain(t.baseMicros)} ${plain(t.taxMicros)}`)).toEqual([
    'LOW 10 0.5',
    'VAT 6 1.2',
  ]);
});

const rates: ExchangeRate[] = [
  { day: '2026-10-14', from: 'USD', to: 'EUR', rateMicros: m('0.9') },
  { day: '2026-10-14', from: 'EUR', to: 'GBP', rateMicros: m('0.8') },
];

test.each([
  ['the published direction is multiplied with', 'USD', 'EUR', '10', '9', 'direct'],
  ['the other direction is divided by', 'GBP', 'EUR', '10', '12.5', 'inverse'],
  ['rounded once', 'EUR', 'USD', '1', '1.11', 'inverse'],
  ['signs alike', 'EUR', 'USD', '-1', '-1.11', 'inverse'],
  ['one currency', 'EUR', 'EUR', '1.234567', '1.234567', 'direct'],
])('currency: %s', (_condition, from, to, amount, expected, direction) => {
  const found = convert(m(amount), { day: '2026-10-14', from, to }, rates, cents);
  expect([plain(found.micros), found.direction]).toEqual([expected, direction]);
});

test('the rate of another day is not used', () => {
  const act = () => convert(1n, { day: '2026-10-15', from: 'USD', to: 'EUR' }, rates, cents);
  expect(act).toThrow(expect.objectContaining({ name: 'DatasetMissing' }));
});

// Carried in: 5 of August and 7 of September; October grants 10. Expected: expired, closing, what is carried on.
test.each([
  ['the oldest is used first', 8n, 2, '0 14 2026-09:4 2026-10:10'],
  ['what is two months old lapses', 2n, 2, '3 17 2026-09:7 2026-10:10'],
  ['a month of roll-over', 0n, 1, '12 10 2026-10:10'],
  ['no roll-over: all that is left lapses', 13n, 0, '9 0'],
  ['all used', 22n, 2, '0 0'],
])('roll-over: %s', (_condition, used, months, expected) => {
  const carriedIn = [
    { month: '2026-09', units: 7n },
    { month: '2026-08', units: 5n },
  ];
  const closed = closeMonth('2026-10', carriedIn, 10n, used, months);
  const lots = closed.carried.map((lot) => `${lot.month}:${lot.units}`);
  expect([closed.expired, closed.closing, ...lots].join(' ')).toBe(expected);
  expect(closed.opening + closed.granted).toBe(closed.used + closed.expired + closed.closing);
});

test.each([
  ['more used than was there', '2026-10', 11n],
  ['less than nothing used', '2026-10', -1n],
  ['no month', '2026-13', 0n],
])('roll-over: %s is refused', (_condition, month, used) => {
  expect(() => closeMonth(month, [], 10n, used, 1)).toThrow(RangeError);
});

test.each([7, -1, 1.5])('%s decimals are refused', (decimals) => {
  expect(() => roundMicros(1n, { method: 'up', decimals })).toThrow(RangeError);
});
