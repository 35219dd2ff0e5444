import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r15Fx } from './control.ts';

const line = (amount: string, over: TestRow = {}): TestRow => ({
  line_id: 'l1',
  invoice_id: 'I1',
  account_id: 'A-S1',
  kind: 'usage',
  amount,
  currency: 'EUR',
  foreign_amount: '10.01',
  foreign_currency: 'USD',
  invoiced_at: '2026-10-20T09:00:00',
  ...over,
});
const rate = (rate_date: string, value: string, over: TestRow = {}): TestRow => ({
  rate_date,
  from_currency: 'USD',
  to_currency: 'EUR',
  rate: value,
  rounding_decimals: 2,
  ...over,
});
const fx_rate = [rate('2026-10-19', '0.9'), rate('2026-10-20', '0.8')];

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

// 10.01 USD at 0.8 is 8.008, so 8.01.
const rows: readonly Row[] = [
  ['the rate of the day', { fx_rate, invoice_line: [line('8.01')] }, ['pass']],
  ['exactly the tolerance', { fx_rate, invoice_line: [line('8.011')] }, ['pass']],
  ['just beyond it', { fx_rate, invoice_line: [line('8.022')] }, ['breach', 'other-rate line|l1 -0.012000']],
  ['not rounded', { fx_rate, invoice_line: [line('8.008')] }, ['breach', 'wrong-decimals line|l1 0.002000']],
  [
    'the rate of the day before',
    { fx_rate, invoice_line: [line('9.01')] },
    ['breach', 'other-day line|l1 -1.000000'],
  ],
  [
    'the wrong direction',
    { fx_rate, invoice_line: [line('12.51')] },
    ['breach', 'inverse-rate line|l1 -4.500000'],
  ],
  [
    'no rate at all explains it: too little',
    { fx_rate, invoice_line: [line('5')] },
    ['breach', 'other-rate line|l1 3.010000'],
  ],
  [
    'only the opposite direction is published: divided by it',
    {
      fx_rate: [rate('2026-10-20', '1.25', { from_currency: 'EUR', to_currency: 'USD' })],
      invoice_line: [line('8.01')],
    },
    ['pass'],
  ],
  [
    'multiplied with the opposite direction',
    {
      fx_rate: [rate('2026-10-20', '1.25', { from_currency: 'EUR', to_currency: 'USD' })],
      invoice_line: [line('12.51')],
    },
    ['breach', 'inverse-rate line|l1 -4.500000'],
  ],
  [
    'a credit, signs alike',
    { fx_rate, invoice_line: [line('-9.01', { foreign_amount: '-10.01' })] },
    ['breach', 'other-day line|l1 1.000000'],
  ],
  [
    'no rate of that day',
    { fx_rate: [rate('2026-10-19', '0.9')], invoice_line: [line('9.01')] },
    ['breach', 'no-rate line|l1 0.000000'],
  ],
  [
    'a line in the currency of the bill',
    { fx_rate, invoice_line: [line('10', { foreign_amount: null, foreign_currency: null })] },
    ['pass'],
  ],
  [
    'a day of the feed is missing',
    { fx_rate, invoice_line: [line('9.01')] },
    ['inconclusive'],
    { missing: { invoice_line: { '2026-10-21': ['2026-10-21'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r15Fx.id, world, options)).toEqual(expected);
  },
);
