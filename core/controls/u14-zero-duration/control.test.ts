import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { rated, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u14ZeroDuration } from './control.ts';

/** So many calls of a day, of which so many have no duration. */
const calls = (day: number, zeros: number, records = 200, over: TestRow = {}): TestRow[] =>
  Array.from({ length: records }, (_, i) =>
    usage({
      correlation_id: `c${day}-${i}`,
      session_start: `2026-10-${day}T10:00:00`,
      quantity: i < zeros ? 0 : 60,
      ...over,
    }),
  );
/** Days of 10, 8 and 6 of 200 without a duration: 50 per mille at most, 40 in the mean. */
const before = [...calls(11, 10), ...calls(12, 8), ...calls(13, 6)];
const world = (today: TestRow[], days = before): TestWorld => ({
  usage: [...days, ...today],
  rated: [rated()],
});
const key = 'zero|msc-east|voice|2026-10-14';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['as on other days', world(calls(14, 8)), ['pass']],
  ['50 per mille above the highest day', world(calls(14, 20)), ['pass']],
  ['just more', world(calls(14, 21)), ['breach', `zero-share-high ${key} 1.300000`]],
  ['every record', world(calls(14, 200)), ['breach', `zero-share-high ${key} 19.200000`]],
  ['too few records', world(calls(14, 100, 199)), ['pass']],
  ['too few days before', world(calls(14, 100), [...calls(12, 8), ...calls(13, 6)]), ['pass']],
  [
    'a fourth day before that says nothing',
    world(calls(14, 21), [...before, ...calls(10, 150, 199)]),
    ['breach', `zero-share-high ${key} 1.300000`],
  ],
  ['one day before was as bad', world(calls(14, 100), [...before, ...calls(10, 100)]), ['pass']],
  ['another source', world(calls(14, 100, 200, { source: 'msc-west' })), ['pass']],
  [
    'an hour of usage is missing',
    world(calls(14, 100)),
    ['inconclusive'],
    { missing: { usage: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u14ZeroDuration.id, world, options)).toEqual(expected);
  },
);
