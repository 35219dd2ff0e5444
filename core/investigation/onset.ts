/** One day of a finding: records affected, and the sessions among which they are. */
export interface DayCount {
  readonly day: string;
  readonly records: number;
  readonly sessions: number;
}

/** How a finding lies in time. */
export const TIME_PATTERNS = [
  'whole-period',
  'from-onset',
  'ended-early',
  'window',
  'intermittent',
  'single-day',
] as const;
export type TimePattern = (typeof TIME_PATTERNS)[number];

/** When it began, when it ended, and what lies between. */
export interface Onset {
  readonly firstDay: string;
  readonly lastDay: string;
  readonly pattern: TimePattern;
  readonly daysAffected: number;
  /** Days between the first and the last on which some were to be expected and there were none. */
  readonly quietDaysBetween: number;
  /** The same before the first and after the last day, within the period. */
  readonly quietDaysBefore: number;
  readonly quietDaysAfter: number;
}

/** A day without any says something only if at least this many were to be expected. */
const EXPECTED_AT_LEAST = 3;

/**
 * Describes a daily series, whose days are in order and cover the period. Undefined when there is no violation.
 * A day is quiet when it has none although, at the rate of the days that have some, three or more were expected.
 */
export function describeOnset(series: readonly DayCount[]): Onset | undefined {
  const active = series.filter((day) => day.records > 0);
  const first = active[0];
  const last = active.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const records = active.reduce((sum, day) => sum + day.records, 0);
  const sessions = active.reduce((sum, day) => sum + day.sessions, 0);
  const isQuiet = (day: DayCount): boolean =>
    day.records === 0 && records * day.sessions >= EXPECTED_AT_LEAST * sessions && day.sessions > 0;
  const quietDaysBefore = series.filter((day) => day.day < first.day && isQuiet(day)).length;
  const quietDaysAfter = series.filter((day) => day.day > last.day && isQuiet(day)).length;
  const quietDaysBetween = series.filter(
    (day) => day.day > first.day && day.day < last.day && isQuiet(day),
  ).length;
  return {
    firstDay: first.day,
    lastDay: last.day,
    pattern: patternOf({ oneDay: first === last, quietDaysBefore, quietDaysBetween, quietDaysAfter }),
    daysAffected: active.length,
    quietDaysBetween,
    quietDaysBefore,
    quietDaysAfter,
  };
}

function patternOf(facts: {
  oneDay: boolean;
  quietDaysBefore: number;
  quietDaysBetween: number;
  quietDaysAfter: number;
}): TimePattern {
  if (facts.oneDay) return 'single-day';
  if (facts.quietDaysBetween > 0) return 'intermittent';
  if (facts.quietDaysBefore > 0) return facts.quietDaysAfter > 0 ? 'window' : 'from-onset';
  return facts.quietDaysAfter > 0 ? 'ended-early' : 'whole-period';
}
