import { english } from './german.ts';
import { EFFECT_WORDS, type Entity, INTENT_WORDS, type Intent, type IntentWords } from './intents.ts';
import { corrected, wordsOf } from './words.ts';

/** A question as it was understood. */
export interface Question {
  readonly intent: Intent;
  readonly caseId: string | undefined;
  readonly controlId: string | undefined;
  readonly kpi: string | undefined;
  readonly runId: string | undefined;
  readonly changeId: string | undefined;
  /** A word of titles, of a closed list, or a name such as `O-BIZ` or `pgw-east`. */
  readonly topic: string | undefined;
  /** `YYYY-MM`, `YYYY-MM-DD`, or without a year `-MM` or `-MM-DD`. */
  readonly when: string | undefined;
  readonly status: 'open' | 'investigating' | 'awaiting-decision' | 'remedying' | 'closed' | undefined;
  /** The words as they were read. */
  readonly words: readonly string[];
}

/** Why a question has no intent: it asks for an effect, or is not known. `command` is what a person would use. */
export interface NotUnderstood {
  readonly intent: undefined;
  readonly command: string | null;
}

const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
);

/** Every word that has a meaning here, for misspellings. */
const VOCABULARY: ReadonlySet<string> = new Set([
  ...INTENT_WORDS.flatMap(({ all, some, not = [] }) => [...all.flat(), ...some, ...not]),
  ...MONTHS,
  ...Object.keys(EFFECT_WORDS),
  ...'duplicates duplicate roaming rounding zero-rate provisioning invoice discount holidays validity recurring free national zone peak'.split(
    ' ',
  ),
]);

/** Words that carry no subject: with them alone nothing is asked. */
const COMMON_WORDS = new Set(
  'a about all already an and any are as at be by can could did do does far for from give have how i in is it last list look me month much my next not of on or our out show so still tell that the there they this to us was we were what when where which who why will with you year'.split(
    ' ',
  ),
);

const LEAST_POINTS = 3;

/** Reads a question. Ids decide first, then words; nothing is guessed where no kind fits. */
export function understand(text: string): Question | NotUnderstood {
  const raw = text.slice(0, 1_000);
  const read = english(wordsOf(raw)).map((word) => corrected(word, VOCABULARY));
  // "approve" in "how many wait to be approved" asks for nothing; as the first verb it does.
  const effect = effectOf(read);
  const ids = { ...idsOf(raw), topic: topicOf(raw, read) };
  if (effect !== undefined) {
    const command = EFFECT_WORDS[effect] ?? '';
    const takesCase = command !== '' && ids.caseId !== undefined;
    return { intent: undefined, command: takesCase ? `${command} ${ids.caseId}` : null };
  }
  const ranked = INTENT_WORDS.map((row) => ({ row, points: pointsOf(row, read, ids) })).filter(
    ({ points }) => points >= LEAST_POINTS,
  );
  const best = ranked.reduce<(typeof ranked)[number] | undefined>(
    (top, next) => (top === undefined || next.points > top.points ? next : top),
    undefined,
  );
  if (best === undefined) return { intent: undefined, command: null };
  return {
    intent: best.row.intent,
    ...ids,
    when: whenOf(raw, read),
    status: statusOf(read),
    words: read,
  };
}

function effectOf(words: readonly string[]): string | undefined {
  const asked = words.find((word) => Object.hasOwn(EFFECT_WORDS, word));
  if (asked === undefined) return undefined;
  const at = words.indexOf(asked);
  const before = words.slice(Math.max(0, at - 3), at);
  // "Who may approve", "wait for somebody to approve", "what must I approve": a question about it, not the order.
  return before.some((word) =>
    ['who', 'what', 'which', 'how', 'many', 'must', 'need', 'somebody', 'did'].includes(word),
  )
    ? undefined
    : asked;
}

type Ids = Pick<Question, 'caseId' | 'controlId' | 'kpi' | 'runId' | 'changeId' | 'topic'>;

/** Words of titles, by the words that people use for them. */
const TOPICS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    'voice data sms roaming on-net off-net national international premium consumer business recurring'
      .split(' ')
      .map((word) => [word, word]),
  ),
  call: 'voice',
  calls: 'voice',
  message: 'sms',
  messages: 'sms',
  eu: 'eu',
};

/** An offer, tariff or network element that is named, else a word of the list. */
function topicOf(raw: string, words: readonly string[]): string | undefined {
  const name =
    /\b(?!C-|CHG)(?:[A-Z]{1,4}-[A-Z0-9][A-Z0-9-]{1,20}|(?:[a-z]{2,6})-(?:\d|east|west|north|south))\b/.exec(
      raw,
    )?.[0];
  return name ?? words.flatMap((word) => (Object.hasOwn(TOPICS, word) ? TOPICS[word] : undefined) ?? [])[0];
}

