import { CollectingSink } from '#core/connectors/collecting-sink.ts';
import { createDecoder } from '#core/connectors/decoders.ts';
import { LocalZone } from '#core/connectors/local-zone.ts';
import { findMapping } from '#core/connectors/mappings/find-mapping.ts';
import { ingestFiles } from './battery.ts';
import { USAGE_HEADER, type UsageFields, usageFile, usageLine } from './usage-lines.ts';

const HOUR_MS = 3_600_000;
const NO_TIME = 'start_time: not a timestamp such as 2026-10-14T13:05:00Z';

/** The instant that a time of a file becomes, or the reason against it. */
function instant(time: string, timeZone?: string): string | undefined {
  const sink = new CollectingSink();
  const request = {
    format: 'csv',
    dataset: 'usage',
    mapping: findMapping('canonical', 'usage'),
    fileName: 'time.csv',
  } as const;
  const decoder = createDecoder(timeZone === undefined ? request : { ...request, timeZone }, sink);
  decoder.push(Buffer.from(usageFile({ start: time })), true);
  const value = sink.rows[0]?.values.start_time;
  return typeof value === 'number' ? new Date(value).toISOString() : sink.rejected[0]?.reason;
}

describe('I5 local times on the days on which clocks change', () => {
  test.each([
    ['London, before it', 'Europe/London', '2026-03-29 00:59:59', '2026-03-29T00:59:59.000Z'],
    [
      'London, an hour that does not exist',
      'Europe/London',
      '2026-03-29 01:30:00',
      '2026-03-29T01:30:00.000Z',
    ],
    ['London, after it', 'Europe/London', '2026-03-29 02:00:00', '2026-03-29T01:00:00.000Z'],
    [
      'London, an hour that comes twice is the first',
      'Europe/London',
      '2026-10-25 01:30:00',
      '2026-10-25T00:30:00.000Z',
    ],
    ['London, after that', 'Europe/London', '2026-10-25 02:00:00', '2026-10-25T02:00:00.000Z'],
    ['New York, before it', 'America/New_York', '2026-03-08 01:59:59', '2026-03-08T06:59:59.000Z'],
    [
      'New York, an hour that does not exist',
      'America/New_York',
      '2026-03-08 02:30:00',
      '2026-03-08T07:30:00.000Z',
    ],
    ['New York, after it', 'America/New_York', '2026-03-08 03:00:00', '2026-03-08T07:00:00.000Z'],
    [
      'New York, an hour that comes twice is the first',
      'America/New_York',
      '2026-11-01 01:00:00',
      '2026-11-01T05:00:00.000Z',
    ],
    ['New York, after that', 'America/New_York', '2026-11-01 02:00:00', '2026-11-01T07:00:00.000Z'],
    [
      'Lord Howe, half an hour comes twice',
      'Australia/Lord_Howe',
      '2026-04-05 01:45:00',
      '2026-04-04T14:45:00.000Z',
    ],
    ['Lord Howe, after that', 'Australia/Lord_Howe', '2026-04-05 02:00:00', '2026-04-04T15:30:00.000Z'],
    [
      'Lord Howe, half an hour is missing',
      'Australia/Lord_Howe',
      '2026-10-04 02:15:00',
      '2026-10-03T15:45:00.000Z',
    ],
    ['Lord Howe, after it', 'Australia/Lord_Howe', '2026-10-04 02:30:00', '2026-10-03T15:30:00.000Z'],
    [
      'Casablanca, when Ramadan comes',
      'Africa/Casablanca',
      '2026-02-15 01:30:00',
      '2026-02-15T00:30:00.000Z',
    ],
    ['Casablanca, in Ramadan', 'Africa/Casablanca', '2026-03-01 12:00:00', '2026-03-01T12:00:00.000Z'],
    ['Casablanca, after Ramadan', 'Africa/Casablanca', '2026-03-22 03:00:00', '2026-03-22T02:00:00.000Z'],
    ['Cairo, before it', 'Africa/Cairo', '2026-04-23 23:59:59', '2026-04-23T21:59:59.000Z'],
    ['Cairo, midnight does not exist', 'Africa/Cairo', '2026-04-24 00:30:00', '2026-04-23T22:30:00.000Z'],
    ['Cairo, after it', 'Africa/Cairo', '2026-04-24 01:00:00', '2026-04-23T22:00:00.000Z'],
    [
      'Cairo, the hour before midnight comes twice',
      'Africa/Cairo',
      '2026-10-29 23:30:00',
      '2026-10-29T20:30:00.000Z',
    ],
    [
      'Santiago, the hour before midnight comes twice',
      'America/Santiago',
      '2026-04-04 23:30:00',
      '2026-04-05T02:30:00.000Z',
    ],
    ['Santiago, after that', 'America/Santiago', '2026-04-05 00:00:00', '2026-04-05T04:00:00.000Z'],
    [
      'Santiago, midnight does not exist',
      'America/Santiago',
      '2026-09-06 00:30:00',
      '2026-09-06T04:30:00.000Z',
    ],
    [
      'Kathmandu is a quarter of an hour off',
      'Asia/Kathmandu',
      '2026-10-14 05:45:00',
      '2026-10-14T00:00:00.000Z',
    ],
    ['Kathmandu, the day before in UTC', 'Asia/Kathmandu', '2026-10-14 05:44:59', '2026-10-13T23:59:59.000Z'],
    ['Chatham', 'Pacific/Chatham', '2026-07-01 12:45:00', '2026-07-01T00:00:00.000Z'],
    ['Kiritimati is a day ahead', 'Pacific/Kiritimati', '2026-10-14 14:00:00', '2026-10-14T00:00:00.000Z'],
    ['UTC', 'UTC', '2026-10-25 01:30:00', '2026-10-25T01:30:00.000Z'],
    [
      'an offset in the file counts, not the zone',
      'Europe/London',
      '2026-10-25T01:30:00+00:00',
      '2026-10-25T01:30:00.000Z',
    ],
    [
      'the other of two equal times, told by its offset',
      'Europe/London',
      '2026-10-25T01:30:00+01:00',
      '2026-10-25T00:30:00.000Z',
    ],
  ])('%s', (_condition, zone, time, expected) => {
    expect(instant(time, zone)).toBe(expected);
  });
});

