import type { Claim } from '#core/domain/case.ts';
import { decimalString, parseMoney, rescale } from '#core/domain/money.ts';
import type { ChangeFit } from './change-fit.ts';
import { bestReading, exactExplanation } from './exact.ts';
import type {
  BillingRecord,
  Daily,
  Dimensions,
  Health,
  Hourly,
  Passages,
  Ratio,
  Samples,
  Subscription,
  Summary,
  Versions,
} from './replies.ts';

/** What has been looked at. A part that is undefined could not be looked at. */
export interface Findings {
  readonly summary: Summary;
  readonly health: Health | undefined;
  readonly daily: Daily | undefined;
  readonly dimensions: Dimensions | undefined;
  readonly hourly: Hourly | undefined;
  readonly versions: Versions | undefined;
  readonly ratio: Ratio | undefined;
  readonly samples: Samples | undefined;
  readonly record: BillingRecord | undefined;
  readonly subscription: Subscription | undefined;
  readonly passages: Passages | undefined;
  readonly changes:
    | { readonly evidenceId: string; readonly ranked: readonly ChangeFit[]; readonly first: string }
    | undefined;
}

/** Names of the dimensions as sentences have them. */
export const DIMENSION_NAMES: Readonly<Record<string, string>> = {
  service: 'service',
  zone: 'zone',
  offer_id: 'offer',
  segment: 'segment',
  source: 'network element',
  rating_source: 'charging engine',
  tariff_id: 'tariff',
};

const NOUNS = {
  record: 'sessions',
  subscription: 'subscriptions',
  hop: 'records',
  check: 'violations',
} as const;

/** One sentence per fact, each with the evidence that it rests on, in the order in which an analyst tells it. */
export function claimsOf(found: Findings, cause: ChangeFit | undefined): Claim[] {
  return [
    ...whatClaims(found),
    ...whenClaims(found),
    ...whereClaims(found),
    ...priceClaims(found),
    ...recordClaims(found),
    ...changeClaims(found, cause),
    ...contractClaims(found),
    ...healthClaims(found),
  ];
}

/** An amount as a bill shows it: two decimals, half up. */
const inCents = (amount: string): string => decimalString(rescale(parseMoney(amount, 'EUR/6'), 2, 'half_up'));

const claim = (text: string, ...evidenceIds: string[]): Claim => ({ text, evidenceIds });

function whatClaims({ summary }: Findings): Claim[] {
  const { evidenceId, records, subscriptions, direction, amount, currency, grain, estimated } = summary;
  const isCheck = grain === 'check' && summary.violations !== undefined;
  const who =
    grain === 'hop' || grain === 'check' || subscriptions === 0 ? '' : ` of ${subscriptions} subscriptions`;
  const about = estimated ? 'an estimated ' : '';
  const noun =
    grain === 'subscription'
      ? `${records} subscriptions are`
      : `${isCheck ? summary.violations : records} ${isCheck ? `violations of control ${summary.controlId}` : NOUNS[grain]}${who} are`;
  return [claim(`${noun} ${direction}, by ${about}${inCents(amount)} ${currency} in all.`, evidenceId)];
}

function whenClaims({ summary, daily, hourly }: Findings): Claim[] {
  const onset = daily?.onset;
  if (daily === undefined || onset === undefined || onset === null) return [];
  if (summary.grain === 'subscription') return [];
  const claims: Claim[] = [];
  const cite = daily.evidenceId;
  const span =
    onset.pattern === 'single-day'
      ? `All of it lies on one day, ${onset.firstDay}.`
      : `It was first seen on ${onset.firstDay} and last on ${onset.lastDay}.`;
  claims.push(claim(span, cite));
  if (onset.quietDaysBefore > 0) {
    claims.push(
      claim(
        `On ${onset.quietDaysBefore} days before, none was affected although some were to be expected.`,
        cite,
      ),
    );
  }
  if (onset.pattern === 'intermittent' && hourly !== undefined && hourly.burstCount > 1) {
    claims.push(
      claim(`It comes and goes: ${hourly.burstCount} bursts with quiet hours in between.`, hourly.evidenceId),
    );
  }
  if (hourly?.firstHour) {
    claims.push(
      claim(
        `The first affected hour begins at ${hourly.firstHour.replace(':00Z', ' UTC').replace('T', ' ')}.`,
        hourly.evidenceId,
      ),
    );
  }
  const { rateWhileActive: rate } = daily;
  if (rate.percent !== null && rate.of > 0 && rate.count <= rate.of) {
    claims.push(
      claim(
        `While it lasts, ${rate.percent} % of the sessions of this segment are affected (${rate.count} of ${rate.of}).`,
        cite,
      ),
    );
  }
  return claims;
}

