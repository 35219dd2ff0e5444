import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { adjustment, billed, rated, usage } from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r03DefaultOrZeroRate } from './control.ts';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['charged by the price list', { usage: [usage()], rated: [rated()], billed: [billed()] }, ['pass']],
  [
    'charged by the fallback, too little',
    {
      usage: [usage()],
      rated: [rated({ rate_path: 'default', amount: '0.05' })],
      billed: [billed({ amount: '0.05' })],
    },
    ['breach', 'default-rate c1 0.050000'],
  ],
  [
    'charged by the fallback, too much',
    {
      usage: [usage()],
      rated: [rated({ rate_path: 'default', amount: '0.25' })],
      billed: [billed({ amount: '0.25' })],
    },
    ['breach', 'default-rate c1 -0.150000'],
  ],
  [
    'the fallback happens to be right',
    { usage: [usage()], rated: [rated({ rate_path: 'default' })], billed: [billed()] },
    ['pass'],
  ],
  [
    'charged zero though it has a price',
    { usage: [usage()], rated: [rated({ amount: '0' })], billed: [billed({ amount: '0' })] },
    ['breach', 'zero-rate c1 0.100000'],
  ],
  [
    'rated zero and not billed at all',
    { usage: [usage()], rated: [rated({ amount: '0' })] },
    ['breach', 'zero-rate c1 0.100000'],
  ],
  [
    'free by the price list',
    {
      usage: [usage({ service: 'sms', b_number: '4915', quantity: 1 })],
      rated: [rated({ service: 'sms', amount: '0' })],
      billed: [billed({ amount: '0' })],
    },
    ['pass'],
  ],
  [
    'within one thousandth of a euro',
    {
      usage: [usage()],
      rated: [rated({ rate_path: 'default', amount: '0.099' })],
      billed: [billed({ amount: '0.099' })],
    },
    ['pass'],
  ],
  [
    'just beyond one thousandth of a euro',
    {
      usage: [usage()],
      rated: [rated({ rate_path: 'default', amount: '0.098999' })],
      billed: [billed({ amount: '0.098999' })],
    },
    ['breach', 'default-rate c1 0.001001'],
  ],
  [
    'charged afterwards by an adjustment',
    {
      usage: [usage()],
      rated: [rated({ amount: '0' })],
      billed: [billed({ amount: '0' }), adjustment('0.10')],
    },
    ['pass'],
  ],
  [
    'the rated file of the day is missing',
    { usage: [usage()], billed: [billed({ amount: '0' })] },
    ['inconclusive'],
    { missing: { rated: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r03DefaultOrZeroRate.id, world, options)).toEqual(expected);
  },
);
