/**
 * What in a sentence can be checked: figures, dates, times, identifiers and quotes. Closed list; prose is the rest.
 * `values` holds every way in which a figure can be read ("1.234" is a thousand in Vienna and one and a bit in
 * London): one of them must be borne out. Decimals have no separators, and as many places as were written.
 */
export type Figure =
  | {
      readonly kind: 'number';
      readonly text: string;
      readonly values: readonly string[];
      readonly noun: string;
    }
  | { readonly kind: 'money'; readonly text: string; readonly values: readonly string[] }
  | { readonly kind: 'percent'; readonly text: string; readonly values: readonly string[] }
  | { readonly kind: 'version'; readonly text: string; readonly values: readonly string[] }
  /** `YYYY-MM-DD`, or `-MM-DD` where no year is said. */
  | { readonly kind: 'date'; readonly text: string; readonly value: string }
  | { readonly kind: 'month'; readonly text: string; readonly value: string }
  /** `YYYY-MM-DDTHH:MM`, with seconds where they are said. */
  | { readonly kind: 'instant'; readonly text: string; readonly value: string }
  | { readonly kind: 'time'; readonly text: string; readonly value: string }
  | { readonly kind: 'identifier'; readonly text: string }
  /** Lower-case words joined by hyphens: `pgw-west` is a name, `under-charged` is prose. */
  | { readonly kind: 'compound'; readonly text: string }
  /** The lower-case value that is said of a dimension, such as `zone premium`. */
  | { readonly kind: 'dimension-value'; readonly text: string }
  | { readonly kind: 'quote'; readonly text: string };

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');
const MONTH =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)';
const MINUS = '[-−–]';
const NUMBER = String.raw`\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?`;
const END = String.raw`(?![\w])`;

type Reader = (match: RegExpExecArray) => Figure | undefined;

