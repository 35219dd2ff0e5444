import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r16CreditNote } from './control.ts';

/** A credit of 5.00, approved in case C-1. */
const credit = (over: TestRow = {}): TestRow => ({
  line_id: 'k1',
  invoice_id: 'i1',
  account_id: 'A-S1',
  subscription_id: 'S1',
  kind: 'credit',
  reference: 'C-1',
  reason: 'outage',
  amount: '-5.00',
  currency: 'EUR',
  invoiced_at: '2026-10-14T00:00:00',
  ...over,
});
const earlier = (count: number, from = 1): TestRow[] =>
  Array.from({ length: count }, (_, i) =>
    credit({ line_id: `e${i}`, reference: `C-e${i}`, invoiced_at: `2026-10-0${from + i}T00:00:00` }),
  );

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['approved', { invoice_line: [credit()] }, ['pass']],
  [
    'not approved',
    { invoice_line: [credit({ reference: null })] },
    ['breach', 'no-approval credit|k1 5.000000'],
  ],
  [
    'a blank is no approval',
    { invoice_line: [credit({ reference: ' ' })] },
    ['breach', 'no-approval credit|k1 5.000000'],
  ],
  [
    'taken back without approval is owed',
    { invoice_line: [credit({ reference: null, amount: '5.00' })] },
    ['breach', 'no-approval credit|k1 -5.000000'],
  ],
  [
    'an approval used a second time',
    { invoice_line: [credit(), credit({ line_id: 'k2', amount: '-7' })] },
    ['breach', 'approval-used-again credit|k2 7.000000'],
  ],
  [
    'one approval for two subscriptions',
    { invoice_line: [credit(), credit({ line_id: 'k2', subscription_id: 'S2' })] },
    ['pass'],
  ],
  [
    'an approved credit that was taken back',
    { invoice_line: [credit(), credit({ line_id: 'k2', amount: '5' })] },
    ['pass'],
  ],
  ['the third of a month for one reason', { invoice_line: [...earlier(2), credit()] }, ['pass']],
  ['the fourth', { invoice_line: [...earlier(3), credit()] }, ['breach', 'repeated credit|k1 5.000000']],
  [
    'four for several reasons',
    { invoice_line: [...earlier(3), credit({ reason: 'late delivery' })] },
    ['pass'],
  ],
  ['a line sent twice', { invoice_line: [credit(), credit()] }, ['pass']],
  ['a discount is no credit', { invoice_line: [credit({ kind: 'discount', reference: null })] }, ['pass']],
  [
    'a day of invoices is missing',
    { invoice_line: [credit({ reference: null })] },
    ['inconclusive'],
    { missing: { invoice_line: { '2026-10-14': ['2026-10-14'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r16CreditNote.id, world, options)).toEqual(expected);
  },
);
