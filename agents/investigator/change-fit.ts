import type { Change, Daily, Dimensions } from './replies.ts';
import type { SymptomKnowledge } from './symptom.ts';

/** How well a change of the log explains a finding. Reasons are in words that stand in the evidence. */
export interface ChangeFit {
  readonly change: Change;
  /** Points; a cause needs CAUSE_POINTS. */
  readonly points: number;
  /** Points that it would have if its text did not deny that it changed anything. */
  readonly pointsWithoutText: number;
  readonly against: string | undefined;
  /** True where kind and system are those that cause this very symptom, and nothing that it names speaks against it. */
  readonly isCandidate: boolean;
}

/** From this many points on, a change is taken for the cause. */
export const CAUSE_POINTS = 6;

/** Share of records, in percent, that may come before the cause: strays of another one. */
const STRAY_PERCENT = 5;

/** From this many expected records on, none is a sign that the change did nothing yet. Of fewer affected ones no rate is known. */
const EXPECTED_AT_LEAST = 5;

/**
 * What a description says that means: this changed nothing that is charged. It costs points, and clears no change that
 * fits in everything else: whoever caused something may write so too.
 */
const DENIED_POINTS = 2;
const DENIED =
  /\b(?:prices?|rates?|charges?|functions?|rules?) (?:are |is |remains? )?unchanged\b|\bno change of (?:function|prices?|rates?)\b/i;

/** The best change must lead by this much, or none is named: a wrong cause is worse than none. */
const LEAD_POINTS = 1;

/** Of what a change names, records may lie outside of it by this many percent: strays of another cause. */
const INSIDE_PERCENT = 100 - STRAY_PERCENT;

/** Kinds of change under which anything may have been touched. */
const GENERAL_KINDS =
  /\b(?:change|changes|release|deployment|deploy|upgrade|update|config|configuration|patch|migration|maintenance|hotfix|fix)\b/i;

/** What is known of the finding beside its changes. */
export interface FitContext {
  readonly dimensions: Dimensions | undefined;
  readonly daily: Daily | undefined;
  /** How much later than the first record a change may stand, because the record is known to the hour only. */
  readonly slackHours: number;
  /** Instants at which the version ended by which the records were charged all the same. */
  readonly supersededAt: readonly string[];
}

/** All changes, best first. Ties go to the one that came closest before the onset, then to the id. */
export function rankChanges(
  changes: readonly Change[],
  symptom: SymptomKnowledge,
  context: FitContext,
): ChangeFit[] {
  return changes
    .map((change) => fitOf(change, symptom, context))
    .sort(
      (a, b) =>
        b.points - a.points ||
        Number(a.change.hoursBeforeFirstViolation) - Number(b.change.hoursBeforeFirstViolation) ||
        (a.change.changeId < b.change.changeId ? -1 : 1),
    );
}

function fitOf(change: Change, symptom: SymptomKnowledge, context: FitContext): ChangeFit {
  const against = whyNot(change, symptom, context);
  if (against !== undefined) return { change, points: 0, pointsWithoutText: 0, against, isCandidate: false };
  const isSystemNamed = context.dimensions?.separates.some(({ value }) => value === change.system) ?? false;
  const system = symptom.systems.test(change.system) || isSystemNamed ? 1 : 0;
  const pointsWithoutText =
    timePoints(change, symptom, context) +
    kindPoints(change, symptom) +
    system +
    namePoints(change, context.dimensions) -
    (kindPoints(change, symptom) < 2 && system === 0 ? 1 : 0);
  const points = pointsWithoutText - (DENIED.test(change.description) ? DENIED_POINTS : 0);
  const isCandidate =
    kindPoints(change, symptom) === 2 && system === 1 && contradictions(change).length === 0;
  return { change, points, pointsWithoutText, against: undefined, isCandidate };
}

/**
 * The change that caused the finding: the best, where it fits well enough and clearly better than the next. Where
 * records are dated to the beginning of a month or to an invoice (`dated` false), closeness says nothing: then the
 * only change of kind and system that can cause the symptom, or the only one of them that names where the records are, and
 * none where there are two.
 */
