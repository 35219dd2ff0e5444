import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { subscription } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r11MinimumCap } from './control.ts';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const line = (kind: string, amount: string, over: TestRow = {}): TestRow => ({
  line_id: `${kind}-${amount}`,
  invoice_id: 'I1',
  account_id: 'A-S1',
  subscription_id: 'S1',
  kind,
  amount,
  currency: 'EUR',
  period_from: '2026-09-01',
  period_to: '2026-09-30',
  invoiced_at: '2026-10-02T00:00:00',
  ...over,
});
const commitment: TestRow[] = [
  { offer_id: 'O1', minimum: '20', maximum: '50', currency: 'EUR', valid_from: '2020-01-01' },
];
const key = 'commitment|S1|2026-09';

const rows: readonly Row[] = [
  ['between both', { commitment, invoice_line: [line('usage', '30')] }, ['pass']],
  ['exactly the minimum', { commitment, invoice_line: [line('usage', '20')] }, ['pass']],
  ['a cent below it is tolerated', { commitment, invoice_line: [line('usage', '19.99')] }, ['pass']],
  [
    'just beyond the tolerance',
    { commitment, invoice_line: [line('usage', '19.989999')] },
    ['breach', `below-minimum ${key} 0.010001`],
  ],
  [
    'discounts take it below the minimum',
    { commitment, invoice_line: [line('usage', '25'), line('discount', '-10')] },
    ['breach', `below-minimum ${key} 5.000000`],
  ],
  [
    'filled up by a minimum line',
    { commitment, invoice_line: [line('usage', '12'), line('minimum', '8')] },
    ['pass'],
  ],
  [
    'the minimum was charged without looking at what was billed',
    {
      commitment: [{ ...commitment[0], maximum: '20' }],
      invoice_line: [line('usage', '12'), line('minimum', '20')],
    },
    ['breach', `above-maximum ${key} -12.000000`],
  ],
  [
    'above the maximum is owed back',
    { commitment, invoice_line: [line('usage', '61.5')] },
    ['breach', `above-maximum ${key} -11.500000`],
  ],
  [
    'brought down by a cap line',
    { commitment, invoice_line: [line('usage', '61.5'), line('cap', '-11.5')] },
    ['pass'],
  ],
  [
    'no maximum',
    { commitment: [{ ...commitment[0], maximum: null }], invoice_line: [line('usage', '9999')] },
    ['pass'],
  ],
  [
    'a one-off fee, a credit and tax do not count',
    {
      commitment,
      invoice_line: [line('usage', '49'), line('one-off', '30'), line('tax', '15'), line('credit', '-40')],
    },
    ['pass'],
  ],
  [
    'the offer was held for part of the month',
    {
      commitment,
      subscription: [subscription('S1', '43660001', 'O1', { valid_from: '2026-09-02' })],
      invoice_line: [line('usage', '5')],
    },
    ['pass'],
  ],
  [
    'the commitment begins the month after',
    { commitment: [{ ...commitment[0], valid_from: '2026-10-01' }], invoice_line: [line('usage', '5')] },
    ['pass'],
  ],
  [
    'a day of the feed is missing',
    { commitment, invoice_line: [line('usage', '5')] },
    ['inconclusive'],
    { missing: { invoice_line: { '2026-10-21': ['2026-10-21'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r11MinimumCap.id, world, options)).toEqual(expected);
  },
);

const promo = (discount_id: string, priority: number, over: TestRow = {}): TestRow => ({
  discount_id,
  name: discount_id,
  charge_type: 'all',
  percent: '10',
  fixed_amount: '0',
  exclusion_group: 'bonus',
  priority,
  valid_from: '2026-01-01',
  ...over,
});
const discounted = (reference: string, amount: string): TestRow => line('discount', amount, { reference });

// Several controls on one world: what one has counted the other leaves, and all of them make the bill right.
const together: readonly (readonly [condition: string, rows: TestWorld, expected: readonly string[]])[] = [
  [
    'a discount for somebody else takes it below the minimum: the discount, and nothing more',
    {
      commitment,
      discount: [promo('D1', 1, { offer_id: 'O2' })],
      invoice_line: [line('usage', '25'), discounted('D1', '-10')],
    },
    ['R07 not-eligible 10.000000'],
  ],
  [
    'with the discount it is still below: each its part',
    {
      commitment,
      discount: [promo('D1', 1, { offer_id: 'O2' })],
      invoice_line: [line('usage', '18'), discounted('D1', '-10')],
    },
    ['R07 not-eligible 10.000000', 'R11 below-minimum 2.000000'],
  ],
  [
    'stacked discounts take it below the minimum',
    {
      commitment,
      discount: [promo('D1', 2), promo('D2', 1)],
      invoice_line: [line('usage', '27'), discounted('D1', '-6'), discounted('D2', '-4')],
    },
    ['R08 stacked 6.000000'],
  ],
  [
    'without the discount it is above the maximum',
    {
      commitment,
      discount: [promo('D1', 1, { offer_id: 'O2' })],
      invoice_line: [line('usage', '55'), discounted('D1', '-10')],
    },
    ['R07 not-eligible 10.000000', 'R11 above-maximum -5.000000'],
  ],
  [
    'what is below the floor is not counted as the minimum again',
    {
      commitment: [{ ...commitment[0], floor_percent: '80' }],
      discount: [promo('D1', 1)],
      invoice_line: [line('usage', '30'), discounted('D1', '-15')],
    },
    ['R08 below-floor 9.000000'],
  ],
];

test.each(together.map(([condition, world, expected]) => ({ condition, world, expected })))(
  'together: $condition',
  async ({ world, expected }) => {
    const run = await audit(world, { controls: ['R07', 'R08', 'R11'], period: '2026-10' });
    run.remove();
    expect(run.violations.map((row) => `${row.control_id} ${row.symptom} ${row.impact}`)).toEqual(expected);
  },
);
