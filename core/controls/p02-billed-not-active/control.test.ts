import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { adjustment, fee, line } from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { p02BilledNotActive } from './control.ts';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const MONTH: AuditOptions = { period: '2026-10', controls: [p02BilledNotActive.id] };

const rows: readonly Row[] = [
  ['served and billed', { billed: [fee(), fee({ subscription_id: 'S2', amount: '62' })] }, ['pass'], MONTH],
  [
    'billed, not served',
    { network_profile: [], billed: [fee()] },
    ['breach', 'billed-not-active S1 -31.000000'],
    MONTH,
  ],
  [
    'billed on after the line ended',
    { network_profile: [line('43660001', { active_to: '2026-10-11' })], billed: [fee()] },
    ['breach', 'billed-not-active S1 -21.000000'],
    MONTH,
  ],
  [
    'two days of lag are allowed',
    { network_profile: [line('43660001', { active_to: '2026-10-30' })], billed: [fee()] },
    ['pass'],
    MONTH,
  ],
  [
    'three days are not',
    { network_profile: [line('43660001', { active_to: '2026-10-29' })], billed: [fee()] },
    ['breach', 'billed-not-active S1 -3.000000'],
    MONTH,
  ],
  ['neither billed nor served', { network_profile: [] }, ['pass'], MONTH],
  [
    'credited since',
    {
      network_profile: [],
      billed: [fee(), adjustment('-31', { correlation_id: null, event_time: '2026-10-01' })],
    },
    ['pass'],
    MONTH,
  ],
  [
    'credited in part',
    {
      network_profile: [],
      billed: [fee(), adjustment('-30', { correlation_id: null, event_time: '2026-10-01' })],
    },
    ['breach', 'billed-not-active S1 -1.000000'],
    MONTH,
  ],
  [
    'two subscriptions credited by one order, one of them posted twice',
    {
      network_profile: [],
      billed: [
        fee(),
        fee({ subscription_id: 'S2', amount: '62' }),
        ...[
          ['S1', '-31', 'J1'],
          ['S2', '-62', 'J2'],
          ['S2', '-62', 'J3'],
        ].map(([subscription_id = '', amount = '', bill_item_id = '']) =>
          adjustment(amount, {
            bill_item_id,
            subscription_id,
            correlation_id: null,
            event_time: '2026-10-01',
            reference: 'TMF678-1',
          }),
        ),
      ],
    },
    ['pass'],
    MONTH,
  ],
  [
    'the next month is none of this one',
    {
      network_profile: [],
      billed: [
        fee({ period_from: '2026-11-01', period_to: '2026-11-30', event_time: '2026-10-31T23:00:00' }),
      ],
    },
    ['pass'],
    MONTH,
  ],
  [
    'billed in another currency is suspended',
    { network_profile: [], billed: [fee({ currency: 'USD' })] },
    ['pass'],
    MONTH,
  ],
  [
    'the postings of the first days are missing',
    { network_profile: [], billed: [fee()] },
    ['inconclusive'],
    { ...MONTH, missing: { billed: { '2026-10-01': ['2026-10-02'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(p02BilledNotActive.id, world, options)).toEqual(expected);
  },
);
