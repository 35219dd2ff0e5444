/** Local time of IANA zones, from the tables that Node carries. */

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string): Intl.DateTimeFormat {
  let made = formatters.get(timeZone);
  if (made === undefined) {
    made = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    formatters.set(timeZone, made);
  }
  return made;
}

/** What clocks in the zone show at an instant, as milliseconds as if that were UTC. Throws for an unknown zone. */
export function toLocal(instant: number, timeZone: string): number {
  if (timeZone === 'UTC') return instant;
  const parts = Object.fromEntries(
    formatter(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const milliseconds = ((instant % 1_000) + 1_000) % 1_000;
  return Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
}

/** The offsets from UTC, in milliseconds, that hold within a day of a local time: one, or two at a change. */
export function offsetsNear(local: number, timeZone: string): readonly number[] {
  if (timeZone === 'UTC') return [0];
  const day = 86_400_000;
  return [...new Set([local - day, local + day].map((instant) => toLocal(instant, timeZone) - instant))];
}
