import { audit, auditControl } from '#tests/support/audit.ts';
import { fee, line, subscription } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import { p07SharedIdentity } from './control.ts';

/** S1 has number 43660001 from 2020 on; T is a line of another account. */
const S1 = (over: TestRow = {}) => subscription('S1', '43660001', 'O1', over);
const T = (over: TestRow = {}) => subscription('T', '43660055', 'O1', { valid_from: '2026-10-10', ...over });

type Row = readonly [condition: string, rows: readonly TestRow[], expected: readonly string[]];

const rows: readonly Row[] = [
  ['each its own', [S1(), T()], ['pass']],
  [
    'one SIM on two accounts',
    [S1(), T({ imsi: 'imsi-43660001' })],
    ['breach', 'sim-on-two-accounts identity|S1|T 0.000000'],
  ],
  [
    'one number on two accounts',
    [S1(), T({ msisdn: '43660001' })],
    ['breach', 'number-on-two-accounts identity|S1|T 0.000000'],
  ],
  [
    'both: one violation, named after the SIM',
    [S1(), T({ msisdn: '43660001', imsi: 'imsi-43660001' })],
    ['breach', 'sim-on-two-accounts identity|S1|T 0.000000'],
  ],
  ['two lines of one account', [S1(), T({ account_id: 'A-S1', msisdn: '43660001' })], ['pass']],
  [
    'handed over with its SIM on one day',
    [S1({ valid_to: '2026-10-10' }), T({ msisdn: '43660001', imsi: 'imsi-43660001' })],
    ['pass'],
  ],
  [
    'a number that rested for 29 days',
    [S1({ valid_to: '2026-09-11' }), T({ msisdn: '43660001' })],
    ['breach', 'number-recycled identity|S1|T 0.000000'],
  ],
  ['that rested for 30', [S1({ valid_to: '2026-09-10' }), T({ msisdn: '43660001' })], ['pass']],
  [
    'a day together, in another month',
    [
      S1({ valid_to: '2026-08-11' }),
      T({ imsi: 'imsi-43660001', valid_from: '2026-08-10', valid_to: '2026-08-30' }),
    ],
    ['pass'],
  ],
  [
    'a row that was cancelled before it began',
    [S1(), T({ imsi: 'imsi-43660001', valid_to: '2026-10-10' })],
    ['pass'],
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, given, expected]) => ({ condition, given, expected })))(
  '$condition',
  async ({ given, expected }) => {
    expect(await auditControl(p07SharedIdentity.id, { subscription: given })).toEqual(expected);
  },
);

/** The network serves the one SIM all month; each of the two has paid for its days. */
const paid = (first: TestRow, second: TestRow) => [
  fee(first),
  fee({ subscription_id: 'T', account_id: 'A-T', ...second }),
];

// Fees are judged line by line: the days of a SIM belong to whoever had it then.
test.each([
  {
    condition: 'handed over with its SIM within the month: each is served on its own days',
    given: [S1({ valid_to: '2026-10-11' }), T({ imsi: 'imsi-43660001', valid_from: '2026-10-11' })],
    billed: paid(
      { period_to: '2026-10-10', amount: '10.00' },
      { period_from: '2026-10-11', event_time: '2026-10-11T00:00:00', amount: '21.00' },
    ),
    expected: [],
  },
  {
    condition: 'handed over, and the fee of the second is missing',
    given: [S1({ valid_to: '2026-10-11' }), T({ imsi: 'imsi-43660001', valid_from: '2026-10-11' })],
    billed: [fee({ period_to: '2026-10-10', amount: '10.00' })],
    expected: ['P01 T 21.000000'],
  },
  {
    condition: 'on two accounts at a time: the first is served, the fee of the second is owed back',
    given: [S1(), T({ imsi: 'imsi-43660001', valid_from: '2026-10-01' })],
    billed: paid({}, {}),
    expected: ['P02 T -31.000000', 'P07 identity|S1|T 0.000000'],
  },
  {
    condition: 'served after both had ended: the days are of the one that had it last',
    given: [
      S1({ valid_to: '2026-10-06' }),
      T({ imsi: 'imsi-43660001', valid_from: '2026-10-06', valid_to: '2026-10-11' }),
    ],
    billed: paid(
      { period_to: '2026-10-05', amount: '5.00' },
      {
        period_from: '2026-10-06',
        period_to: '2026-10-10',
        event_time: '2026-10-06T00:00:00',
        amount: '5.00',
      },
    ),
    expected: ['P01 T 21.000000'],
  },
])('together: $condition', async ({ given, billed, expected }) => {
  const run = await audit(
    { subscription: given, billed, network_profile: [line('43660001')] },
    { controls: ['P01', 'P02', 'P07', 'R09'], period: '2026-10' },
  );
  run.remove();
  expect(run.violations.map((row) => `${row.control_id} ${row.key} ${row.impact}`)).toEqual(expected);
});
