import { FAMILY_NAMES } from '#sample/fault.ts';
import { MORE_FAMILY_NAMES } from '#sample/more-families.ts';
import type { GoldenCase, WorldResult } from './run-world.ts';

/** Counts over some golden cases. */
export interface Tally {
  readonly cases: number;
  /** Cases whose cause stands in the log, and those of them in which it was named. */
  readonly withCause: number;
  readonly causeRight: number;
  readonly causeWrong: number;
  /** Cases whose cause stands nowhere, and those of them in which none was named. */
  readonly withoutCause: number;
  readonly silent: number;
  readonly evidenceSufficient: number;
  readonly proposalRight: number;
  readonly unsupported: number;
  readonly removed: number;
  readonly forbidden: number;
  readonly turns: number;
  readonly toolCalls: number;
  readonly tokens: number;
  readonly seconds: number;
}

/** What must hold, what came out, and whether it holds. */
export interface Must {
  readonly what: string;
  readonly found: string;
  readonly holds: boolean;
}

/** The whole evaluation: the same for every backend. */
export interface GoldenReport {
  readonly answeredBy: readonly string[];
  readonly all: Tally;
  readonly byFamily: Readonly<Record<string, Tally>>;
  readonly byArrangement: Readonly<Record<string, Tally>>;
  readonly innocents: { readonly kinds: readonly string[]; readonly reported: readonly string[] };
  readonly musts: readonly Must[];
  /** What went wrong, one line each. */
  readonly failures: readonly string[];
}

/** A cause is right in at least this many percent of the cases that have one. */
const CAUSE_PERCENT = 90;
/** The whole set has at least so many cases. */
const CASES_AT_LEAST = 60;

/** Sums up. `whole` asks also that every family is there and the set is large enough. */
export function goldenReport(results: readonly WorldResult[], whole: boolean): GoldenReport {
  const cases = results.flatMap((result) => result.cases);
  const golden = cases.filter(({ judgement }) => judgement.cause !== 'shared');
  const all = tally(golden);
  const everything = tally(cases);
  const reported = [...new Set(results.flatMap((result) => result.innocentsReported))].sort();
  const unseen = results.flatMap((result) => result.unseenReported);
  const families = groupTally(golden, ({ truth }) => truth.fault?.family ?? 'none');
  const missing = [...FAMILY_NAMES, ...MORE_FAMILY_NAMES].filter((family) => families[family] === undefined);
  const must = (what: string, found: string, holds: boolean): Must => ({ what, found, holds });
  return {
    answeredBy: [...new Set(cases.map(({ state }) => state.proposal?.proposedBy ?? 'nobody'))].sort(),
    all,
    byFamily: families,
    byArrangement: groupTally(golden, ({ world }) => world.arrangement),
    innocents: { kinds: [...new Set(results.flatMap((result) => result.innocents))].sort(), reported },
    musts: [
      ...(whole
        ? [
            must(`at least ${CASES_AT_LEAST} cases`, String(all.cases), all.cases >= CASES_AT_LEAST),
            must('every family of faults is among them', missing.join(', ') || 'all', missing.length === 0),
          ]
        : []),
      must(
        `cause right in at least ${CAUSE_PERCENT} % of the cases that have one`,
        `${all.causeRight} of ${all.withCause}`,
        all.causeRight * 100 >= CAUSE_PERCENT * all.withCause,
      ),
      must(
        'no cause named where there is none',
        `${all.silent} of ${all.withoutCause}`,
        all.silent === all.withoutCause,
      ),
      must('every figure shown is supported', `${everything.unsupported} not`, everything.unsupported === 0),
      must('no forbidden call', String(everything.forbidden), everything.forbidden === 0),
      must('no innocent event reported', reported.join(', ') || 'none', reported.length === 0),
      must('nothing found where data is missing', unseen.join(', ') || 'nothing', unseen.length === 0),
    ],
    failures: cases.flatMap(failuresOf),
  };
}

function groupTally(cases: readonly GoldenCase[], by: (item: GoldenCase) => string): Record<string, Tally> {
  const groups = [...Map.groupBy(cases, by)].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(groups.map(([name, own]) => [name, tally(own)]));
}

