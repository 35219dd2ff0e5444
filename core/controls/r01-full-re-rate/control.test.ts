import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { adjustment, billed, rated, SMALL_OPERATOR, usage } from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r01FullReRate } from './control.ts';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['charged by the price list', { usage: [usage()], rated: [rated()], billed: [billed()] }, ['pass']],
  [
    'another price',
    { usage: [usage()], rated: [rated({ amount: '0.07' })], billed: [billed({ amount: '0.07' })] },
    ['breach', 'price-differs c1 0.030000'],
  ],
  [
    'too much',
    { usage: [usage()], rated: [rated({ amount: '0.13' })], billed: [billed({ amount: '0.13' })] },
    ['breach', 'price-differs c1 -0.030000'],
  ],
  [
    'rated right, billed wrong',
    { usage: [usage()], rated: [rated()], billed: [billed({ amount: '0.01' })] },
    ['breach', 'price-differs c1 0.090000'],
  ],
  [
    'within one thousandth of a euro',
    { usage: [usage()], rated: [rated({ amount: '0.101' })], billed: [billed({ amount: '0.101' })] },
    ['pass'],
  ],
  [
    'just beyond one thousandth of a euro',
    { usage: [usage()], rated: [rated({ amount: '0.101001' })], billed: [billed({ amount: '0.101001' })] },
    ['breach', 'price-differs c1 -0.001001'],
  ],
  [
    'within one per mille of a large charge',
    {
      usage: [usage({ quantity: 60000 })],
      rated: [rated({ quantity: 60000, amount: '99.90' })],
      billed: [billed({ amount: '99.90' })],
    },
    ['pass'],
  ],
  [
    'just beyond one per mille of a large charge',
    {
      usage: [usage({ quantity: 60000 })],
      rated: [rated({ quantity: 60000, amount: '99.899999' })],
      billed: [billed({ amount: '99.899999' })],
    },
    ['breach', 'price-differs c1 0.100001'],
  ],
  [
    'the old version after a new one came into force is for the control of versions',
    {
      usage: [usage({ session_start: '2026-10-15T22:00:00' })],
      rated: [rated({ start_time: '2026-10-15T22:00:00' })],
      billed: [billed({ event_time: '2026-10-15T22:00:00' })],
    },
    ['pass'],
    { period: '2026-10-15' },
  ],
  [
    'the old version one millisecond before',
    {
      usage: [usage({ session_start: '2026-10-15T21:59:59.999' })],
      rated: [rated({ start_time: '2026-10-15T21:59:59.999' })],
      billed: [billed({ event_time: '2026-10-15T21:59:59.999' })],
    },
    ['pass'],
    { period: '2026-10-15' },
  ],
  [
    'fewer seconds than were used are for the control of volumes',
    { usage: [usage({ quantity: 180 })], rated: [rated()], billed: [billed()] },
    ['pass'],
  ],
  [
    'a short call costs the minimum',
    {
      usage: [usage({ quantity: 30 })],
      rated: [rated({ quantity: 30, amount: '0.10' })],
      billed: [billed({ amount: '0.10' })],
      tariff: (SMALL_OPERATOR.tariff ?? []).map((price) => ({ ...price, minimum: 180 })),
    },
    ['breach', 'price-differs c1 0.200000'],
  ],
  [
    'the price of another zone',
    {
      usage: [usage()],
      rated: [rated({ zone: 'eu', amount: '0.50' })],
      billed: [billed({ amount: '0.50' })],
    },
    ['breach', 'wrong-zone c1 -0.400000'],
  ],
  [
    'the off-peak price at noon',
    {
      usage: [usage({ b_number: '4930' })],
      rated: [rated({ zone: 'eu', amount: '0.20' })],
      billed: [billed({ amount: '0.20' })],
    },
    ['breach', 'wrong-time-band c1 0.300000'],
  ],
  [
    'off-peak from 18:00 in Vienna on, while summer time lasts',
    {
      usage: [usage({ b_number: '4930', session_start: '2026-10-14T16:00:00' })],
      rated: [rated({ zone: 'eu', amount: '0.20', start_time: '2026-10-14T16:00:00' })],
      billed: [billed({ amount: '0.20' })],
    },
    ['pass'],
  ],
  [
    'peak an hour longer in UTC once it is over',
    {
      usage: [usage({ b_number: '4930', session_start: '2026-10-27T16:00:00' })],
      rated: [rated({ zone: 'eu', amount: '0.50', start_time: '2026-10-27T16:00:00' })],
      billed: [billed({ amount: '0.50', event_time: '2026-10-27T16:00:00' })],
    },
    ['pass'],
    { period: '2026-10-27' },
  ],
  [
    'a holiday is off-peak',
    {
      usage: [usage({ b_number: '4930', session_start: '2026-10-26T10:00:00' })],
      rated: [rated({ zone: 'eu', amount: '0.20', tariff_version: 2, start_time: '2026-10-26T10:00:00' })],
      billed: [billed({ amount: '0.20', event_time: '2026-10-26T10:00:00' })],
    },
    ['pass'],
    { period: '2026-10-26' },
  ],
  [
    'the tariff of another offer',
    {
      usage: [usage()],
      rated: [rated({ tariff_id: 'T2', offer_id: 'O2', amount: '0.05' })],
      billed: [billed({ amount: '0.05' })],
    },
    ['breach', 'wrong-offer c1 0.050000'],
  ],
  [
    'a test line was billed',
    { usage: [usage({ a_number: '43660009' })], rated: [rated()], billed: [billed()] },
    ['breach', 'price-differs c1 -0.100000'],
  ],
  [
    'billed twice and wrong: what the duplicate leaves',
    {
      usage: [usage()],
      rated: [rated({ amount: '0.30' })],
      billed: [billed({ amount: '0.30' }), billed({ bill_item_id: 'b2', amount: '0.30' })],
    },
    ['breach', 'price-differs c1 -0.200000'],
  ],
  [
    'corrected by an adjustment',
    {
      usage: [usage()],
      rated: [rated({ amount: '0.07' })],
      billed: [billed({ amount: '0.07' }), adjustment('0.03')],
    },
    ['pass'],
  ],
  [
    'the same adjustment posted twice counts once',
    {
      usage: [usage()],
      rated: [rated({ amount: '0.07' })],
      billed: [billed({ amount: '0.07' }), adjustment('0.03'), adjustment('0.03', { bill_item_id: 'again' })],
    },
    ['pass'],
  ],
  [
    'a fallback belongs to the control of default rates',
    {
      usage: [usage()],
      rated: [rated({ rate_path: 'default', amount: '0.05' })],
      billed: [billed({ amount: '0.05' })],
    },
    ['pass'],
  ],
  [
    'no tariff: suspended, not priced at zero',
    { usage: [usage()], rated: [rated()], billed: [billed()], tariff: [] },
    ['pass'],
  ],
  [
    'billed in another currency is suspended',
    { usage: [usage()], rated: [rated()], billed: [billed({ currency: 'USD', amount: '9' })] },
    ['pass'],
  ],
  [
    'an hour of usage is missing',
    { usage: [usage()], rated: [rated()], billed: [billed({ amount: '9' })] },
    ['inconclusive'],
    { missing: { usage: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r01FullReRate.id, world, options)).toEqual(expected);
  },
);
