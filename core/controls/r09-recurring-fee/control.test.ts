import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { adjustment, fee, line, subscription } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r09RecurringFee } from './control.ts';

const MONTH: AuditOptions = { period: '2026-10', controls: ['P01', 'P02', 'R09'] };
const S2 = fee({ subscription_id: 'S2', amount: '62' });
const adjusted = (amount: string, over: TestRow = {}) =>
  adjustment(amount, { correlation_id: null, event_time: '2026-10-01', ...over });

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['the fee of the offer', { billed: [fee(), S2] }, ['pass']],
  ['too low', { billed: [fee({ amount: '21' }), S2] }, ['breach', 'fee-too-low S1 10.000000']],
  ['too high', { billed: [fee({ amount: '40.50' }), S2] }, ['breach', 'fee-too-high S1 -9.500000']],
  ['two cents of rounding', { billed: [fee({ amount: '30.98' }), S2] }, ['pass']],
  [
    'more than two cents',
    { billed: [fee({ amount: '30.979999' }), S2] },
    ['breach', 'fee-too-low S1 0.020001'],
  ],
  [
    'pro rata of the days that are left, at the price of all of them',
    {
      subscription: [subscription('S1', '43660001', 'O1', { valid_from: '2026-10-22' })],
      network_profile: [line('43660001', { active_from: '2026-10-22' })],
      billed: [fee({ period_from: '2026-10-22' })],
    },
    ['breach', 'fee-too-high S1 -21.000000'],
  ],
  [
    'pro rata as it should be',
    {
      subscription: [subscription('S1', '43660001', 'O1', { valid_from: '2026-10-22' })],
      network_profile: [line('43660001', { active_from: '2026-10-22' })],
      billed: [fee({ period_from: '2026-10-22', amount: '10' })],
    },
    ['pass'],
  ],
  ['a fee that was corrected since', { billed: [fee({ amount: '21' }), adjusted('10'), S2] }, ['pass']],
  [
    'corrected in part',
    { billed: [fee({ amount: '21' }), adjusted('4'), S2] },
    ['breach', 'fee-too-low S1 6.000000'],
  ],
  ['a credit for another reason is no loss of fees', { billed: [fee(), adjusted('-5'), S2] }, ['pass']],
  [
    'two days of lag are none of it',
    { billed: [fee({ period_from: '2026-10-03', amount: '29' }), S2] },
    ['pass'],
  ],
  [
    'the postings of the first days are missing',
    { billed: [fee({ amount: '21' }), S2] },
    ['inconclusive'],
    { ...MONTH, missing: { billed: { '2026-10-01': ['2026-10-02'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r09RecurringFee.id, world, options ?? MONTH)).toEqual(expected);
  },
);

type Together = readonly [condition: string, rows: TestWorld, expected: readonly string[]];
const together: readonly Together[] = [
  ['no fee at all is P01', { billed: [S2] }, ['P01 S1 31.000000']],
  [
    'half of the days at half of their price: the days are P01, the price R09',
    { billed: [fee({ period_from: '2026-10-12', amount: '10' }), S2] },
    ['P01 S1 11.000000', 'R09 S1 10.000000'],
  ],
  [
    'not served for ten days and too dear: the days are P02, the price R09',
    {
      network_profile: [line('43660001', { active_to: '2026-10-22' }), line('43660002')],
      billed: [fee({ amount: '36' }), S2],
    },
    ['P02 S1 -10.000000', 'R09 S1 -5.000000'],
  ],
];

test.each(together.map(([condition, world, expected]) => ({ condition, world, expected })))(
  'with P01 and P02: $condition',
  async ({ world, expected }) => {
    const found = await audit(world, MONTH);
    found.remove();
    expect(found.violations.map((row) => `${row.control_id} ${row.key} ${row.impact}`)).toEqual(expected);
  },
);
