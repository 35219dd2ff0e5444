import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { adjustment, billed, rated, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r02WrongTariffVersion } from './control.ts';

/** A minute at the first instant of version 2 (0.12), charged so much. */
const renewed = (amount: string, over: TestRow = {}, at = '2026-10-15T22:00:00'): TestWorld => ({
  usage: [usage({ session_start: at, ...over })],
  rated: [rated({ start_time: at, amount })],
  billed: [billed({ event_time: at, amount })],
});
const later: AuditOptions = { period: '2026-10-15' };

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['the version in force', { usage: [usage()], rated: [rated()], billed: [billed()] }, ['pass']],
  [
    'the old version once a new one is in force',
    renewed('0.10'),
    ['breach', 'wrong-version c1 0.020000'],
    later,
  ],
  ['the old version one millisecond before', renewed('0.10', {}, '2026-10-15T21:59:59.999'), ['pass'], later],
  [
    'a version not yet in force',
    {
      usage: [usage()],
      rated: [rated({ tariff_version: 2, amount: '0.12' })],
      billed: [billed({ amount: '0.12' })],
    },
    ['breach', 'wrong-version c1 -0.020000'],
  ],
  ['just near enough to the old price', renewed('0.1001'), ['breach', 'wrong-version c1 0.019900'], later],
  ['just too far from the old price', renewed('0.100101'), ['pass'], later],
  ['a price of no version', renewed('0.07'), ['pass'], later],
  [
    'another version with the same price',
    {
      usage: [usage({ session_start: '2026-10-15T22:00:00', b_number: '4930' })],
      rated: [rated({ start_time: '2026-10-15T22:00:00', zone: 'eu', amount: '0.20' })],
      billed: [billed({ event_time: '2026-10-15T22:00:00', amount: '0.20' })],
    },
    ['pass'],
    later,
  ],
  [
    'rated by the old version, billed right',
    { ...renewed('0.10'), billed: [billed({ event_time: '2026-10-15T22:00:00', amount: '0.12' })] },
    ['pass'],
    later,
  ],
  [
    'charged afterwards in part',
    {
      ...renewed('0.10'),
      billed: [
        billed({ event_time: '2026-10-15T22:00:00' }),
        adjustment('0.005', { event_time: '2026-10-15T22:00:00' }),
      ],
    },
    ['breach', 'wrong-version c1 0.015000'],
    later,
  ],
  [
    'the billing file of the day is missing',
    renewed('0.10'),
    ['inconclusive'],
    { ...later, missing: { billed: { '2026-10-15': ['2026-10-15T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r02WrongTariffVersion.id, world, options)).toEqual(expected);
  },
);

// Two controls on one world: what one has taken the other leaves.
const shared: readonly (readonly [
  condition: string,
  controls: readonly string[],
  rows: TestWorld,
  expected: readonly string[],
  options?: AuditOptions,
])[] = [
  [
    'the version leaves nothing to the price',
    ['R02', 'R01'],
    renewed('0.10'),
    ['R02 wrong-version 0.020000'],
    later,
  ],
  [
    'quantity and version are both wrong',
    ['U05', 'R02', 'R01'],
    renewed('0.10', { quantity: 180 }),
    ['R02 wrong-version 0.020000', 'U05 quantity-differs 0.240000'],
    later,
  ],
  [
    'billed twice by the old version',
    ['U08', 'R02', 'R01'],
    {
      ...renewed('0.10'),
      billed: [
        billed({ event_time: '2026-10-15T22:00:00' }),
        billed({ event_time: '2026-10-15T22:00:00', bill_item_id: 'b2' }),
      ],
    },
    ['R02 wrong-version 0.020000', 'U08 billed-twice -0.100000'],
    later,
  ],
];

test.each(
  shared.map(([condition, controls, world, expected, options]) => ({
    condition,
    controls,
    world,
    expected,
    options,
  })),
)('together: $condition', async ({ controls, world, expected, options }) => {
  const run = await audit(world, { controls, ...options });
  run.remove();
  expect(run.violations.map((row) => `${row.control_id} ${row.symptom} ${row.impact}`)).toEqual(expected);
});
