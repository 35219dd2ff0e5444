import type { Rounding } from '#core/domain/money.ts';
import { type CgratesFiles, type CgratesRow, field, parsed, rowsOf } from './cgrates-tables.ts';
import { parseDuration, parseInstant } from './event.ts';
import { COST_SCALE, type PriceWindow, parseCost, type RateSlot } from './model.ts';

/** A price of a destination in a rating plan: a window without validity, and what depends on the event left open. */
export interface PlanPrice {
  readonly window: Omit<PriceWindow, 'rate' | 'validFrom' | 'validTo'>;
  readonly rateName: string;
  readonly slots: readonly RateSlot[];
  readonly connectFee: bigint;
  readonly rounding: { readonly method: Rounding; readonly decimals: number } | null;
  readonly maxCost: bigint | null;
}

/** When a rating plan prices a subject. */
export interface Activation {
  readonly from: number;
  readonly plan: string;
  readonly fallbackSubjects: readonly string[];
}

/** A tariff plan in the words of its format. */
export interface CgratesTariff {
  /** Destinations by prefix, in the order of the file. */
  readonly destinations: ReadonlyMap<string, readonly string[]>;
  /** Prices by rating plan and destination. */
  readonly plans: ReadonlyMap<string, ReadonlyMap<string, readonly PlanPrice[]>>;
  /** Activations by `tenant:category:subject`, oldest first. */
  readonly profiles: ReadonlyMap<string, readonly Activation[]>;
  readonly warnings: readonly string[];
}

const ROUNDINGS: Readonly<Record<string, Rounding>> = { '*up': 'up', '*middle': 'half_up', '*down': 'down' };
const SECOND = 1_000_000_000n;

interface RateTag {
  readonly slots: RateSlot[];
  readonly connectFee: bigint;
}

type Timing = PlanPrice['window'];

/**
 * Reads the files of a CGRateS tariff plan (v0.10 and v0.11 columns; a leading direction such as `*out` is skipped).
 * Throws TariffInvalid, with file and line, for a value that cannot be read or a name that is nowhere defined.
 */
export function readCgratesTariff(files: CgratesFiles): CgratesTariff {
  const warnings: string[] = [];
  const destinations = new Map<string, string[]>();
  for (const row of rowsOf(files, 'Destinations.csv')) {
    const prefix = field(row, 1);
    destinations.set(prefix, [...new Set([...(destinations.get(prefix) ?? []), field(row, 0)])]);
  }
  const known = new Set(['*any', ...[...destinations.values()].flat()]);
  const rates = ratesOf(files);
  const timings = timingsOf(files);
  const destinationRates = new Map<string, { destination: string; row: CgratesRow; rate: RateTag }[]>();
  for (const row of rowsOf(files, 'DestinationRates.csv')) {
    const rate = named(rates, field(row, 2), row, 'rate');
    const destination = field(row, 1);
    if (!known.has(destination)) warnings.push(`${row.where}: destination ${destination} has no prefix`);
    const tag = field(row, 0);
    destinationRates.set(tag, [...(destinationRates.get(tag) ?? []), { destination, row, rate }]);
  }
  const plans = new Map<string, Map<string, PlanPrice[]>>();
  for (const row of rowsOf(files, 'RatingPlans.csv')) {
    const timing = named(timings, field(row, 2), row, 'timing');
    const weight = parsed(row, () => numberOf(field(row, 3, '0')));
    const plan = plans.get(field(row, 0)) ?? new Map<string, PlanPrice[]>();
    plans.set(field(row, 0), plan);
    for (const dr of named(destinationRates, field(row, 1), row, 'destination rate')) {
      const price = parsed(dr.row, () => priceOf(dr.row, dr.rate, { ...timing, weight }));
      plan.set(dr.destination, [...(plan.get(dr.destination) ?? []), price]);
    }
  }
  return { destinations, plans, profiles: profilesOf(files, plans, warnings), warnings };
}

function priceOf(row: CgratesRow, rate: RateTag, window: Timing): PlanPrice {
  const decimals = numberOf(field(row, 4, '0'));
  const method = field(row, 3);
  if (method !== '' && ROUNDINGS[method] === undefined)
    throw new RangeError(`Rounding method "${method}" is none of ${Object.keys(ROUNDINGS).join(', ')}`);
  const maxCost = parseCost(field(row, 5, '0'));
  const rounding = ROUNDINGS[method];
  return {
    window,
    rateName: field(row, 2),
    slots: rate.slots,
    connectFee: rate.connectFee,
    // The engine rounds by the destination rate with the most decimals; one without decimals names no rounding.
    rounding:
      rounding && decimals > 0 ? { method: rounding, decimals: Math.min(decimals, COST_SCALE) } : null,
    // *disconnect ends a session at the maximum while it runs; it does not lower what it has cost.
    maxCost: field(row, 6) === '*free' && maxCost > 0n ? maxCost : null,
  };
}

