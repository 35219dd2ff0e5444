import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r10OneOffFee } from './control.ts';

/** A SIM swap for 15.00, done on the day. */
const order = (over: TestRow = {}): TestRow => ({
  order_id: 'o1',
  subscription_id: 'S1',
  account_id: 'A-S1',
  kind: 'sim-swap',
  fee: '15.00',
  currency: 'EUR',
  completed_at: '2026-10-14T09:00:00',
  ...over,
});
/** Its line on the invoice of the month. */
const charge = (over: TestRow = {}): TestRow => ({
  line_id: 'l1',
  invoice_id: 'i1',
  account_id: 'A-S1',
  kind: 'one-off',
  reference: 'o1',
  amount: '15.00',
  currency: 'EUR',
  invoiced_at: '2026-11-01T00:00:00',
  ...over,
});
/** A line of somebody else, which shows how far invoicing has come. */
const later = (invoiced_at: string) =>
  charge({ line_id: 'l9', invoice_id: 'i9', kind: 'usage', reference: null, invoiced_at });

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['on the invoice', { order_event: [order()], invoice_line: [charge()] }, ['pass']],
  [
    'on no invoice after 35 days and a second',
    { order_event: [order()], invoice_line: [later('2026-11-18T09:00:01')] },
    ['breach', 'fee-not-billed order|o1 15.000000'],
  ],
  [
    'a line in another currency pays for nothing',
    {
      order_event: [order()],
      invoice_line: [charge({ currency: 'USD' }), later('2026-11-18T09:00:01')],
    },
    ['breach', 'fee-not-billed order|o1 15.000000'],
  ],
  ['35 days are allowed', { order_event: [order()], invoice_line: [later('2026-11-18T09:00:00')] }, ['pass']],
  [
    'at less than its fee',
    { order_event: [order()], invoice_line: [charge({ amount: '10.00' })] },
    ['breach', 'fee-too-low order|o1 5.000000'],
  ],
  [
    'twice',
    { order_event: [order()], invoice_line: [charge(), charge({ line_id: 'l2' })] },
    ['breach', 'fee-too-high order|o1 -15.000000'],
  ],
  ['the same line sent twice', { order_event: [order()], invoice_line: [charge(), charge()] }, ['pass']],
  ['a cent is rounding', { order_event: [order()], invoice_line: [charge({ amount: '14.99' })] }, ['pass']],
  [
    'waived and not charged',
    { order_event: [order({ fee: '0' })], invoice_line: [later('2026-11-28T00:00:00')] },
    ['pass'],
  ],
  [
    'waived and charged is owed back',
    { order_event: [order({ fee: '0' })], invoice_line: [charge()] },
    ['breach', 'fee-too-high order|o1 -15.000000'],
  ],
  [
    'split over two invoices',
    {
      order_event: [order()],
      invoice_line: [charge({ amount: '5' }), charge({ line_id: 'l2', amount: '10' })],
    },
    ['pass'],
  ],
  [
    'a day of invoices is missing',
    { order_event: [order()], invoice_line: [later('2026-11-28T00:00:00')] },
    ['inconclusive'],
    { missing: { invoice_line: { '2026-10-14': ['2026-10-14'] } } },
  ],
  ['no invoices are fed', { order_event: [order()] }, ['inconclusive']],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r10OneOffFee.id, world, options)).toEqual(expected);
  },
);