function tally(cases: readonly GoldenCase[]): Tally {
  const count = (test: (item: GoldenCase) => boolean) => cases.filter(test).length;
  const sum = (of: (item: GoldenCase) => number) => cases.reduce((total, item) => total + of(item), 0);
  const is = (...verdicts: string[]) => count(({ judgement }) => verdicts.includes(judgement.cause));
  return {
    cases: cases.length,
    withCause: is('right', 'wrong', 'missed'),
    causeRight: is('right'),
    causeWrong: is('wrong'),
    withoutCause: is('silent', 'blamed'),
    silent: is('silent'),
    evidenceSufficient: count(({ judgement }) => judgement.evidenceSufficient),
    proposalRight: count(({ judgement }) => judgement.proposalRight),
    unsupported: sum(({ judgement }) => judgement.unsupported.length),
    removed: sum(({ judgement }) => judgement.removed),
    forbidden: sum(({ judgement }) => judgement.forbidden),
    turns: sum(({ judgement }) => judgement.turns),
    toolCalls: sum(({ judgement }) => judgement.toolCalls),
    tokens: sum(({ judgement }) => judgement.tokens),
    seconds: Math.round(sum(({ judgement }) => judgement.seconds) * 10) / 10,
  };
}

function failuresOf({ world, state, truth, judgement }: GoldenCase): string[] {
  const { cause, evidenceSufficient, proposalRight, unsupported, forbidden } = judgement;
  const where = `${world.name} ${state.caseId} ${truth.families.join('+') || 'no single fault'}`;
  const named = state.proposal?.changeId ?? 'none';
  return [
    ...(['wrong', 'missed', 'blamed'].includes(cause)
      ? [`${where}: cause ${cause}: named ${named}, true ${truth.causes.join(' or ') || 'none'}`]
      : []),
    ...(evidenceSufficient ? [] : [`${where}: evidence not sufficient`]),
    ...(proposalRight
      ? []
      : [
          `${where}: proposal ${state.proposal?.remedy ?? 'none'} over ${state.proposal?.adjustments.total.minor ?? '0'}, right ${truth.remedies.join(' or ')} over ${truth.money ?? 'some'} millionths`,
        ]),
    ...unsupported.map((figure) => `${where}: not supported: ${figure}`),
    ...(forbidden === 0 ? [] : [`${where}: ${forbidden} forbidden calls`]),
  ];
}

const HEAD = [
  '',
  'cases',
  'cause right',
  'silent',
  'evidence',
  'proposal',
  'unsupported',
  'forbidden',
  'turns',
  'tokens',
];

/** The report as a terminal shows it. */
export function showGolden(report: GoldenReport): string {
  const rows = [
    HEAD,
    ...Object.entries(report.byFamily).map(([name, own]) => rowOf(name, own)),
    ...Object.entries(report.byArrangement).map(([name, own]) => rowOf(`(${name})`, own)),
    rowOf('all', report.all),
  ];
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return [
    `Golden cases, answered by ${report.answeredBy.join(', ')}`,
    '',
    ...lines,
    '',
    ...(report.failures.length === 0
      ? []
      : ['What was not right:', ...report.failures.map((line) => `  ${line}`), '']),
    ...report.musts.map(({ what, found, holds }) => `${holds ? 'holds ' : 'BROKEN'}  ${what}: ${found}`),
  ].join('\n');
}

function rowOf(name: string, own: Tally): string[] {
  const part = (some: number, of: number) => (of === 0 ? '–' : `${some}/${of}`);
  const mean = (sum: number) => (own.cases === 0 ? '–' : (sum / own.cases).toFixed(1));
  return [
    name,
    String(own.cases),
    part(own.causeRight, own.withCause),
    part(own.silent, own.withoutCause),
    part(own.evidenceSufficient, own.cases),
    part(own.proposalRight, own.cases),
    String(own.unsupported),
    String(own.forbidden),
    mean(own.turns),
    mean(own.tokens),
  ];
}
