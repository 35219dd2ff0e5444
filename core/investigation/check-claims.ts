import type { Claim, Evidence, RemovedClaim } from '#core/domain/case.ts';
import { type EvidenceFacts, type FactSet, factsOf, hasNumber, type NumberClass } from './facts.ts';
import { type Figure, figuresOf } from './figures.ts';
import { NOTHING_BEARS_OUT, withoutQuotes, wrongNoun, wrongProse } from './prose.ts';

/** The evidence of a case, ready to be asked. */
export type FactsById = ReadonlyMap<string, EvidenceFacts>;

/** Facts of every piece of evidence, by its id. */
export function factsById(evidence: readonly Evidence[]): FactsById {
  return new Map(
    evidence.map(({ evidenceId, tool, input, content }) => [
      evidenceId,
      { ...factsOf(content), asked: { tool, input } },
    ]),
  );
}

/** Claims that are borne out, and those that are not, each with the reason. */
export interface CheckedClaims {
  readonly kept: readonly Claim[];
  readonly removed: readonly RemovedClaim[];
}

/** Checks each claim against the evidence that it cites. */
export function checkClaims(claims: readonly Claim[], known: FactsById): CheckedClaims {
  const kept: Claim[] = [];
  const removed: RemovedClaim[] = [];
  for (const claim of claims) {
    const reason = whyUnsupported(claim, known);
    if (reason === undefined) kept.push(claim);
    else removed.push({ ...claim, reason });
  }
  return { kept, removed };
}

/** Why a claim is not borne out: the first thing in it that its evidence does not say. Undefined when it is. */
export function whyUnsupported(claim: Claim, known: FactsById): string | undefined {
  if (claim.evidenceIds.length === 0) return 'it cites no evidence';
  const unknown = claim.evidenceIds.find((id) => !known.has(id));
  if (unknown !== undefined) return `evidence ${unknown} does not exist in this case`;
  const cited = claim.evidenceIds.flatMap((id) => known.get(id) ?? []);
  const all = [...known.values()];
  return (
    whyTextUnsupported(claim.text, cited) ??
    wrongDirection(claim.text.normalize('NFKC'), all) ??
    (statesNothing(claim.text) ? NOTHING_BEARS_OUT : undefined)
  );
}

/** A claim needs something that evidence can show: a figure, a name, a quote, or the direction. */
function statesNothing(text: string): boolean {
  return figuresOf(text).length === 0 && !OVER.test(text) && !UNDER.test(text);
}

/** The same for a text without citations of its own, against all of the evidence given. */
export function whyTextUnsupported(written: string, cited: readonly EvidenceFacts[]): string | undefined {
  // Digits of other scripts and widths are digits.
  const text = written.normalize('NFKC');
  const figures = figuresOf(text);
  for (const figure of figures) {
    if (
      !cited.some(
        (facts) => says(facts.outside, figure) || facts.lists.flat().some((row) => says(row, figure)),
      )
    ) {
      if (figure.kind === 'compound' && !isNameOf(figure.text, cited)) continue;
      return `${describe(figure)} does not stand in the evidence cited`;
    }
  }
  return (
    wrongDirection(text, cited) ??
    wrongEnd(text, figures, cited) ??
    wrongNoun(text, figures, cited) ??
    wrongProse(text, figures, cited) ??
    wrongRow(text, figures, cited)
  );
}

const CLASSES_BY_NOUN: readonly (readonly [RegExp, readonly NumberClass[]])[] = [
  [/^days?$/, ['day', 'text']],
  [/^hours?$/, ['hour', 'text']],
  [/^minutes?$/, ['minute', 'text']],
];