describe('I5 what is a time', () => {
  test.each([
    ['a leap second', '2026-06-30T23:59:60Z', NO_TIME],
    ['second 61', '2026-06-30T23:59:61Z', NO_TIME],
    ['minute 60', '2026-06-30T23:60:00Z', NO_TIME],
    ['24:00:00', '2026-06-30T24:00:00Z', NO_TIME],
    ['29 February of a year that has none', '2026-02-29T12:00:00Z', NO_TIME],
    ['29 February of a leap year', '2028-02-29T12:00:00Z', '2028-02-29T12:00:00.000Z'],
    ['2100 is none', '2100-02-29T12:00:00Z', NO_TIME],
    ['2000 was one', '2000-02-29T12:00:00Z', '2000-02-29T12:00:00.000Z'],
    ['31 April', '2026-04-31T12:00:00Z', NO_TIME],
    ['day 0', '2026-04-00T12:00:00Z', NO_TIME],
    ['the last millisecond of a month', '2026-10-31T23:59:59.999Z', '2026-10-31T23:59:59.999Z'],
    [
      'microseconds are cut, not rounded into the next month',
      '2026-10-31T23:59:59.999999Z',
      '2026-10-31T23:59:59.999Z',
    ],
    ['nanoseconds', '2026-10-31T23:59:59.999999999Z', '2026-10-31T23:59:59.999Z'],
    ['ten decimals', '2026-10-31T23:59:59.9999999999Z', NO_TIME],
    ['an offset of +5:45', '2026-10-14T05:45:00+05:45', '2026-10-14T00:00:00.000Z'],
    ['an offset without a colon', '2026-10-14T05:45:00+0545', '2026-10-14T00:00:00.000Z'],
    ['an offset over the end of the month', '2026-11-01T00:30:00+01:00', '2026-10-31T23:30:00.000Z'],
    ['an offset of 16 hours', '2026-10-14T00:00:00+16:00', NO_TIME],
    ['an offset of 60 minutes', '2026-10-14T00:00:00+01:60', NO_TIME],
    ['a zone by its abbreviation', '2026-10-14T00:00:00 CET', NO_TIME],
    ['a zone in brackets', '2026-10-14T00:00:00+01:00[Europe/Paris]', NO_TIME],
    ['a comma before the fraction', '"2026-10-14T00:00:00,5Z"', NO_TIME],
    ['a small t and z', '2026-10-14t00:00:00z', NO_TIME],
    ['no seconds', '2026-10-14T00:00Z', NO_TIME],
    ['two digits of a year', '26-10-14T00:00:00Z', NO_TIME],
    ['a week', '2026-W42-3T00:00:00Z', NO_TIME],
  ])('%s', (_condition, time, expected) => {
    expect(instant(time)).toBe(expected);
  });

  test('a zone that does not exist refuses the file, with what to name instead', async () => {
    const done = await ingestFiles({ 'a.csv': usageFile() }, { dataset: 'usage', timeZone: 'Europe/Wien' });
    expect(done.files.get('a.csv')?.error).toMatchObject({
      name: 'UnknownName',
      message: expect.stringMatching(/Europe\/Vienna/),
    });
  });
});

