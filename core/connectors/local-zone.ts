import { PlumblineError } from '#core/domain/errors.ts';

const HOUR_MS = 3_600_000;
/** Offsets that are remembered: two years of quarter hours. More come only from files whose times are noise. */
const REMEMBERED = 70_000;

/**
 * Turns wall-clock times of an IANA zone into instants, for files whose times carry no offset. A time that occurs
 * twice (when clocks go back) is taken as the earlier instant; one that does not occur (when they go forward) as if
 * the clock had not been changed yet.
 */
export class LocalZone {
  readonly #format: Intl.DateTimeFormat;
  /** Offset in milliseconds by quarter of an hour in UTC: no zone changes its offset in between. */
  readonly #offsets = new Map<number, number>();

  constructor(timeZone: string) {
    try {
      this.#format = new Intl.DateTimeFormat('en-US', {
        timeZone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch (cause) {
      throw new PlumblineError(
        'UnknownName',
        { what: `"${timeZone}" is not a time zone`, next: 'use an IANA name such as Europe/Vienna' },
        { cause },
      );
    }
  }

  /** Instant of a wall-clock time given as if it were UTC. Both in milliseconds since 1970. */
  toUtc(wallClockMs: number): number {
    // The offset in force before a change lies within a day before; the one after it within a day after.
    const before = this.#offsetAt(wallClockMs - 24 * HOUR_MS);
    const after = this.#offsetAt(wallClockMs + 24 * HOUR_MS);
    const early = wallClockMs - before;
    if (before === after || this.#offsetAt(early) === before) return early;
    const late = wallClockMs - after;
    return this.#offsetAt(late) === after ? late : early;
  }

  #offsetAt(utcMs: number): number {
    const key = Math.floor(utcMs / (HOUR_MS / 4));
    const known = this.#offsets.get(key);
    if (known !== undefined) return known;
    const offset = this.#computeOffset(key * (HOUR_MS / 4));
    if (this.#offsets.size >= REMEMBERED) this.#offsets.clear();
    this.#offsets.set(key, offset);
    return offset;
  }

  #computeOffset(utcMs: number): number {
    const part: Record<string, number> = {};
    for (const { type, value } of this.#format.formatToParts(utcMs)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second) - utcMs;
  }
}
