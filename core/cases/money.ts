import type { MoneyStates } from '#core/domain/case.ts';
import {
  absolute,
  add,
  compare,
  fromMoneyJson,
  type Money,
  subtract,
  sum,
  toMoneyJson,
  zero,
} from '#core/domain/money.ts';

/**
 * Moves of money between the states of a case. Every move keeps the total of the four states, and money of one
 * direction never meets money of the other: a loss and a debt to customers are two findings, not a difference.
 */

/** Potential becomes confirmed: what a person approved. Throws a RangeError when it is more than there is. */
export function confirm(states: MoneyStates, amount: Money): MoneyStates {
  return move(states, 'potential', 'confirmed', amount);
}

/**
 * Sets recovered to what was measured, against confirmed: up where more has moved, down where a posting was
 * taken back. Throws a RangeError when it is more than was confirmed.
 */
export function measureRecovered(states: MoneyStates, recovered: Money): MoneyStates {
  const before = fromMoneyJson(states.recovered);
  const open = move(states, 'recovered', 'confirmed', before);
  return move(open, 'confirmed', 'recovered', recovered);
}

/** What is still potential or confirmed is given up. */
export function giveUp(states: MoneyStates): MoneyStates {
  const confirmedGone = move(states, 'confirmed', 'unrecoverable', fromMoneyJson(states.confirmed));
  return move(confirmedGone, 'potential', 'unrecoverable', fromMoneyJson(states.potential));
}

/** Potential and confirmed: what is not settled yet. */
export function openMoney(states: MoneyStates): Money {
  return add(fromMoneyJson(states.potential), fromMoneyJson(states.confirmed));
}

/** The four states together: what was found. */
export function totalMoney(states: MoneyStates): Money {
  const amounts = [states.potential, states.confirmed, states.recovered, states.unrecoverable];
  return sum(amounts.map(fromMoneyJson), states.potential.asset);
}

/** The nearer to zero of two amounts of one direction; zero where their directions differ. */
export function towardZero(a: Money, b: Money): Money {
  if (opposed(a, b)) return zero(a.asset);
  return compare(absolute(a), absolute(b)) <= 0 ? a : b;
}

function move(
  states: MoneyStates,
  from: keyof MoneyStates,
  to: keyof MoneyStates,
  amount: Money,
): MoneyStates {
  const source = fromMoneyJson(states[from]);
  if (opposed(source, amount) || compare(absolute(amount), absolute(source)) > 0) {
    throw new RangeError(
      `Cannot move ${amount.minor} from ${from} to ${to}: there is ${source.minor} ${source.asset}`,
    );
  }
  return {
    ...states,
    [from]: toMoneyJson(subtract(source, amount)),
    [to]: toMoneyJson(add(fromMoneyJson(states[to]), amount)),
  };
}

function opposed(a: Money, b: Money): boolean {
  return (a.minor < 0n && b.minor > 0n) || (a.minor > 0n && b.minor < 0n);
}
