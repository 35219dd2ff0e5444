import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { rated, subscription } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { r05AllowanceMisapplied } from './control.ts';

/** 300 seconds of national calls a month for O1; 0.10 a minute beyond. */
const allowance = (over: TestRow = {}): TestRow => ({
  allowance_id: 'M300',
  offer_id: 'O1',
  service: 'voice',
  zone: 'national',
  quantity: 300,
  rollover_months: 1,
  shared: false,
  priority: 1,
  valid_from: '2020-01-01',
  ...over,
});
const call = (id: string, at: string, quantity: number, amount: string, over: TestRow = {}): TestRow =>
  rated({ rated_id: id, correlation_id: id, start_time: `2026-10-${at}`, quantity, amount, ...over });
const month = (
  sessions: readonly TestRow[],
  rules: readonly TestRow[] = [allowance()],
  more: TestWorld = {},
): TestWorld => ({
  rated: sessions,
  allowance: rules,
  ...more,
});
const key = 'usage|A-S1|voice';
const family = [
  subscription('S1', '43660001', 'O1'),
  subscription('S3', '43660003', 'O3', { account_id: 'A-S1' }),
];

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['within the allowance, free', month([call('c1', '05T10:00:00', 290, '0')]), ['pass']],
  [
    'within the allowance, charged all the same',
    month([call('c1', '05T10:00:00', 240, '0.40')]),
    ['breach', `benefit-not-given ${key} -0.400000`],
  ],
  [
    'beyond the allowance, free all the same',
    month([call('c1', '05T10:00:00', 300, '0'), call('c2', '06T10:00:00', 180, '0')]),
    ['breach', `benefit-too-large ${key} 0.300000`],
  ],
  [
    'the last call is covered in part: its started minutes are charged',
    month([call('c1', '05T10:00:00', 240, '0'), call('c2', '06T10:00:00', 121, '0.20')]),
    ['pass'],
  ],
  [
    'a late call moved the benefit, the sum is the same',
    month([call('c1', '05T10:00:00', 300, '0.50'), call('c2', '06T10:00:00', 300, '0')]),
    ['pass'],
  ],
  ['a hundredth of the currency is tolerated', month([call('c1', '05T10:00:00', 360, '0.09')]), ['pass']],
  [
    'just beyond it',
    month([call('c1', '05T10:00:00', 360, '0.089999')]),
    ['breach', `benefit-too-large ${key} 0.010001`],
  ],
  [
    'what was carried over counts',
    month([call('c1', '05T10:00:00', 360, '0')], [allowance()], {
      allowance_balance: [
        {
          allowance_id: 'M300',
          account_id: 'A-S1',
          subscription_id: 'S1',
          period_start: '2026-10-01T00:00:00',
          opening: 60,
          granted: 300,
          used: 360,
          expired: 0,
          closing: 0,
        },
      ],
    }),
    ['pass'],
  ],
  [
    'a second allowance takes what the first leaves',
    month(
      [call('c1', '05T10:00:00', 480, '0.10')],
      [allowance(), allowance({ allowance_id: 'M120', zone: null, quantity: 120, priority: 2 })],
    ),
    ['pass'],
  ],
  [
    'the second was used and the first was not',
    month(
      [call('c1', '05T10:00:00', 480, '0.60')],
      [allowance(), allowance({ allowance_id: 'M120', zone: null, quantity: 120, priority: 2 })],
    ),
    ['breach', `benefit-not-given ${key} -0.500000`],
  ],
  [
    'a shared bucket serves the whole account',
    month(
      [
        call('c1', '05T10:00:00', 240, '0'),
        call('c2', '06T10:00:00', 120, '0.10', { subscription_id: 'S3' }),
      ],
      [allowance({ shared: true })],
      { subscription: family },
    ),
    ['pass'],
  ],
  [
    'a bucket of one line serves no other',
    month(
      [call('c1', '05T10:00:00', 240, '0'), call('c2', '06T10:00:00', 120, '0', { subscription_id: 'S3' })],
      [allowance()],
      { subscription: family },
    ),
    ['breach', `benefit-too-large ${key} 0.200000`],
  ],
  [
    'another account has no allowance',
    month([call('c1', '05T10:00:00', 60, '0', { subscription_id: 'S2' })]),
    ['pass'],
  ],
  ['another service', month([call('c1', '05T10:00:00', 1, '0', { service: 'sms' })]), ['pass']],
  [
    'another zone is charged in full',
    month([call('c1', '05T22:00:00', 60, '0.20', { zone: 'eu' })]),
    ['pass'],
  ],
  [
    'a late call at peak took what an earlier one off peak used: each is due at its own band',
    month(
      [
        call('c1', '05T20:00:00', 300, '1.00', { zone: 'eu' }),
        call('c2', '06T10:00:00', 300, '0', { zone: 'eu' }),
      ],
      [allowance({ zone: 'eu' })],
    ),
    ['breach', `benefit-too-large ${key} 1.500000`],
  ],
  [
    'peak beyond the allowance is due at the peak price',
    month([call('c1', '05T10:00:00', 360, '0.50', { zone: 'eu' })], [allowance({ zone: 'eu' })]),
    ['pass'],
  ],
  [
    'a holiday is off peak',
    month([call('c1', '26T10:00:00', 360, '0.50', { zone: 'eu' })], [allowance({ zone: 'eu' })]),
    ['breach', `benefit-not-given ${key} -0.300000`],
  ],
  [
    'an allowance that begins within the month leaves the account to nobody',
    month(
      [call('c1', '20T10:00:00', 600, '0.30')],
      [allowance(), allowance({ allowance_id: 'NEW', priority: 2, valid_from: '2026-10-15' })],
    ),
    ['pass'],
  ],
  [
    'so does a line that changed its offer',
    month([call('c1', '05T10:00:00', 300, '0'), call('c2', '20T10:00:00', 60, '0.05')], [allowance()], {
      subscription: [
        subscription('S1', '43660001', 'O1', { valid_to: '2026-10-10' }),
        subscription('S1', '43660001', 'O2', { valid_from: '2026-10-10' }),
      ],
    }),
    ['pass'],
  ],
  [
    'a line that changed away from the allowance is not judged by its new offer',
    month(
      [call('c1', '05T10:00:00', 300, '0')],
      [allowance(), allowance({ allowance_id: 'P60', offer_id: 'O2', quantity: 60 })],
      {
        subscription: [
          subscription('S1', '43660001', 'O1', { valid_to: '2026-10-10' }),
          subscription('S1', '43660001', 'O2', { valid_from: '2026-10-10' }),
        ],
      },
    ),
    ['pass'],
  ],
  [
    'a call that no price covers draws all the same',
    month(
      [call('c1', '05T10:00:00', 300, '0', { zone: 'mars' }), call('c2', '06T10:00:00', 60, '0.10')],
      [allowance({ zone: null })],
    ),
    ['pass'],
  ],
  [
    'the same item twice counts once',
    month([
      call('c1', '05T10:00:00', 360, '0.10'),
      call('c1', '05T10:00:00', 360, '0.10', { rated_id: 'again' }),
    ]),
    ['pass'],
  ],
  [
    'a day of the feed is missing',
    month([call('c1', '05T10:00:00', 240, '0.40')]),
    ['inconclusive'],
    { missing: { rated: { '2026-10-21': ['2026-10-21T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(r05AllowanceMisapplied.id, world, options)).toEqual(expected);
  },
);