/** In order: the first pattern that fits at a position wins. */
const PATTERNS: readonly (readonly [RegExp, Reader])[] = [
  [/[`“"„]([^`“”"„]{1,400})[`”"“]/y, (m) => ({ kind: 'quote', text: m[1] ?? '' })],
  [
    /(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(?:Z|\+00:00| UTC)?(?![\d:])/y,
    (m) => ({ kind: 'instant', text: m[0], value: `${m[1]}T${m[2]}` }),
  ],
  [/(\d{4}-\d{2}-\d{2})(?![\d-])/y, (m) => ({ kind: 'date', text: m[0], value: m[1] ?? '' })],
  [/(\d{4}-\d{2})(?![\d-])/y, (m) => ({ kind: 'month', text: m[0], value: m[1] ?? '' })],
  [/(\d{1,2})[./](\d{1,2})[./](\d{4})(?!\d)/y, (m) => dateOf(m[0], m[1], Number(m[2]), m[3])],
  [
    new RegExp(String.raw`(\d{1,2})(?:st|nd|rd|th|\.)?(?: of)? ${MONTH}\.?(?:,? (\d{4}))?${END}`, 'iy'),
    (m) => dateOf(m[0], m[1], monthNumber(m[2]), m[3]),
  ],
  [
    new RegExp(String.raw`${MONTH}\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?${END}`, 'iy'),
    (m) => dateOf(m[0], m[2], monthNumber(m[1]), m[3]),
  ],
  [
    /(\d{1,2}):(\d{2})(:\d{2})?(?![\d:])/y,
    (m) => ({ kind: 'time', text: m[0], value: `${(m[1] ?? '').padStart(2, '0')}:${m[2]}${m[3] ?? ''}` }),
  ],
  [/(?:version|v\.?) ?(\d+)(?![\w.,]*\d)/iy, (m) => ({ kind: 'version', text: m[0], values: [m[1] ?? ''] })],
  [
    new RegExp(String.raw`(?:EUR|€|euros?) ?(${MINUS}|\+)?(${NUMBER})${END}`, 'iy'),
    (m) => ({ kind: 'money', text: m[0], values: readings(m[2] ?? '', m[1]) }),
  ],
  [
    new RegExp(String.raw`(${MINUS}|\+)?(${NUMBER}) ?(?:EUR|€|euros?)${END}`, 'iy'),
    (m) => ({ kind: 'money', text: m[0], values: readings(m[2] ?? '', m[1]) }),
  ],
  [
    new RegExp(String.raw`(${MINUS}|\+)?(${NUMBER}) ?(?:%|per ?cent${END})`, 'iy'),
    (m) => ({ kind: 'percent', text: m[0], values: readings(m[2] ?? '', m[1]) }),
  ],
  [
    /(?:zone|time band) ([a-z]+(?:-[a-z0-9]+)*)(?![\w-])/y,
    (m) => (PROSE.has(m[1] ?? '') ? undefined : { kind: 'dimension-value', text: m[1] ?? '' }),
  ],
  // An identifier: letters and digits together, or joined by - _ . / : with a digit, a capital or an underscore in it.
  [/[A-Za-z0-9]+(?:[-_./:+@][A-Za-z0-9]+)*/y, identifierOf],
  [
    new RegExp(
      String.raw`(${MINUS}|\+)?(${NUMBER})(?:st|nd|rd|th|x|s|h|ms|kB|MB|GB|min)?${END}(?:\s+([a-z]+))?`,
      'y',
    ),
    (m) => ({ kind: 'number', text: m[0], values: readings(m[2] ?? '', m[1]), noun: m[3] ?? '' }),
  ],
];

const SMALL_WORDS: Readonly<Record<string, number>> = Object.fromEntries([
  ...'zero _ two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
    .split(' ')
    .map((word, value) => [word, value] as const),
  ...'twenty thirty forty fifty sixty seventy eighty ninety'
    .split(' ')
    .map((word, index) => [word, (index + 2) * 10] as const),
  ['hundred', 100],
  ['hundreds', 100],
  ['thousand', 1_000],
  ['thousands', 1_000],
  ['million', 1_000_000],
  ['millions', 1_000_000],
  ['dozen', 12],
  ['dozens', 12],
]);
const FRACTION_WORDS: Readonly<Record<string, string>> = { half: '50', third: '33', quarter: '25' };

/** Abbreviations that name no thing of the operator's. */
const COMMON = new Set(
  'EUR UTC CET CEST SMS CDR CDRs CRM HLR UDM TMF621 TMF678 ID IDs OK VAT KB MB GB kB PLMN SIM SIMs IMSI MSISDN IoT'.split(
    ' ',
  ),
);

/** Words that may follow the name of a dimension without being a value of it. */
const PROSE = new Set(
  'a all also and are as at by for from has have in is it no not of on or shows that the this to under was were which while with still than then alone charges rate rates value values where when'.split(
    ' ',
  ),
);

const FILE_NAME = /\.(?:csv|parquet|jsonl?|md|txt|dat|gz)$/i;

/** Everything in a sentence that can be checked, in order. */
export function figuresOf(sentence: string): Figure[] {
  const figures: Figure[] = [];
  for (let at = 0; at < sentence.length; ) {
    const found = /[\p{L}\p{N}_]/u.test(sentence[at - 1] ?? '') ? undefined : figureAt(sentence, at);
    if (found === undefined) {
      at += 1;
    } else {
      if (found.figure !== undefined) figures.push(found.figure);
      at += found.length;
    }
  }
  return figures;
}

function figureAt(sentence: string, at: number): { figure: Figure | undefined; length: number } | undefined {
  for (const [pattern, read] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(sentence);
    if (match === null || (startsWithSign(match[0]) && /[\p{L}\p{N}]/u.test(sentence[at - 1] ?? '')))
      continue;
    const figure = read(match);
    if (figure !== undefined) {
      // The noun after a number belongs to the rest of the sentence.
      const length = figure.kind === 'number' ? match[0].length - nounLength(match) : match[0].length;
      return { figure, length };
    }
  }
  const word = /^[A-Za-z]+(?:-[a-z]+)?/.exec(sentence.slice(at, at + 40));
  return word === null ? undefined : { figure: wordFigure(word[0]), length: word[0].length };
}

const startsWithSign = (text: string): boolean => /^[-−–+]/.test(text);
const nounLength = (match: RegExpExecArray): number => /\s+[a-z]+$/.exec(match[0])?.[0].length ?? 0;

/** A number written as a word, a fraction, or nothing that can be checked. */
function wordFigure(word: string): Figure | undefined {
  const text = word.toLowerCase();
  const fraction = FRACTION_WORDS[text.replace(/s$/, '')];
  if (fraction !== undefined) return { kind: 'percent', text: word, values: [fraction] };
  const value = numberWord(text);
  return value === undefined ? undefined : { kind: 'number', text: word, values: [value], noun: '' };
}

function numberWord(text: string): string | undefined {
  const words = text.split('-');
  const parts = words.map((part, index) => (index === 1 && part === 'one' ? 1 : SMALL_WORDS[part]));
  if (parts.length > 2 || parts.some((part) => part === undefined)) return undefined;
  return String(parts.reduce((sum: number, part) => sum + (part ?? 0), 0));
}

function identifierOf(match: RegExpExecArray): Figure | undefined {
  const text = match[0];
  if (!/[A-Za-z]/.test(text) || COMMON.has(text)) return undefined;
  const mixed = /\d/.test(text) && !/^\d[\d.,]*(?:st|nd|rd|th|x|s|h|ms|kB|MB|GB|min)$/.test(text);
  const capitals = (text.match(/[A-Z]/g) ?? []).length >= 2;
  const joined = /[-_./:+@]/.test(text) && (/[A-Z_]/.test(text.slice(1)) || FILE_NAME.test(text));
  if (mixed || capitals || joined) return { kind: 'identifier', text };
  // Lower case with a hyphen is prose or a name: the check decides, with the evidence at hand.
  if (/^[a-z]+(?:-[a-z]+)+$/.test(text) && numberWord(text) === undefined) return { kind: 'compound', text };
  return undefined;
}

function dateOf(
  text: string,
  day: string | undefined,
  month: number,
  year: string | undefined,
): Figure | undefined {
  const number = Number(day);
  if (month < 1 || month > 12 || number < 1 || number > 31) return undefined;
  const two = (value: number): string => String(value).padStart(2, '0');
  return { kind: 'date', text, value: `${year ?? ''}-${two(month)}-${two(number)}` };
}

const monthNumber = (name: string | undefined): number =>
  MONTHS.indexOf((name ?? '').slice(0, 3).toLowerCase()) + 1;

/** All ways to read a written number, as decimals with its sign and as many decimal places as were written. */
export function readings(written: string, sign = ''): string[] {
  const compact = written.replace(/['’\s\u00a0\u202f]/g, '');
  const ways = new Set<string>();
  if (/^\d+$/.test(compact)) ways.add(compact);
  if (/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(compact)) ways.add(compact.replaceAll(',', ''));
  if (/^\d{1,3}(\.\d{3})+(,\d+)?$/.test(compact)) ways.add(compact.replaceAll('.', '').replace(',', '.'));
  if (/^\d+[.,]\d+$/.test(compact)) ways.add(compact.replace(',', '.'));
  const minus = sign !== '' && sign !== '+' ? '-' : '';
  return [...ways].map((way) => minus + way);
}

/** A decimal without leading and trailing zeros: `-007.50` is `-7.5`, `-0` is `0`. */
export function canonicalDecimal(text: string): string {
  const negative = text.startsWith('-');
  const [whole = '', fraction = ''] = text.replace(/^[-+]/, '').split('.');
  const digits = whole.replace(/^0+(?=\d)/, '') || '0';
  const decimals = fraction.replace(/0+$/, '');
  const value = decimals === '' ? digits : `${digits}.${decimals}`;
  return negative && value !== '0' ? `-${value}` : value;
}
