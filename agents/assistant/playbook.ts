import type { Claim } from '#core/domain/case.ts';
import type { Answer } from '#core/investigation/answer.ts';
import type { Playbook, ToolCall, ToolReply } from '#core/investigation/playbook.ts';
import type { Intent } from './intents.ts';
import {
  caseReply,
  casesReply,
  changesReply,
  configReply,
  controlReply,
  controlsReply,
  feedsReply,
  kpisReply,
  passagesReply,
  read,
  recoverabilityReply,
  runReply,
  runsReply,
} from './replies.ts';
import { claim, counted, quoted } from './say.ts';
import {
  caseClaims,
  caseDecisionClaims,
  controlClaims,
  controlsClaims,
  countClaims,
  listClaims,
  matchingControls,
  runClaims,
  totalClaims,
} from './sentences.ts';
import { type Question, understand } from './understand.ts';
import {
  changeClaims,
  changeNamedClaims,
  feedClaims,
  kpiClaims,
  lapseClaims,
  noKpi,
  noRun,
  runsClaims,
} from './workspace-sentences.ts';

const ANSWERED_BY = 'playbook/assistant';

type Asking = Generator<readonly ToolCall[], Told, ToolReply | readonly ToolReply[]>;
/** What an intent says: sentences, and the command that shows more. */
interface Told {
  readonly claims: readonly Claim[];
  readonly next: string | null;
}
type Answering = (question: Question, text: string) => Asking;

/**
 * Answers a question about the workspace without a model: reads what is asked for by its words, looks it up with the
 * tools that a model would use, and says what the replies say. What it does not understand it does not answer.
 */
export const answer: Playbook = function* ({ inputText }) {
  const question = understand(inputText);
  if (question.intent === undefined) return JSON.stringify(notAnswered(question.command));
  const { claims, next } = yield* ANSWERS[question.intent](question, inputText);
  return JSON.stringify({ understood: true, claims, next, answeredBy: ANSWERED_BY } satisfies Answer);
};

function notAnswered(command: string | null): Answer {
  return { understood: false, claims: [], next: command, answeredBy: ANSWERED_BY };
}

/** One look-up. */
function* look(
  subject: string,
  why: string,
  more: { [key: string]: string | undefined } = {},
): Generator<readonly ToolCall[], ToolReply | undefined, ToolReply | readonly ToolReply[]> {
  const given = Object.entries(more).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const input = { subject, ...Object.fromEntries(given) };
  const replies = yield [{ tool: 'case-lookup', input, why }];
  return Array.isArray(replies) ? replies[0] : (replies as ToolReply);
}

/** The day or month asked about. This or last month, and a month without its year, are those of the newest run. */
function* whenOf({
  when,
  words,
}: Question): Generator<readonly ToolCall[], string | undefined, ToolReply | readonly ToolReply[]> {
  const isRelative = when === undefined && words.includes('month');
  if (!isRelative && (when === undefined || !when.startsWith('-'))) return when;
  const runs = read(runsReply, yield* look('runs', 'which month or year is meant'));
  const newest = runs?.runs[0]?.period;
  return newest === undefined ? undefined : isRelative ? newest.slice(0, 7) : `${newest.slice(0, 4)}${when}`;
}

const nothing: Told = { claims: [], next: null };

function listing(order: 'largest' | 'oldest' | 'newest'): Answering {
  return function* (question) {
    const when = monthOf(yield* whenOf(question));
    const status = order === 'oldest' ? (question.status ?? 'open') : question.status;
    const reply = read(casesReply, yield* look('cases', `the ${order} cases`, { order, when, status }));
    return reply === undefined ? nothing : { claims: listClaims(reply), next: 'plumbline cases list' };
  };
}

function oneCase(part: 'all' | 'money' | 'decisions'): Answering {
  return function* ({ caseId = '', words }) {
    const reply = read(caseReply, yield* look('case', 'what is known of the case', { name: caseId }));
    if (reply === undefined) return nothing;
    const records = words.some((word) => WHO_IS_AFFECTED.includes(word));
    return {
      claims: part === 'decisions' ? caseDecisionClaims(reply) : caseClaims(reply, part),
      next: reply.found
        ? `plumbline ${records ? 'cases records' : 'explain'} ${caseId}`
        : 'plumbline cases list',
    };
  };
}

const WHO_IS_AFFECTED = [
  'customers',
  'customer',
  'subscribers',
  'subscriber',
  'accounts',
  'records',
  'subscriptions',
];

/** The cases of a control, with a change as their cause, or with a word in their title. */
function casesNamed(why: string, nameOf: (question: Question) => string | undefined): Answering {
  return function* (question) {
    const reply = read(casesReply, yield* look('cases', why, { name: nameOf(question) }));
    return reply === undefined ? nothing : { claims: listClaims(reply), next: 'plumbline cases list' };
  };
}

