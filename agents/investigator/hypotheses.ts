import type { Hypothesis, HypothesisQuery } from '#core/domain/case.ts';
import { CAUSE_POINTS, type ChangeFit } from './change-fit.ts';
import { DIMENSION_NAMES, type Findings } from './claims.ts';
import { bestReading, exactExplanation } from './exact.ts';
import type { Change } from './replies.ts';
import type { CauseTest, PlausibleCause, SymptomKnowledge } from './symptom.ts';

const ask = (question: string): HypothesisQuery => ({ tool: 'usage-query', question });
const lookUp = (subject: string): HypothesisQuery => ({ tool: 'billing-lookup', question: subject });

/** What a test found: the verdict, the words, and the reply that it rests on. */
type Tested = Pick<Hypothesis, 'verdict' | 'test' | 'evidenceIds'>;

/** A plausible cause put to its test. `undefined` where the query was not answered. */
interface Test {
  readonly query: HypothesisQuery;
  readonly read: (found: Findings) => Tested | undefined;
}

/**
 * The causes that were considered, the best first, each with the query that would refute it and what that found. What
 * could not be asked is not told: a cause without a reply to its query is left out, but for a change of the log.
 */
export function hypothesesOf(
  found: Findings,
  symptom: SymptomKnowledge,
  cause: ChangeFit | undefined,
): Hypothesis[] {
  return [
    ...changeHypotheses(found, symptom, cause),
    ...exactHypothesis(found, symptom),
    ...symptom.plausible.flatMap((plausible) => tested(plausible, found)),
    ...missingDataHypothesis(found),
    ...holidayHypothesis(found),
    ...generalTariffHypothesis(found),
    ...(symptom.plausible.some(({ refutedBy }) => refutedBy === 'free-line')
      ? []
      : freeLineHypothesis(found)),
  ].slice(0, 20);
}

function tested({ cause, refutedBy }: PlausibleCause, found: Findings): Hypothesis[] {
  const test = TESTS[refutedBy];
  const result = test?.read(found);
  return test === undefined || result === undefined ? [] : [{ cause, refutedBy: test.query, ...result }];
}

function changeHypotheses(
  { changes, summary }: Findings,
  symptom: SymptomKnowledge,
  cause: ChangeFit | undefined,
): Hypothesis[] {
  if (changes === undefined) return [];
  const { evidenceId, ranked } = changes;
  const isDated = symptom.dated && summary.grain !== 'subscription';
  const common = { refutedBy: ask('changes-near'), evidenceIds: [evidenceId] };
  const named = ({ change }: ChangeFit) => `Change ${change.changeId} on \`${change.target}\``;
  const rivals = ranked.filter((fit) => fit !== cause).slice(0, 3);
  const supported: Hypothesis[] =
    cause === undefined
      ? []
      : [
          {
            cause: named(cause),
            verdict: 'supported',
            test: isDated
              ? `It would be refuted by records before it or outside of what it names. ${whatIsKnown(cause.change)}`
              : `It would be refuted by another change that can cause this, or by records outside of what it names. ${whatIsKnown(cause.change)}`,
            ...common,
          },
        ];
  return [
    ...supported,
    ...rivals.map((fit): Hypothesis => {
      const { change, against, pointsWithoutText, isCandidate } = fit;
      if (!isDated && against === undefined && (cause === undefined || isCandidate)) {
        const test = 'It would be refuted by the same in an earlier month, which this run does not look at.';
        return { cause: named(fit), verdict: 'undecided', test, ...common };
      }
      const isOpen = isDated && against === undefined && pointsWithoutText >= CAUSE_POINTS;
      return {
        cause: named(fit),
        verdict: isOpen ? 'undecided' : 'rejected',
        test:
          against === undefined
            ? `It would be supported by a closer onset, a fitting kind and records where it points. ${whatIsKnown(change)}`
            : `Refuted: ${against}.`,
        ...common,
      };
    }),
  ];
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
  const evidenceId = best?.evidenceId ?? versions.evidenceId;
  return [
    {
      cause: 'Another version, zone, time band, tariff, quantity or factor accounts for the charges',
      verdict: exact === undefined ? 'rejected' : 'supported',
      test: `It would be refuted by records that none of them reproduces. ${words}`,
      refutedBy: ask(evidenceId === versions.evidenceId ? 'version-comparison' : 'charge-ratio'),
      evidenceIds: [evidenceId],
    },
  ];
}

/** How each test reads the reply to its query. */
const TESTS: Readonly<Partial<Record<CauseTest, Test>>> = {
  'other-reading': { query: ask('version-comparison'), read: otherReading },
  'one-factor': { query: ask('charge-ratio'), read: oneFactor },
  quantity: { query: ask('charge-ratio'), read: quantityRight },
  'side-by-side': { query: lookUp('record'), read: sideBySide },
  'one-place': { query: ask('by-dimension'), read: onePlace },
  bursts: { query: ask('hourly-series'), read: inBursts },
  'free-line': { query: lookUp('subscription'), read: freeLine },
};

const EXACT_PERCENT = 95;

