import { LAKE_SCALE } from '#core/domain/asset.ts';
import { parseMoney } from '#core/domain/money.ts';
import type { WarehouseRow } from '#core/ports/warehouse.ts';

/** What one instant is, inside this folder: milliseconds since 1970 UTC. */
type Instant = number;

interface Validity {
  readonly validFrom: Instant;
  /** First instant after validity; null while it is open. */
  readonly validTo: Instant | null;
}

export interface SubscriptionRow {
  readonly subscriptionId: string;
  readonly accountId: string;
  readonly msisdn: string;
  readonly offerId: string;
  readonly segment: string;
  readonly purpose: string;
  /** UTC days. */
  readonly validFrom: string;
  readonly validTo: string | null;
}

export interface OfferRow extends Validity {
  readonly offerId: string;
  readonly tariffId: string;
}

export interface TariffRow extends Validity {
  readonly tariffId: string;
  readonly version: number;
  readonly service: string;
  readonly zone: string;
  readonly timeBand: string;
  readonly increment: bigint;
  readonly minimum: bigint;
  /** Millionths of the currency. */
  readonly priceMicros: bigint;
  readonly connectMicros: bigint;
  readonly free: boolean;
  readonly roundingMethod: string;
  readonly roundingDecimals: number;
  readonly currency: string;
  readonly timeZone: string;
  readonly peakFromHour: number;
  readonly peakToHour: number;
  readonly holidayCalendar: string | null;
}

export interface ZoneRow extends Validity {
  readonly kind: string;
  readonly code: string;
  readonly zone: string;
}

/** Everything that rating looks up. `holidays` holds local days by calendar. */
export interface References {
  readonly subscriptions: readonly SubscriptionRow[];
  readonly offers: readonly OfferRow[];
  readonly tariffs: readonly TariffRow[];
  readonly zones: readonly ZoneRow[];
  readonly holidays: ReadonlyMap<string, ReadonlySet<string>>;
}

/** True when the instant lies in the validity: the start belongs to it, the end does not. */
export function isValidAt(row: Validity, at: Instant): boolean {
  return row.validFrom <= at && (row.validTo === null || at < row.validTo);
}

/** Reads reference rows as the warehouse returns them. */
export function referencesOf(rows: {
  readonly subscription: readonly WarehouseRow[];
  readonly catalog: readonly WarehouseRow[];
  readonly tariff: readonly WarehouseRow[];
  readonly zone: readonly WarehouseRow[];
  readonly holiday: readonly WarehouseRow[];
}): References {
  const holidays = new Map<string, Set<string>>();
  for (const row of rows.holiday) {
    const calendar = text(row, 'calendar');
    holidays.set(calendar, (holidays.get(calendar) ?? new Set()).add(text(row, 'holiday_date')));
  }
  return {
    subscriptions: rows.subscription.map(subscriptionOf),
    offers: rows.catalog.map((row) => ({
      offerId: text(row, 'offer_id'),
      tariffId: text(row, 'tariff_id'),
      ...validityOf(row),
    })),
    tariffs: rows.tariff.map(tariffOf),
    zones: rows.zone.map((row) => ({
      kind: text(row, 'kind'),
      code: text(row, 'code'),
      zone: text(row, 'zone'),
      ...validityOf(row),
    })),
    holidays,
  };
}

function subscriptionOf(row: WarehouseRow): SubscriptionRow {
  return {
    subscriptionId: text(row, 'subscription_id'),
    accountId: text(row, 'account_id'),
    msisdn: text(row, 'msisdn'),
    offerId: text(row, 'offer_id'),
    segment: text(row, 'segment'),
    purpose: text(row, 'purpose'),
    validFrom: text(row, 'valid_from'),
    validTo: textOrNull(row, 'valid_to'),
  };
}

function tariffOf(row: WarehouseRow): TariffRow {
  return {
    tariffId: text(row, 'tariff_id'),
    version: Number(text(row, 'version')),
    service: text(row, 'service'),
    zone: text(row, 'zone'),
    timeBand: text(row, 'time_band'),
    increment: BigInt(text(row, 'increment')),
    minimum: BigInt(text(row, 'minimum')),
    priceMicros: micros(text(row, 'price_per_increment')),
    connectMicros: micros(text(row, 'connect_fee')),
    free: row.free === true,
    roundingMethod: text(row, 'rounding_method'),
    roundingDecimals: Number(text(row, 'rounding_decimals')),
    currency: text(row, 'currency'),
    timeZone: text(row, 'time_zone'),
    peakFromHour: Number(text(row, 'peak_from_hour')),
    peakToHour: Number(text(row, 'peak_to_hour')),
    holidayCalendar: textOrNull(row, 'holiday_calendar'),
    ...validityOf(row),
  };
}

function validityOf(row: WarehouseRow): Validity {
  const to = textOrNull(row, 'valid_to');
  return { validFrom: Date.parse(text(row, 'valid_from')), validTo: to === null ? null : Date.parse(to) };
}

function micros(decimal: string): bigint {
  return parseMoney(decimal, `EUR/${LAKE_SCALE}`).minor;
}

function text(row: WarehouseRow, column: string): string {
  const value = row[column];
  if (value === null || value === undefined) throw new TypeError(`Column ${column} is empty`);
  return String(value);
}

function textOrNull(row: WarehouseRow, column: string): string | null {
  const value = row[column];
  return value === null || value === undefined || value === '' ? null : String(value);
}
