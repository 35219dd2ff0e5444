import type { Findings } from './claims.ts';
import type { Versions } from './replies.ts';

/** Something that accounts for nearly every record, found by computing and not by guessing. */
export interface ExactExplanation {
  /** How a sentence goes on after "the charges are those". */
  readonly words: string;
  /** How many records it accounts for. */
  readonly exact: number;
  readonly of: number;
  readonly evidenceId: string;
}

const ACCOUNTED_PERCENT = 95;
/** Fewer records prove nothing. */
const FEWEST = 5;

/** What accounts for the charges exactly, the plainest first; undefined when nothing does. */
export function exactExplanation(found: Findings): ExactExplanation | undefined {
  return [...readings(found), ...cap(found), ...constantRatio(found)].find(
    ({ exact, of }) => of >= FEWEST && exact * 100 >= ACCOUNTED_PERCENT * of,
  );
}

/** The best other reading of the price list, whether it accounts for enough or not. */
export function bestReading({ versions }: Findings): ExactExplanation | undefined {
  const best = versions?.explanations[0];
  if (versions === undefined || best === undefined || best.exact === 0) return undefined;
  const words = READING_WORDS[best.explanation]?.(best) ?? best.explanation;
  return { words, exact: best.exact, of: versions.compared, evidenceId: versions.evidenceId };
}

function readings(found: Findings): ExactExplanation[] {
  const best = bestReading(found);
  return best === undefined ? [] : [best];
}

type Reading = Versions['explanations'][number];

const READING_WORDS: Readonly<Record<string, (reading: Reading) => string>> = {
  'other-version': ({ tariffVersion }) => `under version ${tariffVersion}`,
  'other-zone': ({ value }) => `in zone ${value}`,
  'other-time-band': () => 'in the other time band',
  'other-tariff': ({ value }) => `under tariff ${value}`,
  'rated-quantity': () => 'for the quantity that was rated',
};

/** One quantity that stands in place of all larger ones. */
function cap({ ratio, summary }: Findings): ExactExplanation[] {
  if (ratio === undefined || ratio.quantity.commonestRated === null) return [];
  const { differs, commonestRated, commonestRatedRecords } = ratio.quantity;
  const unit = UNITS[summary.segment.service ?? ''] ?? 'units';
  const words = `for ${commonestRated} ${unit}, however much was used`;
  return [{ words, exact: commonestRatedRecords, of: differs, evidenceId: ratio.evidenceId }];
}

const UNITS: Readonly<Record<string, string>> = { voice: 'seconds', data: 'kilobytes', sms: 'messages' };

/** One factor for all: a price row that is wrong by it. */
function constantRatio({ ratio }: Findings): ExactExplanation[] {
  if (ratio === undefined || ratio.ratio === null || ratio.chargedZero > 0 || ratio.quantity.differs > 0)
    return [];
  const words = `at ${ratio.ratio} times the price list`;
  return [{ words, exact: ratio.atCommonRatio, of: ratio.comparableRecords, evidenceId: ratio.evidenceId }];
}
