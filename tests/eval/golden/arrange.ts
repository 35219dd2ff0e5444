import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultRecord } from '#sample/fault.ts';

/**
 * What is changed in the feeds of a generated operator before anybody looks at them. Each has a known consequence for
 * the truth:
 *
 * - `as-made`: nothing.
 * - `innocent-coincides`: innocent entries of the log are moved to minutes before each onset. The guilty one is still there.
 * - `guilty-struck`: the same, and the guilty entries are struck out. No cause stands in the log any more.
 * - `too-late`: guilty entries are moved behind the last record of their fault. They can have caused nothing.
 * - `data-missing`: what was rated on one day, and one hourly file of usage of another, did not come.
 */
export type Arrangement = 'as-made' | 'innocent-coincides' | 'guilty-struck' | 'too-late' | 'data-missing';

interface LogEntry {
  readonly change_id: string;
  changed_at: string;
  readonly description: string;
}

/** What of the truth holds after the change: the causes that are left, and the days that cannot be looked at. */
export interface Arranged {
  readonly faults: readonly FaultRecord[];
  readonly unseenDays: readonly string[];
}

/** Minutes by which an innocent entry comes before an onset: as close as guilty ones. */
const MINUTES_BEFORE = 7;
const HOUR_MS = 3_600_000;

/** Changes the feeds in their folder. Throws when there is nothing to change. */
export function arrange(
  arrangement: Arrangement,
  feedsDir: string,
  faults: readonly FaultRecord[],
): Arranged {
  switch (arrangement) {
    case 'as-made':
      return { faults, unseenDays: [] };
    case 'innocent-coincides':
      editLog(feedsDir, (log) => coincide(log, faults));
      return { faults, unseenDays: [] };
    case 'guilty-struck': {
      const guilty = new Set(faults.map(({ changeId }) => changeId));
      editLog(feedsDir, (log) => coincide(log, faults).filter(({ change_id }) => !guilty.has(change_id)));
      return { faults: faults.map((fault) => ({ ...fault, changeId: null })), unseenDays: [] };
    }
    case 'too-late':
      editLog(feedsDir, (log) => postpone(log, faults));
      return { faults: faults.map((fault) => ({ ...fault, changeId: null })), unseenDays: [] };
    case 'data-missing':
      return { faults, unseenDays: withhold(feedsDir) };
  }
}

function editLog(feedsDir: string, edit: (log: LogEntry[]) => LogEntry[]): void {
  const file = join(feedsDir, 'change_log', 'change_log.jsonl');
  const log = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogEntry);
  const edited = edit(log).sort((a, b) => (a.changed_at < b.changed_at ? -1 : 1));
  writeFileSync(file, edited.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
}

/** For each fault one innocent entry comes to stand just before its onset. Planned ones stay: they say when they were. */
function coincide(log: readonly LogEntry[], faults: readonly FaultRecord[]): LogEntry[] {
  const guilty = new Set(faults.map(({ changeId }) => changeId));
  const free = log.filter(
    ({ change_id, description }) =>
      !guilty.has(change_id) && !/in force|taken over|Power failure/.test(description),
  );
  const moved = new Map(
    faults.flatMap((fault, i) => {
      const entry = free[(i * 5) % Math.max(1, free.length)];
      return entry === undefined ? [] : [[entry.change_id, before(fault.onset)] as const];
    }),
  );
  if (moved.size === 0) throw new Error('The log has no innocent entry to move');
  return log.map((entry) => ({ ...entry, changed_at: moved.get(entry.change_id) ?? entry.changed_at }));
}

const before = (instant: string): string =>
  new Date(Date.parse(instant) - MINUTES_BEFORE * 60_000).toISOString();

function postpone(log: readonly LogEntry[], faults: readonly FaultRecord[]): LogEntry[] {
  const ends = new Map(
    faults.flatMap(({ changeId, end }) => (changeId === null ? [] : [[changeId, end] as const])),
  );
  if (ends.size === 0) throw new Error('The log has no guilty entry to postpone');
  return log.map((entry) => {
    const end = ends.get(entry.change_id);
    return end === undefined
      ? entry
      : { ...entry, changed_at: new Date(Date.parse(end) + HOUR_MS).toISOString() };
  });
}

/** Days that the generator always makes usage of. */
const NOT_RATED = '2026-10-29';
const NOT_USED = '2026-10-30';

function withhold(feedsDir: string): string[] {
  rmSync(join(feedsDir, 'rated', `rated_${NOT_RATED.replaceAll('-', '')}.parquet`));
  rmSync(join(feedsDir, 'usage', `usage_${NOT_USED.replaceAll('-', '')}_10.csv`));
  return [NOT_RATED];
}
