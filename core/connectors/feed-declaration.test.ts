import type { FeedDeclaration } from '#core/domain/feed.ts';
import { parseDay } from '#core/domain/period.ts';
import { dueSlots, parseFeedDeclaration, parseMapping, slotOf } from './feed-declaration.ts';

const hourly: FeedDeclaration = {
  dataset: 'usage',
  format: 'csv',
  cadence: 'hourly',
  slotPattern: 'usage_(?<date>\\d{8})_(?<hour>\\d\\d)\\.csv$',
  lagDays: 0,
};
const daily: FeedDeclaration = {
  dataset: 'billed',
  format: 'parquet',
  cadence: 'daily',
  slotPattern: '(?<date>\\d{8})',
  lagDays: 3,
};
const once: FeedDeclaration = { dataset: 'zone', format: 'csv', cadence: 'once', lagDays: 0 };

test.each([
  ['hourly file', hourly, 'usage_20261014_13.csv', '2026-10-14T13'],
  ['hour 24', hourly, 'usage_20261014_24.csv', undefined],
  ['day that is none', hourly, 'usage_20261314_13.csv', undefined],
  ['another name', hourly, 'backup.csv', undefined],
  ['daily file', daily, 'billed_20261014.parquet', '2026-10-14'],
  ['feed that is due once', once, 'zone_20261014.csv', undefined],
])('slot of a file: %s', (_condition, feed, name, expected) => {
  expect(slotOf(feed, name)).toBe(expected);
});

test('slots that are due include the lag', () => {
  const from = parseDay('2026-10-30');
  expect(dueSlots(daily, from, parseDay('2026-10-31'))).toEqual([
    '2026-10-30',
    '2026-10-31',
    '2026-11-01',
    '2026-11-02',
    '2026-11-03',
  ]);
  expect(dueSlots(hourly, from, from)).toHaveLength(24);
  expect(dueSlots(hourly, from, from).at(-1)).toBe('2026-10-30T23');
  expect(dueSlots(once, from, from)).toEqual([]);
});

test.each([
  ['not JSON', '{', /not JSON/],
  ['unknown dataset', JSON.stringify({ ...daily, dataset: 'cdr' }), /dataset/],
  ['unknown key', JSON.stringify({ ...daily, lag: 3 }), /lag/],
  ['negative lag', JSON.stringify({ ...daily, lagDays: -1 }), /lagDays/],
  [
    'hourly without an hour',
    JSON.stringify({ ...hourly, slotPattern: '(?<date>\\d{8})' }),
    /named groups date and hour/,
  ],
  ['daily without a pattern', JSON.stringify({ ...daily, slotPattern: undefined }), /slotPattern/],
  ['pattern that is none', JSON.stringify({ ...daily, slotPattern: '(?<date>[' }), /regular expression/],
])('a declaration is refused: %s', (_condition, text, message) => {
  expect(() => parseFeedDeclaration(text, 'feeds/x/feed.json')).toThrow(
    expect.objectContaining({ name: 'SchemaMismatch', message: expect.stringMatching(message) }),
  );
});

test('declarations and mappings are read as they stand', () => {
  expect(parseFeedDeclaration(JSON.stringify(hourly), 'feed.json')).toEqual(hourly);
  const mapping = {
    name: 'own',
    doc: 'x',
    dataset: 'holiday',
    columns: { calendar: { constant: 'AT' }, name: { from: ['a', 'b'], read: 'as-is' } },
  };
  expect(parseMapping(JSON.stringify(mapping), 'own.mapping.json')).toEqual(mapping);
  expect(() =>
    parseMapping(JSON.stringify({ ...mapping, columns: { name: { from: 1 } } }), 'own.mapping.json'),
  ).toThrow(/columns\.name/);
});
