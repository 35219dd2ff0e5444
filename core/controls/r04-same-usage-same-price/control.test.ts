import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { billed, rated, subscription, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r04SameUsageSamePrice } from './control.ts';

/** A line on an offer that the price list does not know, rated by ocs-1 at 0.30. */
const foreign = (i: number, over: TestRow = {}): TestRow =>
  rated({
    correlation_id: `c${i}`,
    subscription_id: 'X1',
    offer_id: 'OX',
    tariff_id: 'TX',
    amount: '0.30',
    ...over,
  });
const subscriptions = [subscription('S1', '43660001', 'O1'), subscription('X1', '43660050', 'OX')];
const world = (...items: TestRow[]): TestWorld => ({ subscription: subscriptions, rated: items });

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['the same at both engines', world(foreign(1), foreign(2), foreign(3, { source: 'ocs-2' })), ['pass']],
  [
    'one engine charges less than most',
    world(foreign(1), foreign(2), foreign(3, { source: 'ocs-2', amount: '0.12' })),
    ['breach', 'differs-by-engine rated|r-c3 0.180000'],
  ],
  [
    'one path charges more than most',
    world(foreign(1), foreign(2), foreign(3, { rate_path: 'default', amount: '0.50' })),
    ['breach', 'differs-by-path rated|r-c3 -0.200000'],
  ],
  [
    'of two alike in number the standard path is due',
    world(foreign(1), foreign(2, { rate_path: 'default', amount: '0.50' })),
    ['breach', 'differs-by-path rated|r-c2 -0.200000'],
  ],
  [
    'a tenth of a cent is rounding',
    world(foreign(1), foreign(2), foreign(3, { source: 'ocs-2', amount: '0.299' })),
    ['pass'],
  ],
  [
    'more is not',
    world(foreign(1), foreign(2), foreign(3, { source: 'ocs-2', amount: '0.298999' })),
    ['breach', 'differs-by-engine rated|r-c3 0.001001'],
  ],
  [
    'another hour may have another band',
    world(
      foreign(1),
      foreign(2),
      foreign(3, { source: 'ocs-2', amount: '0.12', start_time: '2026-10-14T20:00:00' }),
    ),
    ['pass'],
  ],
  [
    'another version',
    world(foreign(1), foreign(2), foreign(3, { source: 'ocs-2', amount: '0.12', tariff_version: 2 })),
    ['pass'],
  ],
  [
    'included in a bundle',
    world(foreign(1), foreign(2), foreign(3, { source: 'ocs-2', amount: '0' })),
    ['pass'],
  ],
  [
    'what the price list prices is re-rated',
    {
      rated: [
        rated(),
        rated({ correlation_id: 'c2' }),
        rated({ correlation_id: 'c3', source: 'ocs-2', amount: '0.02' }),
      ],
    },
    ['pass'],
  ],
  [
    'an hour of rated items is missing',
    world(foreign(1), foreign(2), foreign(3, { source: 'ocs-2', amount: '0.12' })),
    ['inconclusive'],
    { missing: { rated: { '2026-10-14': ['2026-10-14T10'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r04SameUsageSamePrice.id, world, options)).toEqual(expected);
  },
);

test('a session that can be re-rated counts once, in R01', async () => {
  const items = [1, 2, 3].map((i) => ({
    correlation_id: `c${i}`,
    amount: i === 3 ? '0.02' : '0.10',
    source: `ocs-${i}`,
  }));
  const found = await audit(
    {
      usage: items.map(({ correlation_id }) => usage({ correlation_id })),
      rated: items.map((item) => rated(item)),
      billed: items.map(({ correlation_id, amount }) => billed({ correlation_id, amount })),
    },
    { controls: ['R01', 'R04'] },
  );
  found.remove();
  expect(found.violations.map((row) => `${row.control_id} ${row.key} ${row.impact}`)).toEqual([
    'R01 c3 0.080000',
  ]);
});
