import fc from 'fast-check';
import { type Asset, assetOf } from '#core/domain/asset.ts';
import {
  add,
  decimalString,
  divide,
  fromMoneyJson,
  money,
  multiplyByRatio,
  negate,
  parseMoney,
  type Rounding,
  rescale,
  sum,
  toMoneyJson,
} from '#core/domain/money.ts';
import { battery, type Case, ingestFiles } from './battery.ts';

const HEADER = 'bill_item_id,charge_type,subscription_id,account_id,event_time,posting_date,amount,currency';
let item = 0;
const posting = (amount: string, currency = 'EUR') => {
  item += 1;
  return `b${item},adjustment,s1,a1,2026-10-14T12:00:00Z,2026-10-15,${amount},${currency}`;
};
const NOT_EXACT = 'amount: not an exact decimal such as 12.345678';
const ABOVE = 'amount: above 1000000';
const NO_CURRENCY = 'currency: not an ISO 4217 code such as EUR';

/** A posting of this amount between two good ones: it is rejected. */
const rejected = (name: string, amount: string, reason: string, currency = 'EUR'): Case => ({
  name,
  content: [HEADER, posting('1'), posting(amount, currency), posting('2'), ''].join('\n'),
  expected: { rows: 2, reasons: { [reason]: 1 } },
});

const REJECTED: readonly Case[] = [
  ...[
    'NaN',
    'nan',
    'Infinity',
    '-Infinity',
    'inf',
    '1e309',
    '1e3',
    '1E-3',
    '0x10',
    'null',
    '-',
    '.',
    '.5',
    '5.',
    '+5',
    '--5',
    '5-',
    '(5.00)',
    '5 EUR',
    '€5',
    '1 000.00',
    "1'000.00",
    '1_000',
    '12.345.678',
    '0,5'.replace(',', '·'),
    '5%',
    '1/3',
    '٥',
    '=5',
    'TRUE',
    '0b1',
    '1n',
  ].map((amount) => rejected(`the amount ${amount}`, amount, NOT_EXACT)),
  rejected('no amount', '', 'amount: empty but required'),
  rejected('a space for an amount', ' ', NOT_EXACT),
  rejected('a space before the amount', ' 5', NOT_EXACT),
  rejected('a decimal comma', '"5,00"', NOT_EXACT),
  rejected('a thousands separator', '"1,000.00"', NOT_EXACT),
  rejected('7 decimals that count', '0.0000001', NOT_EXACT),
  rejected('a third, as a float writes it', '0.3333333333333333', NOT_EXACT),
  rejected('0.1 + 0.2, as a float writes it', '0.30000000000000004', NOT_EXACT),
  rejected('18 digits before the point', '999999999999999999', NOT_EXACT),
  rejected('13 digits before the point', '1000000000000', NOT_EXACT),
  rejected('12 digits before the point are exact, but not believed', '999999999999', ABOVE),
  rejected('a millionth above what is believed', '1000000.000001', ABOVE),
  rejected('a credit that is not believed', '-1000000.000001', 'amount: below -1000000'),
  rejected('ten billion yen and a millionth', '10000000000.000001', 'amount: above 10000000000', 'JPY'),
  rejected('a million and a bit in dinars of Kuwait, which are large', '1000000.001', ABOVE, 'KWD'),
  rejected('no currency', '5', 'currency: empty but required', ''),
  rejected('a currency in small letters', '5', NO_CURRENCY, 'eur'),
  rejected('a currency sign', '5', NO_CURRENCY, '€'),
  rejected('the name of a currency', '5', NO_CURRENCY, 'EURO'),
  rejected('a currency with its scale', '5', NO_CURRENCY, 'EUR/2'),
  rejected('a numeric currency code', '5', NO_CURRENCY, '978'),
  rejected('amount and currency swapped', 'EUR', NOT_EXACT, '5'),
];

describe('I3 money that is not exact is rejected, and the rest goes on', () => {
  battery(
    { dataset: 'billed' },
    { name: 'good.csv', content: `${HEADER}\n${posting('1')}\n`, rows: 1 },
    REJECTED,
  );
});

