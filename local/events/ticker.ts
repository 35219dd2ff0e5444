/** Makes events of schedules when they are due, and of those that were missed while nothing ran. */
import { createHash } from 'node:crypto';
import type { EventsPlane } from './plane.ts';
import { addDeliveries, wholeSeconds } from './put-events.ts';
import { parseSchedule, type Schedule } from './schedule.ts';
import type { ScheduleRow } from './store.ts';

export interface Ticker {
  /** Handles every occurrence up to now. Each is handled once: its deliveries and the mark are one transaction. */
  runDue(): void;
  /** When the next occurrence is, in milliseconds since the epoch. */
  nextDue(): number | undefined;
}

/** Called for an occurrence of a schedule that is not a rule. */
export type OnOccurrence = (key: string, due: number) => void;

/** @param maxCatchUp the latest so many missed occurrences of one schedule are run, earlier ones are passed over */
export function ticker(plane: EventsPlane, maxCatchUp: number, onOccurrence: OnOccurrence): Ticker {
  return {
    runDue() {
      const now = plane.now();
      for (const row of plane.store.schedules.enabled()) {
        const schedule = scheduleOf(row);
        const due = missed(schedule, row, now, maxCatchUp);
        if (due.length === 0) continue;
        plane.store.atomic(() => {
          for (const at of due) fire(plane, row.key, at, onOccurrence);
          plane.store.schedules.done(row.key, due.at(-1) ?? now);
        });
      }
    },
    nextDue() {
      const times = plane.store.schedules
        .enabled()
        .flatMap((row) => nextOf(scheduleOf(row), row, row.doneUntil) ?? []);
      return times.length === 0 ? undefined : Math.min(...times);
    },
  };
}

const scheduleOf = (row: ScheduleRow): Schedule =>
  parseSchedule(row.expression, { timeZone: row.timeZone, startedAt: row.startedAt });

function nextOf(schedule: Schedule, row: ScheduleRow, after: number): number | undefined {
  const from = row.notBefore === null ? after : Math.max(after, row.notBefore - 1);
  const due = schedule.next(from);
  return due === undefined || (row.notAfter !== null && due > row.notAfter) ? undefined : due;
}

/**
 * The latest occurrences since the last one that was handled, at most `limit`. Looks back from now in growing
 * steps, so that a long downtime of a frequent schedule is not counted through.
 */
function missed(schedule: Schedule, row: ScheduleRow, now: number, limit: number): readonly number[] {
  for (let window = 3_600_000; ; window *= 8) {
    const from = Math.max(row.doneUntil, now - window);
    const times: number[] = [];
    let due = nextOf(schedule, row, from);
    while (due !== undefined && due <= now) {
      times.push(due);
      due = nextOf(schedule, row, due);
    }
    if (times.length >= limit || from === row.doneUntil) return times.slice(-limit);
  }
}

function fire(plane: EventsPlane, key: string, due: number, onOccurrence: OnOccurrence): void {
  const [kind, bus = '', ...name] = key.split('/');
  if (kind !== 'rule') {
    onOccurrence(key, due);
    return;
  }
  const rule = plane.store.rules.get(bus, name.join('/'));
  if (rule === undefined) return;
  addDeliveries(plane, rule, {
    version: '0',
    id: occurrenceId(key, due),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: plane.account,
    time: wholeSeconds(due),
    region: plane.region,
    resources: [rule.Arn],
    detail: {},
  });
}

/** The same id for the same occurrence, in the form of a UUID. */
export function occurrenceId(key: string, due: number): string {
  const hash = createHash('sha256').update(`${key}@${due}`).digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    hash.slice(12, 16),
    hash.slice(16, 20),
    hash.slice(20, 32),
  ].join('-');
}
