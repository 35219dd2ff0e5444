import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { rated, trailer, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u02SilentFeed } from './control.ts';

/** A file of an hour of the day, with one record. */
const file = (file_sequence: number, hour: number, over: TestRow = {}): TestRow => {
  const at = (h: number) => new Date(Date.UTC(2026, 9, 14, h)).toISOString().slice(0, 19);
  return trailer(1, {
    file_sequence,
    file_name: `${over.source ?? 'msc-east'}-${hour}.csv`,
    period_start: at(hour),
    period_end: at(hour + 1),
    arrived_at: at(hour + 2),
    ...over,
  });
};
/** One record, worth 0.10. */
const day: TestWorld = { usage: [usage()], rated: [rated()] };

const hours = (from: number, to: number, over: TestRow = {}) =>
  Array.from({ length: to - from + 1 }, (_, i) => file(from + i + 1, from + i, over));
const west = { source: 'msc-west' };

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['files every hour', { ...day, file_trailer: [...hours(0, 12), ...hours(0, 12, west)] }, ['pass']],
  [
    'nothing for three times as long as usual',
    { ...day, file_trailer: [...hours(0, 9), ...hours(0, 12, west)] },
    ['pass'],
  ],
  [
    'nothing for longer',
    {
      ...day,
      file_trailer: [
        ...hours(0, 9),
        ...hours(0, 12, west),
        file(14, 13, { ...west, period_end: '2026-10-14T13:30:00' }),
      ],
    },
    ['breach', 'feed-silent feed|msc-east|2026-10-14T10:00:00|voice 0.300000'],
  ],
  [
    'silent for four hours, then on with the next number',
    { ...day, file_trailer: [...hours(0, 5), file(7, 10), file(8, 11)] },
    ['breach', 'feed-silent feed|msc-east|2026-10-14T06:00:00|voice 0.400000'],
  ],
  [
    'on with a later number: files are missing',
    { ...day, file_trailer: [...hours(0, 5), file(11, 10), file(12, 11)] },
    ['pass'],
  ],
  [
    'silent since the day before',
    { ...day, file_trailer: [...hours(-10, -5), ...hours(-10, 1, west)] },
    ['breach', 'feed-silent feed|msc-east|2026-10-14T00:00:00|voice 0.200000'],
  ],
  [
    'files came late, the time is covered',
    {
      ...day,
      file_trailer: [...hours(0, 5), ...hours(6, 9, { arrived_at: '2026-10-15T20:00:00' }), ...hours(10, 12)],
    },
    ['pass'],
  ],
  [
    'too few files to know what is usual',
    { ...day, file_trailer: [file(1, 0), file(2, 1), ...hours(0, 12, west)] },
    ['pass'],
  ],
  [
    'every source is silent: the calendar of the feed says so',
    { ...day, file_trailer: [...hours(0, 5), ...hours(0, 5, west)] },
    ['pass'],
  ],
  [
    'the trailers of the day are missing',
    { ...day, file_trailer: hours(0, 3) },
    ['inconclusive'],
    { missing: { file_trailer: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u02SilentFeed.id, world, options)).toEqual(expected);
  },
);
