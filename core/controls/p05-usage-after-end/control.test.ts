import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { billed, line, rated, subscription, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { p05UsageAfterEnd } from './control.ts';

/** The line of S1, ended on a day; the call is of 2026-10-14 10:00. */
const ended = (valid_to: string, over: TestRow = {}): TestRow[] => [
  subscription('S1', '43660001', 'O1', { valid_to, ...over }),
  subscription('S2', '43660002', 'O2'),
];
/** A call of another line, which shows what a minute is worth: 0.10. */
const OTHER = [rated({ correlation_id: 'c9', subscription_id: 'S2' })];
const aside: TestRow = {
  record_id: 'u-c1-1',
  correlation_id: 'c1',
  source: 'msc-east',
  service: 'voice',
  start_time: '2026-10-14T10:00:00',
  quantity: 60,
  state: 'suspended',
  reason: 'no-subscription',
  since: '2026-10-10T10:05:00',
  attempts: 9,
};

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['used by a customer', { usage: [usage()], rated: [rated()], billed: [billed()] }, ['pass']],
  [
    'used four days after the end: worth the mean of a unit',
    { subscription: ended('2026-10-10'), usage: [usage({ quantity: 90 })], rated: OTHER },
    ['breach', 'used-after-end ended-line|c1 0.150000'],
  ],
  [
    'rated all the same: worth what was rated',
    { subscription: ended('2026-10-10'), usage: [usage()], rated: [rated({ amount: '0.37' }), ...OTHER] },
    ['breach', 'used-after-end ended-line|c1 0.370000'],
  ],
  [
    'partials of one session count together',
    {
      subscription: ended('2026-10-10'),
      usage: [usage(), usage({ partial_sequence: 2, start_time: '2026-10-14T10:01:00' })],
      rated: OTHER,
    },
    ['breach', 'used-after-end ended-line|c1 0.200000'],
  ],
  [
    'a day after the end, to the minute: no longer grace',
    {
      subscription: ended('2026-10-13'),
      usage: [usage({ session_start: '2026-10-14T00:00:00' })],
      rated: OTHER,
    },
    ['breach', 'used-after-end ended-line|c1 0.100000'],
  ],
  [
    'a second less is grace',
    {
      subscription: ended('2026-10-14'),
      usage: [usage({ session_start: '2026-10-14T23:59:59' })],
      rated: OTHER,
    },
    ['pass'],
  ],
  [
    'somebody else has the number by then',
    {
      subscription: [
        ...ended('2026-10-01'),
        subscription('S3', '43660001', 'O1', { valid_from: '2026-10-12' }),
      ],
      usage: [usage()],
      rated: OTHER,
    },
    ['pass'],
  ],
  ['a number that nobody ever had', { usage: [usage({ a_number: '43660777' })], rated: OTHER }, ['pass']],
  [
    'billed all the same is no loss',
    { subscription: ended('2026-10-10'), usage: [usage()], rated: [rated()], billed: [billed()] },
    ['pass'],
  ],
  [
    'in suspense too: counted here',
    { subscription: ended('2026-10-10'), usage: [usage()], rated: OTHER, suspense: [aside] },
    ['breach', 'used-after-end ended-line|c1 0.100000'],
  ],
  [
    'a barred line: its session is judged with its money as any other',
    {
      network_profile: [line('43660001', { status: 'barred' })],
      usage: [usage()],
      rated: [rated()],
    },
    ['breach', 'used-while-barred ended-line|c1 0.000000'],
  ],
  [
    'barred a moment ago',
    {
      network_profile: [
        line('43660001', { active_to: '2026-10-14' }),
        line('43660001', { status: 'barred', active_from: '2026-10-14' }),
      ],
      usage: [usage()],
      rated: [rated()],
    },
    ['pass'],
  ],
  [
    'an hour of usage is missing',
    { subscription: ended('2026-10-10'), usage: [usage()], rated: OTHER },
    ['inconclusive'],
    { missing: { usage: { '2026-10-14': ['2026-10-14T10'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(p05UsageAfterEnd.id, world, options)).toEqual(expected);
  },
);

test('a record that stands in suspense too counts once: P05 has the money, U12 the age', async () => {
  const found = await audit(
    { subscription: ended('2026-10-10'), usage: [usage()], rated: OTHER, suspense: [aside] },
    { controls: ['P05', 'U12'] },
  );
  found.remove();
  expect(found.violations.map((row) => `${row.control_id} ${row.impact}`)).toEqual(
    ['U12 0.000000', 'P05 0.100000'].sort(),
  );
});

test('a barred line that was not billed counts once: U06 has the money, P05 the cause', async () => {
  const found = await audit(
    { network_profile: [line('43660001', { status: 'barred' })], usage: [usage()], rated: [rated()] },
    { controls: ['P05', 'U06'] },
  );
  found.remove();
  expect(found.violations.map((row) => `${row.control_id} ${row.impact}`)).toEqual([
    'P05 0.000000',
    'U06 0.100000',
  ]);
});
