import type { LocalZone } from './local-zone.ts';

/*
 * Text to value, straight from the bytes: the hot path of ingest. Each returns undefined for anything that is not
 * exactly of the form it reads; nothing is rounded, except that a time finer than milliseconds is cut to them.
 */

const ZERO = 48;
const MINUS = 45;
const PLUS = 43;
const DOT = 46;
const COLON = 58;
const MS_PER_DAY = 86_400_000;

/** Whole number with an optional minus, at most 18 digits. */
export function parseBigint(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const digits = end - (bytes[start] === MINUS ? start + 1 : start);
  if (digits <= 15) {
    const value = parseInteger(bytes, start, end);
    return value === undefined ? undefined : BigInt(value);
  }
  if (digits > 18) return undefined;
  const low = digitsOf(bytes, end - 15, end);
  const high = parseInteger(bytes, start, end - 15);
  if (low < 0 || high === undefined) return undefined;
  const magnitude = BigInt(Math.abs(high)) * 1_000_000_000_000_000n + BigInt(low);
  return bytes[start] === MINUS ? -magnitude : magnitude;
}

/** Whole number with an optional minus, at most 15 digits, so that it is exact as a JavaScript number. */
export function parseInteger(bytes: Uint8Array, start: number, end: number): number | undefined {
  const negative = bytes[start] === MINUS;
  const from = negative ? start + 1 : start;
  if (end - from > 15) return undefined;
  const value = digitsOf(bytes, from, end);
  if (value < 0) return undefined;
  return negative && value !== 0 ? -value : value;
}

/** Plain decimal with a point, at most 12 digits before it and 6 significant ones after it, in millionths. */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): bigint | undefined {
  const negative = bytes[start] === MINUS;
  const from = negative ? start + 1 : start;
  let point = from;
  while (point < end && bytes[point] !== DOT) point += 1;
  const whole = point - from <= 12 ? digitsOf(bytes, from, point) : -1;
  if (whole < 0 || point === end - 1) return undefined;
  let last = end;
  while (last > point + 7 && bytes[last - 1] === ZERO) last -= 1;
  if (last > point + 7) return undefined;
  let fraction = 0;
  for (let position = 1; position <= 6; position += 1) {
    const at = point + position;
    const digit = at < last ? (bytes[at] ?? 0) - ZERO : 0;
    if (digit < 0 || digit > 9) return undefined;
    fraction = fraction * 10 + digit;
  }
  const millionths = BigInt(whole) * 1_000_000n + BigInt(fraction);
  return negative ? -millionths : millionths;
}

/** `true`, `false`, `1` or `0`, in any case. */
export function parseBoolean(bytes: Uint8Array, start: number, end: number): boolean | undefined {
  const first = (bytes[start] ?? 0) | 0x20;
  if (end - start === 1) return bytes[start] === 49 ? true : bytes[start] === ZERO ? false : undefined;
  const word = end - start === 4 ? 'true' : 'false';
  if (end - start !== word.length || first !== word.charCodeAt(0)) return undefined;
  for (let index = 1; index < word.length; index += 1) {
    if (((bytes[start + index] ?? 0) | 0x20) !== word.charCodeAt(index)) return undefined;
  }
  return word === 'true';
}

/** `2026-10-14` as days since 1970. */
export function parseDate(bytes: Uint8Array, start: number, end: number): number | undefined {
  return end - start === 10 ? dayOf(bytes, start) : undefined;
}

/**
 * `2026-10-14T13:05:00`, a space instead of the T, optional fraction, optional `Z` or offset, as milliseconds since
 * 1970. Without an offset the time is of the given zone, or UTC where there is none.
 */
export function parseTimestamp(
  bytes: Uint8Array,
  start: number,
  end: number,
  zone: LocalZone | undefined,
): number | undefined {
  const separator = bytes[start + 10];
  if (end - start < 19 || (separator !== 84 && separator !== 32)) return undefined;
  if (bytes[start + 13] !== COLON || bytes[start + 16] !== COLON) return undefined;
  const day = dayOf(bytes, start);
  const hour = digitsOf(bytes, start + 11, start + 13);
  const minute = digitsOf(bytes, start + 14, start + 16);
  const second = digitsOf(bytes, start + 17, start + 19);
  if (day === undefined || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) {
    return undefined;
  }
  let at = start + 19;
  let fraction = 0;
  if (bytes[at] === DOT) {
    const from = at + 1;
    at = from;
    while (at < end && isDigit(bytes[at])) at += 1;
    if (at === from || at - from > 9) return undefined;
    for (let position = 0; position < 3; position += 1) {
      fraction = fraction * 10 + (from + position < at ? (bytes[from + position] ?? ZERO) - ZERO : 0);
    }
  }
  const wallClock = day * MS_PER_DAY + ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
  if (at === end) return zone === undefined ? wallClock : zone.toUtc(wallClock);
  const offset = offsetMs(bytes, at, end);
  return offset === undefined ? undefined : wallClock - offset;
}

/** Whole seconds since 1970 as milliseconds. */
export function parseEpochSeconds(bytes: Uint8Array, start: number, end: number): number | undefined {
  const seconds = parseInteger(bytes, start, end);
  return seconds === undefined || seconds > 9_999_999_999 ? undefined : seconds * 1000;
}

/** Where a phone number starts once a leading `+` or `00` is left out. */
export function phoneNumberStart(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] === PLUS) return start + 1;
  return end - start > 2 && bytes[start] === ZERO && bytes[start + 1] === ZERO ? start + 2 : start;
}

/** Value of digits only; -1 when there is none or something else among them. */
function digitsOf(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start) return -1;
  let value = 0;
  for (let index = start; index < end; index += 1) {
    const digit = (bytes[index] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= ZERO + 9;
}

let cachedDate = -1;
let cachedDay = 0;

/** Days since 1970 of `YYYY-MM-DD`. Consecutive records share their day, so the last one is remembered. */
function dayOf(bytes: Uint8Array, start: number): number | undefined {
  if (bytes[start + 4] !== MINUS || bytes[start + 7] !== MINUS) return undefined;
  const year = digitsOf(bytes, start, start + 4);
  const month = digitsOf(bytes, start + 5, start + 7);
  const day = digitsOf(bytes, start + 8, start + 10);
  if (year < 0 || month < 1 || day < 1) return undefined;
  const date = year * 10_000 + month * 100 + day;
  if (date === cachedDate) return cachedDay;
  const check = new Date(Date.UTC(year, month - 1, day));
  if (check.getUTCMonth() !== month - 1 || check.getUTCFullYear() !== year) return undefined;
  cachedDate = date;
  cachedDay = check.getTime() / MS_PER_DAY;
  return cachedDay;
}

function offsetMs(bytes: Uint8Array, start: number, end: number): number | undefined {
  const sign = bytes[start];
  if (sign === 90) return end === start + 1 ? 0 : undefined;
  if (sign !== PLUS && sign !== MINUS) return undefined;
  const minutesAt = bytes[start + 3] === COLON ? start + 4 : start + 3;
  const hours = digitsOf(bytes, start + 1, start + 3);
  const minutes = end === start + 3 ? 0 : digitsOf(bytes, minutesAt, end);
  if (
    hours < 0 ||
    hours > 15 ||
    minutes < 0 ||
    minutes > 59 ||
    (end !== start + 3 && end - minutesAt !== 2)
  ) {
    return undefined;
  }
  return (sign === MINUS ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
