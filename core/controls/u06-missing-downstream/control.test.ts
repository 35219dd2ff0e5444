import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { adjustment, billed, rated, usage } from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u06MissingDownstream } from './control.ts';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['used, rated and billed', { usage: [usage()], rated: [rated()], billed: [billed()] }, ['pass']],
  [
    'used, rated, not billed',
    { usage: [usage()], rated: [rated()] },
    ['breach', 'missing-at-billing c1 0.100000'],
  ],
  ['used only', { usage: [usage()] }, ['breach', 'missing-at-rating c1 0.100000']],
  ['a call that was not answered', { usage: [usage({ quantity: 0 })] }, ['pass']],
  ['a free destination', { usage: [usage({ service: 'sms', b_number: '4915', quantity: 1 })] }, ['pass']],
  ['a test line', { usage: [usage({ a_number: '43660009' })] }, ['pass']],
  [
    'a number that CRM does not know is suspended, not lost',
    { usage: [usage({ a_number: '43660777' })] },
    ['pass'],
  ],
  ['a destination without a zone is suspended', { usage: [usage({ b_number: '999' })] }, ['pass']],
  [
    'two partials are one session',
    {
      usage: [
        usage({ final_partial: false }),
        usage({ partial_sequence: 2, start_time: '2026-10-14T10:30:00', quantity: 61 }),
      ],
    },
    ['breach', 'missing-at-rating c1 0.300000'],
  ],
  [
    'a CDR sent twice is one session',
    { usage: [usage(), usage()], rated: [rated()] },
    ['breach', 'missing-at-billing c1 0.100000'],
  ],
  [
    'rated at zero is for the control of zero rates',
    { usage: [usage()], rated: [rated({ amount: '0' })] },
    ['pass'],
  ],
  ['charged afterwards by an adjustment', { usage: [usage()], billed: [adjustment('0.10')] }, ['pass']],
  [
    'charged afterwards in part',
    { usage: [usage()], billed: [adjustment('0.04')] },
    ['breach', 'missing-at-rating c1 0.060000'],
  ],
  [
    'an hour of usage is missing',
    { usage: [usage()] },
    ['inconclusive'],
    { missing: { usage: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
  [
    'the billing file of the day is missing',
    { usage: [usage()] },
    ['inconclusive'],
    { missing: { billed: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
  ['there is no price list at all', { usage: [usage()], tariff: [] }, ['pass']],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u06MissingDownstream.id, world, options)).toEqual(expected);
  },
);
