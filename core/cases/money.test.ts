import fc from 'fast-check';
import type { MoneyStates } from '#core/domain/case.ts';
import { money } from '#core/domain/money.ts';
import { confirm, giveUp, measureRecovered, openMoney, totalMoney, towardZero } from './money.ts';

const eur = (minor: bigint) => money(minor, 'EUR/6');
const states = (potential: bigint, confirmed = 0n, recovered = 0n, unrecoverable = 0n): MoneyStates => {
  const json = (minor: bigint) => ({ minor: minor.toString(), asset: 'EUR/6' as const });
  return {
    potential: json(potential),
    confirmed: json(confirmed),
    recovered: json(recovered),
    unrecoverable: json(unrecoverable),
  };
};

describe('money of a case', () => {
  test.each([
    ['a loss is confirmed in part', confirm(states(100n), eur(80n)), states(20n, 80n)],
    ['a debt to customers is confirmed', confirm(states(-100n), eur(-100n)), states(0n, -100n)],
    ['nothing is confirmed', confirm(states(100n), eur(0n)), states(100n)],
    ['part of it has moved', measureRecovered(states(20n, 80n), eur(30n)), states(20n, 50n, 30n)],
    [
      'more has moved at the second look',
      measureRecovered(states(0n, 50n, 30n), eur(80n)),
      states(0n, 0n, 80n),
    ],
    ['a posting was taken back', measureRecovered(states(0n, 0n, 80n), eur(10n)), states(0n, 70n, 10n)],
    ['what is left is given up', giveUp(states(20n, 50n, 30n)), states(0n, 0n, 30n, 70n)],
    ['a debt that did not move is given up', giveUp(states(0n, -5n, -3n)), states(0n, 0n, -3n, -5n)],
  ])('%s', (_condition, actual, expected) => {
    expect(actual).toEqual(expected);
  });

  test.each([
    ['more than there is', () => confirm(states(100n), eur(101n))],
    ['the other direction', () => confirm(states(100n), eur(-1n))],
    ['more of a debt than there is', () => confirm(states(-100n), eur(-101n))],
    ['more than was ordered', () => measureRecovered(states(0n, 80n), eur(81n))],
    ['recovery of the other direction', () => measureRecovered(states(0n, 80n), eur(-1n))],
    ['another currency', () => confirm(states(100n), money(1n, 'CHF/6'))],
  ])('%s is refused', (_condition, move) => {
    expect(move).toThrow(RangeError);
  });

  test('no sequence of moves creates, loses or turns money', () => {
    const step = fc.record({
      move: fc.constantFrom('confirm', 'measure', 'give-up'),
      amount: fc.bigInt({ min: -1000n, max: 1000n }),
    });
    fc.assert(
      fc.property(
        fc.bigInt({ min: -1000n, max: 1000n }),
        fc.array(step, { maxLength: 20 }),
        (found, steps) => {
          let current = states(found);
          for (const { move, amount } of steps) {
            try {
              if (move === 'confirm') current = confirm(current, eur(amount));
              else if (move === 'measure') current = measureRecovered(current, eur(amount));
              else current = giveUp(current);
            } catch (error) {
              expect(error).toBeInstanceOf(RangeError);
            }
            expect(totalMoney(current).minor).toBe(found);
            const signs = Object.values(current).map(({ minor }) => Math.sign(Number(minor)));
            expect(signs.every((sign) => sign === 0 || sign === Math.sign(Number(found)))).toBe(true);
          }
          expect(openMoney(giveUp(current)).minor).toBe(0n);
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });

  test.each([
    [5n, 3n, 3n],
    [3n, 5n, 3n],
    [-5n, -3n, -3n],
    [5n, -3n, 0n],
    [-5n, 3n, 0n],
    [0n, 3n, 0n],
  ])('of %s and %s the nearer to zero is %s', (a, b, nearer) => {
    expect(towardZero(eur(a), eur(b))).toEqual(eur(nearer));
  });
});
