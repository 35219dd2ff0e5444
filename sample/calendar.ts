/** Milliseconds of a UTC day and of an hour. */
export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;

/** Last day of every sample: the last full month is October 2026. */
export const LAST_DAY = dayNumber('2026-10-31');

export const TIME_ZONE = 'Europe/Vienna';
export const HOLIDAY_CALENDAR = 'AT';

/** Austrian public holidays of 2026. */
export const HOLIDAYS: readonly (readonly [string, string])[] = [
  ['2026-01-01', "New Year's Day"],
  ['2026-01-06', 'Epiphany'],
  ['2026-04-06', 'Easter Monday'],
  ['2026-05-01', 'Labour Day'],
  ['2026-05-14', 'Ascension Day'],
  ['2026-05-25', 'Whit Monday'],
  ['2026-06-04', 'Corpus Christi'],
  ['2026-08-15', 'Assumption Day'],
  ['2026-10-26', 'National Day'],
  ['2026-11-01', "All Saints' Day"],
  ['2026-12-08', 'Immaculate Conception'],
  ['2026-12-25', 'Christmas Day'],
  ['2026-12-26', "St Stephen's Day"],
];
const HOLIDAY_DAYS = new Set(HOLIDAYS.map(([day]) => dayNumber(day)));

/** Days since 1970-01-01 of a day `YYYY-MM-DD`. */
export function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / DAY_MS;
}

/** `YYYY-MM-DD` of a number of days since 1970-01-01. */
export function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** `YYYYMMDD`, as file names carry it. */
export function dayDigits(day: number): string {
  return dayText(day).replaceAll('-', '');
}

/** `2026-10-14T13:05:09.123Z`. */
export function instantText(ms: number): string {
  return new Date(ms).toISOString();
}

/** The first day of the month that the day is in. */
export function monthStart(day: number): number {
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1) / DAY_MS;
}

/** The first day of the month after the one that the day is in. */
export function nextMonthStart(day: number): number {
  const date = new Date(day * DAY_MS);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) / DAY_MS;
}

/** True where the local day is a public holiday. */
export function isHoliday(localDay: number): boolean {
  return HOLIDAY_DAYS.has(localDay);
}

/** 0 (Sunday) to 6 (Saturday). */
export function weekday(day: number): number {
  return (day + 4) % 7;
}

/** Offset of Vienna from UTC: two hours in summer time, which ends on the last Sunday of October at 01:00 UTC. */
export function viennaOffsetMs(ms: number): number {
  if (ms < year.from || ms >= year.to) year = yearOf(ms);
  return ms >= year.summerFrom && ms < year.summerTo ? 2 * HOUR_MS : HOUR_MS;
}

/** The year asked for last: nearly every question is about the same one. */
let year = yearOf(LAST_DAY * DAY_MS);

function yearOf(ms: number): { from: number; to: number; summerFrom: number; summerTo: number } {
  const number = new Date(ms).getUTCFullYear();
  return {
    from: Date.UTC(number, 0, 1),
    to: Date.UTC(number + 1, 0, 1),
    summerFrom: lastSunday(number, 3) + HOUR_MS,
    summerTo: summerTimeEnd(number),
  };
}

function lastSunday(year: number, month: number): number {
  const last = Date.UTC(year, month, 0) / DAY_MS;
  return (last - weekday(last)) * DAY_MS;
}

/** UTC instant at which summer time ends in the year of the instant. */
export function summerTimeEnd(year: number): number {
  return lastSunday(year, 10) + HOUR_MS;
}

/** UTC instant of local midnight at the beginning of a local day. */
export function localMidnight(localDay: number): number {
  const guess = localDay * DAY_MS - HOUR_MS;
  return localDay * DAY_MS - viennaOffsetMs(guess);
}

/** Local hour (0-23) and local day of an instant, by a clock that is `errorMs` ahead of Vienna. */
export function viennaClock(ms: number, errorMs = 0): { hour: number; day: number } {
  const local = ms + viennaOffsetMs(ms) + errorMs;
  return { hour: Math.floor(local / HOUR_MS) % 24, day: Math.floor(local / DAY_MS) };
}
