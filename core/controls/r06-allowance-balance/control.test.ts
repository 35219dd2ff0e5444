import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { rated } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r06AllowanceBalance } from './control.ts';

/** 600 seconds of national calls a month; 0.10 a minute beyond. */
const allowance = (over: TestRow = {}): TestRow => ({
  allowance_id: 'M600',
  offer_id: 'O1',
  service: 'voice',
  zone: 'national',
  quantity: 600,
  rollover_months: 1,
  shared: false,
  priority: 1,
  valid_from: '2020-01-01',
  ...over,
});
/** A month in order: 120 carried over, 600 granted, 300 used, 420 carried on. */
const month = (over: TestRow = {}): TestRow => ({
  allowance_id: 'M600',
  account_id: 'A-S1',
  subscription_id: 'S1',
  period_start: '2026-10-01T00:00:00',
  opening: 120,
  granted: 600,
  used: 300,
  expired: 0,
  closing: 420,
  ...over,
});
const before = (closing: number) =>
  month({ period_start: '2026-09-01T00:00:00', opening: 0, granted: 600, used: 600 - closing, closing });
const world = (over: TestRow, rule: TestRow = {}, ...more: TestRow[]): TestWorld => ({
  allowance: [allowance(rule)],
  allowance_balance: [month(over), ...more],
});
const free = (id: string, quantity: number, over: TestRow = {}) =>
  rated({ rated_id: id, correlation_id: id, quantity, amount: '0', ...over });
const key = 'bucket|M600|A-S1|S1';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['a month in order', world({}, {}, before(120)), ['pass']],
  ['60 units more than remain', world({ closing: 480 }), ['breach', `does-not-add-up ${key} 0.100000`]],
  ['60 units fewer are owed back', world({ closing: 360 }), ['breach', `does-not-add-up ${key} -0.100000`]],
  ['one unit: no tolerance', world({ closing: 421 }), ['breach', `does-not-add-up ${key} 0.001667`]],
  [
    'opened with more than the month before left',
    world({}, {}, before(60)),
    ['breach', `opening-differs ${key} 0.100000`],
  ],
  [
    'opened with less',
    world({ opening: 60, closing: 360 }, {}, before(120)),
    ['breach', `opening-differs ${key} -0.100000`],
  ],
  ['granted twice', world({ granted: 1200, closing: 1020 }), ['breach', `wrong-grant ${key} 1.000000`]],
  [
    'granted though the offer no longer has it',
    world({}, { valid_to: '2026-10-01' }),
    ['breach', `wrong-grant ${key} 0.000000`],
  ],
  ['a first month, granted in part', world({ opening: 0, granted: 300, used: 100, closing: 200 }), ['pass']],
  [
    'a later month, granted in part',
    world({ granted: 540, used: 300, closing: 360 }, {}, before(120)),
    ['breach', `wrong-grant ${key} -0.100000`],
  ],
  [
    'carried over though it lapses',
    world({}, { rollover_months: 0 }),
    ['breach', `kept-too-long ${key} 0.700000`],
  ],
  [
    'no more can be left than one grant',
    world({ opening: 600, used: 540, closing: 660 }),
    ['breach', `kept-too-long ${key} 0.100000`],
  ],
  ['exactly one grant is left', world({ opening: 600, used: 600, closing: 600 }), ['pass']],
  [
    'what this month granted lapsed with it',
    world({ expired: 180, closing: 240 }),
    ['breach', `lapsed-early ${key} -0.100000`],
  ],
  ['what was carried over lapsed', world({ expired: 120, closing: 300 }), ['pass']],
  [
    'free sessions beyond what was taken off',
    { ...world({}), rated: [free('c1', 200), free('c2', 160)] },
    ['breach', `not-decremented ${key} 0.100000`],
  ],
  ['as many as were taken off', { ...world({}), rated: [free('c1', 200), free('c2', 100)] }, ['pass']],
  [
    'not taken off, but lapsed with the month',
    {
      ...world({ opening: 0, expired: 300, closing: 0 }, { rollover_months: 0 }),
      rated: [free('c1', 360)],
    },
    ['breach', `not-decremented ${key} 0.000000`],
  ],
  ['sessions that were charged', { ...world({}), rated: [rated({ quantity: 900 })] }, ['pass']],
  ['free sessions to another zone', { ...world({}), rated: [free('c1', 900, { zone: 'eu' })] }, ['pass']],
  [
    'another allowance covers them too',
    {
      ...world({}),
      allowance: [allowance(), allowance({ allowance_id: 'M2', zone: null })],
      rated: [free('c1', 900)],
    },
    ['pass'],
  ],
  [
    'a day of the feed is missing',
    world({ closing: 480 }),
    ['inconclusive'],
    { missing: { allowance_balance: { '2026-10-01': ['2026-10-01'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r06AllowanceBalance.id, world, options)).toEqual(expected);
  },
);
