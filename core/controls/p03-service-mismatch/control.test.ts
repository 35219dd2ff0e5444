import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { line, subscription } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { p03ServiceMismatch } from './control.ts';

/** A service that the network allows the SIM of S1. */
const allowed = (service: string, over: TestRow = {}): TestRow => ({
  imsi: 'imsi-43660001',
  service,
  active_from: '2020-01-01',
  ...over,
});
const entitlement: TestRow[] = [
  { offer_id: 'O1', service: 'voice', monthly_price: '0', included: true, currency: 'EUR' },
  { offer_id: 'O1', service: '5g', monthly_price: '6.20', included: false, currency: 'EUR' },
  { offer_id: 'O2', service: '5g', monthly_price: '3.10', included: true, currency: 'EUR' },
  { offer_id: 'O2', service: 'slice-gold', monthly_price: '62', included: true, currency: 'EUR' },
];
const S1: TestWorld = {
  subscription: [subscription('S1', '43660001', 'O1')],
  network_profile: [line('43660001')],
  network_service: [allowed('voice')],
  entitlement,
};

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['allowed what the offer includes', S1, ['pass']],
  [
    'allowed all month what the offer sells for more: the price of the offer',
    { ...S1, network_service: [allowed('voice'), allowed('5g')] },
    ['breach', 'service-not-sold service|S1|5g|service-not-sold 6.200000'],
  ],
  [
    'allowed for ten days what only another offer has: its price, by days',
    {
      ...S1,
      network_service: [
        allowed('voice'),
        allowed('slice-gold', { active_from: '2026-10-05', active_to: '2026-10-15' }),
      ],
    },
    ['breach', 'service-not-sold service|S1|slice-gold|service-not-sold 20.000000'],
  ],
  [
    'allowed what nobody sells: no money, still a breach',
    { ...S1, network_service: [allowed('voice'), allowed('lab')] },
    ['breach', 'service-not-sold service|S1|lab|service-not-sold 0.000000'],
  ],
  [
    'two days late are allowed',
    { ...S1, network_service: [allowed('voice'), allowed('5g', { active_to: '2026-10-03' })] },
    ['pass'],
  ],
  [
    'three days are not',
    { ...S1, network_service: [allowed('voice'), allowed('5g', { active_to: '2026-10-04' })] },
    ['breach', 'service-not-sold service|S1|5g|service-not-sold 0.600000'],
  ],
  [
    'sold and not allowed is owed back',
    {
      ...S1,
      subscription: [subscription('S1', '43660001', 'O2')],
      network_service: [allowed('5g', { active_from: '2026-10-17' }), allowed('slice-gold')],
    },
    ['breach', 'service-not-provisioned service|S1|5g|service-not-provisioned -1.600000'],
  ],
  [
    'a line that is not served: its fee is another control',
    {
      ...S1,
      subscription: [subscription('S1', '43660001', 'O2')],
      network_profile: [line('43660001', { status: 'barred' })],
    },
    ['pass'],
  ],
  [
    'the offer changed in the month, and the service with it',
    {
      ...S1,
      subscription: [
        subscription('S1', '43660001', 'O2', { valid_to: '2026-10-11' }),
        subscription('S1', '43660001', 'O1', { valid_from: '2026-10-11' }),
      ],
      network_service: ['5g', 'slice-gold']
        .map((service) => allowed(service, { active_to: '2026-10-11' }))
        .concat(allowed('voice', { active_from: '2026-10-11' })),
    },
    ['pass'],
  ],
  [
    'a test line may use what it wants',
    {
      ...S1,
      subscription: [subscription('S1', '43660001', 'O1', { purpose: 'test' })],
      network_service: [allowed('voice'), allowed('5g')],
    },
    ['pass'],
  ],
  ['no services of the network', { entitlement }, ['inconclusive']],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(p03ServiceMismatch.id, world, options)).toEqual(expected);
  },
);
