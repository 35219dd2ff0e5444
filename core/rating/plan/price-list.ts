import { ROUNDINGS, type Rounding } from '#core/domain/money.ts';
import {
  COST_ONE,
  denominatorOf,
  type PlanRate,
  type PriceWindow,
  parseCost,
  type Schedule,
} from './model.ts';

/** One row of the price list as text, by column of the dataset `tariff`; an empty or absent column is not given. */
export type PriceListRow = Readonly<Record<string, string | undefined>>;

/** Optional columns of the dataset `tariff`: a row that uses one is priced by a charge plan. */
export const PLAN_COLUMNS = [
  'window_months',
  'window_month_days',
  'window_week_days',
  'window_days',
  'window_from',
  'window_to',
  'window_weight',
  'slot_from',
  'rate_unit',
  'tier_mode',
  'rounding_point',
  'increment_rounding_decimals',
  'max_charge',
] as const;

/** True when the row needs a charge plan; the others are priced at the start of the session by one formula. */
export function needsPlan(row: PriceListRow): boolean {
  return (
    row.rounding_method === 'half_even' || PLAN_COLUMNS.some((column) => given(row, column) !== undefined)
  );
}

/** Nanoseconds of a second: voice is measured in seconds. */
const SECOND_NANOS = 1_000_000_000n;

/**
 * The schedule of the rows of one tariff version, service and zone. Rows with equal windows are the slots of one
 * rate, whose fees and roundings stand in the row of its first slot. Voice is split at window boundaries where a row
 * needs a charge plan. Throws a RangeError for a value that cannot be read.
 */
export function scheduleOfRows(
  rows: readonly PriceListRow[],
  holidaysOf: (calendar: string) => ReadonlySet<string>,
): Schedule {
  const byWindow = new Map<string, PriceListRow[]>();
  for (const row of rows) {
    const key = WINDOW_COLUMNS.map((column) => given(row, column) ?? '').join('|');
    byWindow.set(key, [...(byWindow.get(key) ?? []), row]);
  }
  const first = rows[0] ?? {};
  const timeZone = given(first, 'time_zone') ?? 'UTC';
  const calendar = rows.map((row) => given(row, 'holiday_calendar')).find(Boolean);
  const other = rows.find(
    (row) =>
      (given(row, 'time_zone') ?? 'UTC') !== timeZone ||
      (given(row, 'holiday_calendar') ?? calendar) !== calendar,
  );
  if (other)
    throw new RangeError('Rows of one service and zone disagree about time zone or holiday calendar');
  const windows = [...byWindow.values()].map(windowOf);
  const schedule = {
    timeZone,
    holidays: calendar === undefined ? new Set<string>() : holidaysOf(calendar),
    unitNanos: SECOND_NANOS,
    splits: first.service === 'voice' && rows.some(needsPlan),
    splitsAtMidnight: false,
    windows,
  };
  denominatorOf(schedule);
  return schedule;
}

const WINDOW_COLUMNS = [
  'time_band',
  'window_months',
  'window_month_days',
  'window_week_days',
  'window_days',
  'window_from',
  'window_to',
  'window_weight',
  'peak_from_hour',
  'peak_to_hour',
];
const BAND_WEIGHT: Readonly<Record<string, number>> = { any: 0, offpeak: 1, peak: 2 };
const WORKING_DAYS = [1, 2, 3, 4, 5];

function windowOf(rows: readonly PriceListRow[]): PriceWindow {
  const row = rows[0] ?? {};
  const band = given(row, 'time_band') ?? 'any';
  const peak = band === 'peak';
  const days = given(row, 'window_days') ?? (peak ? 'working' : 'any');
  if (days !== 'any' && days !== 'working' && days !== 'holiday')
    throw new RangeError(`Days "${days}" are none of any, working, holiday`);
  const weekDays = listOf(row, 'window_week_days').map((day) => day % 7);
  return {
    name: band,
    years: [],
    months: listOf(row, 'window_months'),
    monthDays: listOf(row, 'window_month_days'),
    weekDays: weekDays.length === 0 && peak ? WORKING_DAYS : weekDays,
    days,
    fromSecond: secondOf(given(row, 'window_from')) ?? (peak ? integer(row, 'peak_from_hour', 0) * 3600 : 0),
    toSecond: secondOf(given(row, 'window_to')) ?? (peak ? integer(row, 'peak_to_hour', 24) * 3600 : 86_400),
    validFrom: null,
    validTo: null,
    weight: integer(row, 'window_weight', BAND_WEIGHT[band] ?? 0),
    rate: rateOf(rows),
  };
}

