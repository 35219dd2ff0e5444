import type { DuckDBConnection } from '@duckdb/node-api';
import { DAY_MS, HOUR_MS, isHoliday, monthStart, viennaClock } from './calendar.ts';
import { FaultyChain, type Outcome, type PricedSession } from './effects.ts';
import { isFeeFamily } from './fault.ts';
import { monthsOf } from './fees.ts';
import { correlationId, type Item, ItemFiles } from './item-files.ts';
import type { Lookalike, LookalikeKind } from './lookalikes.ts';
import { MOVED_PREFIX } from './market.ts';
import { type Operator, priced } from './operator.ts';
import { seedWord, unitOf } from './random.ts';
import { hopKey, Truth } from './truth.ts';
import { PARTIAL_MS, type Session } from './usage.ts';
import { UsageFiles } from './usage-files.ts';

/** Correlation numbers of a day are scattered over a prime field, so that they say nothing about their order. */
const NUMBER_FIELD = 9_999_991;
const NUMBER_FACTOR = 4_567_891;

/** Longest lag of posting in days. */
const POSTING_LAG = 3;

export interface SimulationDirs {
  readonly usage: string;
  readonly file_trailer: string;
  readonly rated: string;
  readonly billed: string;
}

/** Plays the days of the sample through the operator's chain and writes what each system leaves behind. */
export class Simulation {
  readonly items: ItemFiles;
  readonly usage: UsageFiles;
  readonly truth: Truth;
  private readonly operator: Operator;
  private readonly chain: FaultyChain;
  private readonly lagWord: number;
  private readonly lookalikes: ReadonlyMap<LookalikeKind, readonly Lookalike[]>;

  private constructor(operator: Operator, items: ItemFiles, usage: UsageFiles, truth: Truth) {
    this.operator = operator;
    this.items = items;
    this.usage = usage;
    this.truth = truth;
    const { faults, book, world, parameters } = operator;
    this.chain = new FaultyChain(
      faults.filter((f) => !isFeeFamily(f.plan.family)),
      book,
    );
    this.lagWord = seedWord(parameters.seed, 'posting lag');
    this.lookalikes = Map.groupBy(world.lookalikes, (l) => l.kind);
  }

  static async create(
    operator: Operator,
    dirs: SimulationDirs,
    connection: DuckDBConnection,
  ): Promise<Simulation> {
    const { parameters, firstDay, world, population } = operator;
    const items = await ItemFiles.create(connection, { rated: dirs.rated, billed: dirs.billed }, population);
    const usage = new UsageFiles({
      usageDir: dirs.usage,
      trailerDir: dirs.file_trailer,
      seed: parameters.seed,
      firstDay,
      lateFiles: world.lateFiles,
      malformedHours: world.malformedHours,
    });
    return new Simulation(operator, items, usage, await Truth.create(connection));
  }

  /** Plays all days. `onDay` is called after each with the day and the CDRs written so far. */
  async run(onDay: (day: number, rows: number) => void): Promise<void> {
    const { firstDay, lastDay } = this.operator;
    this.postFees();
    this.noteReferenceLookalikes();
    await this.items.flush();
    for (let day = monthStart(firstDay); day < firstDay; day++) await this.items.writeBilled(day);
    let writing: Promise<void> | undefined;
    for (let day = firstDay; day <= lastDay; day++) {
      this.playDay(day);
      this.usage.flush(day);
      // the database writes one day while the next one is played
      await writing;
      await this.items.flush();
      await this.truth.flush();
      writing = this.writeItems(day);
      onDay(day, this.usage.rows);
    }
    await writing;
    this.usage.flush(lastDay + 1);
    for (let lag = 1; lag <= POSTING_LAG; lag++) await this.items.writeBilled(lastDay + lag);
  }

  private async writeItems(day: number): Promise<void> {
    await this.items.writeRated(day);
    await this.items.writeBilled(day);
  }

  private postFees(): void {
    const { population, fees, firstDay, lastDay } = this.operator;
    for (const month of monthsOf(firstDay, lastDay)) {
      for (const subscription of population) {
        for (const { expected, billed, label } of fees.outcomes(subscription, month)) {
          if (expected) this.truth.expectedFees += expected.amount;
          if (billed) this.items.addFee(billed);
          if (label) this.truth.label(label.fault, 'subscription', subscription.id, label.amount);
        }
      }
    }
  }

  private playDay(day: number): void {
    const { population, model, book } = this.operator;
    const sessions: Session[] = [];
    for (const subscription of population) sessions.push(...model.sessionsOf(subscription, day));
    sessions.sort((a, b) => a.start - b.start || a.subscription.index - b.subscription.index);
    let next = 0;
    for (const session of sessions) session.number = numberOf(++next, day);
    for (const session of sessions) {
      const price = priced(session, book);
      const outcome = this.chain.send(price, day);
      this.truth.sessions++;
      if (session.subscription.purpose === 'customer') this.truth.expectedUsage += price.expected;
      this.truth.rounding += outcome.rounding;
      const posting = this.write(day, session, outcome);
      if (outcome.ghost) this.writeGhost(day, session, outcome.ghost, numberOf(++next, day));
      this.writeLabels(day, session, outcome);
      if (outcome.labels.length === 0) this.noteLookalikes(day, price, outcome, posting);
    }
  }

