import { type Decimal, parseDecimal, plus } from './decimal.ts';

const RFC3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,100}))?(?:([Zz])|([+-])(\d{2}):(\d{2}))$/;
const MS_PER_SECOND = 1000;

/**
 * Seconds since 1970-01-01T00:00:00Z, exact to any fraction, of an RFC 3339 time. Undefined when it is none, has no
 * offset, or names a day that does not exist.
 */
export function parseInstant(text: string): Decimal | undefined {
  const parts = RFC3339.exec(text);
  if (parts === null) return undefined;
  const [, day = '', hour, minute, second, fraction, , sign, offsetHours = '0', offsetMinutes = '0'] = parts;
  const wholeMs = Date.parse(`${day}T${hour}:${minute}:${second}Z`);
  // Date.parse takes 30 February as 2 March.
  if (Number.isNaN(wholeMs) || new Date(wholeMs).toISOString().slice(0, 10) !== day) return undefined;
  if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined;
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours) * 3600 + Number(offsetMinutes) * 60);
  const whole: Decimal = { units: BigInt(wholeMs / MS_PER_SECOND - offset), scale: 0 };
  const part = fraction === undefined ? undefined : parseDecimal(`0.${fraction}`);
  return part === undefined ? whole : plus(whole, part);
}