function idsOf(text: string): Omit<Ids, 'topic'> {
  const runId = /\b[a-z][a-z-]*-\d{4}-\d{2}(?:-\d{2})?-[0-9a-f]{6,}\b/i.exec(text)?.[0];
  const [, hex, rest = ''] = /\bC-([0-9a-f]{8})(-\d{1,3})?\b/i.exec(text) ?? [];
  return {
    runId,
    caseId: hex === undefined ? /\bC-[\w-]{3,30}/.exec(text)?.[0] : `C-${hex.toLowerCase()}${rest}`,
    controlId: /\b[A-JL-Z]\d{2}\b/i.exec(text)?.[0].toUpperCase(),
    changeId: /\bCHG-?\d{1,12}\b/i.exec(text)?.[0].toUpperCase(),
    kpi: /\bK(?:1[0-5]|[1-9])\b/i.exec(text)?.[0].toUpperCase(),
  };
}

const ENTITY_OF: Readonly<Record<Entity, keyof Ids>> = {
  case: 'caseId',
  control: 'controlId',
  kpi: 'kpi',
  run: 'runId',
  change: 'changeId',
  topic: 'topic',
};

/** Points: 2 for each group that must be there, 1 for each further word; 4 for an id, none where its id is absent. */
function pointsOf(row: IntentWords, words: readonly string[], ids: Ids): number {
  if (row.entity !== undefined && ids[ENTITY_OF[row.entity]] === undefined) return 0;
  if (row.all.some((group) => !words.some((word) => group.includes(word)))) return 0;
  if (row.not?.some((word) => words.includes(word))) return 0;
  const needed = new Set(row.all.flat());
  const hints = new Set(words.filter((word) => row.some.includes(word) && !needed.has(word)));
  const strong = [...hints].filter((word) => !COMMON_WORDS.has(word)).length;
  const weak = Math.min(2, hints.size - strong);
  return (
    row.all.length * 2 + strong + weak * 0.5 + (row.entity === undefined ? 0 : row.entity === 'topic' ? 1 : 4)
  );
}

const STATUS_WORDS: readonly (readonly [readonly string[], Question['status']])[] = [
  [
    ['awaiting', 'waiting', 'wait', 'decision', 'decisions', 'approval', 'approvals', 'pending', 'approve'],
    'awaiting-decision',
  ],
  [['investigating'], 'investigating'],
  [['closed'], 'closed'],
  [['open'], 'open'],
];

const statusOf = (words: readonly string[]): Question['status'] =>
  STATUS_WORDS.find(([known]) => words.some((word) => known.includes(word)))?.[1];

const two = (value: string | number): string => String(value).padStart(2, '0');

/** A day or month that is named, with the year where it is said. */
function whenOf(raw: string, words: readonly string[]): string | undefined {
  const iso = /\b(\d{4}-\d{2}(?:-\d{2})?)\b(?!-[0-9a-f]{6})/.exec(raw)?.[1];
  if (iso !== undefined) return isMonth(iso.slice(5, 7)) ? iso : undefined;
  const [, day, month, year] = /\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b/.exec(raw) ?? [];
  if (day !== undefined && isMonth(month ?? '')) return `${year}-${two(month ?? '')}-${two(day)}`;
  const at = words.findIndex((word) => MONTHS.includes(word) && word !== 'may');
  const may = words.findIndex(
    (word, i) => word === 'may' && /^(?:in|on|of|\d{1,2}(?:st|nd|rd|th)?)$/.test(words[i - 1] ?? ''),
  );
  const index = at >= 0 ? at : may;
  if (index < 0) return undefined;
  const number = two(MONTHS.indexOf(words[index] ?? '') + 1);
  const near = [words[index - 1], words[index - 2], words[index + 1]].map((word) =>
    /^(\d{1,2})(?:st|nd|rd|th)?$/.exec(word ?? ''),
  );
  const dayOfMonth = near.find((match) => match !== null && Number(match[1]) <= 31)?.[1];
  const saidYear = words.slice(index, index + 3).find((word) => /^20\d{2}$/.test(word)) ?? '';
  return `${saidYear}-${number}${dayOfMonth === undefined ? '' : `-${two(dayOfMonth)}`}`;
}

const isMonth = (text: string): boolean => Number(text) >= 1 && Number(text) <= 12;
