import { DAY_MS, dayNumber, dayText, HOUR_MS, localMidnight, weekday } from './calendar.ts';
import { GATEWAYS, MOVED_PREFIX, SWITCHES } from './market.ts';
import type { Price } from './price-list.ts';
import { type Random, stream } from './random.ts';
import type { TariffChange } from './tariff-book.ts';
import type { TrafficEvents } from './usage.ts';

/** Things that look like leakage and are not. */
export const LOOKALIKE_KINDS = [
  'late-file',
  'next-cycle-posting',
  'tariff-change',
  'number-range-change',
  'holiday',
  'free-units',
  'test-line',
  'rounding',
  'retransmission',
  'provisioning-lag',
  'outage',
  'plan-change',
  'failed-call',
  'malformed-line',
  'traffic-spike',
  'summer-time-end',
] as const;

/** Look-alikes of the families that a sample has only where they are asked for. */
export const MORE_LOOKALIKE_KINDS = [
  'reversed-discount',
  'single-discount',
  'waived-fee',
  'minimum-reached',
  'late-booking',
  'tax-rounding',
  'converted-line',
  'approved-credit',
  'service-sold',
  'released-suspense',
  'filtered-on-purpose',
  'balance-refund',
] as const;
export type LookalikeKind = (typeof LOOKALIKE_KINDS)[number] | (typeof MORE_LOOKALIKE_KINDS)[number];

/** An innocent event, when it was, and why it is innocent. */
export interface Lookalike {
  readonly id: string;
  readonly kind: LookalikeKind;
  readonly from: number;
  readonly to: number;
  readonly subject: string;
  readonly why: string;
}

/** What happens innocently during the sample. */
export interface World {
  readonly firstDay: number;
  readonly lastDay: number;
  readonly changes: readonly TariffChange[];
  readonly movedAt: number;
  readonly traffic: TrafficEvents;
  /** Trailers that arrive late, by `source hour`. */
  readonly lateFiles: ReadonlyMap<string, number>;
  /** Hours of the files that carry a malformed line. */
  readonly malformedHours: ReadonlySet<number>;
  readonly lookalikes: readonly Lookalike[];
}

/** Tariffs that may change in price, and by which percentages. */
const CHANGING = ['T-SMART', 'T-BASIC', 'T-BIZ', 'T-SURF'] as const;

export function worldOf(seed: number, firstDay: number, lastDay: number): World {
  const random = stream(seed, 'world');
  const changes = tariffChanges(random, firstDay, lastDay);
  const movedAt = insideWindow(random, firstDay, lastDay, 0.2, 0.8);
  const traffic = trafficOf(random, firstDay, lastDay);
  const hours = (lastDay - firstDay + 1) * 24;
  const lateFiles = new Map<string, number>();
  for (let n = Math.max(3, Math.round(hours / 90)); n > 0; n--) {
    const source = random.pick([...SWITCHES, ...GATEWAYS]);
    const hour = firstDay * 24 + random.below(hours);
    lateFiles.set(`${source} ${hour}`, Math.round(random.between(3, 40) * HOUR_MS));
  }
  const malformed = new Set<number>();
  for (let n = 0; n < 12; n++) malformed.add(firstDay * 24 + random.below(hours));
  const world = { firstDay, lastDay, changes, movedAt, traffic, lateFiles, malformedHours: malformed };
  return { ...world, lookalikes: lookalikesOf(world) };
}

function insideWindow(random: Random, firstDay: number, lastDay: number, low: number, high: number): number {
  const days = lastDay - firstDay + 1;
  if (days < 3) return firstDay * DAY_MS + 12 * HOUR_MS;
  return localMidnight(firstDay + Math.max(1, Math.floor(days * random.between(low, high))));
}

function tariffChanges(random: Random, firstDay: number, lastDay: number): TariffChange[] {
  const [first, second] = random.shuffle(CHANGING);
  const up = random.chance(0.6);
  const changes = [
    repriced(random, first ?? 'T-SMART', insideWindow(random, firstDay, lastDay, 0.15, 0.5), up),
    repriced(random, second ?? 'T-BASIC', insideWindow(random, firstDay, lastDay, 0.2, 0.6), !up),
  ];
  const saturdays: number[] = [];
  for (let day = firstDay; day + 1 <= lastDay; day++) if (weekday(day) === 6) saturdays.push(day);
  const saturday = saturdays.length > 0 ? random.pick(saturdays) : undefined;
  if (saturday !== undefined) {
    const free = (p: Price): Price =>
      p.zone === 'on-net' ? { ...p, price: 0n, connect: 0n, free: true } : p;
    changes.push(
      {
        tariffId: 'T-YOUNG',
        at: localMidnight(saturday),
        note: 'Promotion weekend: calls and messages to Alpina numbers are free.',
        reprice: free,
      },
      {
        tariffId: 'T-YOUNG',
        at: localMidnight(saturday + 2),
        note: 'End of the promotion weekend; prices as before.',
        reprice: (p) => p,
      },
    );
  }
  return changes;
}

