import { addDays, daysInMonth, daysOf, monthOf, parseDay, parsePeriod } from './period.ts';

describe('periods', () => {
  test.each([
    ['2026-10', 'month', '2026-10-01', '2026-10-31', 31],
    ['2026-02', 'month', '2026-02-01', '2026-02-28', 28],
    ['2028-02', 'month', '2028-02-01', '2028-02-29', 29],
    ['2026-10-25', 'day', '2026-10-25', '2026-10-25', 1],
  ])('%s is a %s from %s to %s of %i days', (text, kind, from, to, days) => {
    const period = parsePeriod(text);
    expect([period.kind, period.from, period.to, daysOf(period).length]).toEqual([kind, from, to, days]);
  });

  test.each(['2026-13', '2026-02-30', '2026-1', '26-10', '2026-10-1', 'October', ''])(
    '"%s" is refused',
    (text) => {
      expect(() => parsePeriod(text)).toThrow(RangeError);
    },
  );

  test('days cross months, years and leap days', () => {
    expect(addDays(parseDay('2026-12-31'), 1)).toBe('2027-01-01');
    expect(addDays(parseDay('2028-03-01'), -1)).toBe('2028-02-29');
    expect(daysInMonth(parseDay('2028-02-10'))).toBe(29);
    expect(monthOf(parseDay('2026-10-31'))).toBe('2026-10');
  });
});