function whereClaims({ dimensions }: Findings): Claim[] {
  if (dimensions === undefined) return [];
  return dimensions.separates
    .filter(({ dimension }) => DIMENSION_NAMES[dimension] !== undefined)
    .slice(0, 3)
    .map(({ dimension, value, share, population }) =>
      claim(
        `${share.percent} % of the affected records have ${DIMENSION_NAMES[dimension]} ${value}, against ${population.percent} % of everything evaluated.`,
        dimensions.evidenceId,
      ),
    );
}

function priceClaims(found: Findings): Claim[] {
  const { ratio } = found;
  const claims: Claim[] = [];
  const best = exactExplanation(found) ?? bestReading(found);
  if (best !== undefined) {
    claims.push(
      claim(
        `${best.exact} of ${best.of} records were charged as if priced ${best.words}, but for rounding.`,
        best.evidenceId,
      ),
    );
  }
  if (ratio === undefined) return claims;
  const cite = ratio.evidenceId;
  if (ratio.quantity.differs > 0 && ratio.quantity.ratio !== null) {
    const { differs, recordsWithBoth, ratio: part } = ratio.quantity;
    claims.push(
      claim(
        `In ${differs} of ${recordsWithBoth} records the rated quantity is not the quantity used: in all, ${part} of it was rated.`,
        cite,
      ),
    );
  }
  if (ratio.chargedZero > 0) {
    claims.push(claim(`${ratio.chargedZero} of ${ratio.records} records were charged nothing.`, cite));
  }
  return claims;
}

function recordClaims({ record, subscription, samples, summary }: Findings): Claim[] {
  const [hour] = samples?.records ?? [];
  if (samples !== undefined && hour !== undefined) {
    const file = hour.left?.recordId ? ` (file \`${hour.left.recordId}\`)` : '';
    const counts =
      hour.quantity === null
        ? ''
        : `: ${hour.quantity} records were declared, ${hour.chargedQuantity ?? '0'} arrived`;
    if (summary.grain === 'check') return largestOfCheck(samples, summary.currency);
    return [claim(`Most are missing at \`${hour.key}\`${file}${counts}.`, samples.evidenceId)];
  }
  if (record !== undefined) {
    const { key, expected, charged, rated, billed, evidenceId } = record;
    const sides = [
      rated.length === 0 ? 'no rated item' : `rated at ${rated[0]?.amount} EUR`,
      billed.length === 0
        ? 'no billed item'
        : `billed at ${billed.map((item) => item.amount).join(' and ')} EUR`,
    ];
    return [
      claim(
        `Session \`${key}\`: expected ${expected} EUR, charged ${charged} EUR; ${sides.join(', ')}.`,
        evidenceId,
      ),
    ];
  }
  if (subscription === undefined) return [];
  const { subscriptionId, expected, charged, evidenceId, validities } = subscription;
  const [line] = validities;
  const network =
    line?.activeFrom === undefined || line.activeFrom === null
      ? 'the network does not know the line'
      : `the network serves the line from ${line.activeFrom}${line.activeTo ? ` until before ${line.activeTo}` : ''}`;
  return [
    claim(
      `Subscription \`${subscriptionId}\`: expected ${expected} EUR, billed ${charged} EUR; ${network}.`,
      evidenceId,
    ),
  ];
}

