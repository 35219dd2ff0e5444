/** A calendar day in UTC, `YYYY-MM-DD`. Lake partitions carry it as `dt`. */
export type Day = string & { readonly __day: true };

/** What a run covers: one day, or one calendar month `YYYY-MM`. */
export interface Period {
  readonly label: string;
  readonly kind: 'day' | 'month';
  /** First day. */
  readonly from: Day;
  /** Last day, inclusive. */
  readonly to: Day;
}

const MS_PER_DAY = 86_400_000;

/** Reads a day. Throws a RangeError for anything that is not a real calendar day. */
export function parseDay(text: string): Day {
  const ms = Date.parse(`${text}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(ms) || isoDay(ms) !== text) {
    throw new RangeError(`"${text}" is not a day of the form YYYY-MM-DD`);
  }
  return text as Day;
}

/** Reads `YYYY-MM` or `YYYY-MM-DD`. Throws a RangeError for anything else. */
export function parsePeriod(text: string): Period {
  if (/^\d{4}-\d{2}$/.test(text)) {
    const from = parseDay(`${text}-01`);
    return { label: text, kind: 'month', from, to: addDays(from, daysInMonth(from) - 1) };
  }
  const day = parseDay(text);
  return { label: day, kind: 'day', from: day, to: day };
}

/** The day `count` days later (or earlier, when negative). */
export function addDays(day: Day, count: number): Day {
  return isoDay(Date.parse(`${day}T00:00:00Z`) + count * MS_PER_DAY) as Day;
}

/** Every day of the period, in order. */
export function daysOf(period: Period): Day[] {
  const days: Day[] = [];
  for (let day = period.from; day <= period.to; day = addDays(day, 1)) days.push(day);
  return days;
}

/** Number of days in the month that the day is in. */
export function daysInMonth(day: Day): number {
  const [year, month] = day.split('-').map(Number);
  return new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate();
}

/** The month of a day, `YYYY-MM`. */
export function monthOf(day: Day): string {
  return day.slice(0, 7);
}

function isoDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