describe('I5 hours of a local day', () => {
  test.each([
    ['London, spring', 'Europe/London', '2026-03-29', 23],
    ['London, autumn', 'Europe/London', '2026-10-25', 25],
    ['New York, spring', 'America/New_York', '2026-03-08', 23],
    ['New York, autumn', 'America/New_York', '2026-11-01', 25],
    ['Lord Howe, spring', 'Australia/Lord_Howe', '2026-10-04', 23.5],
    ['Lord Howe, autumn', 'Australia/Lord_Howe', '2026-04-05', 24.5],
    ['Cairo, spring', 'Africa/Cairo', '2026-04-24', 23],
    ['Santiago, autumn', 'America/Santiago', '2026-04-04', 25],
    ['Kathmandu', 'Asia/Kathmandu', '2026-10-14', 24],
  ])('%s has %s %s %f', (_condition, timeZone, day, hours) => {
    const zone = new LocalZone(timeZone);
    const midnight = Date.parse(`${day}T00:00:00Z`);
    const start = zone.toUtc(midnight);
    expect((zone.toUtc(midnight + 24 * HOUR_MS) - start) / HOUR_MS).toBe(hours);
  });

  test.each([
    ['spring', '2026-03-28T23:30:00Z', 'the clock jumps from 01:00 to 02:00'],
    ['autumn', '2026-10-24T23:30:00Z', 'the clock shows 01:00 to 02:00 twice'],
  ])('a call of three hours over the change in %s lasts three hours', async (_season, start) => {
    const call: UsageFields = { id: 'long', start, quantity: '10800' };
    const done = await ingestFiles(
      { 'a.csv': `${USAGE_HEADER}\n${usageLine(call)}\n` },
      { dataset: 'usage', timeZone: 'Europe/London' },
    );
    expect(done.rows('a.csv')).toMatchObject([
      { quantity: '10800', start_time: start.replace('Z', '.000Z') },
    ]);
  });

  test('each of the 25 hours of a day keeps its own record', async () => {
    const hours = Array.from({ length: 25 }, (_, hour) => ({
      id: `h${hour}`,
      start: new Date(Date.parse('2026-10-24T23:00:00Z') + hour * HOUR_MS).toISOString(),
    }));
    const done = await ingestFiles(
      { 'a.csv': usageFile(...hours) },
      { dataset: 'usage', timeZone: 'Europe/London' },
    );
    expect(new Set(done.rows('a.csv').map((row) => row.start_time)).size).toBe(25);
  });
});
