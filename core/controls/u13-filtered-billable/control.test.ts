import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { rated, trailer, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u13FilteredBillable } from './control.ts';

const dropped = (over: TestRow = {}): TestRow => ({
  record_id: 's1',
  correlation_id: 'cs1',
  source: 'msc-east',
  service: 'voice',
  start_time: '2026-10-14T10:00:00',
  quantity: 60,
  state: 'filtered',
  reason: 'short',
  since: '2026-10-14T10:05:00',
  attempts: 0,
  ...over,
});
const rule = (billable: boolean, over: TestRow = {}): TestRow => ({
  rule: 'short',
  service: 'voice',
  billable,
  valid_from: '2020-01-01',
  ...over,
});
const world = (suspense: TestRow, ...filter_rule: TestRow[]): TestWorld => ({
  suspense: [suspense],
  filter_rule,
  rated: [rated()],
  usage: [usage()],
});

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['dropped by a rule for what is free', world(dropped(), rule(false)), ['pass']],
  [
    'dropped although billable',
    world(dropped(), rule(true)),
    ['breach', 'filtered-billable filtered|msc-east|s1 0.100000'],
  ],
  [
    'twice as long, twice as much',
    world(dropped({ quantity: 120 }), rule(true)),
    ['breach', 'filtered-billable filtered|msc-east|s1 0.200000'],
  ],
  [
    'no rule allows it',
    world(dropped(), rule(false, { rule: 'other' })),
    ['breach', 'filtered-without-rule filtered|msc-east|s1 0.000000'],
  ],
  [
    'the rule begins with the instant',
    world(dropped(), rule(false, { valid_from: '2026-10-14T10:00:00' })),
    ['pass'],
  ],
  [
    'the rule had ended',
    world(dropped(), rule(false, { valid_to: '2026-10-14T10:00:00' })),
    ['breach', 'filtered-without-rule filtered|msc-east|s1 0.000000'],
  ],
  ['the rule is of another service', world(dropped(), rule(true, { service: 'sms' }), rule(false)), ['pass']],
  ['suspended, not dropped', world(dropped({ state: 'suspended' }), rule(true)), ['pass']],
  ['it stands in usage all the same', world(dropped({ record_id: 'u-c1-1' }), rule(true)), ['pass']],
  [
    'an hour of the feed is missing',
    world(dropped(), rule(true)),
    ['inconclusive'],
    { missing: { suspense: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u13FilteredBillable.id, world, options)).toEqual(expected);
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
    'each record in suspense has one control',
    ['U12', 'U13'],
    {
      ...world(dropped(), rule(true)),
      suspense: [dropped(), dropped({ record_id: 's2', state: 'suspended', attempts: 3 })],
    },
    ['U12 tried-in-vain 0.100000', 'U13 filtered-billable 0.100000'],
  ],
  [
    'what the hop counts as missing is not counted again',
    ['U04', 'U13'],
    { ...world(dropped(), rule(true)), file_trailer: [trailer(2)] },
    ['U04 missing-at-mediation 0.100000', 'U13 filtered-billable 0.000000'],
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
