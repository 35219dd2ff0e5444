import { assetOf, LAKE_SCALE } from '#core/domain/asset.ts';
import { decimalString, type Money, money } from '#core/domain/money.ts';
import { chargeOf, LARGEST_CHARGE_MICROS } from './charge.ts';
import { isValidAt, type References, type SubscriptionRow, type TariffRow } from './reference.ts';
import { isPeakAt, localTimeAt } from './time-band.ts';

/** A session to be rated. */
export interface RatingEvent {
  readonly aNumber: string;
  readonly bNumber: string | null;
  readonly visitedPlmn: string | null;
  readonly service: string;
  /** Milliseconds since 1970 UTC. */
  readonly sessionStart: number;
  readonly quantity: bigint;
}

/** Why a session cannot be priced. It is suspended then, never priced at zero. */
export const SUSPENSE_REASONS = [
  'no-subscription',
  'no-offer',
  'ambiguous-offer',
  'no-tariff',
  'ambiguous-tariff',
  'no-zone',
  'ambiguous-zone',
  'no-price',
  'ambiguous-price',
  'amount-out-of-range',
] as const;
export type SuspenseReason = (typeof SUSPENSE_REASONS)[number];

/** One step of the explanation: what was looked up or computed, and what came out, in a sentence. */
export interface RatingStep {
  readonly step: 'subscription' | 'offer' | 'tariff' | 'zone' | 'time-band' | 'price' | 'units' | 'rounding';
  readonly text: string;
}

/** What the re-rater makes of one session, and how. */
export interface Rating {
  readonly outcome: 'rated' | 'free-by-purpose' | 'suspended';
  readonly reason: SuspenseReason | null;
  readonly expected: Money | null;
  readonly subscription: SubscriptionRow | null;
  readonly tariffId: string | null;
  readonly tariffVersion: number | null;
  readonly zone: string | null;
  readonly timeBand: string | null;
  readonly steps: readonly RatingStep[];
}

/** Thrown inside this file only: ends the walk with a reason. */
class Suspended extends Error {
  readonly reason: SuspenseReason;
  constructor(reason: SuspenseReason) {
    super(reason);
    this.reason = reason;
  }
}

interface Walk {
  readonly event: RatingEvent;
  readonly references: References;
  readonly steps: RatingStep[];
  tariffId: string | null;
  tariffVersion: number | null;
  zone: string | null;
  timeBand: string | null;
}

/**
 * Rates one session and says how, step by step. Agrees with the SQL form (rate.sql) on every event; the property
 * test holds them together.
 */
export function rateEvent(event: RatingEvent, references: References): Rating {
  const walk: Walk = {
    event,
    references,
    steps: [],
    tariffId: null,
    tariffVersion: null,
    zone: null,
    timeBand: null,
  };
  const subscription = subscriptionAt(walk);
  if (subscription === null) return ended(walk, 'suspended', null, null, 'no-subscription');
  if (subscription.purpose !== 'customer') {
    say(walk, 'price', `The line is a ${subscription.purpose} line, which is free on purpose`);
    return ended(walk, 'free-by-purpose', null, subscription);
  }
  try {
    return ended(walk, 'rated', priceOf(walk, subscription), subscription);
  } catch (error) {
    if (!(error instanceof Suspended)) throw error;
    return ended(walk, 'suspended', null, subscription, error.reason);
  }
}

function priceOf(walk: Walk, subscription: SubscriptionRow): Money {
  const { event } = walk;
  if (event.quantity === 0n) {
    say(walk, 'units', 'The session has no quantity, so nothing is due');
    return money(0n, assetOf(walk.references.tariffs[0]?.currency ?? 'XXX', LAKE_SCALE));
  }
  const tariffId = tariffAt(walk, subscription.offerId);
  const rows = versionAt(walk, tariffId);
  const zone = zoneAt(walk);
  const row = rowFor(walk, rows, zone);
  const charge = chargeOf(event.quantity, row);
  const asset = assetOf(row.currency, LAKE_SCALE);
  const price = decimalString(money(row.priceMicros, asset));
  const fee = decimalString(money(row.connectMicros, asset));
  say(walk, 'price', `${price} per ${row.increment}, at least ${row.minimum}, connect fee ${fee}`);
  const raw = decimalString(money(charge.rawMicros, asset));
  say(
    walk,
    'units',
    `${event.quantity} is ${charge.units} increments: ${fee} + ${charge.units} x ${price} = ${raw}`,
  );
  const absolute = charge.rawMicros < 0n ? -charge.rawMicros : charge.rawMicros;
  if (absolute >= LARGEST_CHARGE_MICROS)
    suspend(walk, 'units', 'amount-out-of-range', 'No session costs that much');
  const expected = money(charge.micros, asset);
  const rounded = `Rounded ${row.roundingMethod} to ${row.roundingDecimals} decimals: ${decimalString(expected)} ${row.currency}`;
  say(walk, 'rounding', rounded);
  return expected;
}

function subscriptionAt(walk: Walk): SubscriptionRow | null {
  const { event, references } = walk;
  const day = new Date(event.sessionStart).toISOString().slice(0, 10);
  const found = references.subscriptions
    .filter((row) => row.msisdn === event.aNumber && row.validFrom <= day)
    .filter((row) => row.validTo === null || day < row.validTo)
    .sort((a, b) => order(b.validFrom, a.validFrom) || order(tieKey(a), tieKey(b)))[0];
  say(
    walk,
    'subscription',
    found
      ? `${event.aNumber} was subscription ${found.subscriptionId} with offer ${found.offerId} on ${day}`
      : `No subscription had the number ${event.aNumber} on ${day}`,
  );
  return found ?? null;
}