function says(facts: FactSet, figure: Figure): boolean {
  switch (figure.kind) {
    case 'number': {
      const classes = CLASSES_BY_NOUN.find(([noun]) => noun.test(figure.noun))?.[1] ?? ['count', 'text'];
      return figure.values.some((value) => classes.some((kind) => hasNumber(facts, kind, value)));
    }
    case 'money':
    case 'percent':
    case 'version':
      return figure.values.some((value) => hasNumber(facts, figure.kind, value));
    case 'date':
      return [...facts.dates].some((date) => date.endsWith(figure.value));
    case 'month':
      return (
        [...facts.dates].some((date) => date.startsWith(figure.value)) || facts.texts.includes(figure.value)
      );
    case 'instant':
      return [...facts.instants].some((instant) => instant.startsWith(figure.value));
    case 'time':
      return [...facts.instants].some((instant) => instant.slice(11).startsWith(figure.value));
    case 'identifier':
    case 'compound':
    case 'dimension-value':
      return facts.texts.some((text) => containsWord(text, figure.text));
    case 'quote':
      return facts.texts.some((text) => plain(text).includes(plain(figure.text)));
  }
}

/** A text with its line breaks as spaces. */
const plain = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** True when the word stands in the text with no letter, digit or joining sign at either end. */
function containsWord(text: string, word: string): boolean {
  const haystack = text.toLowerCase();
  const needle = word.toLowerCase();
  for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
    const before = haystack[at - 1] ?? ' ';
    const after = haystack.slice(at + needle.length, at + needle.length + 2);
    if (!/[\p{L}\p{N}_-]/u.test(before) && !/^(?:[\p{L}\p{N}_]|[-./][\p{L}\p{N}])/u.test(after)) return true;
  }
  return false;
}

/**
 * True when a hyphenated word is meant as a name: the evidence has names that begin alike, such as `pgw-west` for
 * `pgw-east`.
 */
function isNameOf(word: string, cited: readonly EvidenceFacts[]): boolean {
  const family = `${word.split('-')[0]}-`;
  return cited.some((facts) =>
    [facts.outside, ...facts.lists.flat()].some((set) =>
      set.texts.some((text) => text.startsWith(family) && !/\s/.test(text)),
    ),
  );
}

const OVER =
  /\bover-?(?:charg|bill|paid)|\bowed back\b|\bto be credited\b|\btoo much\b|\b(?:paid|charged|billed) more\b|\bmore than (?:they|was|were|is) (?:owed|due|agreed)\b|\bowed a refund\b/i;
const UNDER =
  /\bunder-?(?:charg|bill|paid)|\bloss\b|\bloses\b|\blost\b|\btoo little\b|\b(?:paid|charged|billed) less\b|\bless than (?:they|was|were|is) (?:owed|due|agreed)\b/i;
const DENIED =
  /\b(?:not|never|no longer)\s+(?:[a-z]+\s+){0,2}(?:under|over)-?(?:charg|bill)|\b(?:billed|charged|priced) correctly\b|\bcorrectly (?:billed|charged|priced)\b|\bno (?:loss|leakage|difference)\b|\bcharges are (?:right|correct)\b/i;

/** A sentence that says only one direction must say that of the finding, where its evidence names it. */
function wrongDirection(text: string, cited: readonly EvidenceFacts[]): string | undefined {
  const directions = new Set(cited.flatMap(({ direction }) => direction ?? []));
  if (directions.size === 0) return undefined;
  if (DENIED.test(withoutQuotes(text))) return `the evidence says ${[...directions].join(' and ')}`;
  if (directions.size !== 1 || OVER.test(text) === UNDER.test(text)) return undefined;
  const said = OVER.test(text) ? 'over-charged' : 'under-charged';
  return directions.has(said) ? undefined : `it says ${said}, the evidence says ${[...directions][0]}`;
}

const FIRST = /\b(?:first|began|begins?|begun|onset|start|starts|started|since|from)\b/gi;
const LAST = /\b(?:last|ended|ends?|until|stopped)\b/gi;
/** Dates of lines and prices have a beginning of their own. */
const OTHER_SPAN = /\b(?:serves|served|in force|valid|active)\b/i;
/** How far before a date the word stands that says what it is the date of. */
const WORDS_BEFORE = 45;

