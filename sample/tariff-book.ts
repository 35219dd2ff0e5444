import { HOLIDAY_CALENDAR, isHoliday, TIME_ZONE, viennaClock, weekday } from './calendar.ts';
import { CURRENCY, type Service } from './market.ts';
import type { Price, TariffBase } from './price-list.ts';

/** One version of a tariff: in force from `from` until before `to`, or until further notice. */
export interface TariffVersion {
  readonly tariffId: string;
  readonly version: number;
  readonly from: number;
  readonly to: number | null;
  readonly base: TariffBase;
  readonly prices: readonly Price[];
  /** What the price list says about this version, such as a promotion. */
  readonly note: string;
}

/** A change of prices for everybody, from an instant on. */
export interface TariffChange {
  readonly tariffId: string;
  readonly at: number;
  readonly note: string;
  readonly reprice: (price: Price) => Price;
}

type Bands = { any?: Price; peak?: Price; offpeak?: Price };

/**
 * The operator's own rating of sessions. A session is priced at its start:
 * quantity 0 costs nothing, else round(connect + ceil(max(quantity, minimum) / increment) * price).
 */
export class TariffBook {
  readonly versions: readonly TariffVersion[];
  private readonly byTariff = new Map<string, TariffVersion[]>();
  private readonly bands = new Map<TariffVersion, Map<string, Bands>>();

  constructor(versions: readonly TariffVersion[]) {
    this.versions = versions;
    for (const version of versions) {
      const list = this.byTariff.get(version.tariffId) ?? [];
      list.push(version);
      this.byTariff.set(version.tariffId, list);
      const index = new Map<string, Bands>();
      for (const price of version.prices) {
        const key = `${price.service} ${price.zone}`;
        const entry = index.get(key) ?? {};
        entry[price.band] = price;
        index.set(key, entry);
      }
      this.bands.set(version, index);
    }
  }

  /** The version in force at an instant. Throws a RangeError when there is none. */
  versionAt(tariffId: string, ms: number): TariffVersion {
    for (const version of this.byTariff.get(tariffId) ?? []) {
      if (ms >= version.from && (version.to === null || ms < version.to)) return version;
    }
    throw new RangeError(`No version of ${tariffId} is in force at ${new Date(ms).toISOString()}`);
  }

  /** All versions of a tariff, oldest first. */
  versionsOf(tariffId: string): readonly TariffVersion[] {
    return this.byTariff.get(tariffId) ?? [];
  }

  /** The price row that applies; `clockErrorMs` shifts the clock by which peak hours are told. Undefined where none does. */
  price(
    version: TariffVersion,
    service: Service,
    zone: string,
    ms: number,
    clockErrorMs = 0,
  ): Price | undefined {
    const bands = this.bands.get(version)?.get(`${service} ${zone}`);
    if (!bands) return undefined;
    if (bands.any) return bands.any;
    return isPeak(version.base, ms, clockErrorMs) ? bands.peak : bands.offpeak;
  }

  /** Charge of a session in millionths of a euro. Throws a RangeError when no price applies. */
  charge(
    version: TariffVersion,
    session: { service: Service; zone: string; start: number; quantity: number },
    clockErrorMs = 0,
  ): bigint {
    const { service, zone, start, quantity } = session;
    const price = this.price(version, service, zone, start, clockErrorMs);
    if (!price) throw new RangeError(`${version.tariffId} has no price for ${service} in ${zone}`);
    return chargeOf(price, version.base, quantity);
  }
}

function isPeak(base: TariffBase, ms: number, clockErrorMs: number): boolean {
  const { hour, day } = viennaClock(ms, clockErrorMs);
  if (hour < base.peakFrom || hour >= base.peakTo) return false;
  const dayOfWeek = weekday(day);
  return dayOfWeek !== 0 && dayOfWeek !== 6 && !isHoliday(day);
}

/** round(connect + ceil(max(quantity, minimum) / increment) * price), in millionths; nothing for a quantity of 0. */
export function chargeOf(
  price: Price,
  base: Pick<TariffBase, 'rounding' | 'decimals'>,
  quantity: number,
): bigint {
  if (quantity === 0) return 0n;
  const increments = Math.ceil(Math.max(quantity, price.minimum) / price.increment);
  return roundTo(price.connect + BigInt(increments) * price.price, base.decimals, base.rounding);
}

const STEPS = [1_000_000n, 100_000n, 10_000n, 1_000n, 100n, 10n, 1n] as const;

/** A charge of zero or more, rounded to a number of decimals (0-6). */
export function roundTo(amount: bigint, decimals: number, method: 'half_up' | 'up' | 'down'): bigint {
  const step = STEPS[decimals];
  if (step === undefined || amount < 0n) throw new RangeError(`Cannot round ${amount} to ${decimals}`);
  const rest = amount % step;
  if (rest === 0n) return amount;
  const up = method === 'up' || (method === 'half_up' && rest * 2n >= step);
  return amount - rest + (up ? step : 0n);
}

/** Every version that follows from the price lists and the changes: one is in force at any instant. */
export function versionsOf(
  tariffs: readonly TariffBase[],
  changes: readonly TariffChange[],
  beginning: number,
): TariffVersion[] {
  return tariffs.flatMap((base) => {
    const own = changes.filter((c) => c.tariffId === base.id).sort((a, b) => a.at - b.at);
    const versions: TariffVersion[] = [];
    let prices = base.prices;
    for (let i = 0; i <= own.length; i++) {
      const change = own[i - 1];
      if (change) prices = base.prices.map(change.reprice);
      versions.push({
        tariffId: base.id,
        version: i + 1,
        from: change?.at ?? beginning,
        to: own[i]?.at ?? null,
        base,
        prices,
        note: change?.note ?? 'First version.',
      });
    }
    return versions;
  });
}

/** Columns of the tariff feed that are the same in every row. */
export const TARIFF_CONSTANTS = {
  currency: CURRENCY,
  time_zone: TIME_ZONE,
  holiday_calendar: HOLIDAY_CALENDAR,
} as const;