describe('I3 money that is exact stays exactly what it is', () => {
  const EXACT: readonly (readonly [string, string, string, string])[] = [
    ['zero', '0', 'EUR', '0.000000'],
    ['minus zero', '-0', 'EUR', '0.000000'],
    ['minus zero with decimals', '-0.00', 'EUR', '0.000000'],
    ['leading zeros', '007.5', 'EUR', '7.500000'],
    ['0.1', '0.1', 'EUR', '0.100000'],
    ['0.2', '0.2', 'EUR', '0.200000'],
    ['a millionth', '0.000001', 'EUR', '0.000001'],
    ['a credit note', '-12.34', 'EUR', '-12.340000'],
    ['a credit of a millionth', '-0.000001', 'EUR', '-0.000001'],
    ['zeros behind the sixth decimal', '1.2345670000', 'EUR', '1.234567'],
    ['the most that is believed', '1000000', 'EUR', '1000000.000000'],
    ['the largest credit that is believed', '-1000000', 'EUR', '-1000000.000000'],
    ['yen, which have no decimals', '1500', 'JPY', '1500.000000'],
    ['a rated event of less than a yen', '0.25', 'JPY', '0.250000'],
    ['ten billion yen', '10000000000', 'JPY', '10000000000.000000'],
    ['dinars of Kuwait with three decimals', '1.234', 'KWD', '1.234000'],
    ['dinars of Bahrain with three decimals', '0.001', 'BHD', '0.001000'],
    ['pesos of Chile', '123456789', 'CLP', '123456789.000000'],
    ['special drawing rights', '0.1234', 'XDR', '0.123400'],
    ['16 digits that a float would round', '999999.999999', 'USD', '999999.999999'],
  ];
  let rows: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  beforeAll(async () => {
    const lines = EXACT.map(([, amount, currency], index) =>
      posting(amount, currency).replace(/^b\d+/, `e${index}`),
    );
    const done = await ingestFiles({ 'mixed.csv': [HEADER, ...lines, ''].join('\n') }, { dataset: 'billed' });
    rows = new Map(done.rows('mixed.csv').map((row) => [String(row.bill_item_id), row]));
  });

  test.each(EXACT.map((row, index) => [...row, index] as const))(
    '%s: %s %s is %s',
    (_condition, _text, currency, expected, index) => {
      expect(rows.get(`e${index}`)).toMatchObject({ amount: expected, currency });
    },
  );

  test('0.1 ten times, and what no float adds up, sum to the last digit', async () => {
    const amounts = [...Array<string>(10).fill('0.1'), '999999.999999', '-999999.999998', '0.2', '-0.000001'];
    const done = await ingestFiles(
      { 'sum.csv': [HEADER, ...amounts.map((amount) => posting(amount)), ''].join('\n') },
      { dataset: 'billed' },
    );
    const parsed = done.rows('sum.csv').map((row) => parseMoney(String(row.amount), 'EUR/6'));
    expect(decimalString(sum(parsed, 'EUR/6'))).toBe('1.200000');
  });
});

