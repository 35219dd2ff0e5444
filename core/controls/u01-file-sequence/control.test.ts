import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { rated, trailer, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u01FileSequence } from './control.ts';

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

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  [
    'numbers that follow each other',
    { ...day, file_trailer: [file(1, 10), file(2, 11), file(3, 12)] },
    ['pass'],
  ],
  [
    'two numbers are missing',
    { ...day, file_trailer: [file(1, 10), file(4, 13)] },
    ['breach', 'files-missing file|msc-east|2-3|voice 0.200000'],
  ],
  [
    'numbers go on after hours without a file',
    { ...day, file_trailer: [file(1, 10), file(2, 14)] },
    ['pass'],
  ],
  [
    'a file came late and out of order',
    { ...day, file_trailer: [file(1, 10), file(3, 12), file(2, 11, { arrived_at: '2026-10-15T20:00:00' })] },
    ['pass'],
  ],
  [
    'two files of one hour in the other order',
    { ...day, file_trailer: [file(1, 10), file(3, 11), file(2, 12), file(4, 13)] },
    ['pass'],
  ],
  [
    'a number used twice',
    { ...day, file_trailer: [file(1, 10), file(1, 11)] },
    ['breach', 'number-repeated file|msc-east|1|msc-east-11.csv 0.000000'],
  ],
  [
    'numbers wrap after the last one',
    { ...day, file_trailer: [file(9999, 10), file(0, 11), file(1, 12)] },
    ['pass'],
  ],
  [
    'numbers restart before the last one',
    { ...day, file_trailer: [file(9998, 10), file(1, 11)] },
    ['breach', 'numbers-restarted file|msc-east|9998-1 0.000000'],
  ],
  [
    'a gap since the day before',
    { ...day, file_trailer: [file(7, -1), file(9, 1)] },
    ['breach', 'files-missing file|msc-east|8-8|voice 0.100000'],
  ],
  [
    'only the trailer is lost',
    {
      ...day,
      usage: [
        usage(),
        usage({ correlation_id: 'c2', session_start: '2026-10-14T11:30:00', file_id: 'msc-east-11.csv' }),
      ],
      file_trailer: [file(1, 10), file(3, 12)],
    },
    ['breach', 'trailer-missing file|msc-east|2-2|voice 0.000000'],
  ],
  [
    'each source counts for itself',
    { ...day, file_trailer: [file(1, 10), file(5, 11, { source: 'msc-west' }), file(2, 12)] },
    ['pass'],
  ],
  [
    'the trailers of the day are missing',
    { ...day, file_trailer: [file(1, 10), file(4, 13)] },
    ['inconclusive'],
    { missing: { file_trailer: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u01FileSequence.id, world, options)).toEqual(expected);
  },
);

// Two controls on one world: what one has taken the other leaves.
const shared: readonly (readonly [
  condition: string,
  controls: readonly string[],
  rows: TestWorld,
  expected: readonly string[],
  options?: AuditOptions,
])[] = [
  [
    'a lost file is not in the counts, a lost record is not in the numbers',
    ['U01', 'U04'],
    {
      ...day,
      file_trailer: [
        file(1, 10, { file_name: 'usage_20261014_10.csv', declared_records: 2 }),
        file(3, 12, { declared_records: 0 }),
      ],
    },
    ['U01 files-missing 0.100000', 'U04 missing-at-mediation 0.100000'],
  ],
  [
    'a gap in the numbers is no silence',
    ['U01', 'U02'],
    {
      ...day,
      usage: [usage({ session_start: '2026-10-14T00:30:00' })],
      file_trailer: [file(1, 0), file(2, 1), file(3, 2), file(4, 3), file(14, 13)],
    },
    ['U01 files-missing 0.900000'],
  ],
];

test.each(
  shared.map(([condition, controls, world, expected, options]) => ({
    condition,
    controls,
    world,
    expected,
    options,
  })),
)('together: $condition', async ({ controls, world, expected, options }) => {
  const run = await audit(world, { controls, ...options });
  run.remove();
  expect(run.violations.map((row) => `${row.control_id} ${row.symptom} ${row.impact}`)).toEqual(expected);
});
