import fc from 'fast-check';
import { money, parseMoney } from '#core/domain/money.ts';
import type { Day } from '#core/domain/period.ts';
import type { AdjustmentLine } from './adjustments.ts';
import { type KeyedOrder, measureRecovery } from './recovery.ts';

const ASSET = 'EUR/6';
const order = (amount: string, gap: string): KeyedOrder => ({
  amount: parseMoney(amount, ASSET),
  gap: parseMoney(gap, ASSET),
});

const lineOf = (minor: bigint): AdjustmentLine => ({
  violationId: 'v-1',
  key: 'call-1',
  subscriptionId: 'sub-1',
  accountId: 'acc-1',
  amount: { minor: String(minor), asset: ASSET },
  grain: 'record',
  dt: '2026-10-14' as Day,
  eventTime: '2026-10-14T11:02:03.000Z',
  service: 'voice',
});

/** What each order recovers, as each case measures it on its own. */
function recoveredOf(orders: readonly KeyedOrder[], gap: string): bigint[] {
  return orders.map(({ amount, gap: before }, i) => {
    const decimal = `${before.minor < 0n ? '-' : ''}${text(before.minor < 0n ? -before.minor : before.minor)}`;
    const gaps = [new Map([['call-1', decimal]]), new Map([['call-1', gap]])] as const;
    const recovery = measureRecovery([lineOf(amount.minor)], ...gaps, ASSET, () => orders.slice(0, i));
    return recovery.recovered.minor;
  });
}
const text = (minor: bigint) => `${minor / 1_000_000n}.${String(minor % 1_000_000n).padStart(6, '0')}`;

describe('orders that share a key', () => {
  // Rows: orders as [amount, gap that its run found] in order of approval; the gap now; what each recovers.
  test.each<[string, [string, string][], string, bigint[]]>([
    [
      'both posted',
      [
        ['5', '10'],
        ['5', '10'],
      ],
      '0.000000',
      [5_000000n, 5_000000n],
    ],
    [
      'one posted',
      [
        ['5', '10'],
        ['5', '10'],
      ],
      '5.000000',
      [5_000000n, 0n],
    ],
    [
      'one and a half posted',
      [
        ['5', '10'],
        ['5', '10'],
      ],
      '2.500000',
      [5_000000n, 2_500000n],
    ],
    [
      'two credits, one posted',
      [
        ['-5', '-8'],
        ['-3', '-8'],
      ],
      '-3.000000',
      [-5_000000n, 0n],
    ],
    [
      'the second was found after the first moved',
      [
        ['5', '10'],
        ['5', '5'],
      ],
      '0.000000',
      [5_000000n, 5_000000n],
    ],
    [
      'so, and the second not posted',
      [
        ['5', '10'],
        ['5', '5'],
      ],
      '5.000000',
      [5_000000n, 0n],
    ],
    [
      'so, of three',
      [
        ['2', '9'],
        ['4', '7'],
        ['3', '7'],
      ],
      '3.000000',
      [2_000000n, 4_000000n, 0n],
    ],
    [
      'nothing posted',
      [
        ['5', '10'],
        ['5', '10'],
      ],
      '10.000000',
      [0n, 0n],
    ],
    [
      'the gap has grown',
      [
        ['5', '10'],
        ['5', '10'],
      ],
      '12.000000',
      [0n, 0n],
    ],
  ])('%s', (_condition, orders, now, recovered) => {
    expect(
      recoveredOf(
        orders.map(([amount, gap]) => order(amount, gap)),
        now,
      ),
    ).toEqual(recovered);
  });

  test('together they never recover more than has moved', () => {
    const amount = fc.bigInt({ min: 1n, max: 1_000n });
    fc.assert(
      fc.property(
        fc.array(amount, { minLength: 1, maxLength: 5 }),
        amount,
        amount,
        (amounts, before, now) => {
          const orders = amounts.map((minor) => ({ amount: money(minor, ASSET), gap: money(before, ASSET) }));
          const total = recoveredOf(orders, text(now)).reduce((a, b) => a + b, 0n);
          const moved = before > now ? before - now : 0n;
          const ordered = amounts.reduce((a, b) => a + b, 0n);
          expect(total).toBe(moved < ordered ? moved : ordered);
        },
      ),
      { seed: 20, numRuns: 200 },
    );
  });
});
