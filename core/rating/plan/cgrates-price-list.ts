import type { PriceList } from './canonical.ts';
import type { CgratesTariff, PlanPrice } from './cgrates-tariff.ts';
import { COST_SCALE, costString } from './model.ts';
import type { PriceListRow } from './price-list.ts';

/** What the files of a tariff plan do not say, and the datasets need. */
export interface ConversionFacts {
  readonly service: 'voice' | 'sms' | 'data';
  readonly currency: string;
  readonly timeZone: string;
  /** Decimals to which the engine rounds each increment. */
  readonly roundingDecimals: number;
  readonly validFrom: string;
}

const LAKE_DECIMALS = 6;

/**
 * Rows of the datasets `tariff` and `zone` that price as the rating plans do: a rating plan is a tariff, and prefixes
 * that every plan prices alike are one zone. Destinations of one prefix are put together, their weights decide.
 * Profiles are left out: which subscription has which plan is the catalog's to say. Throws a RangeError for a price
 * of voice whose units are no whole seconds.
 */
export function priceListOfCgrates(tariff: CgratesTariff, facts: ConversionFacts): PriceList {
  const prefixes = new Set([...tariff.destinations.keys()].map((prefix) => prefix.replace(/^\+/, '')));
  // Any other number begins with a digit: there the price of *any stands.
  for (let digit = 0; digit < 10; digit += 1) prefixes.add(String(digit));
  const zones = new Map<string, string>();
  const zone: PriceListRow[] = [];
  const rows: PriceListRow[] = [];
  for (const code of [...prefixes].filter((prefix) => /^\d+$/.test(prefix)).sort()) {
    const byPlan = [...tariff.plans].map(
      ([plan, prices]) => [plan, destinationsOf(tariff, prices, code)] as const,
    );
    const key = JSON.stringify(byPlan);
    if (!zones.has(key)) {
      zones.set(key, `Z${code}`);
      for (const [plan, names] of byPlan) {
        const prices = names.flatMap((name) => tariff.plans.get(plan)?.get(name) ?? []);
        rows.push(...prices.flatMap((price) => rowsOfPrice(price, plan, `Z${code}`, facts)));
      }
    }
    zone.push({ kind: 'prefix', code, zone: zones.get(key), valid_from: facts.validFrom });
  }
  return { tariff: rows, zone, holiday: [] };
}

/** Destinations of the longest prefix of the code that the plan prices, else *any, else none. */
function destinationsOf(
  tariff: CgratesTariff,
  prices: ReadonlyMap<string, readonly PlanPrice[]>,
  code: string,
): readonly string[] {
  for (let length = code.length; length > 0; length -= 1) {
    const prefix = code.slice(0, length);
    const names = [`+${prefix}`, prefix].flatMap((text) => tariff.destinations.get(text) ?? []);
    const priced = names.filter((name) => prices.has(name));
    if (priced.length > 0) return priced;
  }
  return prices.has('*any') ? ['*any'] : [];
}

function rowsOfPrice(price: PlanPrice, plan: string, zone: string, facts: ConversionFacts): PriceListRow[] {
  const { window } = price;
  const list = (values: readonly number[]) => values.join(';');
  const rounding = price.rounding ?? { method: 'half_up', decimals: LAKE_DECIMALS };
  return price.slots.map((slot) => {
    const [amount, unit] = lakePrice(slot.price, units(slot.unit, facts));
    return {
      tariff_id: plan,
      version: '1',
      valid_from: facts.validFrom,
      service: facts.service,
      zone,
      time_band: 'any',
      increment: String(units(slot.increment, facts)),
      minimum: '0',
      price_per_increment: amount,
      connect_fee: costString(price.connectFee),
      free: String(slot.price === 0n),
      rounding_method: rounding.method,
      rounding_decimals: String(Math.min(rounding.decimals, LAKE_DECIMALS)),
      currency: facts.currency,
      time_zone: facts.timeZone,
      peak_from_hour: '0',
      peak_to_hour: '0',
      window_months: list(window.months),
      window_month_days: list(window.monthDays),
      window_week_days: list(window.weekDays.map((day) => day || 7)),
      window_from: clock(window.fromSecond),
      window_to: clock(window.toSecond),
      window_weight: String(Math.round(window.weight)),
      slot_from: String(units(slot.from, facts)),
      rate_unit: String(unit),
      increment_rounding_decimals: String(facts.roundingDecimals),
      max_charge: price.maxCost === null ? '' : costString(price.maxCost),
    };
  });
}

/** Nanoseconds as seconds for voice; other services count in their own units already. */
function units(nanos: bigint, facts: ConversionFacts): bigint {
  if (facts.service !== 'voice') return nanos;
  if (nanos % 1_000_000_000n !== 0n) throw new RangeError(`${nanos} ns of voice are no whole seconds`);
  return nanos / 1_000_000_000n;
}

/** A price finer than the lake's decimals becomes the price of a larger unit. */
function lakePrice(price: bigint, unit: bigint): readonly [string, bigint] {
  let scale = 1n;
  while ((price * scale) % 10n ** BigInt(COST_SCALE - LAKE_DECIMALS) !== 0n) scale *= 10n;
  return [costString(price * scale), unit * scale];
}

function clock(second: number): string {
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  return `${two(second / 3600)}:${two((second % 3600) / 60)}:${two(second % 60)}`;
}
