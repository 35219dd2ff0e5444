import { PlumblineError } from '#core/domain/errors.ts';
import type { Schedule } from './model.ts';

/** A session to be priced by a tariff that looks up subject and destination itself. */
export interface RateEvent {
  readonly id: string;
  /** Type of record: `*voice`, `*data`, `*sms` or `*generic`. */
  readonly tor: string;
  readonly tenant: string;
  readonly category: string;
  readonly subject: string;
  readonly destination: string;
  /** Milliseconds since 1970 UTC. */
  readonly start: number;
  /** `UTC`, or the offset that the time was written with, such as `+02:00`. */
  readonly timeZone: string;
  /** Nanoseconds for time, else units; below zero counts as zero. */
  readonly usage: bigint;
  readonly includeConnectFee: boolean;
  /** Decimals of the cost of one increment, where the tariff's engine rounds it. */
  readonly roundingDecimals: number;
  /** Tariff that prices it, where several are at hand. */
  readonly plan: string | null;
}

/** What a tariff says of an event: the schedule that prices it and its quantity in the schedule's unit, or why not. */
export type Resolution =
  | {
      readonly key: string;
      readonly schedule: Schedule;
      readonly quantity: bigint;
      readonly steps: readonly string[];
    }
  | { readonly error: string; readonly steps: readonly string[] };

/** A tariff from any format. */
export interface TariffBook {
  /** What was odd in its files, in sentences; nothing of it stops rating. */
  readonly warnings: readonly string[];
  resolve(event: RateEvent): Resolution;
}

const NANOS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  unit: 1n,
};

/**
 * Nanoseconds of a duration as Go writes it: `1m30s`, `0.5s`, `60s`; a bare number is nanoseconds (or units), nothing
 * is 0. Throws a RangeError for anything else, and for parts of a nanosecond.
 */
export function parseDuration(text: string): bigint {
  const sign = text.startsWith('-') ? -1n : 1n;
  const rest = text.trim().replace(/^[+-]/, '');
  if (rest === '') return 0n;
  if (/^\d+$/.test(rest)) return sign * BigInt(rest);
  const part = /(\d+)(?:\.(\d+))?(ns|us|µs|ms|s|m|h)/g;
  if (rest.replace(part, '') !== '') throw new RangeError(`"${text}" is not a duration`);
  let total = 0n;
  for (const [, whole = '0', fraction = '', unit = 'ns'] of rest.matchAll(part)) {
    const scale = 10n ** BigInt(fraction.length);
    const nanos = BigInt(whole + fraction) * (NANOS[unit] ?? 1n);
    if (nanos % scale !== 0n) throw new RangeError(`"${text}" has parts of a nanosecond`);
    total += nanos / scale;
  }
  return sign * total;
}

/** An instant as RFC 3339, or a local time that is taken as UTC, with the zone it was written in. Throws a RangeError. */
export function parseInstant(text: string): { readonly at: number; readonly timeZone: string } {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})(?:\.(\d+))?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i.exec(
    text.trim(),
  );
  const [, day, time = '00:00:00', fraction = '0', zone = 'Z'] = match ?? [];
  const colon = /^[+-]\d{4}$/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const at = Date.parse(`${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}${colon}`);
  if (!match || Number.isNaN(at)) throw new RangeError(`"${text}" is not a point in time`);
  return { at, timeZone: /^(Z|[+-]00:00)$/.test(colon) ? 'UTC' : colon };
}

/** Reads one event from a parsed JSON line. Throws RatingInputInvalid with the field that is wrong. */
export function parseRateEvent(value: unknown): RateEvent {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('The line is no object');
  const fields = value as Record<string, unknown>;
  const text = (name: string, fallback: string): string => {
    const found = fields[name];
    if (found === undefined || found === null || found === '') return fallback;
    if (typeof found === 'string') return found;
    if (typeof found === 'number' && Number.isFinite(found)) return String(found);
    throw invalid(`Field ${name} is neither text nor a number`);
  };
  const id = text('id', '');
  if (id === '') throw invalid('Field id is missing');
  const written = text('answerTime', '');
  const decimals = Number(text('globalRoundingDecimals', '5'));
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > 10)
    throw invalid('Field globalRoundingDecimals is not a number from 0 to 10');
  try {
    const { at, timeZone } = parseInstant(written);
    return {
      id,
      tor: text('tor', '*voice'),
      tenant: text('tenant', 'cgrates.org'),
      category: text('category', 'call'),
      subject: text('subject', text('account', '')),
      destination: text('destination', ''),
      start: at,
      timeZone,
      usage: usageOf(fields, text('usageUnit', 'ns')),
      includeConnectFee: fields.includeConnectFee !== false,
      roundingDecimals: decimals,
      plan: text('plan', '') || null,
    };
  } catch (error) {
    if (error instanceof RangeError) throw invalid(error.message);
    throw error;
  }
}

/** Longest usage that is priced: 100 years of nanoseconds. */
const LONGEST_USAGE = 3_155_760_000_000_000_000n;

function usageOf(fields: Record<string, unknown>, unit: string): bigint {
  const { usage } = fields;
  const nanos = NANOS[unit];
  if (nanos === undefined) throw invalid(`Field usageUnit is "${unit}", none of ${Object.keys(NANOS)}`);
  const whole = typeof usage === 'number' ? Number.isSafeInteger(usage) : typeof usage === 'string';
  if (!whole || usage === '') throw invalid('Field usage is not a whole number');
  const isBare = /^[+-]?\d+$/.test(String(usage));
  const amount = isBare ? BigInt(String(usage)) * nanos : parseDuration(String(usage));
  if (amount > LONGEST_USAGE) throw invalid('Field usage is beyond 100 years or 3 x 10^18 units');
  return amount;
}

function invalid(what: string): PlumblineError {
  return new PlumblineError('RatingInputInvalid', { what, next: 'correct the event and rate it again' });
}
