import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import { findBursts, type HourCount } from '#core/investigation/bursts.ts';
import { type Selection, violationParameters } from '../selection.ts';

const SQL = new URL('../queries/hourly-series.sql', import.meta.url);

/** Hours without a violation after which the next one begins a new burst: more than a quiet night. */
const QUIET_HOURS = 12;
const HOURS_SHOWN = 48;

/** The hours in which the finding has violations, the bursts they form, and the hours of the day (UTC) they fall on. */
export async function hourlySeries(selection: Selection): Promise<ReplyContent> {
  const rows = await selection.view.query(SQL, violationParameters(selection));
  const hours: HourCount[] = rows.map((row) => ({
    hour: String(row.hour),
    records: Number(row.records),
  }));
  const bursts = findBursts(hours, QUIET_HOURS);
  const byHourOfDay = new Map<string, number>();
  for (const { hour, records } of hours) {
    const name = hour.slice(11, 13);
    byHourOfDay.set(name, (byHourOfDay.get(name) ?? 0) + records);
  }
  return {
    timeZone: 'UTC',
    firstHour: hours[0]?.hour ?? null,
    lastHour: hours.at(-1)?.hour ?? null,
    hoursAffected: hours.length,
    burstCount: bursts.length,
    bursts: bursts.slice(0, selection.limit ?? 20).map((burst) => ({ ...burst })),
    byHourOfDay: Object.fromEntries([...byHourOfDay].sort(([a], [b]) => (a < b ? -1 : 1))),
    hours: hours.slice(0, HOURS_SHOWN).map((hour) => ({ ...hour })),
    more: hours.length > HOURS_SHOWN || bursts.length > (selection.limit ?? 20),
  };
}
