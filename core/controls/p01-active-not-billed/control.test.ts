import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { adjustment, fee, line, subscription } from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { p01ActiveNotBilled } from './control.ts';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const MONTH: AuditOptions = { period: '2026-10', controls: [p01ActiveNotBilled.id] };

const rows: readonly Row[] = [
  ['served and billed', { billed: [fee(), fee({ subscription_id: 'S2', amount: '62' })] }, ['pass'], MONTH],
  ['served, not billed', { billed: [fee()] }, ['breach', 'active-not-billed S2 62.000000'], MONTH],
  ['a test line is not billed', { billed: [fee(), fee({ subscription_id: 'S2' })] }, ['pass'], MONTH],
  [
    'two days late are allowed',
    { billed: [fee({ period_from: '2026-10-03' }), fee({ subscription_id: 'S2' })] },
    ['pass'],
    MONTH,
  ],
  [
    'three days are not',
    { billed: [fee({ period_from: '2026-10-04' }), fee({ subscription_id: 'S2' })] },
    ['breach', 'active-not-billed S1 3.000000'],
    MONTH,
  ],
  [
    'a part of the month, rounded half up to cents',
    {
      network_profile: [line('43660001', { active_from: '2026-10-25' })],
      catalog: [
        { offer_id: 'O1', monthly_fee: '9.99', currency: 'EUR', tariff_id: 'T1', valid_from: '2020-01-01' },
      ],
    },
    ['breach', 'active-not-billed S1 2.260000'],
    MONTH,
  ],
  ['not served, not billed', { network_profile: [] }, ['pass'], MONTH],
  [
    'barred lines are not served',
    { network_profile: [line('43660001', { status: 'barred' })] },
    ['pass'],
    MONTH,
  ],
  [
    'another SIM with the number of the subscription',
    { network_profile: [line('43660001', { imsi: 'other' })] },
    ['breach', 'active-not-billed S1 31.000000'],
    MONTH,
  ],
  [
    'two offers in a month, one fee is missing',
    {
      subscription: [
        subscription('S1', '43660001', 'O1', { valid_to: '2026-10-11' }),
        subscription('S1', '43660001', 'O2', { valid_from: '2026-10-11' }),
      ],
      network_profile: [line('43660001')],
      billed: [fee({ period_to: '2026-10-10', amount: '10' })],
    },
    ['breach', 'active-not-billed S1 42.000000'],
    MONTH,
  ],
  [
    'served beyond both of its offers: the newest is due',
    {
      subscription: [
        subscription('S1', '43660001', 'O1', { valid_to: '2026-10-11' }),
        subscription('S1', '43660001', 'O2', { valid_from: '2026-10-11', valid_to: '2026-10-21' }),
      ],
      network_profile: [line('43660001')],
    },
    ['breach', 'active-not-billed S1 52.000000'],
    MONTH,
  ],
  [
    'charged afterwards',
    {
      billed: [
        fee(),
        adjustment('62', { correlation_id: null, subscription_id: 'S2', event_time: '2026-10-01' }),
      ],
    },
    ['pass'],
    MONTH,
  ],
  [
    'an adjustment of a session is none of the fee',
    {
      billed: [
        fee(),
        adjustment('62', { correlation_id: 'c9', subscription_id: 'S2', event_time: '2026-10-01' }),
      ],
    },
    ['breach', 'active-not-billed S2 62.000000'],
    MONTH,
  ],
  [
    'a fee that begins at midnight in Vienna',
    {
      billed: [
        fee({ event_time: '2026-09-30T22:00:00' }),
        fee({ subscription_id: 'S2', event_time: '2026-09-30T22:00:00' }),
      ],
    },
    ['pass'],
    MONTH,
  ],
  [
    'the postings of the first days are missing',
    { billed: [fee()] },
    ['inconclusive'],
    { ...MONTH, missing: { billed: { '2026-10-01': ['2026-10-02'] } } },
  ],
  [
    'the postings of a later day are missing: whoever began then is not judged',
    {
      subscription: [subscription('S1', '43660001', 'O1', { valid_from: '2026-10-14' })],
      network_profile: [line('43660001', { active_from: '2026-10-14' })],
    },
    ['pass'],
    { ...MONTH, missing: { billed: { '2026-10-14': ['2026-10-14'] } } },
  ],
  ['a day alone says nothing about a month', {}, ['inconclusive'], { period: '2026-10-14' }],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(p01ActiveNotBilled.id, world, options)).toEqual(expected);
  },
);