function rateOf(rows: readonly PriceListRow[]): PlanRate {
  const slots = rows
    .map((row) => {
      const increment = quantity(row, 'increment', 1n);
      return {
        from: quantity(row, 'slot_from', 0n),
        price: parseCost(given(row, 'price_per_increment') ?? ''),
        unit: quantity(row, 'rate_unit', increment),
        increment,
      };
    })
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0));
  if (
    slots.some(
      (slot, i) => slot.increment < 1n || slot.unit < 1n || (i > 0 && slot.from === slots[i - 1]?.from),
    )
  )
    throw new RangeError('Two prices hold for the same window and slot, or an increment or unit is below 1');
  const head =
    [...rows].sort((a, b) => Number(quantity(a, 'slot_from', 0n) - quantity(b, 'slot_from', 0n)))[0] ?? {};
  const mode = given(head, 'tier_mode') ?? 'graduated';
  if (mode !== 'graduated' && mode !== 'volume')
    throw new RangeError(`Tier mode "${mode}" is neither graduated nor volume`);
  const rounding = { method: roundingOf(head), decimals: integer(head, 'rounding_decimals', 6) };
  const point = given(head, 'rounding_point') ?? 'session';
  if (point !== 'session' && point !== 'span' && point !== 'increment')
    throw new RangeError(`Rounding point "${point}" is none of session, span, increment`);
  const each = given(head, 'increment_rounding_decimals');
  const eachRule =
    each === undefined
      ? null
      : ({ method: 'half_up', decimals: integer(head, 'increment_rounding_decimals', 6) } as const);
  const max = given(head, 'max_charge');
  return {
    name: [given(head, 'tariff_id'), given(head, 'zone'), given(head, 'time_band')].filter(Boolean).join(' '),
    slots,
    mode,
    minimum: quantity(head, 'minimum', 0n),
    connectFee: parseCost(given(head, 'connect_fee') ?? '0'),
    spanRounding: point === 'span' ? rounding : eachRule,
    incrementRounding: point === 'increment' ? rounding : eachRule,
    sessionRounding: rounding,
    maxCost: max === undefined ? null : parseCost(max),
    currency: given(head, 'currency') ?? null,
  };
}

function roundingOf(row: PriceListRow): Rounding {
  const method = given(row, 'rounding_method') ?? 'half_up';
  const found = ROUNDINGS.find((candidate) => candidate === method);
  if (!found) throw new RangeError(`Rounding method ${method} is not one of ${ROUNDINGS.join(', ')}`);
  return found;
}

/** The value of a column; undefined where it is empty or absent. */
export function given(row: PriceListRow, column: string): string | undefined {
  const value = row[column];
  return value === undefined || value === '' ? undefined : value;
}

function listOf(row: PriceListRow, column: string): number[] {
  return (given(row, column) ?? '')
    .split(';')
    .filter(Boolean)
    .map((text) => numberOf(column, text));
}

function integer(row: PriceListRow, column: string, fallback: number): number {
  const text = given(row, column);
  return text === undefined ? fallback : numberOf(column, text);
}

function numberOf(column: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value)) throw new RangeError(`Column ${column} has "${text}", no whole number`);
  return value;
}

function quantity(row: PriceListRow, column: string, fallback: bigint): bigint {
  const text = given(row, column);
  if (text === undefined) return fallback;
  if (!/^\d+$/.test(text)) throw new RangeError(`Column ${column} has "${text}", no whole number`);
  return BigInt(text);
}

function secondOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text);
  if (!match) throw new RangeError(`"${text}" is not a time of day`);
  return Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0);
}

/** 10^-12 of the currency as millionths; finer costs are rounded half up. */
export function microsOf(cost: bigint): bigint {
  const step = COST_ONE / 1_000_000n;
  return (cost + step / 2n) / step;
}