function ratesOf(files: CgratesFiles): Map<string, RateTag> {
  const rates = new Map<string, RateTag>();
  for (const row of rowsOf(files, 'Rates.csv')) {
    parsed(row, () => {
      const tag = rates.get(field(row, 0)) ?? { slots: [], connectFee: parseCost(field(row, 1, '0')) };
      // An increment or unit of nothing is one second.
      tag.slots.push({
        from: parseDuration(field(row, 5, '0')),
        price: parseCost(field(row, 2, '0')),
        unit: parseDuration(field(row, 3, '0')) || SECOND,
        increment: parseDuration(field(row, 4, '0')) || SECOND,
      });
      const slot = tag.slots.at(-1);
      if (slot && (slot.from < 0n || slot.unit < 0n || slot.increment < 0n))
        throw new RangeError('A unit, increment or group start is negative');
      tag.slots.sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
      rates.set(field(row, 0), tag);
    });
  }
  return rates;
}

function timingsOf(files: CgratesFiles): Map<string, Timing> {
  const always = (name: string): Timing => ({
    name,
    years: [],
    months: [],
    monthDays: [],
    weekDays: [],
    days: 'any',
    fromSecond: 0,
    toSecond: 86_400,
    weight: 0,
  });
  const builtIn = ['*any', '*always', '*asap', '*hourly', '*daily', '*weekly', '*monthly', '*yearly'];
  const timings = new Map(builtIn.map((name) => [name, always(name)]));
  for (const row of rowsOf(files, 'Timings.csv')) {
    const timing = parsed(row, () => ({
      ...always(field(row, 0)),
      years: listOf(field(row, 1)),
      months: listOf(field(row, 2)),
      monthDays: listOf(field(row, 3)),
      weekDays: listOf(field(row, 4)).map((day) => day % 7),
      fromSecond: secondOf(field(row, 5)),
    }));
    timings.set(field(row, 0), timing);
  }
  return timings;
}

function profilesOf(
  files: CgratesFiles,
  plans: ReadonlyMap<string, unknown>,
  warnings: string[],
): Map<string, Activation[]> {
  const profiles = new Map<string, Activation[]>();
  for (const row of rowsOf(files, 'RatingProfiles.csv')) {
    const at = /^\*(out|in)$/.test(field(row, 0)) ? 1 : 0;
    const key = [0, 1, 2].map((i) => field(row, at + i)).join(':');
    const plan = field(row, at + 4);
    if (!plans.has(plan)) warnings.push(`${row.where}: rating plan ${plan} is not defined`);
    const fallback = field(row, at + 5);
    const from = parsed(row, () => (field(row, at + 3) === '' ? 0 : instantOf(field(row, at + 3))));
    const activation = { from, plan, fallbackSubjects: fallback === '' ? [] : fallback.split(';') };
    profiles.set(
      key,
      [...(profiles.get(key) ?? []), activation].sort((a, b) => a.from - b.from),
    );
  }
  return profiles;
}

function instantOf(text: string): number {
  return /^\d{9,10}$/.test(text) ? Number(text) * 1000 : parseInstant(text).at;
}

function listOf(text: string): number[] {
  if (text === '' || text === '*any' || text === '*all') return [];
  return text.split(';').filter(Boolean).map(numberOf);
}

function secondOf(text: string): number {
  // The engine takes the start only; a window ends where another begins, or at midnight.
  const match = /^(\d{1,2}):(\d{2}):(\d{2})(?:;.*)?$/.exec(text);
  if (!match) {
    if (text === '' || text.startsWith('*')) return 0;
    throw new RangeError(`"${text}" is not a time of day`);
  }
  return Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]);
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new RangeError(`"${text}" is not a number`);
  return value;
}

function named<T>(map: ReadonlyMap<string, T>, name: string, row: CgratesRow, what: string): T {
  return parsed(row, () => {
    const found = map.get(name);
    if (found === undefined) throw new RangeError(`The ${what} ${name} is not defined`);
    return found;
  });
}
