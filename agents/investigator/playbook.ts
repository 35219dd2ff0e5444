import type { AgentConclusion } from '#core/domain/case.ts';
import type { Playbook, ToolCall, ToolReply } from '#core/investigation/playbook.ts';
import { type ChangeFit, causeAmong, type FitContext, rankChanges } from './change-fit.ts';
import { claimsOf, DIMENSION_NAMES, type Findings } from './claims.ts';
import { exactExplanation } from './exact.ts';
import { hypothesesOf } from './hypotheses.ts';
import {
  changesReply,
  contractReply,
  dailyReply,
  dimensionReply,
  healthReply,
  hourlyReply,
  ratioReply,
  read,
  recordReply,
  type Summary,
  samplesReply,
  subscriptionReply,
  summaryReply,
  versionReply,
} from './replies.ts';
import type { SymptomKnowledge } from './symptom.ts';
import { knowledgeOf } from './symptoms.ts';

const ANSWERED_BY = 'playbook/investigator';

const ask = (question: string, why: string, more: { [key: string]: string } = {}): ToolCall => ({
  tool: 'usage-query',
  input: { question, ...more },
  why,
});
const lookUp = (subject: string, why: string): ToolCall => ({
  tool: 'billing-lookup',
  input: { subject },
  why,
});

/**
 * How an analyst investigates a finding: what it is, whether data is missing, when it began, where it is, what
 * differs, which change coincides, what was promised. At most eleven tool calls; the same replies give the same answer.
 */
export const investigate: Playbook = function* () {
  const [summaryReplyText] = yield* all([ask('finding-summary', 'what the finding is')]);
  const summary = read(summaryReply, summaryReplyText);
  if (summary === undefined) return JSON.stringify(nothingToLookAt());
  const symptom = knowledgeOf(summary.controlId, summary.symptom);
  const [health, daily, dimensions, changes] = yield* all([
    ask('feed-health', 'whether data is missing'),
    ask('daily-series', 'when it began'),
    ask('by-dimension', 'where it is'),
    ask('changes-near', 'which change coincides', windowOf(summary, symptom)),
  ]);
  const details = yield* all(detailCalls(summary, symptom));
  const replies = new Map(details.map((reply, index) => [detailNames(symptom)[index], reply]));
  const found: Findings = {
    summary,
    health: read(healthReply, health),
    daily: read(dailyReply, daily),
    dimensions: read(dimensionReply, dimensions),
    hourly: read(hourlyReply, replies.get('hourly')),
    versions: read(versionReply, replies.get('versions')),
    ratio: read(ratioReply, replies.get('ratio')),
    samples: read(samplesReply, replies.get('samples')),
    record: read(recordReply, replies.get('record')),
    subscription: read(subscriptionReply, replies.get('subscription')),
    passages: read(contractReply, replies.get('contract')),
    changes: rankedChanges(read(changesReply, changes), symptom, summary, {
      dimensions: read(dimensionReply, dimensions),
      daily: read(dailyReply, daily),
      supersededAt: supersededAt(read(versionReply, replies.get('versions'))),
    }),
  };
  const cause = causeAmong(found.changes?.ranked ?? [], isDated(summary, symptom));
  const conclusion = conclude(found, symptom, cause);
  yield* all([
    {
      tool: 'ticket-creation',
      input: { ...conclusion.ticket, severity: symptom.severity },
      why: 'a draft for the person who decides',
    },
  ]);
  return JSON.stringify(conclusion);
};

/** Where records come out under a version that had ended: when it ended, which is when the next was due. */
function supersededAt(versions: Findings['versions']): string[] {
  return (versions?.explanations ?? []).flatMap(({ explanation, validTo, exact }) =>
    explanation === 'other-version' && validTo && exact > 0 ? [validTo] : [],
  );
}

/** Yields calls and always receives a list. */
function* all(
  calls: readonly ToolCall[],
): Generator<readonly ToolCall[], readonly ToolReply[], ToolReply | readonly ToolReply[]> {
  const replies = yield calls;
  return Array.isArray(replies) ? replies : [replies as ToolReply];
}

/** What is asked in the third round, by what the records carry. */
const DETAILS = {
  price: ['hourly', 'versions', 'ratio', 'record', 'contract'],
  flow: ['hourly', 'record'],
  hop: ['hourly', 'samples'],
  fee: ['subscription', 'contract'],
  check: ['hourly', 'samples'],
  terms: ['samples', 'contract'],
} as const;
type Detail = (typeof DETAILS)[SymptomKnowledge['evidence']][number];

const detailNames = (symptom: SymptomKnowledge): readonly Detail[] => DETAILS[symptom.evidence];

function detailCalls(summary: Summary, symptom: SymptomKnowledge): ToolCall[] {
  const calls: Readonly<Record<Detail, ToolCall>> = {
    hourly: ask('hourly-series', 'at which hour it began, and whether it comes in bursts'),
    versions: ask('version-comparison', 'whether another reading of the price list gives what was charged'),
    ratio: ask('charge-ratio', 'whether charge or quantity are off by one factor'),
    samples: ask('sample-records', 'the largest of them, with the files that they stand in', { limit: '2' }),
    record: lookUp('record', 'one record side by side in usage, rating and billing'),
    subscription: lookUp('subscription', 'one subscription side by side in CRM, network and billing'),
    contract: {
      tool: 'contract-reader',
      input: contractQuestion(summary, symptom),
      why: 'what was promised',
    },
  };
  return detailNames(symptom).map((name) => calls[name]);
}

