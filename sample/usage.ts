import { DAY_MS, HOUR_MS, isHoliday, viennaOffsetMs, weekday } from './calendar.ts';
import { DESTINATIONS, type Offer, type Service } from './market.ts';
import type { NumberingPlan } from './numbering.ts';
import { lineOn, type Subscription } from './population.ts';
import { Random, seedWord } from './random.ts';

/** What a subscriber did: one call, message or data session, before any system has seen it. */
export interface Session {
  readonly subscription: Subscription;
  readonly offer: Offer;
  readonly service: Service;
  readonly start: number;
  /** Seconds, messages or kilobytes. */
  readonly quantity: number;
  readonly zone: string;
  readonly bNumber: string;
  readonly plmn: string;
  readonly source: string;
  readonly cell: string;
  /** Quantity of each partial CDR; one element where the session is not cut. */
  readonly partials: readonly number[];
  /** Correlation number within the day; set when the day is put in order. */
  number: number;
}

/** Real changes of traffic: nothing is lost by them. */
export interface TrafficEvents {
  readonly outages: readonly { readonly source: string; readonly from: number; readonly to: number }[];
  readonly spikes: readonly { readonly service: Service; readonly from: number; readonly to: number }[];
}

/** Long calls are cut every half hour, data sessions every hour. */
export const PARTIAL_MS: Readonly<Record<Service, number>> = {
  voice: HOUR_MS / 2,
  sms: HOUR_MS,
  data: HOUR_MS,
};

const HOURLY = {
  consumer: [9, 5, 3, 2, 2, 4, 11, 24, 34, 38, 42, 46, 52, 48, 45, 47, 54, 64, 72, 78, 76, 62, 40, 20],
  business: [3, 2, 1, 1, 1, 3, 12, 38, 72, 86, 88, 82, 60, 66, 82, 84, 78, 58, 34, 22, 17, 13, 8, 4],
} as const;
const BY_WEEKDAY = {
  consumer: [0.84, 1, 1, 1, 1.02, 1.14, 1.0],
  business: [0.22, 1.16, 1.2, 1.2, 1.18, 1.08, 0.3],
} as const;

/** Draws sessions: a pure function of seed, subscription and day. */
export class UsageModel {
  private readonly word: number;
  private readonly plan: NumberingPlan;
  private readonly events: TrafficEvents;

  constructor(seed: number, plan: NumberingPlan, events: TrafficEvents) {
    this.word = seedWord(seed, 'usage');
    this.plan = plan;
    this.events = events;
  }

  /** Sessions of a subscription that start on a UTC day, in no particular order. */
  sessionsOf(subscription: Subscription, day: number): Session[] {
    const line = lineOn(subscription, day);
    if (!line || day < subscription.servedFrom) return [];
    if (subscription.servedTo !== null && day >= subscription.servedTo) return [];
    const random = new Random(this.word, subscription.index, day);
    const { segment } = line.offer;
    const level = isHoliday(day) ? (segment === 'business' ? 0.2 : 0.72) : BY_WEEKDAY[segment][weekday(day)];
    const sessions: Session[] = [];
    const add = (start: number, service: Service) => {
      if (line.to !== null && start >= line.to * DAY_MS - 2 * HOUR_MS) return;
      const session = this.sessionAt(subscription, line.offer, start, service, random);
      if (session) sessions.push(session);
    };
    for (let n = random.poisson(subscription.activity * (level ?? 1)); n > 0; n--) {
      const start = startTime(day, segment, random);
      add(start, pickService(line.offer, random));
    }
    for (const spike of this.events.spikes) {
      if (spike.from < day * DAY_MS || spike.from >= (day + 1) * DAY_MS || line.offer.mix.voice === 0)
        continue;
      for (let n = random.poisson(0.16); n > 0; n--) {
        add(Math.floor(random.between(spike.from, spike.to)), spike.service);
      }
    }
    return sessions;
  }

