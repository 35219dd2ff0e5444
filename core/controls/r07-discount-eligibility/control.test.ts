import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { subscription } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r07DiscountEligibility } from './control.ts';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const line = (amount: string, over: TestRow = {}): TestRow => ({
  line_id: `l${amount}`,
  invoice_id: 'I1',
  account_id: 'A-S1',
  subscription_id: 'S1',
  kind: 'discount',
  reference: 'D1',
  amount,
  currency: 'EUR',
  period_from: '2026-09-01',
  period_to: '2026-09-30',
  invoiced_at: '2026-10-02T00:00:00',
  ...over,
});
const promo = (over: TestRow = {}): TestRow => ({
  discount_id: 'D1',
  name: 'Autumn',
  charge_type: 'all',
  percent: '10',
  fixed_amount: '0',
  priority: 1,
  valid_from: '2026-09-01',
  valid_to: '2026-10-01',
  ...over,
});
const given = (over: TestRow, amount = '-3.1'): TestWorld => ({
  discount: [promo(over)],
  invoice_line: [line(amount)],
});
const key = 'discount|I1|S1|D1';

const rows: readonly Row[] = [
  ['valid and for all', given({}), ['pass']],
  ['for this offer and segment', given({ offer_id: 'O1', segment: 'consumer' }), ['pass']],
  ['for another offer', given({ offer_id: 'O2' }), ['breach', `not-eligible ${key} 3.100000`]],
  ['for another segment', given({ segment: 'business' }), ['breach', `not-eligible ${key} 3.100000`]],
  [
    'ended as the period began',
    given({ valid_from: '2026-01-01', valid_to: '2026-09-01' }),
    ['breach', `outside-validity ${key} 3.100000`],
  ],
  [
    'ended on the first day of the period',
    given({ valid_from: '2026-01-01', valid_to: '2026-09-01T00:00:01' }),
    ['pass'],
  ],
  [
    'begins the day after the period',
    given({ valid_from: '2026-10-01', valid_to: null }),
    ['breach', `outside-validity ${key} 3.100000`],
  ],
  ['begins on its last day', given({ valid_from: '2026-09-30', valid_to: null }), ['pass']],
  ['not in the catalogue', given({ discount_id: 'D2' }), ['breach', `unknown-discount ${key} 3.100000`]],
  ['within the tolerance', given({ discount_id: 'D2' }, '-0.01'), ['pass']],
  [
    'just beyond it',
    given({ discount_id: 'D2' }, '-0.010001'),
    ['breach', `unknown-discount ${key} 0.010001`],
  ],
  [
    'an expired discount that raised the bill is owed back',
    given({ segment: 'business' }, '2'),
    ['breach', `not-eligible ${key} -2.000000`],
  ],
  [
    'given and taken back',
    { discount: [promo({ offer_id: 'O2' })], invoice_line: [line('-3.1'), line('3.1')] },
    ['pass'],
  ],
  [
    'a later version of the discount is valid',
    {
      discount: [promo({ valid_to: '2026-08-01', valid_from: '2026-07-01' }), promo()],
      invoice_line: [line('-3.1')],
    },
    ['pass'],
  ],
  [
    'a line of the account: one of its subscriptions has the offer',
    {
      discount: [promo({ offer_id: 'O2' })],
      subscription: [
        subscription('S1', '43660001', 'O1'),
        subscription('S3', '43660003', 'O2', { account_id: 'A-S1' }),
      ],
      invoice_line: [line('-3.1', { subscription_id: null })],
    },
    ['pass'],
  ],
  [
    'a charge is no discount',
    { discount: [promo({ offer_id: 'O2' })], invoice_line: [line('-3.1', { kind: 'credit' })] },
    ['pass'],
  ],
  [
    'a day of the feed is missing',
    given({ offer_id: 'O2' }),
    ['inconclusive'],
    { missing: { invoice_line: { '2026-10-21': ['2026-10-21'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r07DiscountEligibility.id, world, options)).toEqual(expected);
  },
);
