import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { rated, trailer, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u10PartialChain } from './control.ts';

/** A partial of half an hour. */
const part = (n: number, over: TestRow = {}): TestRow =>
  usage({
    partial_sequence: n,
    final_partial: false,
    quantity: 1800,
    start_time: `2026-10-14T1${n >> 1}:${n % 2 ? '00' : '30'}:00`,
    ...over,
  });
const last = { final_partial: true };
/** What was rated of it, at 3.00 a partial. */
const rate = (parts: number) => [rated({ quantity: 1800 * parts, amount: `${3 * parts}` })];
const next = (session_start: string) => usage({ correlation_id: 'c9', session_start });

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['a call of one record', { usage: [usage()], rated: [rated()] }, ['pass']],
  ['three partials', { usage: [part(1), part(2), part(3, last)], rated: rate(3) }, ['pass']],
  [
    'the one in the middle is missing',
    { usage: [part(1), part(3, last)], rated: rate(2) },
    ['breach', 'partial-missing chain|c1 3.000000'],
  ],
  [
    'the first is missing',
    { usage: [part(2), part(3, last)], rated: rate(2) },
    ['breach', 'partial-missing chain|c1 3.000000'],
  ],
  [
    'two ends of one start',
    { usage: [part(1), part(2, last), part(2, { ...last, record_id: 'twin' })], rated: rate(3) },
    ['breach', 'final-twice chain|c1 -3.000000'],
  ],
  [
    'an end in the middle moves no money',
    { usage: [part(1), part(2, last), part(3, last)], rated: rate(3) },
    ['breach', 'final-twice chain|c1 0.000000'],
  ],
  [
    'a partial that was sent again',
    { usage: [part(1), part(2, last), part(2, last)], rated: rate(2) },
    ['pass'],
  ],
  [
    'no end, and a day has not passed',
    { usage: [part(1), part(2), next('2026-10-15T11:30:00')], rated: rate(2) },
    ['pass'],
  ],
  [
    'no end for more than a day',
    { usage: [part(1), part(2), next('2026-10-15T11:30:01')], rated: rate(2) },
    ['breach', 'no-final chain|c1 0.000000'],
  ],
  [
    'never rated: by the mean of the service',
    { usage: [part(1), part(3, last)], rated: [rated({ correlation_id: 'c2' })] },
    ['breach', 'partial-missing chain|c1 3.000000'],
  ],
  [
    'an hour of usage is missing',
    { usage: [part(1), part(3, last)] },
    ['inconclusive'],
    { missing: { usage: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u10PartialChain.id, world, options)).toEqual(expected);
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
    'a record that its file lacks is counted at the hop',
    ['U10', 'U04'],
    { usage: [part(1), part(3, last)], rated: rate(2), file_trailer: [trailer(3)] },
    ['U04 missing-at-mediation 3.000000', 'U10 partial-missing 0.000000'],
  ],
  [
    'a record that nobody declared is counted here',
    ['U10', 'U04'],
    { usage: [part(1), part(3, last)], rated: rate(2), file_trailer: [trailer(2)] },
    ['U10 partial-missing 3.000000'],
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
