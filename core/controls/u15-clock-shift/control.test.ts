import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { billed, rated, usage } from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u15ClockShift } from './control.ts';

/** A minute to Germany, peak (0.50) until 16:00 UTC, then off-peak (0.20). */
const call = (began: string, ratedAs: string, amount: string): TestWorld => ({
  usage: [usage({ b_number: '4930', session_start: `2026-10-14T${began}` })],
  rated: [rated({ zone: 'eu', amount, start_time: `2026-10-14T${ratedAs}` })],
  billed: [billed({ amount, event_time: `2026-10-14T${began}` })],
});

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['rated as of its start', call('15:30:00', '15:30:00', '0.50'), ['pass']],
  [
    'an hour late, in the cheaper band',
    call('15:30:00', '16:30:00', '0.20'),
    ['breach', 'clock-shifted c1 0.300000'],
  ],
  [
    'an hour early, in the dearer band',
    call('16:30:00', '15:30:00', '0.50'),
    ['breach', 'clock-shifted c1 -0.300000'],
  ],
  ['three hours late', call('15:30:00', '18:30:00', '0.20'), ['breach', 'clock-shifted c1 0.300000']],
  [
    'an hour and two seconds late',
    call('15:30:00', '16:30:02', '0.20'),
    ['breach', 'clock-shifted c1 0.300000'],
  ],
  ['an hour and more than two seconds late', call('15:30:00', '16:30:02.001', '0.20'), ['pass']],
  ['half an hour late is no clock', call('15:30:00', '16:00:00', '0.20'), ['pass']],
  ['an hour late at the same price', call('12:30:00', '13:30:00', '0.50'), ['pass']],
  ['the other band at the right time is a wrong price', call('10:00:00', '10:00:00', '0.20'), ['pass']],
  [
    'an hour late, at the price of a band that holds at neither time',
    call('12:30:00', '13:30:00', '0.20'),
    ['pass'],
  ],
  ['an hour late at a price of neither time', call('15:30:00', '16:30:00', '0.33'), ['pass']],
  [
    'an hour of usage is missing',
    call('15:30:00', '16:30:00', '0.20'),
    ['inconclusive'],
    { missing: { usage: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u15ClockShift.id, world, options)).toEqual(expected);
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
    'the clock leaves nothing to the price',
    ['U15', 'R01'],
    call('15:30:00', '16:30:00', '0.20'),
    ['U15 clock-shifted 0.300000'],
  ],
  [
    'at the right time the price has it',
    ['U15', 'R01'],
    call('10:00:00', '10:00:00', '0.20'),
    ['R01 wrong-time-band 0.300000'],
  ],
  [
    'an hour late into a new version',
    ['U15', 'R02', 'R01'],
    {
      usage: [usage({ session_start: '2026-10-15T21:30:00' })],
      rated: [rated({ start_time: '2026-10-15T22:30:00', tariff_version: 2, amount: '0.12' })],
      billed: [billed({ event_time: '2026-10-15T21:30:00', amount: '0.12' })],
    },
    ['U15 clock-shifted -0.020000'],
    { period: '2026-10-15' },
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