/** The largest violation of a check: what is due, what was charged, and where its source stands. */
function largestOfCheck({ records, evidenceId }: Samples, currency: string): Claim[] {
  return records.slice(0, 1).map(({ key, expected, charged, left }) => {
    const sides =
      expected && charged ? `: ${expected} ${currency} are due, ${charged} ${currency} were charged` : '';
    const file = left?.recordId ? ` (record \`${left.recordId}\`)` : '';
    return claim(`The largest is \`${key}\`${file}${sides}.`, evidenceId);
  });
}

function changeClaims({ changes }: Findings, cause: ChangeFit | undefined): Claim[] {
  if (changes === undefined || cause === undefined) return [];
  const { changeId, kind, target, changedAt, hoursBeforeFirstViolation, description, names } = cause.change;
  const when = `${changedAt.slice(0, 16).replace('T', ' ')} UTC`;
  const claims = [
    claim(
      `Change ${changeId} (\`${kind}\` on \`${target}\`) took effect at ${when}, ${hoursBeforeFirstViolation} hours before the first affected record.`,
      changes.evidenceId,
    ),
  ];
  if (!/["`“”„]/.test(description)) {
    claims.push(claim(`The change log says: "${description.slice(0, 380)}"`, changes.evidenceId));
  }
  for (const { dimension, value, recordsPercent } of names.slice(0, 2)) {
    if (DIMENSION_NAMES[dimension] === undefined || Number(recordsPercent) < 90) continue;
    claims.push(
      claim(
        `Change ${changeId} names ${DIMENSION_NAMES[dimension]} ${value}, which ${recordsPercent} % of the affected records have.`,
        changes.evidenceId,
      ),
    );
  }
  return claims;
}

/** The sentence or row of the passages that is most about the segment, word for word. */
function contractClaims({ passages, summary }: Findings): Claim[] {
  if (passages === undefined) return [];
  const { service, ...others } = summary.segment;
  const words = [...Object.values(others), ...(SERVICE_WORDS[service ?? ''] ?? [])].map((word) =>
    word.toLowerCase(),
  );
  const quotes = passages.passages.flatMap(({ contractId, text }) =>
    sentencesOf(text).map((quote) => ({
      contractId,
      quote,
      hits: words.filter((word) => quote.toLowerCase().includes(word)).length,
    })),
  );
  const best = quotes.reduce<(typeof quotes)[number] | undefined>(
    (a, b) => (a === undefined || b.hits > a.hits ? b : a),
    undefined,
  );
  if (best === undefined) return [];
  return [claim(`Document ${best.contractId} says: "${best.quote}"`, passages.evidenceId)];
}

/** How price lists name the services. */
const SERVICE_WORDS: Readonly<Record<string, readonly string[]>> = {
  voice: ['calls'],
  sms: ['messages'],
  data: ['data'],
};

const LONGEST_QUOTE = 380;

/** Rows of a table, or sentences with their line breaks as spaces; none with quotation marks of its own. */
function sentencesOf(text: string): string[] {
  const pieces = text.includes('|') ? text.split('\n') : text.replace(/\s+/g, ' ').split(/(?<=[.!?]) /);
  return pieces
    .map((piece) => piece.trim())
    .filter((piece) => piece.length > 20 && piece.length <= LONGEST_QUOTE && !/["`“”„]|---/.test(piece));
}

function healthClaims({ health }: Findings): Claim[] {
  if (health === undefined) return [];
  if (health.complete) {
    return [
      claim(`All ${health.feedsChecked} declared feeds are complete for the period.`, health.evidenceId),
    ];
  }
  return health.missing.map(({ dataset, slotsMissing }) =>
    claim(
      `Feed ${dataset} lacks ${slotsMissing} slots in the period; days that need them were not evaluated.`,
      health.evidenceId,
    ),
  );
}
