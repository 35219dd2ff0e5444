import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r14Tax } from './control.ts';

const line = (line_id: string, kind: string, amount: string, over: TestRow = {}): TestRow => ({
  line_id,
  invoice_id: 'I1',
  account_id: 'A-S1',
  subscription_id: 'S1',
  kind,
  amount,
  currency: 'EUR',
  tax_code: 'VAT',
  invoiced_at: '2026-10-20T00:00:00',
  ...over,
});
const vat: TestRow = {
  tax_code: 'VAT',
  jurisdiction: 'AT',
  percent: '20',
  rounding_decimals: 2,
  valid_from: '2020-01-01',
};
const invoice = (tax: string, amount = '31.03'): TestWorld => ({
  tax_rate: [vat],
  invoice_line: [line('l1', 'recurring', amount), line('l2', 'tax', tax)],
});

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['20 percent of 31.03, rounded to cents', invoice('6.21'), ['pass']],
  ['exactly the tolerance', invoice('6.20'), ['pass']],
  ['just beyond the tolerance', invoice('6.199999'), ['breach', 'tax-too-low tax|I1|VAT 0.010001']],
  ['taxed by half the rate', invoice('3.10'), ['breach', 'tax-too-low tax|I1|VAT 3.110000']],
  ['taxed too much is owed back', invoice('7.21'), ['breach', 'tax-too-high tax|I1|VAT -1.000000']],
  [
    'half a cent is rounded up',
    { tax_rate: [vat], invoice_line: [line('l1', 'usage', '2.525'), line('l2', 'tax', '0.49')] },
    ['breach', 'tax-too-low tax|I1|VAT 0.020000'],
  ],
  [
    'rounded once on the invoice, not on each line',
    {
      tax_rate: [vat],
      invoice_line: [
        ...['a', 'b', 'c', 'd', 'e', 'f'].map((id) => line(id, 'usage', '0.024')),
        line('l2', 'tax', '0.03'),
      ],
    },
    ['pass'],
  ],
  [
    'a discount lowers the base',
    {
      tax_rate: [vat],
      invoice_line: [line('l1', 'usage', '10'), line('l3', 'discount', '-5'), line('l2', 'tax', '1')],
    },
    ['pass'],
  ],
  [
    'the rate changed before the date of the invoice',
    {
      tax_rate: [
        { ...vat, valid_to: '2026-10-20' },
        { ...vat, percent: '10', valid_from: '2026-10-20' },
      ],
      invoice_line: [line('l1', 'usage', '10'), line('l2', 'tax', '2')],
    },
    ['breach', 'tax-too-high tax|I1|VAT -1.000000'],
  ],
  [
    'two rates at once',
    { tax_rate: [vat, { ...vat, percent: '10' }], invoice_line: [line('l1', 'usage', '10')] },
    ['breach', 'no-single-rate tax|I1|VAT 0.000000'],
  ],
  [
    'a charge without a code',
    { tax_rate: [vat], invoice_line: [line('l1', 'usage', '10', { tax_code: null })] },
    ['breach', 'no-tax-code tax|I1| 0.000000'],
  ],
  [
    'an exempt code: a rate of zero',
    {
      tax_rate: [{ ...vat, tax_code: 'EXEMPT', percent: '0' }],
      invoice_line: [line('l1', 'usage', '10', { tax_code: 'EXEMPT' })],
    },
    ['pass'],
  ],
  [
    'a line that came twice counts once',
    {
      tax_rate: [vat],
      invoice_line: [line('l1', 'usage', '10'), line('l1', 'usage', '10'), line('l2', 'tax', '2')],
    },
    ['pass'],
  ],
  [
    'another currency is a sum of its own',
    {
      tax_rate: [vat],
      invoice_line: [
        line('l1', 'usage', '10'),
        line('l2', 'tax', '2'),
        line('l3', 'usage', '5', { currency: 'USD' }),
      ],
    },
    ['breach', 'tax-too-low tax|I1|VAT|USD 1.000000'],
  ],
  [
    'a day of the feed is missing',
    invoice('3.10'),
    ['inconclusive'],
    { missing: { invoice_line: { '2026-10-21': ['2026-10-21'] } } },
  ],
  ['the rates never came', { invoice_line: [line('l1', 'usage', '10')] }, ['inconclusive']],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r14Tax.id, world, options)).toEqual(expected);
  },
);
