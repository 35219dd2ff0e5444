import type { Hypothesis } from '#core/domain/case.ts';
import { CAUSE_POINTS, type ChangeFit } from './change-fit.ts';
import type { Findings } from './claims.ts';
import { bestReading, exactExplanation } from './exact.ts';
import type { Change } from './replies.ts';
import type { SymptomKnowledge } from './symptoms.ts';

/** The causes that were considered, the best first, each with what would refute it and what was found. */
export function hypothesesOf(
  found: Findings,
  symptom: SymptomKnowledge,
  cause: ChangeFit | undefined,
): Hypothesis[] {
  return [
    ...changeHypotheses(found, cause),
    ...exactHypothesis(found, symptom),
    ...missingDataHypothesis(found),
    ...holidayHypothesis(found),
    ...generalTariffHypothesis(found),
    ...testLineHypothesis(found),
  ];
}

function changeHypotheses({ changes, summary }: Findings, cause: ChangeFit | undefined): Hypothesis[] {
  if (changes === undefined) return [];
  if (summary.grain === 'subscription') return undatedChanges(changes);
  const { evidenceId, ranked } = changes;
  const rivals = ranked.filter((fit) => fit !== cause).slice(0, 3);
  const supported: Hypothesis[] =
    cause === undefined
      ? []
      : [
          {
            cause: `Change ${cause.change.changeId} on \`${cause.change.target}\``,
            verdict: 'supported',
            test: `It would be refuted by records before it or outside of what it names. ${whatIsKnown(cause.change)}`,
            evidenceIds: [evidenceId],
          },
        ];
  return [
    ...supported,
    ...rivals.map(
      ({ change, against, points }): Hypothesis => ({
        cause: `Change ${change.changeId} on \`${change.target}\``,
        verdict: against === undefined && points >= CAUSE_POINTS ? 'undecided' : 'rejected',
        test:
          against === undefined
            ? `It would be supported by a closer onset, a fitting kind and records where it points. ${whatIsKnown(change)}`
            : `Refuted: ${against}.`,
        evidenceIds: [evidenceId],
      }),
    ),
  ];
}

/** Changes that may lie behind fees: candidates for a person, because the month's first day is no observed onset. */
function undatedChanges({ evidenceId, ranked }: NonNullable<Findings['changes']>): Hypothesis[] {
  return ranked.slice(0, 3).map(({ change }) => ({
    cause: `Change ${change.changeId} on \`${change.target}\``,
    verdict: 'undecided',
    test: 'It would be refuted by the same fees in an earlier month, which this run does not look at.',
    evidenceIds: [evidenceId],
  }));
}

/** When a change came and what it names, as it stands in the evidence. */
function whatIsKnown({ hoursBeforeFirstViolation: hours, recordsBefore, names, kind }: Change): string {
  const when = hours.startsWith('-')
    ? `It came after ${recordsBefore.percent} % of the affected records`
    : `It came ${hours} hours before the first affected record`;
  const named = names
    .filter(({ recordsPercent }) => recordsPercent !== null)
    .slice(0, 2)
    .map(({ value, recordsPercent }) => `names \`${value}\`, which ${recordsPercent} % of them have`);
  return `${[`${when} and is of kind \`${kind}\``, ...named].join('; it ')}.`;
}

function exactHypothesis(found: Findings, symptom: SymptomKnowledge): Hypothesis[] {
  const { versions } = found;
  if (symptom.evidence !== 'price' || versions === undefined) return [];
  const exact = exactExplanation(found);
  const best = exact ?? bestReading(found);
  const words =
    best === undefined
      ? `None of ${versions.compared} records comes out at what was charged.`
      : `${best.exact} of ${best.of} records come out at what was charged, but for rounding, when priced ${best.words}.`;
  return [
    {
      cause: 'Another version, zone, time band, tariff, quantity or factor accounts for the charges',
      verdict: exact === undefined ? 'rejected' : 'supported',
      test: `It would be refuted by records that none of them reproduces. ${words}`,
      evidenceIds: [best?.evidenceId ?? versions.evidenceId],
    },
  ];
}

function missingDataHypothesis({ health }: Findings): Hypothesis[] {
  if (health === undefined) return [];
  return [
    {
      cause: 'Data is missing or late, and nothing is wrong',
      verdict: health.complete ? 'rejected' : 'undecided',
      test: health.complete
        ? `Refuted: all ${health.feedsChecked} declared feeds are complete for the period, the days allowed for posting included.`
        : 'Some slots of feeds are missing; days that need them were not evaluated.',
      evidenceIds: [health.evidenceId],
    },
  ];
}

function holidayHypothesis({ daily, summary }: Findings): Hypothesis[] {
  if (daily === undefined || daily.holidays.length === 0 || summary.grain === 'subscription') return [];
  const [from, to] = [daily.onset?.firstDay ?? '', daily.onset?.lastDay ?? ''];
  const holidays = daily.holidays.filter(({ day }) => day >= from && day <= to);
  const onHolidays = holidays.reduce((sum, { records }) => sum + records, 0);
  const only = onHolidays === summary.records;
  return holidays.slice(0, 1).map(({ name, day, records }) => ({
    cause: 'A public holiday is priced by other rules',
    verdict: only ? 'undecided' : 'rejected',
    test: `It would be refuted by affected records on other days. \`${name}\` on ${day} has ${records} affected records${only ? '' : ', the rest lies on other days'}.`,
    evidenceIds: [daily.evidenceId],
  }));
}

/** A change of prices for everybody would affect all sessions of the segment, not a part of them. */
function generalTariffHypothesis({ daily, summary }: Findings): Hypothesis[] {
  const rate = daily?.rateWhileActive;
  if (daily === undefined || rate === undefined || rate.percent === null || summary.grain !== 'record')
    return [];
  if (rate.count > rate.of) return [];
  return [
    {
      cause: 'Prices changed for everybody, and the charges are right',
      verdict: 'rejected',
      test: `Refuted: each session is priced by the version in force at its start, and ${rate.percent} % of the segment still differ.`,
      evidenceIds: [daily.evidenceId],
    },
  ];
}

function testLineHypothesis({ subscription }: Findings): Hypothesis[] {
  const purpose = subscription?.validities[0]?.purpose;
  if (subscription === undefined || purpose === undefined) return [];
  return [
    {
      cause: 'These are test or internal lines, free on purpose',
      verdict: purpose === 'customer' ? 'rejected' : 'undecided',
      test: `Looked up for the largest one: its purpose is \`${purpose}\`.`,
      evidenceIds: [subscription.evidenceId],
    },
  ];
}
