import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { rated, trailer, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u03TrailerAudit } from './control.ts';

const world = (declared: number, declared_quantity: number, ...records: TestRow[]): TestWorld => ({
  usage: records,
  rated: [rated()],
  file_trailer: [trailer(declared, { declared_quantity })],
});
const key = 'trailer|usage_20261014_10.csv|msc-east|voice';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['as declared', world(1, 60, usage()), ['pass']],
  ['a second less than declared', world(1, 61, usage()), ['breach', `volume-differs ${key} 0.001667`]],
  ['a second more than declared', world(1, 59, usage()), ['breach', `volume-differs ${key} -0.001667`]],
  ['exactly one per mille less', world(1, 60000, usage({ quantity: 59940 })), ['pass']],
  [
    'just more than one per mille less',
    world(1, 60000, usage({ quantity: 59939 })),
    ['breach', `volume-differs ${key} 0.101667`],
  ],
  [
    'more records than declared',
    world(1, 60, usage(), usage({ correlation_id: 'c2' })),
    ['breach', `more-than-declared ${key} -0.100000`],
  ],
  ['fewer records belong to the hop count', world(2, 120, usage()), ['pass']],
  ['a record that was sent again counts once', world(1, 60, usage(), usage()), ['pass']],
  ['a source that declares no quantities', world(1, 0, usage()), ['pass']],
  [
    'a source that declares no quantities, and a record too many',
    world(1, 0, usage(), usage({ correlation_id: 'c2' })),
    ['breach', `more-than-declared ${key} -0.100000`],
  ],
  [
    'a partial of a session of the day before stands in a file of the day',
    {
      usage: [
        usage({
          session_start: '2026-10-13T23:50:00',
          start_time: '2026-10-14T00:20:00',
          partial_sequence: 2,
          file_id: 'usage_20261014_00.csv',
        }),
      ],
      rated: [rated()],
      file_trailer: [
        trailer(1, {
          declared_quantity: 60,
          file_name: 'usage_20261014_00.csv',
          period_start: '2026-10-14T00:00:00',
          period_end: '2026-10-14T01:00:00',
        }),
      ],
    },
    ['pass'],
  ],
  [
    'the trailers of the day are missing',
    world(1, 61, usage()),
    ['inconclusive'],
    { missing: { file_trailer: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u03TrailerAudit.id, world, options)).toEqual(expected);
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
    'missing records are counted once',
    ['U03', 'U04'],
    world(2, 120, usage()),
    ['U04 missing-at-mediation 0.100000'],
  ],
  [
    'a missing volume is counted once',
    ['U03', 'U04'],
    world(1, 120, usage()),
    ['U03 volume-differs 0.100000'],
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
