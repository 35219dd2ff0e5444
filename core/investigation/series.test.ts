import { findBursts } from './bursts.ts';
import { percentOf, ratioOf, share } from './fraction.ts';
import { describeOnset } from './onset.ts';
import { plainDecimal, unsigned } from './plain-decimal.ts';
import { findSeparators } from './separation.ts';

/** `5/100 0/90`: records and sessions per day, from the 1st on. */
const series = (text: string) =>
  text.split(' ').map((day, index) => {
    const [records, sessions] = day.split('/').map(Number);
    const name = `2026-10-${String(index + 1).padStart(2, '0')}`;
    return { day: name, records: records ?? 0, sessions: sessions ?? 0 };
  });

describe('pattern in time', () => {
  test.each([
    ['all days', '5/100 6/100 5/100', 'whole-period', 0],
    ['from a day on', '0/100 0/100 5/100 6/100', 'from-onset', 0],
    ['until a day', '5/100 6/100 0/100', 'ended-early', 0],
    ['between two days', '0/100 5/100 6/100 0/100', 'window', 0],
    ['on and off', '5/100 0/100 6/100 0/100 5/100', 'intermittent', 2],
    ['on one day', '0/100 9/100 0/100', 'single-day', 0],
    ['with a gap in which nobody called', '5/100 0/0 6/100', 'whole-period', 0],
    ['with a gap too small to say anything', '1/100 0/100 1/100', 'whole-period', 0],
  ])('%s is %s', (_name, days, pattern, quiet) => {
    expect(describeOnset(series(days))).toMatchObject({ pattern, quietDaysBetween: quiet });
  });

  test('no record, no onset', () => {
    expect(describeOnset(series('0/100 0/100'))).toBeUndefined();
  });

  test('first and last day are those with records', () => {
    expect(describeOnset(series('0/9 4/9 0/9 7/9 0/9'))).toMatchObject({
      firstDay: '2026-10-02',
      lastDay: '2026-10-04',
      daysAffected: 2,
    });
  });
});

describe('bursts', () => {
  const hours = (...names: string[]) => names.map((name) => ({ hour: `2026-10-${name}:00:00Z`, records: 2 }));

  test.each([
    [
      'hours in a row are one',
      hours('14T10', '14T11', '14T12'),
      ['2026-10-14T10:00:00Z-2026-10-14T13:00:00Z 6'],
    ],
    [
      'fewer quiet hours than the limit do not split',
      hours('14T10', '14T22'),
      ['2026-10-14T10:00:00Z-2026-10-14T23:00:00Z 4'],
    ],
    [
      'as many as the limit do',
      hours('14T10', '14T23'),
      ['2026-10-14T10:00:00Z-2026-10-14T11:00:00Z 2', '2026-10-14T23:00:00Z-2026-10-15T00:00:00Z 2'],
    ],
    ['nothing gives none', [], []],
  ])('%s', (_name, given, expected) => {
    expect(findBursts(given, 12).map(({ from, to, records }) => `${from}-${to} ${records}`)).toEqual(
      expected,
    );
  });
});

describe('what separates', () => {
  const count = (dimension: 'zone' | 'source', value: string, records: number, sessions: number) => ({
    dimension,
    value,
    records,
    sessions,
  });

  test.each([
    [
      'a value with all records and few sessions',
      [count('zone', 'eu', 50, 100), count('zone', 'home', 0, 900)],
      ['zone eu 50.00'],
    ],
    [
      'a value with all records and nearly all sessions does not',
      [count('zone', 'eu', 50, 950), count('zone', 'home', 0, 50)],
      [],
    ],
    [
      'a value with a part of the records does not',
      [count('zone', 'eu', 40, 100), count('zone', 'home', 10, 900)],
      [],
    ],
    [
      'that the records carry no value says nothing',
      [count('zone', '(none)', 50, 0), count('zone', 'home', 0, 900)],
      [],
    ],
    [
      'the rarer value comes first',
      [
        count('zone', 'eu', 50, 400),
        count('zone', 'home', 0, 600),
        count('source', 'a', 50, 100),
        count('source', 'b', 0, 900),
      ],
      ['source a 50.00', 'zone eu 12.50'],
    ],
  ])('%s', (_name, counts, expected) => {
    const found = findSeparators(counts);
    expect(found.map(({ dimension, value, rate }) => `${dimension} ${value} ${rate.percent}`)).toEqual(
      expected,
    );
  });
});

describe('exact fractions', () => {
  test.each([
    [1n, 3n, '33.33', '0.333'],
    [2n, 3n, '66.67', '0.667'],
    [1n, 1n, '100.00', '1.000'],
    [-1n, 8n, '-12.50', '-0.125'],
  ])('%s of %s', (count, of, percent, ratio) => {
    expect(percentOf(count, of)).toBe(percent);
    expect(ratioOf(count, of)).toBe(ratio);
  });

  test('a share of nothing has no percentage', () => {
    expect(share(0, 0)).toEqual({ count: 0, of: 0, percent: null });
  });
});

describe('decimals without zeros that say nothing', () => {
  test.each([
    ['12.340000', '12.34'],
    ['5.000000', '5.00'],
    ['-0.012500', '-0.0125'],
    [null, '0.00'],
    ['7', '7.00'],
  ])('%s is %s', (given, plain) => {
    expect(plainDecimal(given)).toBe(plain);
  });

  test('the sign can be left off', () => {
    expect(unsigned('-12.34')).toBe('12.34');
  });
});