const monthOf = (when: string | undefined): string | undefined => when?.slice(0, 7);

const ANSWERS: Readonly<Record<Intent, Answering>> = {
  'largest-cases': listing('largest'),
  'oldest-cases': listing('oldest'),
  'newest-cases': listing('newest'),
  case: oneCase('all'),
  'case-money': oneCase('money'),
  'case-decisions': oneCase('decisions'),
  *'case-counts'(question) {
    const reply = read(casesReply, yield* look('cases', 'how many there are', { status: question.status }));
    if (reply === undefined) return nothing;
    const list = question.status === undefined ? [] : listClaims(reply).slice(1);
    return { claims: [...countClaims(reply), ...list], next: 'plumbline cases list' };
  },
  'cases-of-control': casesNamed('the cases of the control', ({ controlId }) => controlId),
  'cases-of-change': casesNamed('the cases that the change caused', ({ changeId }) => changeId),
  'cases-about': casesNamed('the cases about it', ({ topic }) => topic),
  *change({ changeId }) {
    const reply = read(changesReply, yield* look('changes', 'what the change is', { name: changeId }));
    const cases = read(casesReply, yield* look('cases', 'what it caused', { name: changeId }));
    return {
      claims: [
        ...(reply === undefined ? [] : changeNamedClaims(reply)),
        ...(cases === undefined ? [] : listClaims(cases)),
      ],
      next: null,
    };
  },
  *compare() {
    const reply = read(runsReply, yield* look('runs', 'which runs can be compared'));
    return reply === undefined ? nothing : { claims: runsClaims(reply), next: 'plumbline runs diff' };
  },
  *'to-do'() {
    const waiting = read(
      casesReply,
      yield* look('cases', 'what waits for a person', { status: 'awaiting-decision' }),
    );
    const lapse = read(recoverabilityReply, yield* look('recoverability', 'what is about to lapse'));
    const first = waiting?.cases[0]?.caseId;
    return {
      claims: [
        ...(waiting === undefined ? [] : [...countClaims(waiting), ...listClaims(waiting).slice(1, 4)]),
        ...(lapse === undefined ? [] : lapseClaims(lapse).slice(0, 3)),
      ],
      next: first === undefined ? 'plumbline cases list' : `plumbline explain ${first}`,
    };
  },
  *control({ controlId }) {
    const reply = read(
      controlReply,
      yield* look('control', 'what the control compares', { name: controlId }),
    );
    return reply === undefined
      ? nothing
      : {
          claims: controlClaims(reply),
          next: reply.found ? `plumbline controls show ${controlId}` : 'plumbline controls list',
        };
  },
  *controls(question) {
    const when = monthOf(yield* whenOf(question));
    const reply = read(controlsReply, yield* look('controls', 'how the controls ended', { when }));
    if (reply === undefined) return nothing;
    const passed = question.words.some((word) => /^(?:nothing|pass|passed|clean)$/.test(word));
    return { claims: controlsClaims(reply, passed), next: 'plumbline controls list' };
  },
  *'find-control'({ words }) {
    const reply = read(controlsReply, yield* look('controls', 'which control it is'));
    return reply === undefined
      ? nothing
      : { claims: matchingControls(reply, words), next: 'plumbline controls list' };
  },
  *leakage(question) {
    const when = monthOf(yield* whenOf(question));
    const reply = read(casesReply, yield* look('cases', 'what was found', { when }));
    if (reply === undefined) return nothing;
    return {
      claims: [...totalClaims(reply, when), ...listClaims(reply).slice(1, 4)],
      next: 'plumbline kpis show K11',
    };
  },
  *recovered(question) {
    const when = monthOf(yield* whenOf(question));
    const reply = read(casesReply, yield* look('cases', 'what was recovered', { when }));
    return reply === undefined
      ? nothing
      : { claims: totalClaims(reply, when), next: 'plumbline kpis show K11' };
  },
  *lapsing() {
    const reply = read(recoverabilityReply, yield* look('recoverability', 'what lapses first'));
    return reply === undefined
      ? nothing
      : { claims: lapseClaims(reply), next: 'plumbline cases list --sort lapse' };
  },
  *feeds(question) {
    const when = monthOf(yield* whenOf(question));
    const reply = read(feedsReply, yield* look('feeds', 'which feeds are missing', { when }));
    if (reply === undefined) return nothing;
    return reply.found
      ? { claims: feedClaims(reply), next: 'plumbline doctor' }
      : { claims: noRun(reply), next: 'plumbline runs list' };
  },
  *changes(question) {
    const when = yield* whenOf(question);
    const reply = read(changesReply, yield* look('changes', 'what changed', { when }));
    if (reply === undefined) return nothing;
    return { claims: reply.found ? changeClaims(reply) : noRun(reply), next: null };
  },
  *contract(question, text) {
    const claims = yield* contractClaims(question, text);
    return { claims, next: null };
  },
  *runs() {
    const reply = read(runsReply, yield* look('runs', 'which runs there are'));
    return reply === undefined ? nothing : { claims: runsClaims(reply), next: 'plumbline runs list' };
  },
  *run({ runId = '' }) {
    const reply = read(runReply, yield* look('run', 'what the run found', { name: runId }));
    return reply === undefined ? nothing : { claims: runClaims(reply), next: 'plumbline runs list' };
  },
  *kpis({ kpi, words }) {
    const reply = read(kpisReply, yield* look('kpis', 'the figures of the scorecard', { name: kpi }));
    if (reply === undefined) return nothing;
    if (!reply.found)
      return { claims: kpi === undefined ? noRun(reply) : noKpi(kpi, reply), next: 'plumbline kpis' };
    return {
      claims: kpiClaims(reply, kpi === undefined ? words : []),
      next: kpi === undefined ? 'plumbline kpis' : `plumbline kpis show ${kpi}`,
    };
  },
  *config() {
    const reply = read(configReply, yield* look('config-check', 'how this workspace is configured'));
    if (reply === undefined) return nothing;
    const head = claim(
      `Of ${counted(reply.thingsChecked, 'thing')} checked, ${reply.ok} are ok, ${reply.warnings} have a warning and ${reply.failed} failed.`,
      reply.evidenceId,
    );
    const rows = reply.checks.flatMap(({ what, status, found }) => {
      const [thing, shown] = [quoted(what), quoted(found)];
      return thing === undefined || shown === undefined
        ? []
        : [claim(`${thing}: ${status}, ${shown}.`, reply.evidenceId)];
    });
    return { claims: [head, ...rows], next: 'plumbline doctor' };
  },
  *summary(question) {
    const when = monthOf(yield* whenOf(question));
    const run = read(runReply, yield* look('run', 'the newest run', { when }));
    const cases = read(casesReply, yield* look('cases', 'the cases', { when }));
    const lapse = read(recoverabilityReply, yield* look('recoverability', 'what is about to lapse'));
    return {
      claims: [
        ...(run?.found === true ? runClaims(run) : []),
        ...(cases === undefined
          ? []
          : [...countClaims(cases), ...totalClaims(cases, when), ...listClaims(cases).slice(1, 4)]),
        ...(lapse === undefined ? [] : lapseClaims(lapse).slice(0, 2)),
      ],
      next: 'plumbline kpis',
    };
  },
  // biome-ignore lint/correctness/useYield: help needs no look-up
  *help() {
    return nothing;
  },
};

