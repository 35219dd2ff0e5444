import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { billed, rated, trailer, usage } from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u04HopCount } from './control.ts';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  [
    'as many as declared',
    { usage: [usage()], rated: [rated()], billed: [billed()], file_trailer: [trailer(1)] },
    ['pass'],
  ],
  [
    'three declared, two there: the mean charge of the day',
    { usage: [usage(), usage({ correlation_id: 'c2', quantity: 180 })], file_trailer: [trailer(3)] },
    ['breach', 'missing-at-mediation network-to-mediation|voice|2026-10-14T10|msc-east 0.200000'],
  ],
  [
    'the mean is rounded half up to a millionth',
    {
      usage: [usage(), usage({ correlation_id: 'c2' }), usage({ correlation_id: 'c3', quantity: 120 })],
      file_trailer: [trailer(4)],
    },
    ['breach', 'missing-at-mediation network-to-mediation|voice|2026-10-14T10|msc-east 0.133333'],
  ],
  [
    'the missing one is in quarantine',
    { usage: [usage()], file_trailer: [trailer(2)] },
    ['pass'],
    { quarantined: { 'usage_20261014_10.csv': 1 } },
  ],
  [
    'quarantine fills the largest gap first',
    { usage: [usage()], file_trailer: [trailer(2), trailer(3, { service: 'sms' })] },
    ['breach', 'missing-at-mediation network-to-mediation|voice|2026-10-14T10|msc-east 0.100000'],
    { quarantined: { 'usage_20261014_10.csv': 3 } },
  ],
  [
    'a repeated record replaces none that is lost in its file',
    {
      usage: [usage(), usage(), usage({ correlation_id: 'c2' })],
      file_trailer: [trailer(3)],
    },
    ['breach', 'missing-at-mediation network-to-mediation|voice|2026-10-14T10|msc-east 0.100000'],
  ],
  [
    'what a file has too much replaces nothing that another lacks',
    {
      usage: [
        usage(),
        usage({ correlation_id: 'c2', file_id: 'second.csv' }),
        usage({ correlation_id: 'c3', file_id: 'second.csv' }),
      ],
      file_trailer: [trailer(2), trailer(1, { file_name: 'second.csv' })],
    },
    ['breach', 'missing-at-mediation network-to-mediation|voice|2026-10-14T10|msc-east 0.100000'],
  ],
  [
    'records sent again in a later file count in both',
    {
      usage: [usage(), usage({ file_id: 'second.csv' })],
      file_trailer: [trailer(1), trailer(1, { file_name: 'second.csv' })],
    },
    ['pass'],
  ],
  [
    'records with the same id that are not the same count each',
    {
      usage: [usage({ quantity: 60 }), usage({ quantity: 120 })],
      file_trailer: [trailer(2)],
    },
    ['pass'],
  ],
  [
    'more than declared is no loss',
    { usage: [usage(), usage({ correlation_id: 'c2' })], file_trailer: [trailer(1)] },
    ['pass'],
  ],
  ['a repeated record is no loss', { usage: [usage(), usage()], file_trailer: [trailer(1)] }, ['pass']],
  [
    'another source is lost',
    { usage: [usage()], file_trailer: [trailer(1), trailer(2, { source: 'msc-west' })] },
    ['breach', 'missing-at-mediation network-to-mediation|voice|2026-10-14T10|msc-west 0.200000'],
  ],
  [
    'a partial of a session of the day before is counted in its own file',
    {
      usage: [
        usage({
          correlation_id: 'c0',
          session_start: '2026-10-13T23:50:00',
          start_time: '2026-10-14T00:20:00',
          partial_sequence: 2,
          file_id: 'usage_20261014_00.csv',
        }),
      ],
      file_trailer: [trailer(1, { file_name: 'usage_20261014_00.csv', period_start: '2026-10-14T00:00:00' })],
    },
    ['pass'],
  ],
  [
    'a service of which nothing is left has no mean',
    { file_trailer: [trailer(5)] },
    ['breach', 'missing-at-mediation network-to-mediation|voice|2026-10-14T10|msc-east 0.000000'],
  ],
  [
    'rated without usage and never billed',
    { rated: [rated()] },
    ['breach', 'rated-without-usage usage-to-rated|voice|2026-10-14T10| 0.000000'],
  ],
  [
    'billed without rating',
    { usage: [usage()], billed: [billed()] },
    ['breach', 'billed-without-rating rated-to-billed|voice|2026-10-14T10| 0.000000'],
  ],
  [
    'what other controls explain is not counted again',
    {
      usage: [usage(), usage({ correlation_id: 'c2' })],
      rated: [rated()],
      billed: [billed({ correlation_id: 'c9' })],
      file_trailer: [trailer(2)],
    },
    ['pass'],
  ],
  [
    'the trailers of the day are missing',
    { usage: [usage()], file_trailer: [trailer(2)] },
    ['inconclusive'],
    { missing: { file_trailer: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
  [
    'counts of several buckets add up',
    {
      usage: ['c1', 'c2', 'c3', 'c4', 'c5'].map((correlation_id) => usage({ correlation_id })),
      file_trailer: [trailer(7)],
    },
    ['breach', 'missing-at-mediation network-to-mediation|voice|2026-10-14T10|msc-east 0.200000'],
    { buckets: 4 },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u04HopCount.id, world, options)).toEqual(expected);
  },
);
