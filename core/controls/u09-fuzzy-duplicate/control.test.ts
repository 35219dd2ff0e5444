import { type AuditOptions, audit, auditControl } from '#tests/support/audit.ts';
import { adjustment, billed, rated, usage } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u09FuzzyDuplicate } from './control.ts';

/** The same minute from another element, and both are billed. */
const twice = (over: TestRow = {}, first: TestRow = {}): TestWorld => ({
  usage: [usage(first), usage({ correlation_id: 'c2', source: 'msc-west', ...over })],
  billed: [billed(), billed({ correlation_id: 'c2' })],
});
const sms = { service: 'sms', quantity: 1 };
const data = { service: 'data', b_number: null };

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['two calls with hours between', twice({ session_start: '2026-10-14T12:00:00' }), ['pass']],
  ['the same call from two elements', twice(), ['breach', 'recorded-twice session|c2 -0.100000']],
  ['the longer record is kept', twice({ quantity: 61 }), ['breach', 'recorded-twice session|c1 -0.100000']],
  [
    'messages two seconds apart',
    twice({ ...sms, session_start: '2026-10-14T10:00:02' }, sms),
    ['breach', 'recorded-twice session|c2 -0.080000'],
  ],
  [
    'messages more than two seconds apart',
    twice({ ...sms, session_start: '2026-10-14T10:00:02.001' }, sms),
    ['pass'],
  ],
  ['two messages through one element are two', twice({ ...sms, source: 'msc-east' }, sms), ['pass']],
  [
    'volumes that differ by a unit',
    twice({ ...data, quantity: 61 }, data),
    ['breach', 'recorded-twice session|c1 -0.020000'],
  ],
  ['volumes that differ by two units', twice({ ...data, quantity: 62 }, data), ['pass']],
  ['another number', twice({ b_number: '431234568' }), ['pass']],
  ['another line', twice({ a_number: '43660002' }), ['pass']],
  ['one of the two was not billed', { ...twice(), billed: [billed()] }, ['pass']],
  [
    'the copy was credited',
    {
      ...twice(),
      billed: [billed(), billed({ correlation_id: 'c2' }), adjustment('-0.10', { correlation_id: 'c2' })],
    },
    ['pass'],
  ],
  [
    'the copy was charged more: only its re-rated charge',
    { ...twice(), billed: [billed(), billed({ correlation_id: 'c2', amount: '0.30' })] },
    ['breach', 'recorded-twice session|c2 -0.100000'],
  ],
  [
    'a copy that no price list prices: all of its charge',
    {
      usage: [
        usage({ a_number: '999' }),
        usage({ a_number: '999', correlation_id: 'c2', source: 'msc-west' }),
      ],
      billed: [billed({ amount: '0.30' }), billed({ correlation_id: 'c2', amount: '0.30' })],
    },
    ['breach', 'recorded-twice session|c2 -0.300000'],
  ],
  [
    'the better one began before midnight',
    twice(
      { session_start: '2026-10-14T00:00:00.500' },
      { session_start: '2026-10-13T23:59:59.500', start_time: '2026-10-13T23:59:59.500' },
    ),
    ['breach', 'recorded-twice session|c2 -0.100000'],
  ],
  [
    'the copy belongs to the day after',
    twice({ session_start: '2026-10-15T00:00:01' }, { session_start: '2026-10-14T23:59:59.500' }),
    ['pass'],
  ],
  [
    'the better one begins after midnight',
    twice(
      { session_start: '2026-10-15T00:00:01', quantity: 61 },
      { session_start: '2026-10-14T23:59:59.500' },
    ),
    ['breach', 'recorded-twice session|c1 -0.100000'],
  ],
  [
    'a call that goes on since the evening before',
    twice(
      { source: 'msc-east', session_start: '2026-10-14T00:10:00' },
      { session_start: '2026-10-13T23:00:00', start_time: '2026-10-13T23:00:00', quantity: 7200 },
    ),
    ['breach', 'overlapping session|c2 -0.100000'],
  ],
  [
    'a second call to the number while the first goes on',
    twice({ source: 'msc-east', session_start: '2026-10-14T10:02:00' }, { quantity: 300 }),
    ['breach', 'overlapping session|c2 -0.100000'],
  ],
  ['calls that overlap for two seconds', twice({ session_start: '2026-10-14T10:00:58' }), ['pass']],
  [
    'calls that overlap for longer',
    twice({ session_start: '2026-10-14T10:00:57' }),
    ['breach', 'overlapping session|c2 -0.100000'],
  ],
  ['one call after the other', twice({ session_start: '2026-10-14T10:01:00' }), ['pass']],
  [
    'the billing file of the day is missing',
    twice(),
    ['inconclusive'],
    { missing: { billed: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u09FuzzyDuplicate.id, world, options)).toEqual(expected);
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
    'billed twice, and recorded twice',
    ['U08', 'U09'],
    {
      ...twice(),
      rated: [rated(), rated({ correlation_id: 'c2' })],
      billed: [
        billed(),
        billed({ correlation_id: 'c2' }),
        billed({ correlation_id: 'c2', bill_item_id: 'again' }),
      ],
    },
    ['U08 billed-twice -0.100000', 'U09 recorded-twice -0.100000'],
  ],
  [
    'billed twice only',
    ['U08', 'U09'],
    { usage: [usage()], rated: [rated()], billed: [billed(), billed({ bill_item_id: 'again' })] },
    ['U08 billed-twice -0.100000'],
  ],
  [
    'the copy is dearer than its price',
    ['U09', 'R01'],
    {
      ...twice(),
      rated: [rated(), rated({ correlation_id: 'c2', amount: '0.30' })],
      billed: [billed(), billed({ correlation_id: 'c2', amount: '0.30' })],
    },
    ['R01 price-differs -0.200000', 'U09 recorded-twice -0.100000'],
  ],
  [
    'both are dearer than their price: the copy is owed back in full, once',
    ['U09', 'R01'],
    {
      ...twice(),
      rated: [rated({ amount: '0.30' }), rated({ correlation_id: 'c2', amount: '0.30' })],
      billed: [billed({ amount: '0.30' }), billed({ correlation_id: 'c2', amount: '0.30' })],
    },
    ['R01 price-differs -0.200000', 'R01 price-differs -0.200000', 'U09 recorded-twice -0.100000'],
  ],
  [
    'both are cheaper than their price: the copy is owed back, the other is short',
    ['U09', 'R01'],
    {
      ...twice(),
      rated: [rated({ amount: '0.04' }), rated({ correlation_id: 'c2', amount: '0.04' })],
      billed: [billed({ amount: '0.04' }), billed({ correlation_id: 'c2', amount: '0.04' })],
    },
    ['R01 price-differs 0.060000', 'R01 price-differs 0.060000', 'U09 recorded-twice -0.100000'],
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