function contractQuestion(
  summary: Summary,
  symptom: SymptomKnowledge,
): { question: string; clauseType: string } {
  if (symptom.evidence === 'fee') {
    return { question: 'monthly recurring fee for the days held', clauseType: 'recurring-fee' };
  }
  if (symptom.evidence === 'terms') {
    return { question: 'included usage, allowance, discount and promotion', clauseType: 'free-usage' };
  }
  const { service, zone } = summary.segment;
  const words = ['price', service, zone].filter((word) => word !== undefined).join(' ');
  const rules: Readonly<Record<string, { question: string; clauseType: string }>> = {
    'wrong-time-band': { question: 'peak hours, weekends and public holidays', clauseType: 'time-band' },
    'quantity-differs': {
      question: 'partial records of one session, quantity and increments',
      clauseType: 'rounding',
    },
    'wrong-version': { question: `version in force from ${words}`, clauseType: 'validity' },
    'zero-rate': { question: `${words} free in this version`, clauseType: 'price' },
  };
  return rules[summary.symptom] ?? { question: words, clauseType: 'price' };
}

function rankedChanges(
  reply: ReturnType<typeof changesReply.parse> | undefined,
  symptom: SymptomKnowledge,
  summary: Summary,
  context: Omit<FitContext, 'slackHours'>,
): Findings['changes'] {
  if (reply === undefined) return undefined;
  // Hops are counted by the hour, so the change may stand after the beginning of its first hour.
  const slackHours = summary.grain === 'hop' ? 1 : 0;
  return {
    evidenceId: reply.evidenceId,
    first: reply.firstViolation,
    ranked: rankChanges(reply.changes, symptom, { ...context, slackHours }),
  };
}

/** True where the dates of the records say when the fault began. Fees are dated to the first of the month. */
const isDated = (summary: Summary, symptom: SymptomKnowledge): boolean =>
  symptom.dated && summary.grain !== 'subscription';

const MS_PER_WEEK = 7 * 86_400_000;

/** What is dated to an invoice may have been caused since a week before its month. */
function windowOf(summary: Summary, symptom: SymptomKnowledge): { from?: string } {
  if (symptom.dated || summary.grain !== 'check') return {};
  const month = Date.parse(`${summary.period.slice(0, 7)}-01T00:00:00Z`);
  return Number.isNaN(month) ? {} : { from: new Date(month - MS_PER_WEEK).toISOString().slice(0, 10) };
}

function conclude(found: Findings, symptom: SymptomKnowledge, cause: ChangeFit | undefined): AgentConclusion {
  const { summary } = found;
  const explanation = exactExplanation(found);
  const where = placeOf(found);
  const causeText = causeOf(found, symptom, cause, explanation);
  const claims = claimsOf(found, cause);
  const story = claims.slice(0, 6).map(({ text }) => text);
  return {
    causeFound: cause !== undefined || explanation !== undefined,
    cause: causeText,
    hypotheses: hypothesesOf(found, symptom, cause),
    claims,
    remedy: summary.direction === 'under-charged' ? symptom.remedy.under : symptom.remedy.over,
    ticket: {
      name: `${summary.control}${where}`.slice(0, 280),
      description: [...story, causeText, symptom.ask].join('\n').slice(0, 5_000),
    },
    changeId: cause?.change.changeId ?? null,
    answeredBy: ANSWERED_BY,
  };
}

/** The cause in one sentence; it begins with `cause not found` where there is none. */
function causeOf(
  found: Findings,
  symptom: SymptomKnowledge,
  cause: ChangeFit | undefined,
  explanation: ReturnType<typeof exactExplanation>,
): string {
  const what = `${symptom.mechanism}${placeOf(found)}`;
  const isObserved = isDated(found.summary, symptom);
  if (cause !== undefined) {
    return isObserved
      ? `Since change ${cause.change.changeId}, ${what}.`
      : `${capital(what)}; change ${cause.change.changeId} is the one change near the beginning of the month that can cause it.`;
  }
  if (explanation !== undefined)
    return `${capital(what)}: the charges are those priced ${explanation.words}; no change of the log explains why.`;
  return isObserved
    ? `cause not found: ${what}, and no change of the log fits.`
    : `cause not found: ${what}; the dates of these records do not say when it began, and not one change alone can cause it.`;
}

/** Where it is, in the words of the finding's segment: ` (service voice, zone eu)`. */
function placeOf({ summary }: Findings): string {
  const parts = Object.entries(summary.segment)
    .filter(([dimension]) => DIMENSION_NAMES[dimension] !== undefined)
    .map(([dimension, value]) => `${DIMENSION_NAMES[dimension]} ${value}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function nothingToLookAt(): AgentConclusion {
  return {
    causeFound: false,
    cause: 'cause not found: the finding could not be looked at',
    hypotheses: [],
    claims: [],
    remedy: 'ticket-only',
    ticket: {
      name: 'Investigate a revenue assurance case by hand',
      description: 'The records of the finding could not be read, so nobody has looked for the cause yet.',
    },
    changeId: null,
    answeredBy: ANSWERED_BY,
  };
}
