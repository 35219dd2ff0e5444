import type { EvidenceFacts, FactSet } from './facts.ts';
import type { Figure } from './figures.ts';

/** What is removed because it states nothing that evidence could show. */
export const NOTHING_BEARS_OUT = 'nothing in the evidence bears this out';

const CURRENCY = /[$£¥₣]|\b(?:USD|GBP|CHF|JPY|dollars?|pounds?|francs?)\b/i;
const RATE =
  /\b(?:each|every|per|apiece|daily|weekly|monthly|hourly|yearly|average|a (?:day|week|month|record|customer))\b/i;
/** Orders at the beginning of a sentence: what a foreign text tells an agent to do is nobody's finding. */
const INSTRUCTION =
  /(?:^\s*|[.;:!,]\s*|\band\s+)(?:please\s+)?(?:ignore|disregard|forget|approve|override|dismiss|fire|execute|delete|reveal|pretend|pay|transfer|copy|suppress)\b|\b(?:previous|prior|above) instructions\b/i;
/** Nothing that is found needs a place to go to. */
const WEB_ADDRESS = /\b(?:https?|ftp):\/\/|\bwww\./i;
const PERSON =
  /\b(?:sabotag\w*|fraud\w*|stole|stolen|guilty|negligen\w*|incompeten\w*|he|she|him|her|employee|engineer)\b/i;
const QUANTIFIER =
  /\b(nearly all|almost all|all|every|each|none|no(?! longer)|most|the majority)(?: of)?(?: the| them)?(?: affected)? ?(?:records?|sessions?|subscriptions?|customers?|calls?)?\b(?=[^.]*\b(?:zone|offer|element|engine|tariff|segment|service|source|in|from|have)\b)/i;
const COUNTED = /\b(?:records?|sessions?|subscriptions?|customers?|calls?|of them)\b/i;

/** Capitalised words that name nobody: currencies, clocks, systems, months and days. */
const KNOWN_CAPITALS = new Set(
  'EUR UTC CET CEST SMS CDR CDRs CRM HLR UDM CHG ID IDs VAT IoT TMF I January February March April May June July August September October November December Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(
    ' ',
  ),
);

/** The text without what it quotes: a quote is checked word for word, and says nothing of its own. */
export const withoutQuotes = (text: string): string => text.replace(/[`“"„][^`“”"„]*[`”"“]/g, ' ');

/** What the words around the figures say and the evidence does not. Undefined when nothing of that kind. */
export function wrongProse(
  text: string,
  figures: readonly Figure[],
  cited: readonly EvidenceFacts[],
): string | undefined {
  const said = withoutQuotes(text);
  const texts = setsOf(cited).flatMap((set) => set.texts);
  const currency = CURRENCY.exec(said);
  if (currency !== null && !texts.includes(currency[0])) return `the evidence is not in ${currency[0]}`;
  const rate = RATE.exec(said);
  if (rate !== null && figures.some(({ kind }) => kind === 'money'))
    return `a total is no amount for "${rate[0]}"`;
  if (INSTRUCTION.test(said) || PERSON.test(said) || WEB_ADDRESS.test(text)) return NOTHING_BEARS_OUT;
  const name = unknownName(said, texts);
  return name === undefined ? wrongQuantifier(said, figures, cited) : `${NOTHING_BEARS_OUT} ("${name}")`;
}

const setsOf = (cited: readonly EvidenceFacts[]): FactSet[] =>
  cited.flatMap(({ outside, lists }) => [outside, ...lists.flat()]);

/** A capitalised word within a sentence that no text of the evidence has. */
function unknownName(said: string, texts: readonly string[]): string | undefined {
  for (const match of said.matchAll(/(?<=[\p{Ll}\p{N},)] )\p{Lu}\p{Ll}+(?![\p{L}\p{N}_-])/gu)) {
    const word = match[0];
    if (KNOWN_CAPITALS.has(word)) continue;
    if (!texts.some((text) => text.toLowerCase().includes(word.toLowerCase()))) return word;
  }
  return undefined;
}

/** "All", "most" and "none" of the records need a share of that size beside the value that the sentence names. */
function wrongQuantifier(
  said: string,
  figures: readonly Figure[],
  cited: readonly EvidenceFacts[],
): string | undefined {
  const match = QUANTIFIER.exec(said);
  if (match === null || !COUNTED.test(said)) return undefined;
  const names = figures.flatMap((figure) =>
    figure.kind === 'dimension-value' || figure.kind === 'identifier' || figure.kind === 'compound'
      ? [figure.text.toLowerCase()]
      : [],
  );
  if (names.length === 0) return undefined;
  const word = (match[1] ?? '').toLowerCase();
  const shares = cited.flatMap(({ lists }) =>
    lists
      .flat()
      .filter((row) => row.texts.some((text) => names.includes(text.toLowerCase())))
      .flatMap((row) => row.shares),
  );
  return shares.some((share) => fits(word, Number(share))) ? undefined : `no share bears out "${word}"`;
}

function fits(word: string, percent: number): boolean {
  if (word === 'none' || word === 'no') return percent === 0;
  if (word === 'most' || word === 'the majority') return percent > 50;
  return word.endsWith(' all') ? percent >= 90 : percent === 100;
}

const NOUNS: readonly (readonly [RegExp, RegExp])[] = [
  [/^(?:subscriptions?|subscribers?|customers?|lines?)$/i, /subscri|customer|lines?$/i],
  [/^accounts?$/i, /account/i],
  [/^files?$/i, /file/i],
  [/^(?:records?|sessions?|calls?)$/i, /^(?!.*(?:subscri|account|file|customer))/i],
];
const NOUN_AFTER =
  /^(?:\s+[a-z-]+){0,2}?\s+(records?|sessions?|calls?|subscriptions?|subscribers?|customers?|lines?|accounts?|files?)\b/i;

/** A count that is said of records must stand in a field of records, and so on for what is counted. */
export function wrongNoun(
  text: string,
  figures: readonly Figure[],
  cited: readonly EvidenceFacts[],
): string | undefined {
  let from = 0;
  for (const figure of figures) {
    const at = text.indexOf(figure.text, from);
    // The text of a number has its noun with it.
    if (at >= 0) from = at + figure.text.replace(/\s+[a-z]+$/, '').length;
    if (figure.kind !== 'number') continue;
    const noun = NOUN_AFTER.exec(text.slice(from))?.[1];
    const field = NOUNS.find(([word]) => word.test(noun ?? ''))?.[1];
    if (noun === undefined || field === undefined) continue;
    const isCounted = cited.some(({ outside, lists, grain }) =>
      [outside, ...lists.flat()].some((set) =>
        [...set.counts].some(
          ([key, values]) =>
            (field.test(key) || (grain === 'subscription' && /^records$/.test(key))) &&
            figure.values.some((value) => values.has(value)),
        ),
      ),
    );
    if (!isCounted) return `"${figure.text.trim()}" is no count of ${noun} in the evidence cited`;
  }
  return undefined;
}