export function causeAmong(ranked: readonly ChangeFit[], dated: boolean): ChangeFit | undefined {
  if (!dated) {
    const candidates = ranked.filter(({ isCandidate }) => isCandidate);
    // One that names the place where the records are explains more than one that names nothing.
    const named = candidates.filter(({ change }) => change.names.length > 0);
    const best = named.length === 1 ? named : candidates;
    return best.length === 1 ? best[0] : undefined;
  }
  const [best, second] = ranked;
  if (best === undefined || best.points < CAUSE_POINTS) return undefined;
  return second !== undefined && second.points > best.points - LEAD_POINTS ? undefined : best;
}

/** What rules a change out, in words that stand in the evidence. Only time, target and kind do: a text may say anything. */
function whyNot(
  change: Change,
  symptom: SymptomKnowledge,
  { slackHours, supersededAt }: FitContext,
): string | undefined {
  const { count, of, percent } = change.recordsBefore;
  if (count * 100 > STRAY_PERCENT * of && Number(change.hoursBeforeFirstViolation) < -slackHours) {
    return `${percent} % of the affected records came before it`;
  }
  const outside = contradictions(change).find(({ inTarget }) => inTarget);
  if (outside !== undefined) {
    return `it concerns ${outside.value}, which ${outside.recordsPercent} % of the affected records have`;
  }
  if (kindPoints(change, symptom) === 0) return 'a change of its kind does not cause this symptom';
  if (supersededAt.some((end) => Date.parse(end) === Date.parse(change.changedAt)))
    return 'it put the new version in force, as was due; what was charged is the version before';
  return undefined;
}

/** A kind (or target) that can cause the very symptom; one that can do anything counts half. */
function kindPoints({ kind, target }: Change, symptom: SymptomKnowledge): number {
  if (symptom.causedBy.test(`${kind} ${target}`)) return 2;
  return GENERAL_KINDS.test(kind) ? 1 : 0;
}

/** Values that a change names although most or many of the records lie outside of them. */
function contradictions(change: Change): Change['names'] {
  return change.names.filter(
    ({ dimension, recordsPercent }) =>
      recordsPercent !== null &&
      Number(recordsPercent) < INSIDE_PERCENT &&
      !hasFittingName(change, dimension),
  );
}

/** A change may name several values of a dimension; one that holds the records is enough. */
function hasFittingName(change: Change, dimension: string): boolean {
  return change.names.some(
    (name) => name.dimension === dimension && Number(name.recordsPercent ?? '0') >= INSIDE_PERCENT,
  );
}

/** Closer to the onset is better. A change after a few stray records counts by the next one, and a point less. */
function timePoints(change: Change, symptom: SymptomKnowledge, { daily, slackHours }: FitContext): number {
  const before = Number(change.hoursBeforeFirstViolation);
  const hours = before >= -slackHours ? before : Number(change.hoursToNextRecord ?? '999');
  const penalty = before >= -slackHours ? 0 : 1;
  if (hours <= 3) return 3 - penalty;
  if (hours <= 12) return 2 - penalty;
  if (hours <= symptom.patienceHours) return 1 - penalty;
  return hadNoOccasion(change, daily) ? 1 - penalty : -2;
}

/** True when so few sessions of the segment lie between change and first record that none need have been affected. */
function hadNoOccasion(change: Change, daily: Daily | undefined): boolean {
  const rate = daily?.rateWhileActive;
  if (rate === undefined || rate.of === 0 || rate.count < EXPECTED_AT_LEAST) return false;
  return change.unaffectedSessionsBetween * rate.count < EXPECTED_AT_LEAST * rate.of;
}

/** A value that nearly all affected records have and few other sessions is strong; a common one says little. */
function namePoints(change: Change, dimensions: Dimensions | undefined): number {
  // A description may name a thing in passing, so it costs points and rules nothing out.
  if (contradictions(change).length > 0) return -3;
  // The finding lies in one place, and nothing of the change says why there.
  if (change.names.length === 0 && (dimensions?.separates.length ?? 0) > 0) return -1;
  const points = change.names.map(({ recordsPercent, sessionsPercent }): number => {
    if (recordsPercent === null || Number(recordsPercent) < 90) return 0;
    const common = Number(sessionsPercent);
    return common <= 30 ? 2 : common <= 70 ? 1 : 0.5;
  });
  return Math.min(
    4,
    points.reduce((sum, value) => sum + value, 0),
  );
}
