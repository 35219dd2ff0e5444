import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { billed, rated, subscription, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { p06FreeLineUsed } from './control.ts';

/** A call of a customer: a minute is worth 0.10. */
const OTHER = [rated({ correlation_id: 'c0' })];
const call = (i: number, quantity: number, over: TestRow = {}): TestRow =>
  usage({ correlation_id: `t${i}`, a_number: '43660009', quantity, ...over });
const calls = (count: number, quantity: number): TestRow[] =>
  Array.from({ length: count }, (_, i) => call(i, quantity));

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['a few test calls', { usage: calls(5, 60), rated: OTHER }, ['pass']],
  ['worth exactly what is allowed', { usage: calls(2, 6000), rated: OTHER }, ['pass']],
  [
    'a second more: all of it counts',
    { usage: [call(1, 6000), call(2, 6001)], rated: OTHER },
    ['breach', 'test-line-used free-line|S9|2026-10-14 20.001667'],
  ],
  ['200 sessions are allowed', { usage: calls(200, 6), rated: OTHER }, ['pass']],
  [
    'one more is not',
    { usage: calls(201, 6), rated: OTHER },
    ['breach', 'test-line-used free-line|S9|2026-10-14 2.010000'],
  ],
  [
    'an internal line',
    {
      subscription: [
        subscription('S8', '43660009', 'O1', { purpose: 'internal' }),
        subscription('S1', '43660001', 'O1'),
      ],
      usage: [call(1, 18000)],
      rated: OTHER,
    },
    ['breach', 'internal-line-used free-line|S8|2026-10-14 30.000000'],
  ],
  ['a customer may use as much as he likes', { usage: [usage({ quantity: 90000 })], rated: OTHER }, ['pass']],
  [
    'what was billed is charged',
    {
      usage: [call(1, 18000)],
      rated: OTHER,
      billed: [billed({ correlation_id: 't1', subscription_id: 'S9' })],
    },
    ['pass'],
  ],
  [
    'a customer by now',
    {
      subscription: [
        subscription('S9', '43660009', 'O1', { purpose: 'test', valid_to: '2026-10-01' }),
        subscription('S9', '43660009', 'O1', { valid_from: '2026-10-01' }),
        subscription('S1', '43660001', 'O1'),
      ],
      usage: [call(1, 18000)],
      rated: OTHER,
    },
    ['pass'],
  ],
  [
    'a record that came twice counts once',
    { usage: [call(1, 12000), call(1, 12000)], rated: OTHER },
    ['pass'],
  ],
  [
    'an hour of usage is missing',
    { usage: [call(1, 18000)], rated: OTHER },
    ['inconclusive'],
    { missing: { usage: { '2026-10-14': ['2026-10-14T10'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(p06FreeLineUsed.id, world, options)).toEqual(expected);
  },
);
