import { DAY_MS, dayNumber, LAST_DAY } from './calendar.ts';
import { type FaultState, faultState, type PricedSession } from './effects.ts';
import { isFeeFamily } from './fault.ts';
import { planFaults } from './fault-plan.ts';
import { FeeChain, feesDue, monthsOf } from './fees.ts';
import { type World, worldOf } from './lookalikes.ts';
import { NumberingPlan } from './numbering.ts';
import { populationOf, type Subscription } from './population.ts';
import { TARIFFS } from './price-list.ts';
import { seedWord, unitOf } from './random.ts';
import { TariffBook, versionsOf } from './tariff-book.ts';
import { type Session, UsageModel } from './usage.ts';

export interface SampleParameters {
  readonly seed: number;
  readonly subscribers: number;
  /** Days of usage, the last of which is 2026-10-31. */
  readonly days: number;
}

/** First instant at which prices, zones and offers of the sample are valid. */
export const BEGINNING = dayNumber('2025-01-01') * DAY_MS;

/** Subscriber days that the planner looks at to size the faults. */
const ESTIMATE_DAYS = 40_000;

/** The operator with everything decided that does not depend on the course of the days. */
export interface Operator {
  readonly parameters: SampleParameters;
  readonly firstDay: number;
  readonly lastDay: number;
  readonly world: World;
  readonly population: readonly Subscription[];
  readonly plan: NumberingPlan;
  readonly book: TariffBook;
  readonly model: UsageModel;
  readonly faults: readonly FaultState[];
  readonly fees: FeeChain;
}

export function operatorOf(parameters: SampleParameters): Operator {
  const { seed, subscribers, days } = parameters;
  const lastDay = LAST_DAY;
  const firstDay = lastDay - days + 1;
  const world = worldOf(seed, firstDay, lastDay);
  const population = populationOf({ seed, subscribers, firstDay, lastDay });
  const plan = new NumberingPlan(BEGINNING, world.movedAt);
  const book = new TariffBook(versionsOf(TARIFFS, world.changes, BEGINNING));
  const model = new UsageModel(seed, plan, world.traffic);
  const months = monthsOf(firstDay, lastDay);
  let fees = 0n;
  for (const s of population) for (const m of months) for (const fee of feesDue(s, m)) fees += fee.amount;
  const { sessions, scale } = sampled(seed, population, subscribers, firstDay, lastDay, model, book);
  const plans = planFaults({ seed, firstDay, lastDay, subscribers, fees, sessions, scale, book });
  const faults = plans.map((p) => faultState(p, seed));
  const feeFaults = faults.filter((f) => isFeeFamily(f.plan.family));
  const chain = new FeeChain(population, feeFaults, seed, months[months.length - 1] ?? firstDay);
  return { parameters, firstDay, lastDay, world, population, plan, book, model, faults, fees: chain };
}

/** The session with the price that is right for it: the version in force when it starts. */
export function priced(session: Session, book: TariffBook): PricedSession {
  const version = book.versionAt(session.offer.tariffId, session.start);
  return { session, version, expected: book.charge(version, session) };
}

function sampled(
  seed: number,
  population: readonly Subscription[],
  subscribers: number,
  firstDay: number,
  lastDay: number,
  model: UsageModel,
  book: TariffBook,
): { sessions: PricedSession[]; scale: number } {
  const share = Math.min(1, ESTIMATE_DAYS / (subscribers * (lastDay - firstDay + 1)));
  const word = seedWord(seed, 'estimate');
  const chosen = population.filter((s) => share === 1 || unitOf(word, s.index, 0) < share);
  const sessions: PricedSession[] = [];
  for (const subscription of chosen) {
    for (let day = firstDay; day <= lastDay; day++) {
      for (const session of model.sessionsOf(subscription, day)) sessions.push(priced(session, book));
    }
  }
  return { sessions, scale: chosen.length === 0 ? 1 : population.length / chosen.length };
}