  private sessionAt(
    subscription: Subscription,
    offer: Offer,
    start: number,
    service: Service,
    random: Random,
  ): Session | undefined {
    const day = Math.floor(start / DAY_MS);
    const trip = subscription.trips.find((t) => day >= t.from && day < t.to);
    const source = service === 'data' ? subscription.gateway : subscription.switchName;
    const bNumber = service === 'data' ? '' : calledNumber(offer, random);
    const zone = trip
      ? this.plan.zoneOfNetwork(trip.plmn)
      : service === 'data'
        ? 'home'
        : this.plan.zoneOfNumber(bNumber, start);
    const partials = partialsOf(service, offer, zone, random);
    const out = this.events.outages.some((o) => o.source === source && start >= o.from && start < o.to);
    if (out && random.chance(0.92)) return undefined;
    return {
      subscription,
      offer,
      service,
      start,
      quantity: partials.reduce((a, b) => a + b, 0),
      zone,
      bNumber,
      plmn: trip?.plmn ?? '',
      source,
      cell: `${source.endsWith('east') ? 'E' : 'W'}${1000 + random.below(900)}`,
      partials,
      number: 0,
    };
  }
}

function startTime(day: number, segment: Offer['segment'], random: Random): number {
  const weights = HOURLY[segment];
  const shift = viennaOffsetMs(day * DAY_MS + DAY_MS / 2) / HOUR_MS;
  let left = random.unit() * TOTALS[segment];
  let localHour = 0;
  for (; localHour < 23; localHour++) {
    left -= weights[localHour] ?? 0;
    if (left < 0) break;
  }
  const hour = (localHour - shift + 24) % 24;
  return day * DAY_MS + hour * HOUR_MS + random.below(HOUR_MS);
}
const TOTALS = {
  consumer: HOURLY.consumer.reduce<number>((a, b) => a + b, 0),
  business: HOURLY.business.reduce<number>((a, b) => a + b, 0),
};

function pickService(offer: Offer, random: Random): Service {
  const { voice, sms, data } = offer.mix;
  const point = random.unit() * (voice + sms + data);
  if (point < voice) return 'voice';
  return point < voice + sms ? 'sms' : 'data';
}

function calledNumber(offer: Offer, random: Random): string {
  const { prefix, digits } = random.pickWeighted(DESTINATION_WEIGHTS[offer.segment]);
  const rest = digits - prefix.length;
  const tail = random.below(10 ** Math.min(rest, 9));
  // a subscriber number starts with 2-9 or stays clear of longer prefixes of the plan by its first digit
  const first = prefix.length < 5 ? '2' : '';
  return prefix + first + String(tail).padStart(rest, '0').slice(first.length);
}
const DESTINATION_WEIGHTS = {
  consumer: DESTINATIONS.map((d) => [d, d.weight.consumer] as const),
  business: DESTINATIONS.map((d) => [d, d.weight.business] as const),
};

/** Quantities of the partial CDRs of a session. A failed call has one CDR with a quantity of zero. */
function partialsOf(service: Service, offer: Offer, zone: string, random: Random): number[] {
  if (service === 'sms') return [1];
  if (service === 'voice') {
    if (random.chance(0.025)) return [0];
    const cap = zone === 'premium' || zone === 'world-2' || zone === 'roam-world-2' ? 1500 : 12_600;
    const seconds = Math.max(1, Math.min(cap, Math.round(random.logNormal(72, 1.15))));
    return cut(seconds, 1800);
  }
  const abroad = zone === 'roam-world-1' || zone === 'roam-world-2';
  const median = 6500 * offer.dataFactor * (abroad ? 0.25 : zone === 'roam-eu' ? 0.6 : 1);
  const cap = abroad ? 60_000 : 600_000;
  const kilobytes = Math.max(1, Math.min(cap, Math.round(random.logNormal(median, 1.3))));
  const minutes = Math.min(690, random.logNormal(14, 1.15));
  const count = Math.min(1 + Math.floor(minutes / 60), kilobytes);
  return cut(kilobytes, Math.ceil(kilobytes / count));
}

function cut(quantity: number, size: number): number[] {
  if (quantity <= size) return [quantity];
  const parts: number[] = [];
  for (let left = quantity; left > 0; left -= size) parts.push(Math.min(size, left));
  return parts;
}