/** What is called the first or the last must be it, where the evidence names them. */
function wrongEnd(
  text: string,
  figures: readonly Figure[],
  cited: readonly EvidenceFacts[],
): string | undefined {
  if (OTHER_SPAN.test(text)) return undefined;
  const sets = cited.flatMap(({ outside, lists }) => [outside, ...lists.flat()]);
  const firsts = sets.flatMap((set) => [...set.firsts]);
  const lasts = sets.flatMap((set) => [...set.lasts]);
  let from = 0;
  for (const figure of figures) {
    const at = text.indexOf(figure.text, from);
    if (at >= 0) from = at + figure.text.length;
    if (figure.kind !== 'date' && figure.kind !== 'instant') continue;
    const before = text.slice(Math.max(0, at - WORDS_BEFORE), at);
    const [first, last] = [lastIndexOf(before, FIRST), lastIndexOf(before, LAST)];
    const ends = first > last ? firsts : last > first ? lasts : [];
    const word = first > last ? 'first' : 'last';
    if (ends.length > 0 && !ends.some((end) => isAt(end, figure)))
      return `${describe(figure)} is not the ${word}`;
  }
  return undefined;
}

function lastIndexOf(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].at(-1)?.index ?? -1;
}

/** True when an end falls on the day, or at the instant as far as it is said. */
function isAt(end: string, figure: Extract<Figure, { kind: 'date' | 'instant' }>): boolean {
  return figure.kind === 'date' ? end.slice(0, 10).endsWith(figure.value) : end.startsWith(figure.value);
}

/**
 * Figures that stand in rows of a list must stand in a row that the sentence names: "35 on 2026-10-14" needs both
 * in one row. Rows are named by dates and identifiers that stand nowhere else in the evidence.
 */
function wrongRow(
  text: string,
  figures: readonly Figure[],
  cited: readonly EvidenceFacts[],
): string | undefined {
  const lists = cited.flatMap(({ lists: own }) => own).filter((rows) => rows.length > 1);
  const elsewhere = (figure: Figure, rows: readonly FactSet[]): boolean =>
    cited.some(
      (facts) =>
        says(facts.outside, figure) ||
        facts.lists.some((other) => other !== rows && other.some((row) => says(row, figure))),
    );
  for (const rows of lists) {
    const own = figures.filter((figure) => rows.some((row) => says(row, figure)) && !elsewhere(figure, rows));
    const names = own.filter(({ kind }) => NAMES_A_ROW.has(kind));
    if (names.length === 0) continue;
    for (const figure of own) {
      // An instant belongs to whom it is said of; beside no other name it is the name.
      const others = figure.kind === 'instant' ? names.filter(({ kind }) => kind === 'identifier') : names;
      if (figure.kind === 'instant' ? others.length === 0 : NAMES_A_ROW.has(figure.kind)) continue;
      const near = nearest(text, figure, others);
      const together = rows.some((row) => says(row, figure) && near !== undefined && says(row, near));
      if (!together) return `${describe(figure)} does not belong to ${names.map(describe).join(' or ')}`;
    }
  }
  return undefined;
}

/** The name that stands closest to a figure: of several rows, it is that one's. */
function nearest(text: string, figure: Figure, names: readonly Figure[]): Figure | undefined {
  const at = text.indexOf(figure.text);
  const distance = (name: Figure) => Math.abs(text.indexOf(name.text) - at);
  return [...names].sort((a, b) => distance(a) - distance(b))[0];
}

const NAMES_A_ROW: ReadonlySet<Figure['kind']> = new Set([
  'date',
  'instant',
  'identifier',
  'compound',
  'dimension-value',
]);

const describe = (figure: Figure): string => `"${figure.text.trim()}"`;
