import { addDays, type Day } from '#core/domain/period.ts';

/** Clean days between two onsets of the same thing, and violations that each must have. */
const CLEAN_DAYS = 7;
const FEWEST = 20;

/** A time in which something went wrong: first and last day. */
export interface Onset {
  readonly from: Day;
  readonly to: Day;
}

/**
 * Splits violations per day into onsets where at least a week lies between them and both sides are many. Days must
 * be in order. Intermittent faults, which come and go within days, stay one.
 */
export function onsetsOf(days: readonly { readonly day: Day; readonly count: number }[]): Onset[] {
  const runs: { from: Day; to: Day; count: number }[] = [];
  for (const { day, count } of days) {
    const last = runs.at(-1);
    if (last !== undefined && day <= addDays(last.to, CLEAN_DAYS)) {
      last.to = day;
      last.count += count;
    } else {
      runs.push({ from: day, to: day, count });
    }
  }
  const onsets: { from: Day; to: Day; count: number }[] = [];
  for (const run of runs) {
    const last = onsets.at(-1);
    if (last !== undefined && (last.count < FEWEST || run.count < FEWEST)) {
      last.to = run.to;
      last.count += run.count;
    } else {
      onsets.push(run);
    }
  }
  return onsets.map(({ from, to }) => ({ from, to }));
}
