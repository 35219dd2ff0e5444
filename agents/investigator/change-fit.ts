import type { Change, Dimensions } from './replies.ts';
import type { SymptomKnowledge } from './symptoms.ts';

/** How well a change of the log explains a finding. Reasons are in words that stand in the evidence. */
export interface ChangeFit {
  readonly change: Change;
  /** Points; a cause needs CAUSE_POINTS. */
  readonly points: number;
  readonly against: string | undefined;
}

/** From this many points on, a change is taken for the cause. */
export const CAUSE_POINTS = 6;

/** A change that says so itself has no effect on charges. */
const HARMLESS =
  /no change of function|prices unchanged|unchanged|translated|dashboard|report|print|enlarged|certificate|access rights|second contact|as decided|power failure|tested at night|took over|interface cards/i;

/**
 * All changes, best first. `slackHours`: how much later than the first record a change may stand, because the record
 * is known to the hour only. Ties go to the one that came closest before the onset, then to the id.
 */
export function rankChanges(
  changes: readonly Change[],
  symptom: SymptomKnowledge,
  dimensions: Dimensions | undefined,
  slackHours: number,
): ChangeFit[] {
  return changes
    .map((change) => fitOf(change, symptom, dimensions, slackHours))
    .sort(
      (a, b) =>
        b.points - a.points ||
        Number(a.change.hoursBeforeFirstViolation) - Number(b.change.hoursBeforeFirstViolation) ||
        (a.change.changeId < b.change.changeId ? -1 : 1),
    );
}

function fitOf(
  change: Change,
  symptom: SymptomKnowledge,
  dimensions: Dimensions | undefined,
  slackHours: number,
): ChangeFit {
  const hours = Number(change.hoursBeforeFirstViolation);
  if (hours < -slackHours) return { change, points: 0, against: 'it came after the first affected record' };
  const contradiction = change.names.find(({ recordsPercent }) => Number(recordsPercent) < 5);
  if (contradiction !== undefined && !isContradictedWithin(change, contradiction.dimension)) {
    const share = contradiction.recordsPercent ?? '0.00';
    return {
      change,
      points: 0,
      against: `it concerns ${contradiction.value}, which ${share} % of the affected records have`,
    };
  }
  if (HARMLESS.test(change.description)) {
    return { change, points: 0, against: 'by its own description it does not touch charges' };
  }
  const kind = symptom.causedBy.test(`${change.kind} ${change.description}`) ? 2 : 0;
  if (kind === 0) return { change, points: 0, against: 'a change of its kind does not cause this symptom' };
  const system = symptom.systems.test(change.system) || isNamed(change.system, dimensions) ? 1 : 0;
  return { change, points: timePoints(hours) + kind + system + namePoints(change), against: undefined };
}

/** A change may name several values of a dimension; one that holds the records is enough. */
function isContradictedWithin(change: Change, dimension: string): boolean {
  return change.names.some((name) => name.dimension === dimension && Number(name.recordsPercent) >= 50);
}

function isNamed(system: string, dimensions: Dimensions | undefined): boolean {
  return dimensions?.separates.some(({ value }) => value === system) ?? false;
}

/** Closer to the onset is better; more than three days before is no coincidence. */
function timePoints(hours: number): number {
  if (hours <= 3) return 3;
  if (hours <= 12) return 2;
  if (hours <= 48) return 1;
  return 0;
}

/** A value that nearly all affected records have and few other sessions is strong; a common one says little. */
function namePoints(change: Change): number {
  const points = change.names.map(({ recordsPercent, sessionsPercent }): number => {
    if (Number(recordsPercent) < 90) return 0;
    const common = Number(sessionsPercent);
    return common <= 30 ? 2 : common <= 70 ? 1 : 0.5;
  });
  return Math.min(
    4,
    points.reduce((sum, value) => sum + value, 0),
  );
}
