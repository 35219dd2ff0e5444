import { monthStart } from './calendar.ts';
import {
  ENGINES,
  GATEWAYS,
  HOME_PLMN,
  OFFERS,
  type Offer,
  OWN_PREFIX,
  ROAMING_PARTNERS,
  SWITCHES,
} from './market.ts';
import { type Random, stream } from './random.ts';

/** An offer that a subscription holds from one day (inclusive) to another (exclusive). Days since 1970. */
export interface Line {
  readonly offer: Offer;
  readonly from: number;
  readonly to: number | null;
}

/** Days spent in the network of a roaming partner. */
export interface Trip {
  readonly from: number;
  readonly to: number;
  readonly plmn: string;
}

export interface Subscription {
  readonly index: number;
  readonly id: string;
  readonly accountId: string;
  readonly msisdn: string;
  readonly imsi: string;
  readonly segment: 'consumer' | 'business';
  readonly purpose: 'customer' | 'test' | 'internal';
  readonly lines: readonly Line[];
  /** First day and day after the last that the network serves the line; differs from the lines by a provisioning lag. */
  readonly servedFrom: number;
  readonly servedTo: number | null;
  readonly switchName: string;
  readonly gateway: string;
  readonly engine: string;
  /** Sessions a day on an average day. */
  readonly activity: number;
  readonly trips: readonly Trip[];
  /** Started, ended or changed the offer inside the month: innocent, and left out of subscription faults. */
  readonly moved: 'started' | 'ended' | 'changed' | null;
}

export interface PopulationOptions {
  readonly seed: number;
  readonly subscribers: number;
  readonly firstDay: number;
  readonly lastDay: number;
}

/** Ended subscriptions that CRM and HLR still list, per hundred subscribers. */
const ENDED_PERCENT = 3;

/** All subscriptions, index = position. After the `subscribers` living ones stand those that ended before the months covered. */
export function populationOf(options: PopulationOptions): Subscription[] {
  const { subscribers } = options;
  const ended = Math.max(12, Math.round((subscribers * ENDED_PERCENT) / 100));
  const list: Subscription[] = [];
  let account = 0;
  let left = 0;
  for (let index = 0; index < subscribers + ended; index++) {
    const random = stream(options.seed, 'subscription', index);
    const offer = random.pickWeighted(OFFERS.map((o) => [o, o.share] as const));
    if (left === 0 || index >= subscribers) {
      account++;
      left =
        offer.segment === 'business'
          ? 1 + random.below(8)
          : offer.id === 'O-FAMILY'
            ? 1 + random.below(4)
            : 1;
    }
    left--;
    list.push(subscriptionOf(options, index, account, offer, random));
  }
  return list;
}

function subscriptionOf(
  options: PopulationOptions,
  index: number,
  account: number,
  offer: Offer,
  random: Random,
): Subscription {
  const ended = index >= options.subscribers;
  const purpose = purposeOf(index, options.subscribers);
  const history = ended
    ? endedBefore(options, offer, random)
    : historyOf(options, offer, purpose === 'customer', random);
  return {
    index,
    id: `S${String(index + 1).padStart(7, '0')}`,
    accountId: `A${String(account).padStart(7, '0')}`,
    msisdn: OWN_PREFIX + scatter(index, 10_000_000, 7_368_787).padStart(7, '0'),
    imsi: HOME_PLMN + scatter(index, 10_000_000_000, 7_368_787_131).padStart(10, '0'),
    segment: offer.segment,
    purpose,
    ...history,
    switchName: SWITCHES[random.chance(0.58) ? 0 : 1],
    gateway: GATEWAYS[random.chance(0.58) ? 0 : 1],
    engine: ENGINES[random.chance(0.6) ? 0 : 1],
    activity: Math.min(14, random.logNormal(offer.activity, 0.75)),
    trips: tripsOf(options, offer, random),
  };
}

/** About one line in 170 is a test SIM or an internal line, and at least two of each. */
function purposeOf(index: number, subscribers: number): Subscription['purpose'] {
  const every = Math.min(340, Math.floor(subscribers / 2));
  if (every > 1 && index % every === 1) return 'test';
  return every > 2 && index % every === 2 ? 'internal' : 'customer';
}

type History = Pick<Subscription, 'lines' | 'servedFrom' | 'servedTo' | 'moved'>;

function historyOf(
  { firstDay, lastDay }: PopulationOptions,
  offer: Offer,
  mayMove: boolean,
  random: Random,
): History {
  const start = monthStart(firstDay) - 2 - random.below(2500);
  const kind = mayMove ? random.unit() : 1;
  const month = monthStart(lastDay);
  const day = month + 3 + random.below(24);
  const lag = 1 + random.below(2);
  if (kind < 0.025) {
    const served = day + (random.chance(0.5) ? lag : -lag);
    return { lines: [{ offer, from: day, to: null }], servedFrom: served, servedTo: null, moved: 'started' };
  }
  if (kind < 0.045) {
    const served = day + (random.chance(0.7) ? lag : 0);
    return { lines: [{ offer, from: start, to: day }], servedFrom: start, servedTo: served, moved: 'ended' };
  }
  const other = OFFERS.filter((o) => o.segment === offer.segment && o.id !== offer.id && o.id !== 'O-IOT');
  if (kind < 0.06 && offer.id !== 'O-IOT') {
    const lines = [
      { offer, from: start, to: day },
      { offer: random.pick(other), from: day, to: null },
    ];
    return { lines, servedFrom: start, servedTo: null, moved: 'changed' };
  }
  return { lines: [{ offer, from: start, to: null }], servedFrom: start, servedTo: null, moved: null };
}

function endedBefore({ firstDay }: PopulationOptions, offer: Offer, random: Random): History {
  const to = monthStart(firstDay) - 1 - random.below(150);
  const from = to - 60 - random.below(1500);
  return { lines: [{ offer, from, to }], servedFrom: from, servedTo: to, moved: null };
}

function tripsOf({ firstDay, lastDay }: PopulationOptions, offer: Offer, random: Random): Trip[] {
  const months = (lastDay - firstDay + 1) / 30;
  const trips: Trip[] = [];
  for (let n = random.poisson(months * (offer.segment === 'business' ? 0.22 : 0.09)); n > 0; n--) {
    const from = firstDay - 4 + random.below(lastDay - firstDay + 5);
    const to = from + 2 + random.below(offer.segment === 'business' ? 4 : 9);
    trips.push({ from, to, plmn: random.pickWeighted(ROAMING_PARTNERS.map(([p, , w]) => [p, w] as const)) });
  }
  return trips;
}

/** A number below `modulus` that is different for every index: multiplication by a number coprime to it. */
function scatter(index: number, modulus: number, factor: number): string {
  return String((BigInt(index + 1) * BigInt(factor)) % BigInt(modulus));
}

/** The offer in force on a day, or undefined when there is none. */
export function lineOn(subscription: Subscription, day: number): Line | undefined {
  for (const line of subscription.lines) {
    if (day >= line.from && (line.to === null || day < line.to)) return line;
  }
  return undefined;
}
