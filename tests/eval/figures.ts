import type { Evidence } from '#core/domain/case.ts';
import type { Json } from '#core/domain/hash.ts';

/** A figure, date or identifier that stands in a text. */
export interface FoundFigure {
  readonly kind: 'identifier' | 'date' | 'instant' | 'number';
  readonly text: string;
}

const KINDS: readonly (readonly [FoundFigure['kind'], RegExp])[] = [
  // Names of the operator: CHG-4711, C-1a2b3c4d, ocs-1, pgw-east, T-SMART, sessions such as 261025-12345.
  [
    'identifier',
    /\b(?:CHG-\d+|[CfpF]-[0-9a-f]{8,}|ev-[0-9a-f]{12}|[OT]-[A-Z]+|ocs-\d|msc-[a-z]+|pgw-[a-z]+|\d{6}-\d+)\b/g,
  ],
  ['instant', /\b\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?Z?/g],
  ['date', /\b\d{4}-\d{2}-\d{2}\b/g],
  ['number', /(?<![\w.-])-?\d+(?:\.\d+)?(?![\w])/g],
];

/** What of a text has to be borne out, each place once. */
export function figuresIn(text: string): FoundFigure[] {
  let rest = text;
  return KINDS.flatMap(([kind, pattern]) => {
    const found = [...rest.matchAll(pattern)].map((match) => ({ kind, text: match[0] }));
    rest = rest.replace(pattern, (match) => ' '.repeat(match.length));
    return found;
  });
}

/**
 * What of a text does not stand in the evidence. This is not the product's check but a second one, on purpose blunter:
 * it asks only whether a number of that value (or one that gives it when rounded), a date or a name stands there at all.
 */
export function unsupportedIn(
  text: string,
  evidence: readonly Pick<Evidence, 'content'>[],
  names: readonly string[] = [],
): FoundFigure[] {
  const shown = `${evidence.map(({ content }) => JSON.stringify(content)).join('\n')}\n${names.join('\n')}`;
  const numbers = [...numbersIn(shown), ...evidence.flatMap(({ content }) => lengthsIn(content))];
  return figuresIn(text).filter((figure) => !stands(figure, shown, numbers));
}

function stands({ kind, text }: FoundFigure, shown: string, numbers: readonly string[]): boolean {
  if (kind === 'number') return numbers.some((value) => gives(value, text));
  if (kind !== 'instant') return shown.includes(text);
  return shown.includes(text.replace(' ', 'T').replace(/(?::00)?(?:\.000)?Z?$/, ''));
}

function numbersIn(text: string): string[] {
  return [...new Set([...text.matchAll(/-?\d+(?:\.\d+)?/g)].map((match) => match[0]))];
}

/** How long the lists are: that none is there is a figure too. */
function lengthsIn(value: Json): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [String(value.length)] : [];
  return [...own, ...Object.values(value).flatMap(lengthsIn)];
}

/** True when a value, without its sign, is the figure, or is it when rounded to the decimals of the figure. */
function gives(value: string, figure: string): boolean {
  const decimals = figure.includes('.') ? figure.length - figure.indexOf('.') - 1 : 0;
  const wanted = scaled(figure.replace('-', ''), decimals);
  const given = value.replace('-', '');
  // A whole number stands only for a whole number: 3 is no rounding of 2.7.
  if (decimals === 0 && given.includes('.') && !/\.0+$/.test(given)) return false;
  return scaled(given, decimals) === wanted;
}

/** A decimal text as a whole number of its last wanted decimal, half up. */
function scaled(text: string, decimals: number): bigint {
  const [whole = '0', fraction = ''] = text.split('.');
  const padded = fraction.padEnd(decimals + 1, '0');
  const kept = BigInt(`${whole}${padded.slice(0, decimals)}`);
  return Number(padded[decimals] ?? '0') >= 5 ? kept + 1n : kept;
}
