/** Schedule expressions: `rate(5 minutes)`, `cron(0 6 * * ? *)`, `at(2026-03-01T06:00:00)`, in a time zone. */
import { type Cron, parseCron, YEARS } from './cron.ts';
import { offsetsNear, toLocal } from './time-zone.ts';

export interface Schedule {
  /**
   * The first occurrence after an instant, or undefined where there is none any more.
   * @param after milliseconds since the epoch, exclusive
   */
  next(after: number): number | undefined;
}

export interface ScheduleOptions {
  /** IANA name; rules always run in UTC. */
  readonly timeZone: string;
  /** Where a rate starts to count, in milliseconds since the epoch. */
  readonly startedAt: number;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const DAY_MS = 86_400_000;
/** A schedule without an occurrence in so many days has none: leap days come every 8 years at the latest. */
const HORIZON_DAYS = 366 * 9;

/** Reads an expression. Throws an Error that says what is wrong with it. */
export function parseSchedule(expression: string, options: ScheduleOptions): Schedule {
  checkTimeZone(options.timeZone);
  const match = /^(rate|cron|at)\((.*)\)$/.exec(expression);
  switch (match?.[1]) {
    case 'rate':
      return parseRate(match[2] ?? '', options.startedAt);
    case 'cron':
      return cronSchedule(parseCron(match[2] ?? ''), options.timeZone);
    case 'at':
      return parseAt(match[2] ?? '', options.timeZone);
    default:
      throw new Error('a schedule is rate(…), cron(…) or at(…)');
  }
}

function checkTimeZone(timeZone: string): void {
  try {
    toLocal(0, timeZone);
  } catch {
    throw new Error(`${timeZone} is not a time zone`);
  }
}

function parseRate(text: string, startedAt: number): Schedule {
  const match = /^([1-9]\d{0,5}) (minute|hour|day)(s?)$/.exec(text);
  const count = Number(match?.[1]);
  if (match === null) throw new Error('a rate is a number above zero and minute(s), hour(s) or day(s)');
  if ((count === 1) === (match[3] === 's')) {
    throw new Error(`the unit of rate(${text}) must be ${count === 1 ? 'singular' : 'plural'}`);
  }
  const period = count * (UNIT_MS[match[2] ?? ''] ?? 0);
  return {
    next: (after) => startedAt + Math.max(1, Math.floor((after - startedAt) / period) + 1) * period,
  };
}

function parseAt(text: string, timeZone: string): Schedule {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) || Number.isNaN(Date.parse(`${text}Z`))) {
    throw new Error('at(…) takes yyyy-mm-ddThh:mm:ss');
  }
  const due = instantsOf(Date.parse(`${text}Z`), timeZone)[0];
  if (due === undefined) throw new Error(`${text} does not exist in ${timeZone}`);
  return { next: (after) => (due > after ? due : undefined) };
}

/**
 * The instants at which clocks in a zone show a local time: none in the hour that summer time skips, two in the
 * hour that comes twice.
 * @param local the local time read as if it were UTC
 */
function instantsOf(local: number, timeZone: string): number[] {
  return offsetsNear(local, timeZone)
    .map((offset) => local - offset)
    .filter((instant) => toLocal(instant, timeZone) === local)
    .sort((a, b) => a - b);
}

/** Times that summer time skips are skipped; times that come twice run once, the first time. */
function cronSchedule(cron: Cron, timeZone: string): Schedule {
  return {
    next(after) {
      const today = Math.floor(toLocal(after, timeZone) / DAY_MS) * DAY_MS;
      // One day back: near midnight the same instant may stand on two local dates.
      for (let date = today - DAY_MS; date <= today + HORIZON_DAYS * DAY_MS; date += DAY_MS) {
        const at = new Date(date);
        const year = at.getUTCFullYear();
        if (year > YEARS.last) return undefined;
        if (!cron.onDate(year, at.getUTCMonth() + 1, at.getUTCDate())) continue;
        const due = firstOnDate(cron, date, after, timeZone);
        if (due !== undefined) return due;
      }
      return undefined;
    },
  };
}

function firstOnDate(cron: Cron, date: number, after: number, timeZone: string): number | undefined {
  let first: number | undefined;
  for (const hour of cron.hours) {
    for (const minute of cron.minutes) {
      const local = date + hour * 3_600_000 + minute * 60_000;
      // No zone is further than a day from UTC.
      if (local + DAY_MS <= after) continue;
      const due = instantsOf(local, timeZone)[0];
      if (due !== undefined && due > after && (first === undefined || due < first)) first = due;
    }
    // Later hours are later instants, except across a change of the clocks, which spans less than two hours.
    if (first !== undefined && date + hour * 3_600_000 > toLocal(first, timeZone) + 7_200_000) break;
  }
  return first;
}
