import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { adjustment, billed, rated, usage } from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u07Ghost } from './control.ts';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['used and billed', { usage: [usage()], billed: [billed()] }, ['pass']],
  [
    'rated and billed without usage',
    { rated: [rated()], billed: [billed()] },
    ['breach', 'no-usage c1 -0.100000'],
  ],
  ['billed only', { billed: [billed()] }, ['breach', 'no-usage c1 -0.100000']],
  [
    'billed twice without usage is one ghost of both items',
    { billed: [billed(), billed({ bill_item_id: 'b2' })] },
    ['breach', 'no-usage c1 -0.200000'],
  ],
  [
    'a usage charge without a session id',
    { billed: [billed({ correlation_id: null })] },
    ['breach', 'no-usage item:b-c1 -0.100000'],
  ],
  ['billed at zero', { billed: [billed({ amount: '0' })] }, ['pass']],
  ['rated only: no money', { rated: [rated()] }, ['pass']],
  ['credited since', { billed: [billed(), adjustment('-0.10')] }, ['pass']],
  ['credited in part', { billed: [billed(), adjustment('-0.04')] }, ['breach', 'no-usage c1 -0.060000']],
  ['another currency is suspended, never added up', { billed: [billed({ currency: 'USD' })] }, ['pass']],
  [
    'an hour of usage is missing: it may be there',
    { billed: [billed()] },
    ['inconclusive'],
    { missing: { usage: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
  [
    'the rated file is missing, which does not matter here',
    { billed: [billed()] },
    ['breach', 'no-usage c1 -0.100000'],
    { missing: { rated: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u07Ghost.id, world, options)).toEqual(expected);
  },
);
