import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { adjustment, billed, rated, usage } from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u08ExactDuplicate } from './control.ts';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['billed once', { usage: [usage()], rated: [rated()], billed: [billed()] }, ['pass']],
  [
    'billed twice',
    { usage: [usage()], rated: [rated()], billed: [billed(), billed({ bill_item_id: 'b2' })] },
    ['breach', 'billed-twice c1 -0.100000'],
  ],
  [
    'billed three times',
    {
      usage: [usage()],
      rated: [rated()],
      billed: [billed(), billed({ bill_item_id: 'b2' }), billed({ bill_item_id: 'b3' })],
    },
    ['breach', 'billed-twice c1 -0.200000'],
  ],
  [
    'the same posting delivered twice is one posting',
    { usage: [usage()], rated: [rated()], billed: [billed(), billed()] },
    ['pass'],
  ],
  [
    'two items of different amounts are no exact duplicate',
    {
      usage: [usage()],
      rated: [rated()],
      billed: [billed({ amount: '0.04' }), billed({ bill_item_id: 'b2', amount: '0.06' })],
    },
    ['pass'],
  ],
  [
    'billed twice and wrong: only the extra item counts here',
    {
      usage: [usage()],
      rated: [rated()],
      billed: [billed({ amount: '0.30' }), billed({ bill_item_id: 'b2', amount: '0.30' })],
    },
    ['breach', 'billed-twice c1 -0.300000'],
  ],
  [
    'a ghost billed twice belongs to the ghosts',
    { billed: [billed(), billed({ bill_item_id: 'b2' })] },
    ['pass'],
  ],
  [
    'credited since',
    {
      usage: [usage()],
      rated: [rated()],
      billed: [billed(), billed({ bill_item_id: 'b2' }), adjustment('-0.10')],
    },
    ['pass'],
  ],
  [
    'credited in part',
    {
      usage: [usage()],
      rated: [rated()],
      billed: [billed(), billed({ bill_item_id: 'b2' }), adjustment('-0.04')],
    },
    ['breach', 'billed-twice c1 -0.060000'],
  ],
  [
    'the due amount is unknown, the extra item is wrong all the same',
    { usage: [usage({ a_number: '43660777' })], billed: [billed(), billed({ bill_item_id: 'b2' })] },
    ['breach', 'billed-twice c1 -0.100000'],
  ],
  [
    'an hour of usage is missing, which does not matter here',
    { usage: [usage()], billed: [billed(), billed({ bill_item_id: 'b2' })] },
    ['breach', 'billed-twice c1 -0.100000'],
    { missing: { usage: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
  [
    'the billing file of the day is missing',
    { usage: [usage()], billed: [billed(), billed({ bill_item_id: 'b2' })] },
    ['inconclusive'],
    { missing: { billed: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u08ExactDuplicate.id, world, options)).toEqual(expected);
  },
);