function repriced(random: Random, tariffId: string, at: number, up: boolean): TariffChange {
  const percent = BigInt(8 + random.below(13));
  const factor = up ? 100n + percent : 100n - percent;
  const service = random.pick(['voice', 'data', 'voice'] as const);
  return {
    tariffId,
    at,
    note: `${service === 'voice' ? 'Calls' : 'Data'} ${up ? 'rise' : 'fall'} by ${percent} %.`,
    reprice: (p) => (p.service === service ? { ...p, price: (p.price * factor) / 100n } : p),
  };
}

function trafficOf(random: Random, firstDay: number, lastDay: number): TrafficEvents {
  const at = (hour: number) => (firstDay + random.below(lastDay - firstDay + 1)) * DAY_MS + hour * HOUR_MS;
  const outage = at(9 + random.below(8));
  const spike = at(17 + random.below(2));
  return {
    outages: [{ source: random.pick(SWITCHES), from: outage, to: outage + (2 + random.below(3)) * HOUR_MS }],
    spikes: [{ service: 'sms', from: spike, to: spike + 2 * HOUR_MS }],
  };
}

function lookalikesOf(world: Omit<World, 'lookalikes'>): Lookalike[] {
  const { firstDay, lastDay } = world;
  const [from, to] = [firstDay * DAY_MS, (lastDay + 1) * DAY_MS];
  const list: Omit<Lookalike, 'id'>[] = [];
  const add = (kind: LookalikeKind, subject: string, why: string, begins = from, ends = to) =>
    list.push({ kind, subject, why, from: begins, to: ends });
  for (const [key, delay] of world.lateFiles) {
    const [source = '', hour = '0'] = key.split(' ');
    const begins = Number(hour) * HOUR_MS;
    const why = `The file came ${Math.round(delay / HOUR_MS)} hours late and out of order; nothing is missing.`;
    add('late-file', source, why, begins, begins + HOUR_MS);
  }
  for (const change of world.changes) {
    const kind = change.note.includes('free') ? 'free-units' : 'tariff-change';
    add(kind, change.tariffId, `A new version for everybody. ${change.note}`, change.at);
  }
  for (const o of world.traffic.outages) {
    add('outage', o.source, 'Customers could not use the network: less traffic, nothing lost.', o.from, o.to);
  }
  for (const s of world.traffic.spikes) {
    add('traffic-spike', s.service, 'A television vote: more messages, all of them billed.', s.from, s.to);
  }
  add(
    'number-range-change',
    MOVED_PREFIX,
    'The range belongs to Alpina from then on: on-net.',
    world.movedAt,
  );
  add(
    'next-cycle-posting',
    'billed',
    'Posted in November, up to three days after the event.',
    to - 3 * DAY_MS,
  );
  add('test-line', 'T-*', 'Test SIMs and internal lines are active and free on purpose.');
  add('rounding', 'ocs-2', 'ocs-2 posts four decimals where the price list says six.');
  add('retransmission', 'usage', 'A CDR came twice in one file; it was rated once.');
  add('provisioning-lag', 'network_profile', 'The network was one or two days behind the order.');
  add('plan-change', 'subscription', 'Two offers in one month, each billed for its days.');
  add('failed-call', 'voice', 'A call that was not answered has a CDR with quantity zero and costs nothing.');
  add('malformed-line', 'usage', 'Lines that stand for no CDR.');
  const holiday = dayNumber('2026-10-26');
  if (holiday >= firstDay) {
    add('holiday', dayText(holiday), 'National Day: less traffic, and off-peak all day.', holiday * DAY_MS);
    const change = dayNumber('2026-10-25');
    if (change >= firstDay)
      add('summer-time-end', '2026-10-25', 'One local hour comes twice.', change * DAY_MS);
  }
  return list.map((l, i) => ({ id: `B${String(i + 1).padStart(2, '0')}`, ...l }));
}