function tariffAt(walk: Walk, offerId: string): string {
  const { event, references } = walk;
  const offers = references.offers.filter(
    (row) => row.offerId === offerId && isValidAt(row, event.sessionStart),
  );
  const offer = offers[0];
  if (offer === undefined)
    return suspend(walk, 'offer', 'no-offer', `The catalog has no offer ${offerId} then`);
  if (offers.length > 1)
    return suspend(walk, 'offer', 'ambiguous-offer', `The catalog has ${offerId} more than once`);
  say(walk, 'offer', `Offer ${offerId} is priced by tariff ${offer.tariffId}`);
  walk.tariffId = offer.tariffId;
  return offer.tariffId;
}

function versionAt(walk: Walk, tariffId: string): readonly TariffRow[] {
  const { event, references } = walk;
  const rows = references.tariffs.filter(
    (row) => row.tariffId === tariffId && isValidAt(row, event.sessionStart),
  );
  const versions = [...new Set(rows.map((row) => row.version))];
  const version = versions[0];
  if (version === undefined) {
    return suspend(walk, 'tariff', 'no-tariff', `No version of tariff ${tariffId} was in force`);
  }
  walk.tariffVersion = Math.min(...versions);
  if (versions.length > 1) {
    return suspend(
      walk,
      'tariff',
      'ambiguous-tariff',
      `Versions ${versions.join(', ')} were in force together`,
    );
  }
  say(walk, 'tariff', `Version ${version} of ${tariffId} was in force`);
  return rows;
}

function zoneAt(walk: Walk): string {
  const { event, references } = walk;
  const zones = references.zones.filter((row) => isValidAt(row, event.sessionStart));
  if (event.visitedPlmn !== null) {
    const partners = zones.filter((row) => row.kind === 'plmn' && row.code === event.visitedPlmn);
    return oneZone(walk, partners, `visited network ${event.visitedPlmn}`);
  }
  if (event.service === 'data') {
    walk.zone = 'home';
    say(walk, 'zone', 'Data at home: zone home');
    return 'home';
  }
  const called = event.bNumber ?? '';
  const matching = zones.filter((row) => row.kind === 'prefix' && called.startsWith(row.code));
  const longest = Math.max(0, ...matching.map((row) => row.code.length));
  const best = matching.filter((row) => row.code.length === longest);
  return oneZone(walk, best, `prefix ${best[0]?.code ?? 'of'} of called number ${called}`);
}

function oneZone(walk: Walk, found: readonly { readonly zone: string }[], by: string): string {
  const first = found[0];
  if (first === undefined) return suspend(walk, 'zone', 'no-zone', `No zone for ${by}`);
  walk.zone = found.map((row) => row.zone).reduce((a, b) => (a < b ? a : b));
  if (found.length > 1) return suspend(walk, 'zone', 'ambiguous-zone', `More than one zone for ${by}`);
  say(walk, 'zone', `Zone ${first.zone} by ${by}`);
  return first.zone;
}

function rowFor(walk: Walk, rows: readonly TariffRow[], zone: string): TariffRow {
  const { event } = walk;
  const priced = rows.filter((row) => row.service === event.service && row.zone === zone);
  const banded = priced.filter((row) => row.timeBand !== 'any');
  if (new Set(banded.map(profileKey)).size > 1) {
    return suspend(walk, 'time-band', 'ambiguous-price', 'Peak and off-peak rows disagree about peak hours');
  }
  const band = bandAt(walk, banded[0]);
  const inBand = priced.filter((row) => row.timeBand === band);
  const chosen = inBand.length > 0 ? inBand : priced.filter((row) => row.timeBand === 'any');
  const row = chosen[0];
  if (row === undefined) {
    return suspend(walk, 'price', 'no-price', `The price list has no ${event.service} to ${zone}`);
  }
  walk.timeBand = row.timeBand;
  if (chosen.length > 1) {
    return suspend(walk, 'price', 'ambiguous-price', `The price list has ${event.service} to ${zone} twice`);
  }
  return row;
}

function bandAt(walk: Walk, row: TariffRow | undefined): string {
  if (row === undefined) {
    say(walk, 'time-band', 'The price holds at any time');
    return 'any';
  }
  const holidays = walk.references.holidays.get(row.holidayCalendar ?? '') ?? new Set<string>();
  const local = localTimeAt(walk.event.sessionStart, row.timeZone);
  const band = isPeakAt(walk.event.sessionStart, { ...row, holidays }) ? 'peak' : 'offpeak';
  const clock = `${String(local.hour).padStart(2, '0')}:${String(local.minute).padStart(2, '0')}`;
  const holiday = holidays.has(local.day) ? ', a holiday' : '';
  say(walk, 'time-band', `${local.weekday} ${local.day} ${clock} in ${row.timeZone}${holiday} is ${band}`);
  return band;
}

function profileKey(row: TariffRow): string {
  return [row.timeZone, row.peakFromHour, row.peakToHour, row.holidayCalendar ?? ''].join('|');
}

/** Makes the choice among equally new subscriptions total. */
function tieKey(row: SubscriptionRow): string {
  return [row.subscriptionId, row.offerId, row.accountId, row.segment, row.purpose].join('\u0000');
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function say(walk: Walk, step: RatingStep['step'], text: string): void {
  walk.steps.push({ step, text });
}

function suspend(walk: Walk, step: RatingStep['step'], reason: SuspenseReason, text: string): never {
  say(walk, step, text);
  throw new Suspended(reason);
}

function ended(
  walk: Walk,
  outcome: Rating['outcome'],
  expected: Money | null,
  subscription: SubscriptionRow | null,
  reason: SuspenseReason | null = null,
): Rating {
  const { tariffId, tariffVersion, zone, timeBand, steps } = walk;
  return { outcome, reason, expected, subscription, tariffId, tariffVersion, zone, timeBand, steps };
}
