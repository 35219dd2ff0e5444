import type { Activation, CgratesTariff, PlanPrice } from './cgrates-tariff.ts';
import type { RateEvent, Resolution, TariffBook } from './event.ts';
import type { PlanRate, PriceWindow, Schedule } from './model.ts';
import { windowAt } from './segments.ts';

const ANY = '*any';
/** Deepest chain of fallback subjects that is followed. */
const DEEPEST_FALLBACK = 3;

/** What prices a stretch of the session that begins at `from`; without prices, who may do so instead. */
interface RatingInfo {
  readonly from: number;
  readonly found: Found | null;
  readonly fallbackSubjects: readonly string[];
}

interface Found {
  readonly profile: string;
  readonly plan: string;
  readonly prefix: string;
  readonly destination: string;
  readonly prices: readonly PlanPrice[];
}

interface Search {
  readonly event: RateEvent;
  readonly tenant: string;
  readonly start: number;
  readonly end: number;
  infos: RatingInfo[];
}

/**
 * The tariff with the lookups of a CGRateS rater: profile by tenant, category and subject (then `*any`, then fallback
 * subjects), the plan active at the start, the longest prefix with a price at the start.
 */
export class CgratesBook implements TariffBook {
  readonly warnings: readonly string[];
  readonly #tariff: CgratesTariff;
  readonly #schedules = new Map<string, Schedule>();

  constructor(tariff: CgratesTariff) {
    this.#tariff = tariff;
    this.warnings = tariff.warnings;
  }

  resolve(event: RateEvent): Resolution {
    const start = event.start;
    const usage = event.usage > 0n ? event.usage : 0n;
    const search: Search = {
      event,
      tenant: event.tenant,
      start,
      end: start + Number(usage / 1_000_000n),
      infos: [],
    };
    const outcome = this.#load(search);
    const subject = `${event.tenant}, ${event.category}, ${event.subject}`;
    if (outcome === 'no-profile')
      return { error: 'RATING_PLAN_NOT_FOUND', steps: [`No rating profile for ${subject}`] };
    const last = search.infos.findLast((info, i) => i === 0 || info.from < start);
    if (!covers(search) || !last?.found)
      return {
        error: 'UNAUTHORIZED_DESTINATION',
        steps: [`No price of ${subject} for destination ${event.destination}`],
      };
    const found = last.found;
    const cuts = search.infos.map((info) => info.from).filter((from) => from > start && from < search.end);
    const key = [
      ...[found.plan, found.destination, event.tor === '*voice', event.timeZone],
      ...[event.includeConnectFee, event.roundingDecimals, ...cuts],
    ].join('|');
    const schedule = this.#schedules.get(key) ?? scheduleOf(found, event, cuts);
    this.#schedules.set(key, schedule);
    const steps = [
      `Profile ${found.profile} with rating plan ${found.plan}, active at the start`,
      `Destination ${found.destination} by prefix ${found.prefix}`,
    ];
    return { key, schedule, quantity: usage, steps };
  }

  #load(search: Search): 'found' | 'no-profile' {
    for (const tenant of [search.event.tenant, ANY]) {
      const attempt: Search = { ...search, tenant, infos: [] };
      for (const subject of [search.event.subject, ANY]) {
        if (this.#profile(attempt, subject) === undefined) continue;
        this.#search(attempt, subject, 1);
        search.infos = attempt.infos;
        return 'found';
      }
    }
    return 'no-profile';
  }