  /** Writes a session as far as it got. Returns the day of posting, or 0. */
  private write(day: number, session: Session, outcome: Outcome): number {
    const { subscription, service, start, number } = session;
    const correlation = correlationId(day, number);
    const repeated = this.usage.add(session, correlation, outcome.mediated);
    if (repeated) this.note('retransmission', 'record', correlation);
    if (!outcome.rating) return 0;
    const item: Item = { day, number, subscription, service, start };
    this.items.addRated(item, session.zone, session.offer.id, outcome.rating);
    if (outcome.billed === 0) return 0;
    const posting = day + this.lag(day, number);
    this.items.addBilled(item, outcome.rating.amount, posting, 1);
    if (outcome.billed === 2) {
      const again = Math.min(day + POSTING_LAG, posting + Math.floor(unitOf(this.lagWord, number, day) * 2));
      this.items.addBilled(item, outcome.rating.amount, again, 2);
    }
    return posting;
  }

  private writeGhost(
    day: number,
    session: Session,
    ghost: NonNullable<Outcome['ghost']>,
    number: number,
  ): void {
    const { subscription, service } = session;
    const start = Math.min(session.start + 45_000, (day + 1) * DAY_MS - 1);
    const item: Item = { day, number, subscription, service, start };
    const version = this.operator.book.versionAt(session.offer.tariffId, start).version;
    if (ghost.fault.salt % 2 === 0) {
      const rating = { quantity: ghost.quantity, version, path: 'standard', amount: ghost.amount } as const;
      this.items.addRated(item, session.zone, session.offer.id, rating);
    }
    this.items.addBilled(item, ghost.amount, day + this.lag(day, number), 1);
    this.truth.label(ghost.fault, 'record', correlationId(day, number), -ghost.amount);
  }

  private writeLabels(day: number, session: Session, outcome: Outcome): void {
    for (const { fault, amount } of outcome.labels) {
      const { family } = fault.plan;
      if (family === 'mediation-drop') this.labelLost(session, fault, amount);
      else if (family !== 'ghost-billing') {
        this.truth.label(fault, 'record', correlationId(day, session.number), amount);
      }
    }
  }

  /** A session lost before mediation leaves only the counts of its CDRs: its money is spread over them by quantity. */
  private labelLost(session: Session, fault: Outcome['labels'][number]['fault'], amount: bigint): void {
    const { partials, quantity, service, source, start } = session;
    let left = amount;
    partials.forEach((part, i) => {
      const last = i === partials.length - 1;
      const share = last ? left : (amount * BigInt(part)) / BigInt(quantity);
      left -= share;
      const hour = Math.floor((start + i * PARTIAL_MS[service]) / HOUR_MS);
      this.truth.label(fault, 'hop', hopKey(service, hour, source), share);
    });
  }

  private lag(day: number, number: number): number {
    const point = unitOf(this.lagWord, day, number);
    if (point < 0.62) return 0;
    if (point < 0.87) return 1;
    return point < 0.96 ? 2 : POSTING_LAG;
  }

  private note(
    kind: LookalikeKind,
    grain: 'record' | 'subscription' | 'hop',
    key: string,
    subject?: string,
  ): void {
    for (const l of this.lookalikes.get(kind) ?? []) {
      if (subject === undefined || l.subject === subject) this.truth.innocent(l, grain, key);
    }
  }

  private noteLookalikes(day: number, price: PricedSession, outcome: Outcome, posting: number): void {
    const { session, version } = price;
    const { start, subscription } = session;
    const key = correlationId(day, session.number);
    const during = (kind: LookalikeKind, subject?: string) => {
      for (const l of this.lookalikes.get(kind) ?? []) {
        if (start < l.from || start >= l.to || (subject !== undefined && l.subject !== subject)) continue;
        this.truth.innocent(l, 'record', key);
      }
    };
    if (subscription.purpose !== 'customer') {
      this.note('test-line', 'record', key);
      return;
    }
    if (session.quantity === 0) {
      this.note('failed-call', 'record', key);
      return;
    }
    if (posting > this.operator.lastDay) this.note('next-cycle-posting', 'record', key);
    if (outcome.rounding !== 0n) this.note('rounding', 'record', key);
    if (version.version > 1) during(price.expected === 0n ? 'free-units' : 'tariff-change', version.tariffId);
    if (session.bNumber.startsWith(MOVED_PREFIX)) during('number-range-change');
    if (isHoliday(viennaClock(start).day)) during('holiday');
    if (start % DAY_MS < 2 * HOUR_MS) during('summer-time-end');
    during('outage', session.source);
    during('traffic-spike', session.service);
  }

  /** Look-alikes that do not hang on a session: subscriptions, and hours of a network element. */
  private noteReferenceLookalikes(): void {
    const { population, world } = this.operator;
    for (const s of population) {
      if (s.purpose !== 'customer') this.note('test-line', 'subscription', s.id);
      if (s.moved === 'changed') this.note('plan-change', 'subscription', s.id);
      else if (s.moved !== null) this.note('provisioning-lag', 'subscription', s.id);
    }
    for (const l of world.lookalikes) {
      if (l.kind !== 'late-file' && l.kind !== 'outage') continue;
      for (let hour = l.from / HOUR_MS; hour < l.to / HOUR_MS; hour++) {
        for (const service of l.subject.startsWith('pgw') ? ['data'] : ['voice', 'sms']) {
          this.truth.innocent(l, 'hop', hopKey(service, hour, l.subject));
        }
      }
    }
    for (const hour of world.malformedHours) {
      this.note('malformed-line', 'hop', hopKey('voice', hour, 'msc-west'));
      this.note('malformed-line', 'hop', hopKey('data', hour, 'pgw-west'));
    }
  }
}

function numberOf(position: number, day: number): number {
  return (position * NUMBER_FACTOR + (day % 1000) * 7919) % NUMBER_FIELD;
}
