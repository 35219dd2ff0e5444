import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { billed, rated, usage } from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u11LateEvent } from './control.ts';

/** A call that ended at 10:01, of which the record came then. */
const late = (arrived_at: string | null, more: TestWorld = {}): TestWorld => ({
  usage: [usage({ arrived_at })],
  ...more,
});

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['not billed, though it came at once', late('2026-10-14T10:05:00'), ['pass']],
  ['exactly a day after its end', late('2026-10-15T10:01:00'), ['pass']],
  ['more than a day after its end', late('2026-10-15T10:01:00.001'), ['breach', 'late c1 0.100000']],
  ['in the last second before the bill closes', late('2026-10-31T23:59:59'), ['breach', 'late c1 0.100000']],
  ['once the bill is closed', late('2026-11-01T00:00:00'), ['breach', 'after-bill-close c1 0.100000']],
  [
    'on the last day of back-billing',
    late('2027-10-14T10:00:00'),
    ['breach', 'after-bill-close c1 0.100000'],
  ],
  [
    'too late to be billed at all',
    late('2027-10-14T10:00:01'),
    ['breach', 'past-back-bill-limit c1 0.100000'],
  ],
  ['late, but billed', late('2026-10-20T00:00:00', { rated: [rated()], billed: [billed()] }), ['pass']],
  ['nobody says when it came', late(null), ['pass']],
  [
    'the last partial decides',
    {
      usage: [
        usage({ final_partial: false, arrived_at: '2026-10-14T10:35:00' }),
        usage({ partial_sequence: 2, start_time: '2026-10-14T10:30:00', arrived_at: '2026-10-16T00:00:00' }),
      ],
    },
    ['breach', 'late c1 0.200000'],
  ],
  [
    'the billing file of the day is missing',
    late('2026-10-20T00:00:00'),
    ['inconclusive'],
    { missing: { billed: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u11LateEvent.id, world, options)).toEqual(expected);
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
    'what is late is not also missing',
    ['U11', 'U06'],
    {
      usage: [
        usage({ arrived_at: '2026-10-20T00:00:00' }),
        usage({ correlation_id: 'c2', arrived_at: '2026-10-14T10:05:00' }),
      ],
    },
    ['U06 missing-at-rating 0.100000', 'U11 late 0.100000'],
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
