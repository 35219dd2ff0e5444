/** Violations in one hour, which is named by its first instant. */
export interface HourCount {
  readonly hour: string;
  readonly records: number;
}

/** A run of hours with violations. */
export interface Burst {
  readonly from: string;
  /** First instant after the last hour with a violation. */
  readonly to: string;
  readonly records: number;
}

const MS_PER_HOUR = 3_600_000;

/** Splits hours with violations, in order, into bursts: a new one begins after `quietHours` hours without any. */
export function findBursts(hours: readonly HourCount[], quietHours: number): Burst[] {
  const bursts: { from: number; to: number; records: number }[] = [];
  for (const { hour, records } of hours) {
    if (records === 0) continue;
    const start = Date.parse(hour);
    const current = bursts.at(-1);
    if (current === undefined || start - current.to >= quietHours * MS_PER_HOUR) {
      bursts.push({ from: start, to: start + MS_PER_HOUR, records });
    } else {
      current.to = start + MS_PER_HOUR;
      current.records += records;
    }
  }
  return bursts.map(({ from, to, records }) => ({
    from: isoInstant(from),
    to: isoInstant(to),
    records,
  }));
}

/** An instant without fractions of a second: `2026-10-14T13:00:00Z`. */
export function isoInstant(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
