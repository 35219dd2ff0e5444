import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { rated, trailer, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u17SignallingWithoutUsage } from './control.ts';

const seen = (over: TestRow = {}): TestRow => ({
  session_id: 'g1',
  correlation_id: 'c2',
  source: 'probe-1',
  service: 'voice',
  a_number: '43660001',
  b_number: '431234567',
  start_time: '2026-10-14T10:00:00',
  quantity: 60,
  ...over,
});
/** One record, worth 0.10, and what the probe saw. */
const world = (signalling: TestRow, record: TestRow = { a_number: '43660002' }): TestWorld => ({
  usage: [usage(record)],
  rated: [rated()],
  signalling: [signalling],
});
const key = 'signalling|probe-1|g1';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['recorded under the same id', world(seen({ correlation_id: 'c1' })), ['pass']],
  ['not recorded', world(seen()), ['breach', `session-without-record ${key} 0.100000`]],
  [
    'not recorded, and the probe knows no id',
    world(seen({ correlation_id: null, quantity: 120 })),
    ['breach', `session-without-record ${key} 0.200000`],
  ],
  [
    'a share of a record, rounded half up to a millionth',
    world(seen({ quantity: 10 })),
    ['breach', `session-without-record ${key} 0.016667`],
  ],
  [
    'the same numbers two seconds and one unit apart',
    world(seen({ start_time: '2026-10-14T10:00:02', quantity: 61 }), {}),
    ['pass'],
  ],
  [
    'more than two seconds apart',
    world(seen({ start_time: '2026-10-14T10:00:02.001' }), {}),
    ['breach', `session-without-record ${key} 0.100000`],
  ],
  [
    'two units apart',
    world(seen({ quantity: 62 }), {}),
    ['breach', `session-without-record ${key} 0.103333`],
  ],
  [
    'another number',
    world(seen({ b_number: '4311' }), {}),
    ['breach', `session-without-record ${key} 0.100000`],
  ],
  [
    'usage that another session claims is no match',
    { ...world(seen(), {}), signalling: [seen(), seen({ session_id: 'g0', correlation_id: 'c1' })] },
    ['breach', `session-without-record ${key} 0.100000`],
  ],
  ['a call that was not answered', world(seen({ quantity: 0 })), ['pass']],
  [
    'just before midnight, recorded just after',
    world(seen({ start_time: '2026-10-14T23:59:59' }), { session_start: '2026-10-15T00:00:00' }),
    ['pass'],
  ],
  [
    'put aside by mediation',
    {
      ...world(seen()),
      suspense: [
        {
          record_id: 's1',
          correlation_id: 'c2',
          source: 'msc-east',
          service: 'voice',
          start_time: '2026-10-14T10:00:00',
          quantity: 60,
          state: 'suspended',
          reason: 'x',
          since: '2026-10-14T10:05:00',
          attempts: 0,
        },
      ],
    },
    ['pass'],
  ],
  [
    'the file of another hour lacks a record',
    {
      ...world(seen()),
      file_trailer: [
        trailer(2, {
          file_name: 'a.csv',
          period_start: '2026-10-14T09:00:00',
          period_end: '2026-10-14T10:00:00',
        }),
        trailer(1),
      ],
    },
    ['breach', `session-without-record ${key} 0.100000`],
  ],
  [
    'the file of its hour is lost',
    {
      ...world(seen()),
      file_trailer: [
        trailer(0, {
          file_name: 'a.csv',
          period_start: '2026-10-14T09:00:00',
          period_end: '2026-10-14T10:00:00',
        }),
      ],
    },
    ['breach', `session-of-lost-records ${key} 0.000000`],
  ],
  [
    'an hour of the feed is missing',
    world(seen()),
    ['inconclusive'],
    { missing: { signalling: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u17SignallingWithoutUsage.id, world, options)).toEqual(expected);
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
    'what the hop counts as missing is not counted again',
    ['U04', 'U17'],
    { ...world(seen()), file_trailer: [trailer(2)] },
    ['U04 missing-at-mediation 0.050000', 'U17 session-of-lost-records 0.000000'],
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
