import fc from 'fast-check';
import { parseSchedule } from './schedule.ts';

const at = (text: string) => Date.parse(text);
const iso = (instant: number | undefined) =>
  instant === undefined ? undefined : new Date(instant).toISOString().slice(0, 16);

function occurrences(expression: string, timeZone: string, after: string, count: number) {
  const schedule = parseSchedule(expression, { timeZone, startedAt: at(after) });
  const list: (string | undefined)[] = [];
  let last: number | undefined = at(after);
  while (list.length < count && last !== undefined) {
    last = schedule.next(last);
    list.push(iso(last));
  }
  return list;
}

test.each<[string, string, string, string, (string | undefined)[]]>([
  [
    'every five minutes',
    'rate(5 minutes)',
    'UTC',
    '2026-01-01T00:02:30Z',
    ['2026-01-01T00:07', '2026-01-01T00:12'],
  ],
  ['every day', 'rate(1 day)', 'UTC', '2026-01-01T00:00:00Z', ['2026-01-02T00:00', '2026-01-03T00:00']],
  [
    'at six every day',
    'cron(0 6 * * ? *)',
    'UTC',
    '2026-01-01T06:00:00Z',
    ['2026-01-02T06:00', '2026-01-03T06:00'],
  ],
  [
    'every quarter of an hour',
    'cron(0/15 * * * ? *)',
    'UTC',
    '2026-01-01T00:50:00Z',
    ['2026-01-01T01:00', '2026-01-01T01:15'],
  ],
  ['on weekdays', 'cron(0 8 ? * MON-FRI *)', 'UTC', '2026-01-02T09:00:00Z', ['2026-01-05T08:00']],
  [
    'on the last day of the month',
    'cron(0 0 L * ? *)',
    'UTC',
    '2026-01-31T12:00:00Z',
    ['2026-02-28T00:00', '2026-03-31T00:00'],
  ],
  [
    'on the first Monday',
    'cron(0 0 ? * 2#1 *)',
    'UTC',
    '2026-01-01T00:00:00Z',
    ['2026-01-05T00:00', '2026-02-02T00:00'],
  ],
  [
    'on the last Friday',
    'cron(0 0 ? * 6L *)',
    'UTC',
    '2026-01-01T00:00:00Z',
    ['2026-01-30T00:00', '2026-02-27T00:00'],
  ],
  [
    'on the weekday nearest to the 15th',
    'cron(0 0 15W * ? *)',
    'UTC',
    '2026-02-01T00:00:00Z',
    ['2026-02-16T00:00', '2026-03-16T00:00'],
  ],
  ['on the 31st', 'cron(0 0 31 * ? *)', 'UTC', '2026-01-31T00:00:00Z', ['2026-03-31T00:00']],
  [
    'on leap day',
    'cron(0 0 29 2 ? *)',
    'UTC',
    '2026-01-01T00:00:00Z',
    ['2028-02-29T00:00', '2032-02-29T00:00'],
  ],
  ['in a year that is over', 'cron(0 0 1 1 ? 2020)', 'UTC', '2026-01-01T00:00:00Z', [undefined]],
  [
    'at six in Vienna, winter and summer',
    'cron(0 6 28,30 3 ? *)',
    'Europe/Vienna',
    '2026-01-01T00:00:00Z',
    ['2026-03-28T05:00', '2026-03-30T04:00'],
  ],
  [
    'at a time that summer time skips',
    'cron(30 2 * 3 ? *)',
    'Europe/Vienna',
    '2026-03-28T02:00:00Z',
    ['2026-03-30T00:30'],
  ],
  [
    'at a time that comes twice: once',
    'cron(30 2 * 10 ? *)',
    'Europe/Vienna',
    '2026-10-24T01:00:00Z',
    ['2026-10-25T00:30', '2026-10-26T01:30'],
  ],
  [
    'in a zone of half an hour',
    'cron(0 0 * * ? *)',
    'Asia/Kolkata',
    '2026-01-01T00:00:00Z',
    ['2026-01-01T18:30'],
  ],
  [
    'in a zone beyond the date line',
    'cron(0 0 1 * ? *)',
    'Pacific/Kiritimati',
    '2026-01-01T00:00:00Z',
    ['2026-01-31T10:00'],
  ],
  [
    'once',
    'at(2026-03-01T06:00:00)',
    'America/New_York',
    '2026-01-01T00:00:00Z',
    ['2026-03-01T11:00', undefined],
  ],
])('%s', (_name, expression, timeZone, after, expected) => {
  expect(occurrences(expression, timeZone, after, expected.length)).toEqual(expected);
});

test.each([
  ['rate(0 minutes)', /above zero/],
  ['rate(1 minutes)', /singular/],
  ['rate(5 minute)', /plural/],
  ['rate(5 seconds)', /minute\(s\)/],
  ['cron(0 6 * * *)', /6 fields/],
  ['cron(0 6 * * * *)', /must be \?/],
  ['cron(0 6 ? * ? *)', /must be \?/],
  ['cron(60 6 * * ? *)', /minutes: 60/],
  ['cron(0 6 * FOO ? *)', /month: FOO/],
  ['cron(0 9-5 * * ? *)', /backwards/],
  ['at(2026-13-01T00:00:00)', /yyyy-mm-dd/],
  ['every day', /rate\(…\)/],
])('%s is refused', (expression, message) => {
  expect(() => parseSchedule(expression, { timeZone: 'UTC', startedAt: 0 })).toThrow(message);
});

test('an unknown time zone is refused', () => {
  expect(() => parseSchedule('rate(1 day)', { timeZone: 'Mars/Base', startedAt: 0 })).toThrow(
    /not a time zone/,
  );
});

test('occurrences rise, and none lies between an instant and the next one after it', () => {
  const zones = fc.constantFrom(
    'UTC',
    'Europe/Vienna',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
  );
  const instants = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-12-31T00:00:00Z') });
  const minutes = fc.constantFrom('0', '30', '0/20', '5,50');
  const hours = fc.constantFrom('*', '0', '2', '1-3', '23');
  fc.assert(
    fc.property(zones, instants, instants, minutes, hours, (timeZone, a, b, minute, hour) => {
      const schedule = parseSchedule(`cron(${minute} ${hour} * * ? *)`, { timeZone, startedAt: 0 });
      const [early, late] = a < b ? [a, b] : [b, a];
      const first = schedule.next(early);
      const second = schedule.next(late);
      expect(first).toBeGreaterThan(early);
      expect(second).toBeGreaterThanOrEqual(first ?? 0);
      if ((first ?? 0) > late) expect(second).toBe(first);
    }),
    { seed: 11, numRuns: 300 },
  );
});
