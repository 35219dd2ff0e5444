import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { billed, rated, usage } from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u16NumberForm } from './control.ts';

/** A minute to an Austrian number of the area 49 (0.10), whose digits without 43 look German (0.50). */
const call = (dialled: string | null, zone: string, amount: string, number = '434912345'): TestWorld => ({
  usage: [usage({ b_number: number, b_number_dialled: dialled })],
  rated: [rated({ zone, amount })],
  billed: [billed({ amount })],
});

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['normalised', call('04912345', 'national', '0.10'), ['pass']],
  [
    'the national form taken for an international number',
    call('04912345', 'eu', '0.50'),
    ['breach', 'number-not-normalised c1 -0.400000'],
  ],
  [
    'digits without a prefix taken for an international number',
    call('431234', 'national', '0.10', '49431234'),
    ['breach', 'number-not-normalised c1 0.400000'],
  ],
  ['the international form shows no such thing', call('+434912345', 'eu', '0.50'), ['pass']],
  ['the form with 00 shows no such thing', call('00434912345', 'eu', '0.50'), ['pass']],
  ['nobody says how it was dialled', call(null, 'eu', '0.50'), ['pass']],
  [
    'just near enough to the price of that zone',
    call('04912345', 'eu', '0.5001'),
    ['breach', 'number-not-normalised c1 -0.400100'],
  ],
  ['just too far from the price of that zone', call('04912345', 'eu', '0.500101'), ['pass']],
  [
    'an hour of usage is missing',
    call('04912345', 'eu', '0.50'),
    ['inconclusive'],
    { missing: { usage: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u16NumberForm.id, world, options)).toEqual(expected);
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
    'the form leaves nothing to the price',
    ['U16', 'R01'],
    call('04912345', 'eu', '0.50'),
    ['U16 number-not-normalised -0.400000'],
  ],
  [
    'a wrong zone that no form explains',
    ['U16', 'R01'],
    call('+434912345', 'eu', '0.50'),
    ['R01 wrong-zone -0.400000'],
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
