import {
  dayNumber,
  dayText,
  localMidnight,
  monthStart,
  nextMonthStart,
  summerTimeEnd,
  viennaClock,
  weekday,
} from './calendar.ts';
import { DESTINATIONS, MOVED_PREFIX } from './market.ts';
import { NumberingPlan } from './numbering.ts';

test.each([
  ['2026-10-25T00:59:59.999Z', 2, '2026-10-25'],
  ['2026-10-25T01:00:00.000Z', 2, '2026-10-25'],
  ['2026-10-24T22:00:00.000Z', 0, '2026-10-25'],
  ['2026-10-31T23:00:00.000Z', 0, '2026-11-01'],
  ['2026-03-29T00:59:59.999Z', 1, '2026-03-29'],
  ['2026-03-29T01:00:00.000Z', 3, '2026-03-29'],
])('the clock of Vienna at %s', (instant, hour, day) => {
  expect(viennaClock(Date.parse(instant))).toEqual({ hour, day: dayNumber(day) });
});

test.each([
  ['2026-10-25', '2026-10-24T22:00:00.000Z'],
  ['2026-10-26', '2026-10-25T23:00:00.000Z'],
])('local midnight of %s is %s', (day, instant) => {
  expect(new Date(localMidnight(dayNumber(day))).toISOString()).toBe(instant);
});

test('days, months and the end of summer time', () => {
  const day = dayNumber('2026-10-26');
  expect(weekday(day)).toBe(1);
  expect([dayText(monthStart(day)), dayText(nextMonthStart(day))]).toEqual(['2026-10-01', '2026-11-01']);
  expect(new Date(summerTimeEnd(2026)).toISOString()).toBe('2026-10-25T01:00:00.000Z');
});

describe('numbering plan', () => {
  const movedAt = Date.parse('2026-10-12T22:00:00Z');
  const plan = new NumberingPlan(0, movedAt);

  test.each([
    ['436701234567', 0, 'on-net'],
    ['436641234567', 0, 'national'],
    ['4312345678', 0, 'national'],
    ['43900123456', 0, 'premium'],
    ['12125550123', 0, 'world-1'],
    ['18765550123', 0, 'world-2'],
    [`${MOVED_PREFIX}1234567`, movedAt - 1, 'national'],
    [`${MOVED_PREFIX}1234567`, movedAt, 'on-net'],
  ])('%s at %i is in zone %s', (number, ms, zone) => {
    expect(plan.zoneOfNumber(number, ms)).toBe(zone);
  });

  test('every destination has a zone; a number outside the plan has none', () => {
    for (const { prefix } of DESTINATIONS) expect(plan.zoneOfNumber(`${prefix}2345678`, 0)).toBeTruthy();
    expect(() => plan.zoneOfNumber('999', 0)).toThrow(RangeError);
    expect(() => plan.zoneOfNetwork('00101')).toThrow(RangeError);
  });
});
