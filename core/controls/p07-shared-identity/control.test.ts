import { auditControl } from '#tests/support/audit.ts';
import { subscription } from '#tests/support/small-operator.ts';
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
