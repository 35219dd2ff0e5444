import fc from 'fast-check';
import type { Asset } from './asset.ts';
import {
  absolute,
  add,
  compare,
  decimalString,
  divide,
  fromMoneyJson,
  money,
  multiplyByRatio,
  negate,
  parseMoney,
  ROUNDINGS,
  type Rounding,
  rescale,
  subtract,
  sum,
  toMoneyJson,
  zero,
} from './money.ts';

const SEED = 20261031;
const minor = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
const scale = fc.integer({ min: 0, max: 9 });

describe('divide names its rounding', () => {
  // numerator, denominator, half_up, half_even, up, down
  test.each([
    ['exact', 6n, 3n, 2n, 2n, 2n, 2n],
    ['below half', 7n, 5n, 1n, 1n, 2n, 1n],
    ['half, odd quotient', 3n, 2n, 2n, 2n, 2n, 1n],
    ['half, even quotient', 5n, 2n, 3n, 2n, 3n, 2n],
    ['above half', 8n, 5n, 2n, 2n, 2n, 1n],
    ['negative half', -5n, 2n, -3n, -2n, -3n, -2n],
    ['negative denominator', 5n, -2n, -3n, -2n, -3n, -2n],
    ['both negative', -5n, -2n, 3n, 2n, 3n, 2n],
    ['zero', 0n, 7n, 0n, 0n, 0n, 0n],
  ])('%s: %s / %s', (_name, n, d, halfUp, halfEven, up, down) => {
    const expected: Record<Rounding, bigint> = { half_up: halfUp, half_even: halfEven, up, down };
    for (const rounding of ROUNDINGS)
      expect([rounding, divide(n, d, rounding)]).toEqual([rounding, expected[rounding]]);
  });

  test('by zero is refused', () => {
    expect(() => divide(1n, 0n, 'down')).toThrow(RangeError);
  });

  test('is odd in its sign and within one unit of the truth', () => {
    fc.assert(
      fc.property(
        minor,
        fc.bigInt({ min: 1n, max: 10n ** 9n }),
        fc.constantFrom(...ROUNDINGS),
        (n, d, rounding) => {
          const q = divide(n, d, rounding);
          const error = q * d - n;
          return divide(-n, d, rounding) === -q && (error < 0n ? -error : error) < d;
        },
      ),
      { seed: SEED },
    );
  });
});

describe('decimals', () => {
  test.each([
    ['0', 'EUR/2', 0n, '0.00'],
    ['-0.05', 'EUR/2', -5n, '-0.05'],
    ['1.2300', 'EUR/2', 123n, '1.23'],
    ['+7', 'EUR/0', 7n, '7'],
    ['0.000001', 'EUR/6', 1n, '0.000001'],
  ])('%s as %s is %s minor units and prints %s', (text, asset, units, printed) => {
    const parsed = parseMoney(text, asset as Asset);
    expect(parsed.minor).toBe(units);
    expect(decimalString(parsed)).toBe(printed);
  });

  test.each(['', '1.234', '1e3', '1,23', 'NaN', '--1', '.5', '١'])('"%s" is refused as EUR/2', (text) => {
    expect(() => parseMoney(text, 'EUR/2')).toThrow(RangeError);
  });

  test('what is printed is read back as the same amount', () => {
    fc.assert(
      fc.property(minor, scale, (units, decimals) => {
        const amount = money(units, `EUR/${decimals}`);
        return parseMoney(decimalString(amount), amount.asset).minor === units;
      }),
      { seed: SEED },
    );
  });
});

describe('arithmetic', () => {
  test('is that of integers: sums, differences and signs agree', () => {
    fc.assert(
      fc.property(minor, minor, (a, b) => {
        const x = money(a, 'EUR/6');
        const y = money(b, 'EUR/6');
        return (
          add(x, y).minor === a + b &&
          subtract(x, y).minor === a - b &&
          sum([x, y, negate(x)], 'EUR/6').minor === b &&
          absolute(x).minor >= 0n &&
          compare(x, y) === (a < b ? -1 : a > b ? 1 : 0)
        );
      }),
      { seed: SEED },
    );
  });

  test('more decimals and back lose nothing', () => {
    fc.assert(
      fc.property(minor, scale, scale, (units, from, more) => {
        const amount = money(units, `EUR/${from}`);
        return rescale(rescale(amount, from + more, 'down'), from, 'down').minor === units;
      }),
      { seed: SEED },
    );
  });

  test('a month split into its days and summed with half-up rounding stays within half a cent a day', () => {
    const fee = money(2990n, 'EUR/2');
    const day = multiplyByRatio(fee, 1n, 31n, 'half_up');
    expect(day.minor).toBe(96n);
    expect(multiplyByRatio(fee, 17n, 31n, 'half_up').minor).toBe(1640n);
  });

  test('amounts of different assets are never combined', () => {
    expect(() => add(zero('EUR/2'), zero('EUR/6'))).toThrow('Cannot combine EUR/2 with EUR/6');
    expect(() => compare(zero('EUR/2'), zero('USD/2'))).toThrow(RangeError);
  });

  test('JSON carries minor units as text', () => {
    expect(toMoneyJson(money(-(10n ** 20n), 'EUR/6'))).toEqual({
      minor: '-100000000000000000000',
      asset: 'EUR/6',
    });
    expect(fromMoneyJson({ minor: '42', asset: 'EUR/2' })).toEqual(money(42n, 'EUR/2'));
    expect(() => fromMoneyJson({ minor: '4.2', asset: 'EUR/2' })).toThrow(SyntaxError);
    expect(() => fromMoneyJson({ minor: '42', asset: 'euro' as Asset })).toThrow(RangeError);
  });
});