function otherReading({ versions }: Findings): Tested | undefined {
  if (versions === undefined || versions.compared === 0) return undefined;
  const exact = versions.explanations[0]?.exact ?? 0;
  return {
    verdict: exact * 100 >= EXACT_PERCENT * versions.compared ? 'supported' : 'rejected',
    test: `It would be refuted by records that no other row reproduces. The best row reproduces ${exact} of ${versions.compared} records.`,
    evidenceIds: [versions.evidenceId],
  };
}

function oneFactor({ ratio }: Findings): Tested | undefined {
  if (ratio === undefined || ratio.ratio === null || ratio.comparableRecords === 0) return undefined;
  const { atCommonRatio, comparableRecords } = ratio;
  return {
    verdict: atCommonRatio * 100 >= EXACT_PERCENT * comparableRecords ? 'supported' : 'rejected',
    test: `It would be refuted by records at other factors. Of ${comparableRecords} records that can be compared, ${atCommonRatio} lie at the factor ${ratio.ratio}.`,
    evidenceIds: [ratio.evidenceId],
  };
}

function quantityRight({ ratio }: Findings): Tested | undefined {
  const quantity = ratio?.quantity;
  if (ratio === undefined || quantity === undefined || quantity.recordsWithBoth === 0) return undefined;
  const { differs, recordsWithBoth } = quantity;
  return {
    verdict: differs === 0 ? 'undecided' : 'rejected',
    test: `It would be refuted by quantities that differ. They differ in ${differs} of ${recordsWithBoth} records.`,
    evidenceIds: [ratio.evidenceId],
  };
}

/** The largest record, as usage, rating and billing hold it: what is there speaks against what is said to be missing. */
function sideBySide({ record }: Findings): Tested | undefined {
  if (record === undefined) return undefined;
  const { rated, billed, usage, key, evidenceId } = record;
  const say = (name: string, items: readonly unknown[]) => `${items.length === 0 ? 'no' : 'a'} ${name}`;
  return {
    verdict: 'rejected',
    test: `Looked up for the largest one: \`${key}\` has ${say('usage record', usage)}, ${say('rated item', rated)} and ${say('billed item', billed)}.`,
    evidenceIds: [evidenceId],
  };
}

function onePlace({ dimensions }: Findings): Tested | undefined {
  if (dimensions === undefined) return undefined;
  const [first] = dimensions.separates.filter(({ dimension }) => DIMENSION_NAMES[dimension] !== undefined);
  const cite = [dimensions.evidenceId];
  if (first !== undefined) {
    const name = `${DIMENSION_NAMES[first.dimension]} ${first.value}`;
    return {
      verdict: 'supported',
      test: `It would be refuted by records spread over several. ${first.share.percent} % of the affected records have ${name}.`,
      evidenceIds: cite,
    };
  }
  const test =
    'It would be supported by a value that nearly all affected records have and few others. No value is like that.';
  return { verdict: 'rejected', test, evidenceIds: cite };
}

function inBursts({ hourly }: Findings): Tested | undefined {
  if (hourly === undefined || hourly.firstHour === null) return undefined;
  const { burstCount, evidenceId } = hourly;
  return {
    verdict: burstCount > 1 ? 'supported' : 'rejected',
    test:
      burstCount > 1
        ? `It would be refuted by hours without a pause. There are ${burstCount} bursts with quiet hours in between.`
        : 'It would be supported by bursts with quiet hours in between. There are none.',
    evidenceIds: [evidenceId],
  };
}

function freeLine({ subscription }: Findings): Tested | undefined {
  const purpose = subscription?.validities[0]?.purpose;
  if (subscription === undefined || purpose === undefined) return undefined;
  return {
    verdict: purpose === 'customer' ? 'rejected' : 'undecided',
    test: `Looked up for the largest one: its purpose is \`${purpose}\`.`,
    evidenceIds: [subscription.evidenceId],
  };
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
      refutedBy: ask('feed-health'),
      evidenceIds: [health.evidenceId],
    },
  ];
}

function holidayHypothesis({ daily, summary }: Findings): Hypothesis[] {
  if (daily === undefined || daily.holidays.length === 0 || summary.grain === 'subscription') return [];
  const [from, to] = [daily.onset?.firstDay ?? '', daily.onset?.lastDay ?? ''];
  const holidays = daily.holidays.filter(({ day }) => day >= from && day <= to);
  const onHolidays = holidays.reduce((sum, { records }) => sum + records, 0);
  const isAll = onHolidays === summary.records;
  return holidays.slice(0, 1).map(({ name, day, records }) => ({
    cause: 'A public holiday is priced by other rules',
    verdict: isAll ? 'undecided' : 'rejected',
    test: `It would be refuted by affected records on other days. \`${name}\` on ${day} has ${records} affected records${isAll ? '' : ', the rest lies on other days'}.`,
    refutedBy: ask('daily-series'),
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
      refutedBy: ask('daily-series'),
      evidenceIds: [daily.evidenceId],
    },
  ];
}

function freeLineHypothesis(found: Findings): Hypothesis[] {
  return tested(
    { cause: 'These are test or internal lines, free on purpose', refutedBy: 'free-line' },
    found,
  );
}
