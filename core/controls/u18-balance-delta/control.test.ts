import { type AuditOptions, auditControl } from '#tests/support/audit.ts';
import { billed, rated } from '#tests/support/small-operator.ts';
import type { TestRow } from '#tests/support/tables.ts';
import type { TestWorld } from '#tests/support/test-lake.ts';
import { u18BalanceDelta } from './control.ts';

const moved = (amount: string, over: TestRow = {}): TestRow => ({
  movement_id: `m${amount}`,
  subscription_id: 'S1',
  account_id: 'A-S1',
  kind: 'charge',
  correlation_id: 'c1',
  moved_at: '2026-10-14T10:00:00',
  amount,
  currency: 'EUR',
  ...over,
});
const world = (...balance_movement: TestRow[]): TestWorld => ({
  balance_movement,
  rated: [rated()],
  billed: [billed()],
});
/** A day of 100.00 in usage. */
const large = (charge: string): TestWorld => ({
  balance_movement: [moved(charge)],
  rated: [rated({ amount: '100.00' })],
  billed: [billed({ amount: '100.00' })],
});
const key = 'balance|S1|2026-10-14';

type Row = readonly [condition: string, rows: TestWorld, expected: readonly string[], options?: AuditOptions];

const rows: readonly Row[] = [
  ['charged what it cost', world(moved('-0.10')), ['pass']],
  ['charged less', world(moved('-0.07')), ['breach', `balance-charged-less ${key} 0.030000`]],
  ['charged more', world(moved('-0.13')), ['breach', `balance-charged-more ${key} -0.030000`]],
  ['a cent less', world(moved('-0.09')), ['pass']],
  [
    'just more than a cent less',
    world(moved('-0.089999')),
    ['breach', `balance-charged-less ${key} 0.010001`],
  ],
  ['one per mille of a large day', large('-99.90'), ['pass']],
  [
    'just beyond one per mille of a large day',
    large('-99.899999'),
    ['breach', `balance-charged-less ${key} 0.100001`],
  ],
  ['refunded since', world(moved('-0.13'), moved('0.03', { kind: 'adjustment' })), ['pass']],
  [
    'a top-up is no refund',
    world(moved('-0.10'), moved('5', { kind: 'top-up', correlation_id: null })),
    ['pass'],
  ],
  [
    'only a top-up this week: prepaid, and nothing was charged',
    world(moved('5', { kind: 'top-up', correlation_id: null, moved_at: '2026-10-08T10:00:00' })),
    ['breach', `balance-charged-less ${key} 0.100000`],
  ],
  [
    'charged for nothing, and who is not prepaid is left alone',
    world(moved('-0.10', { subscription_id: 'S2', correlation_id: 'c2' })),
    ['breach', 'balance-charged-more balance|S2|2026-10-14 -0.100000'],
  ],
  [
    'charged after midnight for a session before it',
    {
      balance_movement: [moved('-0.10', { moved_at: '2026-10-15T00:00:02' })],
      rated: [rated({ start_time: '2026-10-14T23:59:30' })],
      billed: [billed({ event_time: '2026-10-14T23:59:30' })],
    },
    ['pass'],
  ],
  [
    'charged too much after midnight for a session before it',
    {
      balance_movement: [moved('-0.15', { moved_at: '2026-10-15T00:00:02' })],
      rated: [rated({ start_time: '2026-10-14T23:59:30' })],
      billed: [billed({ event_time: '2026-10-14T23:59:30' })],
    },
    ['breach', `balance-charged-more ${key} -0.050000`],
  ],
  [
    'the charge of a session of the evening before',
    {
      balance_movement: [moved('-0.10', { moved_at: '2026-10-14T00:00:02' })],
      rated: [rated({ start_time: '2026-10-13T23:59:30' })],
      billed: [billed({ event_time: '2026-10-13T23:59:30' })],
    },
    ['pass'],
  ],
  [
    'the charge of a session of the next day',
    {
      balance_movement: [moved('-0.10', { moved_at: '2026-10-14T23:59:58' })],
      rated: [rated({ start_time: '2026-10-15T00:00:01' })],
      billed: [billed({ event_time: '2026-10-15T00:00:01' })],
    },
    ['pass'],
  ],
  ['a movement delivered twice', world(moved('-0.10'), moved('-0.10')), ['pass']],
  [
    'an hour of the feed is missing',
    world(moved('-0.07')),
    ['inconclusive'],
    { missing: { balance_movement: { '2026-10-14': ['2026-10-14T13'] } } },
  ],
];

// Expected: the outcome, then `symptom key impact` of each violation.
test.each(rows.map(([condition, world, expected, options]) => ({ condition, world, expected, options })))(
  '$condition',
  async ({ world, expected, options }) => {
    expect(await auditControl(u18BalanceDelta.id, world, options)).toEqual(expected);
  },
);
