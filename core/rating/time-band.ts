/** Length of one slot. Every zone's offset and every clock change is a multiple of it. */
export const SLOT_MS = 15 * 60 * 1000;
export const SLOTS_PER_DAY = 96;

/** When peak prices hold: working days, from hour to hour in a time zone, except on holidays. */
export interface BandProfile {
  readonly timeZone: string;
  readonly peakFromHour: number;
  readonly peakToHour: number;
  /** Local days, `YYYY-MM-DD`. */
  readonly holidays: ReadonlySet<string>;
}

/** An instant as the clocks of a zone show it. */
export interface LocalTime {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** `Mon` … `Sun`. */
  readonly weekday: string;
  readonly hour: number;
  readonly minute: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What the clocks of the zone show at the instant. Throws a RangeError for a zone that does not exist. */
export function localTimeAt(instant: number, timeZone: string): LocalTime {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(instant)
      .map((part) => [part.type, part.value]),
  );
  return {
    day: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
    weekday: parts.get('weekday') ?? '',
    hour: Number(parts.get('hour')),
    minute: Number(parts.get('minute')),
  };
}

/** True when peak prices hold at the instant. */
export function isPeakAt(instant: number, profile: BandProfile): boolean {
  const local = localTimeAt(instant, profile.timeZone);
  const working = local.weekday !== 'Sat' && local.weekday !== 'Sun' && !profile.holidays.has(local.day);
  return working && local.hour >= profile.peakFromHour && local.hour < profile.peakToHour;
}

/** The slots of a UTC day that begins at `dayStart`: `1` where peak prices hold, `0` elsewhere. */
export function peakSlots(dayStart: number, profile: BandProfile): string {
  const slots = Array.from({ length: SLOTS_PER_DAY }, (_, slot) =>
    isPeakAt(dayStart + slot * SLOT_MS, profile) ? '1' : '0',
  );
  return slots.join('');
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  formats.set(timeZone, format);
  return format;
}
