import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r08PromoStacking } from './control.ts';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const line = (reference: string, amount: string, over: TestRow = {}): TestRow => ({
  line_id: `l-${reference}${amount}`,
  invoice_id: 'I1',
  account_id: 'A-S1',
  subscription_id: 'S1',
  kind: 'discount',
  reference,
  amount,
  currency: 'EUR',
  period_from: '2026-09-01',
  period_to: '2026-09-30',
  invoiced_at: '2026-10-02T00:00:00',
  ...over,
});
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
const discount = [promo('D1', 2), promo('D2', 1), promo('D3', 3)];
/** A floor of the offer, with two discounts of no group. */
const floor = (floor_percent: string | null): TestWorld => ({
  discount: [
    ...discount,
    promo('D4', 1, { exclusion_group: null }),
    promo('D5', 1, { exclusion_group: null }),
  ],
  commitment: [
    { offer_id: 'O1', minimum: '0', maximum: null, floor_percent, currency: 'EUR', valid_from: '2020-01-01' },
  ],
});
/** Charges of 50.00 on the invoice. */
const gross = [
  line('', '19', { kind: 'usage', reference: null }),
  line('', '31', { kind: 'recurring', reference: null }),
];
const stacked = (id: string) => `stacked stacked|I1|S1|${id}|bonus`;

const rows: readonly Row[] = [
  ['one of the group', { discount, invoice_line: [line('D1', '-5')] }, ['pass']],
  [
    'two: the one of the better priority stays',
    { discount, invoice_line: [line('D1', '-5'), line('D2', '-3')] },
    ['breach', `${stacked('D1')} 5.000000`],
  ],
  [
    'three: all but one are too many',
    { discount, invoice_line: [line('D1', '-5'), line('D2', '-3'), line('D3', '-7')] },
    ['breach', `${stacked('D1')} 5.000000`, `${stacked('D3')} 7.000000`],
  ],
  [
    'of equal priority the first id stays',
    { discount: [promo('D1', 1), promo('D2', 1)], invoice_line: [line('D2', '-3'), line('D1', '-5')] },
    ['breach', `${stacked('D2')} 3.000000`],
  ],
  [
    'a group each',
    {
      discount: [promo('D1', 2, { exclusion_group: 'other' }), promo('D2', 1)],
      invoice_line: [line('D1', '-5'), line('D2', '-3')],
    },
    ['pass'],
  ],
  [
    'no group',
    {
      discount: [promo('D1', 2, { exclusion_group: null }), promo('D2', 1)],
      invoice_line: [line('D1', '-5'), line('D2', '-3')],
    },
    ['pass'],
  ],
  [
    'one that is not due excludes nothing',
    {
      discount: [promo('D1', 2), promo('D2', 1, { offer_id: 'O2' })],
      invoice_line: [line('D1', '-5'), line('D2', '-3')],
    },
    ['pass'],
  ],
  [
    'another subscription',
    {
      discount,
      invoice_line: [line('D1', '-5'), line('D2', '-3', { subscription_id: 'S2', account_id: 'A-S1' })],
    },
    ['pass'],
  ],
  [
    'another invoice',
    { discount, invoice_line: [line('D1', '-5'), line('D2', '-3', { invoice_id: 'I2' })] },
    ['pass'],
  ],
  [
    'one was taken back',
    { discount, invoice_line: [line('D1', '-5'), line('D1', '5'), line('D2', '-3')] },
    ['pass'],
  ],
  ['within the tolerance', { discount, invoice_line: [line('D1', '-0.01'), line('D2', '-3')] }, ['pass']],
  [
    'just beyond it',
    { discount, invoice_line: [line('D1', '-0.010001'), line('D2', '-3')] },
    ['breach', `${stacked('D1')} 0.010001`],
  ],
  [
    'one that raised the bill is owed back',
    { discount, invoice_line: [line('D1', '5'), line('D2', '-3')] },
    ['breach', `${stacked('D1')} -5.000000`],
  ],
  [
    'two that may stand together leave exactly the floor',
    { ...floor('70'), invoice_line: [...gross, line('D4', '-5'), line('D5', '-10')] },
    ['pass'],
  ],
  [
    'two that may stand together leave less than the floor',
    { ...floor('70'), invoice_line: [...gross, line('D4', '-5'), line('D5', '-10.02')] },
    ['breach', 'below-floor floor|I1|S1 0.020000'],
  ],
  [
    'one that excludes another does not count for the floor',
    { ...floor('90'), invoice_line: [...gross, line('D1', '-5'), line('D2', '-5')] },
    ['breach', `${stacked('D1')} 5.000000`],
  ],
  [
    'no floor is known, and more is taken off than there is',
    { ...floor(null), invoice_line: [...gross, line('D4', '-20'), line('D5', '-31')] },
    ['breach', 'below-floor floor|I1|S1 1.000000'],
  ],
  [
    'a discount alone, its charges on another invoice',
    { ...floor('70'), invoice_line: [line('D4', '-5')] },
    ['pass'],
  ],
  [
    'a day of the feed is missing',
    { discount, invoice_line: [line('D1', '-5'), line('D2', '-3')] },
    ['inconclusive'],
    { missing: { invoice_line: { '2026-10-21': ['2026-10-21'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r08PromoStacking.id, world, options)).toEqual(expected);
  },
);
