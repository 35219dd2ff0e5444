import { canonicalDecimal, figuresOf, readings } from './figures.ts';
import type { TermValue } from './terms.ts';

const WORDS: Readonly<Record<string, number>> = Object.fromEntries(
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'
    .split(' ')
    .map((word, value) => [word, value] as const)
    .concat(
      'twenty thirty forty fifty sixty seventy eighty ninety'
        .split(' ')
        .map((word, index) => [word, (index + 2) * 10] as const),
    ),
);
const TENS = 'twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety';
const ONES = 'one|two|three|four|five|six|seven|eight|nine';
const NUMBER_WORDS = new RegExp(
  String.raw`\b(?:(${TENS})[- ](${ONES})|(${Object.keys(WORDS).join('|')}))(?: hundred(?: and (${TENS})(?:[- ](${ONES}))?)?)?\b`,
  'gi',
);

const NUMBER = String.raw`\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?`;
const CURRENCIES: readonly (readonly [RegExp, string])[] = [
  [/^(?:EUR|€|euros?)$/i, 'EUR'],
  [/^(?:USD|US ?\$|U\.S\. ?\$|\$|(?:US )?dollars?)$/i, 'USD'],
  [/^(?:GBP|£|pounds?(?: sterling)?)$/i, 'GBP'],
  [/^(?:CHF|(?:Swiss )?francs?)$/i, 'CHF'],
  [/^(?:SDR|XDR|special drawing rights?)$/i, 'XDR'],
];
const CURRENCY = String.raw`EUR|€|euros?|USD|US ?\$|U\.S\. ?\$|\$|(?:US )?dollars?|GBP|£|pounds?(?: sterling)?|CHF|(?:Swiss )?francs?|SDR|XDR|special drawing rights?`;
const SCALES: Readonly<Record<string, number>> = { thousand: 3, million: 6, billion: 9 };

const AMOUNT_AFTER = new RegExp(
  String.raw`(${CURRENCY})\s?(${NUMBER})(?:\s(thousand|million|billion))?`,
  'gi',
);
const AMOUNT_BEFORE = new RegExp(
  String.raw`(${NUMBER})(?:\s(thousand|million|billion))?\s?(${CURRENCY})(?![A-Za-z])`,
  'gi',
);
const PERIOD = new RegExp(
  String.raw`(${NUMBER})\)?[- ](?:(?:calendar|business|working|consecutive|full|successive)[- ])?(day|week|month|year)s?(?![a-z])`,
  'gi',
);
const SHARE = new RegExp(String.raw`(${NUMBER})\)?\s?(?:%|per ?cent(?:um)?(?![a-z]))`, 'gi');

/**
 * Every value that a quote holds: percentages, amounts, periods and dates, in the order of kinds. Numbers in words count
 * ("thirty days"), and each way to read a written number ("1.234"). Texts are not values of this kind.
 */
export function valuesIn(quote: string): TermValue[] {
  const text = inDigits(quote.normalize('NFKC'));
  const percents = [...text.matchAll(SHARE)].flatMap((m) =>
    readings(m[1] ?? '').map((percent): TermValue => ({ kind: 'percent', percent })),
  );
  const amounts = [
    ...[...text.matchAll(AMOUNT_AFTER)].flatMap((m) => amountsOf(m[2], m[3], m[1])),
    ...[...text.matchAll(AMOUNT_BEFORE)].flatMap((m) => amountsOf(m[1], m[2], m[3])),
  ];
  const periods = [...text.matchAll(PERIOD)].flatMap((m) =>
    readings(m[1] ?? '')
      .filter((count) => /^\d{1,5}$/.test(count))
      .map((count): TermValue => ({ kind: 'period', count, unit: (m[2] ?? '').toLowerCase() as 'day' })),
  );
  const dates = figuresOf(quote).flatMap((figure): TermValue[] =>
    figure.kind === 'date' && figure.value.length === 10 ? [{ kind: 'date', date: figure.value }] : [],
  );
  return [...percents, ...amounts, ...periods, ...dates];
}

/** True when the quote says the value: a figure in digits or words, a text word for word. */
export function bearsOut(quote: string, value: TermValue): boolean {
  if (value.kind === 'text') return plain(quote).includes(plain(value.text));
  return valuesIn(quote).some((said) => sameValue(said, value));
}

/** True for values of one kind that say the same: `2.50` is `2.5`; thirty days are not one month. */
export function sameValue(a: TermValue, b: TermValue): boolean {
  if (a.kind === 'percent' && b.kind === 'percent')
    return canonicalDecimal(a.percent) === canonicalDecimal(b.percent);
  if (a.kind === 'amount' && b.kind === 'amount')
    return a.currency === b.currency && canonicalDecimal(a.amount) === canonicalDecimal(b.amount);
  if (a.kind === 'period' && b.kind === 'period')
    return a.unit === b.unit && canonicalDecimal(a.count) === canonicalDecimal(b.count);
  if (a.kind === 'date' && b.kind === 'date') return a.date === b.date;
  return a.kind === 'text' && b.kind === 'text' && plain(a.text) === plain(b.text);
}

/** A text with its white space as single spaces, in small letters. */
export const plain = (text: string): string =>
  text.normalize('NFKC').replace(/\s+/g, ' ').trim().toLowerCase();

function amountsOf(written = '', scale: string | undefined, sign = ''): TermValue[] {
  const currency = CURRENCIES.find(([name]) => name.test(sign.trim()))?.[1];
  if (currency === undefined) return [];
  const zeros = scale === undefined ? 0 : (SCALES[scale.toLowerCase()] ?? 0);
  return readings(written).map((amount) => ({ kind: 'amount', amount: shifted(amount, zeros), currency }));
}

/** A decimal with its point moved to the right. */
function shifted(decimal: string, places: number): string {
  const [whole = '', fraction = ''] = decimal.split('.');
  const digits = fraction.padEnd(places, '0');
  const rest = digits.slice(places);
  return `${whole}${digits.slice(0, places)}`.replace(/^0+(?=\d)/, '') + (rest === '' ? '' : `.${rest}`);
}

/** Numbers in words as digits; a number that stands in words and digits, "thirty (30)", keeps its digits alone. */
function inDigits(text: string): string {
  return text
    .replace(NUMBER_WORDS, (words, tens, ones, single, moreTens, moreOnes) => {
      const base = tens === undefined ? value(single) : value(tens) + value(ones);
      const total = /hundred/i.test(words) ? base * 100 + value(moreTens) + value(moreOnes) : base;
      return String(total);
    })
    .replace(/\d+ \((\d[\d.,]*)/g, '$1');
}

const value = (word: string | undefined): number => WORDS[(word ?? '').toLowerCase()] ?? 0;