/** Kinds of clauses by the words that people use for them. */
const CLAUSES: readonly (readonly [RegExp, string])[] = [
  [/\broam/, 'roaming'],
  [/\bround/, 'rounding'],
  [/\bpeak|holiday|weekend/, 'time-band'],
  [/\bfree\b|\bincluded|allowance/, 'free-usage'],
  [/monthly|recurring|\bfee\b/, 'recurring-fee'],
  [/\bvalid|in force|version/, 'validity'],
  [/\bprice|\bcharge|per minute|\bcost/, 'price'],
];

/** Passages that answer, word for word. A subject that has no document is left out, and all are searched. */
function* contractClaims(
  _question: Question,
  text: string,
): Generator<readonly ToolCall[], Claim[], ToolReply | readonly ToolReply[]> {
  const clauseType = CLAUSES.find(([words]) => words.test(text.toLowerCase()))?.[1];
  const subject = /\b(?=[A-Z0-9_-]*[A-Z0-9][A-Z0-9_-])[A-Z][A-Z0-9]*(?:[-_][A-Z0-9]+)*\b/.exec(text)?.[0];
  const asked = { question: text.slice(0, 400), ...(clauseType === undefined ? {} : { clauseType }) };
  const ask = function* (
    input: { [key: string]: string },
    why: string,
  ): Generator<readonly ToolCall[], ToolReply | undefined, ToolReply | readonly ToolReply[]> {
    const replies = yield [{ tool: 'contract-reader', input, why }];
    return Array.isArray(replies) ? replies[0] : (replies as ToolReply);
  };
  let reply =
    subject === undefined || subject.length < 2
      ? undefined
      : read(passagesReply, yield* ask({ ...asked, subject }, 'what the document of that subject says'));
  if (reply === undefined || reply.passages.length === 0) {
    reply = read(passagesReply, yield* ask(asked, 'what the documents say'));
  }
  if (reply === undefined) return [];
  const { evidenceId, passages, documentsSearched } = reply;
  if (passages.length === 0 && documentsSearched !== undefined)
    return [
      claim(`In ${counted(documentsSearched, 'document')} no passage was found that answers it.`, evidenceId),
    ];
  return passages.slice(0, 3).flatMap(({ contractId, text: words }) => {
    const quote = quoted(words);
    return quote === undefined ? [] : [claim(`Document “${contractId}” says: ${quote}`, evidenceId)];
  });
}
