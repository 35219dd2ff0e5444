import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { fee, line, subscription } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { p04PlanMismatch } from './control.ts';

/** S1 as the billing system has it: offer O1 at 31.00. */
const kept = (over: TestRow = {}): TestRow => ({
  subscription_id: 'S1',
  account_id: 'A-S1',
  offer_id: 'O1',
  monthly_fee: '31',
  currency: 'EUR',
  valid_from: '2020-01-01',
  ...over,
});
/** A fixed line, which the network feed does not know. */
const FIXED: TestWorld = { network_profile: [line('43660009')], billed: [fee({ subscription_id: 'S9' })] };

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['the same plan', { billing_subscription: [kept()], ...FIXED }, ['pass']],
  [
    'another offer, of which no other control sees anything',
    { billing_subscription: [kept({ offer_id: 'O2', monthly_fee: '20' })], ...FIXED },
    ['breach', 'offer-differs plan|S1 11.000000'],
  ],
  [
    'a fee that is too high is owed back',
    { billing_subscription: [kept({ monthly_fee: '62' })], ...FIXED },
    ['breach', 'fee-differs plan|S1 -31.000000'],
  ],
  [
    'for ten days only',
    { billing_subscription: [kept({ monthly_fee: '0', valid_from: '2026-10-22' })], ...FIXED },
    ['breach', 'fee-differs plan|S1 10.000000'],
  ],
  ['a cent is rounding', { billing_subscription: [kept({ monthly_fee: '31.01' })], ...FIXED }, ['pass']],
  [
    'more is not',
    { billing_subscription: [kept({ monthly_fee: '30.989999' })], ...FIXED },
    ['breach', 'fee-differs plan|S1 0.010001'],
  ],
  [
    'changed in both on the same day',
    {
      subscription: [
        subscription('S1', '43660001', 'O1', { valid_to: '2026-10-11' }),
        subscription('S1', '43660001', 'O2', { valid_from: '2026-10-11' }),
      ],
      billing_subscription: [
        kept({ valid_to: '2026-10-11' }),
        kept({ offer_id: 'O2', monthly_fee: '62', valid_from: '2026-10-11' }),
      ],
      ...FIXED,
    },
    ['pass'],
  ],
  [
    'served: the cause is named, the money is counted elsewhere',
    { billing_subscription: [kept({ monthly_fee: '20' })], billed: [fee({ subscription_id: 'S9' })] },
    ['breach', 'fee-differs plan|S1 0.000000'],
  ],
  [
    'a test line',
    {
      billing_subscription: [kept({ subscription_id: 'S9', monthly_fee: '0' })],
      ...FIXED,
    },
    ['pass'],
  ],
  ['nobody knows what billing has', FIXED, ['inconclusive']],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(p04PlanMismatch.id, world, options)).toEqual(expected);
  },
);

test('a wrong plan whose wrong fee was billed counts once: R09 has the money, P04 the cause', async () => {
  const found = await audit(
    {
      billing_subscription: [kept({ monthly_fee: '20' })],
      billed: [fee({ amount: '20' }), fee({ subscription_id: 'S2', amount: '62' })],
    },
    { period: '2026-10', controls: ['P01', 'P02', 'P04', 'R09'] },
  );
  found.remove();
  expect(found.violations.map((row) => `${row.control_id} ${row.key} ${row.impact}`)).toEqual([
    'P04 plan|S1 0.000000',
    'R09 S1 11.000000',
  ]);
});
