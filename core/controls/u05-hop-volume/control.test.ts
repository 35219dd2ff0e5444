import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { adjustment, billed, rated, usage } from '#tests/support/small-operator.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u05HopVolume } from './control.ts';

/** Used for three minutes, 0.30, and rated for one. */
const short = (amount = '0.10'): TestWorld => ({
  usage: [usage({ quantity: 180 })],
  rated: [rated({ amount })],
  billed: [billed({ amount })],
});

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['rated for what was used', { usage: [usage()], rated: [rated()], billed: [billed()] }, ['pass']],
  ['rated for less', short(), ['breach', 'quantity-differs c1 0.200000']],
  [
    'rated for more',
    {
      usage: [usage()],
      rated: [rated({ quantity: 120, amount: '0.20' })],
      billed: [billed({ amount: '0.20' })],
    },
    ['breach', 'quantity-differs c1 -0.100000'],
  ],
  [
    'a second less in the same minute costs the same',
    { usage: [usage()], rated: [rated({ quantity: 59 })], billed: [billed()] },
    ['pass'],
  ],
  [
    'and wrong by another price within the same minute: a wrong price',
    {
      usage: [usage()],
      rated: [rated({ quantity: 59, amount: '0.07' })],
      billed: [billed({ amount: '0.07' })],
    },
    ['pass'],
  ],
  [
    'what else differs is just tolerated and goes with it',
    short('0.101'),
    ['breach', 'quantity-differs c1 0.199000'],
  ],
  [
    'what else differs is just beyond and stays',
    short('0.101001'),
    ['breach', 'quantity-differs c1 0.200000'],
  ],
  ['rated short and billed right', { ...short(), billed: [billed({ amount: '0.30' })] }, ['pass']],
  ['charged afterwards', { ...short(), billed: [billed(), adjustment('0.20')] }, ['pass']],
  [
    'charged afterwards in part',
    { ...short(), billed: [billed(), adjustment('0.15')] },
    ['breach', 'quantity-differs c1 0.050000'],
  ],
  [
    'charged afterwards too much is no matter of the quantity',
    { ...short(), billed: [billed(), adjustment('0.30')] },
    ['pass'],
  ],
  ['never billed', { ...short(), billed: [] }, ['pass']],
  [
    'an hour of usage is missing',
    short(),
    ['inconclusive'],
    { missing: { usage: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u05HopVolume.id, world, options)).toEqual(expected);
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
    'quantity and price are both wrong',
    ['U05', 'R01'],
    short('0.07'),
    ['R01 price-differs 0.030000', 'U05 quantity-differs 0.200000'],
  ],
  ['only the quantity is wrong', ['U05', 'R01'], short(), ['U05 quantity-differs 0.200000']],
  ['without this control the price has it all', ['R01'], short('0.07'), ['R01 price-differs 0.230000']],
  [
    'the fallback rate comes first',
    ['R03', 'U05', 'R01'],
    { ...short(), rated: [rated({ rate_path: 'default' })] },
    ['R03 default-rate 0.200000'],
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