  #profile(search: Search, subject: string): readonly Activation[] | undefined {
    return this.#tariff.profiles.get(`${search.tenant}:${search.event.category}:${subject}`);
  }

  /** Collects rating infos for the time of the search; where one has no price, its fallback subjects are asked. */
  #search(search: Search, subject: string, depth: number): boolean {
    const profile = this.#profile(search, subject);
    if (depth > DEEPEST_FALLBACK || profile === undefined) return false;
    const infos = this.#infosOf(search, profile, `${search.tenant}:${search.event.category}:${subject}`);
    if (search.infos.length === 0) search.infos = infos;
    if (covers(search)) return true;
    for (let i = 0; i < search.infos.length; i += 1) {
      const info = search.infos[i];
      if (!info || info.found) continue;
      const inner: Search = {
        ...search,
        start: i === 0 ? search.start : info.from,
        end: search.infos[i + 1]?.from ?? search.end,
        infos: [],
      };
      for (const fallback of info.fallbackSubjects) {
        if (!this.#search(inner, fallback, depth + 1)) continue;
        const priced = inner.infos.filter((candidate) => candidate.found);
        if (priced.length > 0) search.infos.splice(i, 1, ...priced);
        if (covers(inner)) break;
      }
    }
    return true;
  }

  #infosOf(search: Search, profile: readonly Activation[], name: string): RatingInfo[] {
    const before = profile.findLastIndex((activation) => activation.from <= search.start);
    const active = profile.slice(Math.max(0, before)).filter((activation) => activation.from <= search.end);
    const infos: RatingInfo[] = [];
    active.forEach((activation, i) => {
      const plan = this.#tariff.plans.get(activation.plan);
      if (!plan) return;
      // Before the first activation only the subject *any may price.
      if (i === 0 && search.start < activation.from)
        infos.push({ from: search.start, found: null, fallbackSubjects: [ANY] });
      const found = this.#destination(search, plan);
      const { from, fallbackSubjects } = activation;
      if (found)
        infos.push({ from, found: { ...found, profile: name, plan: activation.plan }, fallbackSubjects });
      else if (fallbackSubjects.length > 0) infos.push({ from, found: null, fallbackSubjects });
    });
    return infos;
  }

  /** The longest prefix of the destination with a price at the start; of several destinations the heaviest; then *any. */
  #destination(
    search: Search,
    plan: ReadonlyMap<string, readonly PlanPrice[]>,
  ): Omit<Found, 'profile' | 'plan'> | null {
    const { destination, timeZone } = search.event;
    if (destination !== ANY) {
      for (let length = destination.length; length > 0; length -= 1) {
        const prefix = destination.slice(0, length);
        let best: { readonly name: string; readonly prices: readonly PlanPrice[]; weight: number } | null =
          null;
        for (const name of this.#tariff.destinations.get(prefix) ?? []) {
          const prices = plan.get(name);
          if (!prices || !holdsAt(prices, search.start, timeZone)) continue;
          const weight = Math.max(0, ...prices.map((price) => price.window.weight));
          if (!best || weight > best.weight) best = { name, prices, weight };
        }
        if (best) return { prefix, destination: best.name, prices: best.prices };
      }
    }
    const any = plan.get(ANY);
    return any ? { prefix: ANY, destination: ANY, prices: any } : null;
  }
}

function covers(search: Search): boolean {
  const first = search.infos[0];
  return first !== undefined && first.from <= search.start && search.infos.every((info) => info.found);
}

function holdsAt(prices: readonly PlanPrice[], instant: number, timeZone: string): boolean {
  const windows = prices.map((price) => ({
    ...price.window,
    validFrom: null,
    validTo: null,
    rate: null as never,
  }));
  return windowAt({ timeZone, holidays: new Set(), windows } as never, instant) >= 0;
}

/** The windows of the destination; a later activation inside the session cuts it, though the prices stay. */
function scheduleOf(found: Found, event: RateEvent, cuts: readonly number[]): Schedule {
  const edges = [null, ...cuts, null];
  const windows = edges.slice(1).flatMap((validTo, i) =>
    found.prices.map(
      (price): PriceWindow => ({
        ...price.window,
        validFrom: edges[i] ?? null,
        validTo: validTo ?? null,
        rate: rateOf(price, event),
      }),
    ),
  );
  return {
    timeZone: event.timeZone,
    holidays: new Set(),
    unitNanos: 1n,
    splits: event.tor === '*voice',
    splitsAtMidnight: true,
    windows,
  };
}

function rateOf(price: PlanPrice, event: RateEvent): PlanRate {
  const each = { method: 'half_up', decimals: event.roundingDecimals } as const;
  return {
    name: price.rateName,
    slots: price.slots,
    mode: 'graduated',
    minimum: 0n,
    connectFee: event.includeConnectFee ? price.connectFee : 0n,
    spanRounding: each,
    incrementRounding: each,
    sessionRounding: price.rounding,
    maxCost: price.maxCost,
    currency: null,
  };
}
