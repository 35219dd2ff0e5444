import type { PriceWindow, Schedule } from './model.ts';

const DAY_MS = 86_400_000;
const SECOND_MS = 1_000;

/** A stretch of time in which one window holds (or none). The end does not belong to it. */
export interface Segment {
  /** Milliseconds since 1970 UTC. */
  readonly from: number;
  readonly to: number;
  /** Index into the schedule's windows; -1 where none holds. */
  readonly window: number;
}

/** Looks up which window holds at an instant; days are computed once. */
export class SegmentTable {
  readonly #schedule: Schedule;
  readonly #days = new Map<number, readonly Segment[]>();

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /** The segment of the local day that holds the instant. Throws a RangeError for a zone that does not exist. */
  at(instant: number): Segment {
    const day = Math.floor((instant + offsetAt(instant, this.#schedule.timeZone)) / DAY_MS);
    for (const segment of this.day(day)) if (instant >= segment.from && instant < segment.to) return segment;
    throw new RangeError(`No segment holds ${instant}`);
  }

  /** Segments of a local day (days since 1970 on the local clock), in order and without gaps. */
  day(day: number): readonly Segment[] {
    const known = this.#days.get(day);
    if (known) return known;
    const segments = segmentsOfDay(this.#schedule, day);
    this.#days.set(day, segments);
    return segments;
  }
}

/** Segments that cover the instants from `lo` to `hi`, both included, in order; equal neighbours are joined unless a midnight splits. */
export function segmentsBetween(schedule: Schedule, lo: number, hi: number): readonly Segment[] {
  const table = new SegmentTable(schedule);
  const first = Math.floor((lo + offsetAt(lo, schedule.timeZone)) / DAY_MS);
  const last = Math.floor((hi + offsetAt(hi, schedule.timeZone)) / DAY_MS);
  const result: Segment[] = [];
  for (let day = first; day <= last; day += 1) {
    for (const segment of table.day(day)) {
      const before = result.at(-1);
      if (before && !schedule.splitsAtMidnight && before.window === segment.window)
        result[result.length - 1] = { ...before, to: segment.to };
      else result.push(segment);
    }
  }
  return result;
}

function segmentsOfDay(schedule: Schedule, day: number): readonly Segment[] {
  const { timeZone } = schedule;
  const start = instantOf(day * DAY_MS, timeZone);
  const end = instantOf((day + 1) * DAY_MS, timeZone);
  const offsets = new Set([offsetAt(start, timeZone), offsetAt(end - 1, timeZone)]);
  const cuts = new Set([start]);
  const cut = (instant: number) => {
    if (instant > start && instant < end) cuts.add(instant);
  };
  for (const window of schedule.windows) {
    for (const second of [window.fromSecond, window.toSecond])
      for (const offset of offsets) cut(day * DAY_MS + second * SECOND_MS - offset);
    if (window.validFrom !== null) cut(window.validFrom);
    if (window.validTo !== null) cut(window.validTo);
  }
  if (offsets.size > 1) cut(clockChange(start, end, timeZone));
  const ordered = [...cuts].sort((a, b) => a - b);
  const result: Segment[] = [];
  ordered.forEach((from, i) => {
    const to = ordered[i + 1] ?? end;
    const window = windowAt(schedule, from);
    const before = result.at(-1);
    if (before?.window === window) result[result.length - 1] = { ...before, to };
    else result.push({ from, to, window });
  });
  return result;
}

/** Index of the window that holds at the instant: heaviest, then latest start, then first; -1 for none. */
export function windowAt(schedule: Schedule, instant: number): number {
  const wall = new Date(instant + offsetAt(instant, schedule.timeZone));
  const second = Math.floor((wall.getTime() - Math.floor(wall.getTime() / DAY_MS) * DAY_MS) / 1000);
  const holiday = schedule.holidays.has(wall.toISOString().slice(0, 10));
  let best = -1;
  schedule.windows.forEach((window, i) => {
    if (!holds(window, instant, wall, second, holiday)) return;
    const leader = schedule.windows[best];
    if (
      !leader ||
      window.weight > leader.weight ||
      (window.weight === leader.weight && window.fromSecond > leader.fromSecond)
    )
      best = i;
  });
  return best;
}

function holds(window: PriceWindow, instant: number, wall: Date, second: number, holiday: boolean): boolean {
  const listed = (list: readonly number[], value: number) => list.length === 0 || list.includes(value);
  return (
    (window.validFrom === null || window.validFrom <= instant) &&
    (window.validTo === null || instant < window.validTo) &&
    listed(window.years, wall.getUTCFullYear()) &&
    listed(window.months, wall.getUTCMonth() + 1) &&
    listed(window.monthDays, wall.getUTCDate()) &&
    listed(window.weekDays, wall.getUTCDay()) &&
    (window.days === 'any' || (window.days === 'holiday') === holiday) &&
    second >= window.fromSecond &&
    second < window.toSecond
  );
}

/** First instant at which the clocks of the zone show the local time or, where they skip it, the instant after the gap. */
function instantOf(wall: number, timeZone: string): number {
  const early = wall - offsetAt(wall - DAY_MS, timeZone);
  if (early + offsetAt(early, timeZone) === wall) return early;
  const late = wall - offsetAt(wall + DAY_MS, timeZone);
  if (late + offsetAt(late, timeZone) === wall) return late;
  return clockChange(Math.min(early, late) - DAY_MS / 2, Math.max(early, late) + DAY_MS / 2, timeZone);
}

/** The instant between two at which the offset changes. */
function clockChange(from: number, to: number, timeZone: string): number {
  const before = offsetAt(from, timeZone);
  let low = from;
  let high = to;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle, timeZone) === before) low = middle;
    else high = middle;
  }
  return high;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, Map<number, number>>();
const QUARTER_MS = 900_000;

/** Milliseconds by which the clocks of the zone are ahead of UTC. Offsets change at quarters of an hour only. */
export function offsetAt(instant: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  const quarter = Math.floor(instant / QUARTER_MS);
  const known = offsets.get(timeZone) ?? new Map<number, number>();
  offsets.set(timeZone, known);
  const cached = known.get(quarter);
  if (cached !== undefined) return cached;
  const at = quarter * QUARTER_MS;
  const part = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const get = (name: Intl.DateTimeFormatPartTypes) => part.get(name) ?? 0;
  const wall = Date.UTC(get('year'), get('month') - 1, get('day'), get('hour'), get('minute'), get('second'));
  known.set(quarter, wall - at);
  return wall - at;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(timeZone, format);
  return format;
}