describe('I3 rounding is named, symmetric and happens once', () => {
  test.each<[string, bigint, bigint, Record<Rounding, bigint>]>([
    ['half of one', 1n, 2n, { half_up: 1n, half_even: 0n, up: 1n, down: 0n }],
    ['one and a half', 3n, 2n, { half_up: 2n, half_even: 2n, up: 2n, down: 1n }],
    ['two and a half', 5n, 2n, { half_up: 3n, half_even: 2n, up: 3n, down: 2n }],
    ['minus half', -1n, 2n, { half_up: -1n, half_even: 0n, up: -1n, down: 0n }],
    ['minus two and a half', -5n, 2n, { half_up: -3n, half_even: -2n, up: -3n, down: -2n }],
    ['minus one and a half over a negative', 3n, -2n, { half_up: -2n, half_even: -2n, up: -2n, down: -1n }],
    ['a third', 1n, 3n, { half_up: 0n, half_even: 0n, up: 1n, down: 0n }],
    ['two thirds', 2n, 3n, { half_up: 1n, half_even: 1n, up: 1n, down: 0n }],
    ['nothing to round', 4n, 2n, { half_up: 2n, half_even: 2n, up: 2n, down: 2n }],
    [
      '18 digits',
      999_999_999_999_999_999n,
      10n,
      {
        half_up: 100_000_000_000_000_000n,
        half_even: 100_000_000_000_000_000n,
        up: 100_000_000_000_000_000n,
        down: 99_999_999_999_999_999n,
      },
    ],
    [
      'just below half',
      499_999_999_999n,
      1_000_000_000_000n,
      { half_up: 0n, half_even: 0n, up: 1n, down: 0n },
    ],
    [
      'just above half',
      500_000_000_001n,
      1_000_000_000_000n,
      { half_up: 1n, half_even: 1n, up: 1n, down: 0n },
    ],
  ])('%s', (_condition, numerator, denominator, expected) => {
    const found = Object.fromEntries(
      Object.keys(expected).map((rounding) => [
        rounding,
        divide(numerator, denominator, rounding as Rounding),
      ]),
    );
    expect(found).toEqual(expected);
  });

  test.each<[string, string, Asset, number, Rounding, string]>([
    ['cents from millionths, half to even', '0.125', 'EUR/6', 2, 'half_even', '0.12'],
    ['cents from millionths, half up', '0.125', 'EUR/6', 2, 'half_up', '0.13'],
    ['a credit, half up, away from zero', '-0.125', 'EUR/6', 2, 'half_up', '-0.13'],
    ['a credit, half to even', '-0.125', 'EUR/6', 2, 'half_even', '-0.12'],
    ['yen have no decimals', '10.5', 'JPY/6', 0, 'half_up', '11'],
    ['yen, half to even', '10.5', 'JPY/6', 0, 'half_even', '10'],
    ['dinars have three', '0.0015', 'KWD/6', 3, 'half_up', '0.002'],
    ['dinars, half to even', '0.0025', 'BHD/6', 3, 'half_even', '0.002'],
    ['up', '0.000001', 'EUR/6', 2, 'up', '0.01'],
    ['down', '0.019999', 'EUR/6', 2, 'down', '0.01'],
    ['more decimals lose nothing', '0.12', 'EUR/2', 6, 'down', '0.120000'],
  ])('%s', (_condition, text, asset, scale, rounding, expected) => {
    expect(decimalString(rescale(parseMoney(text, asset), scale, rounding))).toBe(expected);
  });

  test.each<[string, () => unknown]>([
    ['currencies are not added', () => add(money(1n, 'EUR/2'), money(1n, 'USD/2'))],
    ['scales are not added', () => add(money(1n, 'EUR/2'), money(1n, 'EUR/6'))],
    ['a division by zero', () => divide(1n, 0n, 'half_up')],
    ['a third decimal of a euro in cents', () => parseMoney('0.001', 'EUR/2')],
    ['a decimal of a yen', () => parseMoney('1.5', 'JPY/0')],
    ['NaN', () => parseMoney('NaN', 'EUR/2')],
    ['1e309', () => parseMoney('1e309', 'EUR/2')],
    ['an asset without a scale', () => fromMoneyJson({ minor: '1', asset: 'EUR' as Asset })],
    ['a float in JSON', () => fromMoneyJson({ minor: '1.5', asset: 'EUR/2' })],
    ['NaN in JSON', () => fromMoneyJson({ minor: 'NaN', asset: 'EUR/2' })],
  ])('refused: %s', (_condition, work) => {
    expect(work).toThrow();
  });
});

describe('I3 properties', () => {
  const minor = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
  const scale = fc.constantFrom(0, 2, 3, 4, 6);
  const currency = fc.constantFrom('EUR', 'JPY', 'KWD', 'BHD', 'XDR');
  const rounding = fc.constantFrom<Rounding>('half_up', 'half_even', 'up', 'down');

  test('the sum of the parts is the total, however they are grouped', () => {
    fc.assert(
      fc.property(
        fc.array(minor, { maxLength: 40 }),
        fc.nat(40),
        currency,
        scale,
        (parts, cut, code, decimals) => {
          const asset = assetOf(code, decimals);
          const amounts = parts.map((part) => money(part, asset));
          const total = sum(amounts, asset);
          expect(add(sum(amounts.slice(0, cut), asset), sum(amounts.slice(cut), asset))).toEqual(total);
          expect(sum([...amounts].reverse(), asset)).toEqual(total);
          expect(total.minor).toBe(parts.reduce((all, part) => all + part, 0n));
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('what is written is read back, as text and as JSON', () => {
    fc.assert(
      fc.property(minor, currency, scale, (value, code, decimals) => {
        const amount = money(value, assetOf(code, decimals));
        expect(parseMoney(decimalString(amount), amount.asset)).toEqual(amount);
        expect(fromMoneyJson(JSON.parse(JSON.stringify(toMoneyJson(amount))))).toEqual(amount);
      }),
      { numRuns: 3000 },
    );
  });

  test('rounding is symmetric, and never further off than one unit, or half of one', () => {
    fc.assert(
      fc.property(minor, fc.bigInt({ min: 1n, max: 10n ** 9n }), rounding, (value, over, how) => {
        const rounded = divide(value, over, how);
        expect(divide(-value, over, how)).toBe(-rounded);
        const off = rounded * over - value;
        const distance = off < 0n ? -off : off;
        if (how.startsWith('half')) expect(distance * 2n <= over).toBe(true);
        else expect(distance < over).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  test('a share and the rest of it are the whole', () => {
    fc.assert(
      fc.property(minor, fc.bigInt({ min: 0n, max: 1000n }), rounding, (value, share, how) => {
        const whole = money(value, 'EUR/6');
        const part = multiplyByRatio(whole, share, 1000n, how);
        expect(add(part, add(whole, negate(part)))).toEqual(whole);
      }),
      { numRuns: 1000 },
    );
  });
});
