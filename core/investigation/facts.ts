import type { Json } from '#core/domain/hash.ts';
import { divide } from '#core/domain/money.ts';
import { canonicalDecimal, figuresOf } from './figures.ts';

/** What kind of number a field holds: a figure bears out a sentence only in the sense in which it stands. */
export const NUMBER_CLASSES = [
  'count',
  'money',
  'percent',
  'version',
  'day',
  'hour',
  'minute',
  'text',
] as const;
export type NumberClass = (typeof NUMBER_CLASSES)[number];

/** Everything that one place of the evidence says: a list's row, or all that stands outside lists. */
export interface FactSet {
  readonly numbers: ReadonlyMap<NumberClass, ReadonlySet<string>>;
  /** Dates `YYYY-MM-DD` and instants `YYYY-MM-DDTHH:MM:SS`. */
  readonly dates: ReadonlySet<string>;
  readonly instants: ReadonlySet<string>;
  /** Every text as it stands. */
  readonly texts: readonly string[];
  /** Dates and instants of fields that say that they are the first or the last. */
  readonly firsts: ReadonlySet<string>;
  readonly lasts: ReadonlySet<string>;
  /** Counts by the field in which they stand. */
  readonly counts: ReadonlyMap<string, ReadonlySet<string>>;
  /** Shares of the affected records, in percent. */
  readonly shares: readonly string[];
}

/** The facts of one piece of evidence: those outside of lists, and those of each row of each list. */
export interface EvidenceFacts {
  readonly outside: FactSet;
  readonly lists: readonly (readonly FactSet[])[];
  readonly direction: string | undefined;
  readonly grain: string | undefined;
  /** The query that it answers, where it is the reply of a tool. */
  readonly asked?: { readonly tool: string; readonly input: Json };
}

interface Collector {
  readonly numbers: Map<NumberClass, Set<string>>;
  readonly dates: Set<string>;
  readonly instants: Set<string>;
  readonly texts: string[];
  readonly firsts: Set<string>;
  readonly lasts: Set<string>;
  readonly counts: Map<string, Set<string>>;
  readonly shares: string[];
}

const emptySet = (): Collector => ({
  numbers: new Map(),
  dates: new Set(),
  instants: new Set(),
  texts: [],
  firsts: new Set(),
  lasts: new Set(),
  counts: new Map(),
  shares: [],
});

/** Reads the facts out of a reply. */
export function factsOf(content: Json): EvidenceFacts {
  const outside = emptySet();
  const lists: Collector[][] = [];
  collect(content, '', outside, lists);
  const direction =
    isObject(content) && typeof content.direction === 'string' ? content.direction : undefined;
  const grain = isObject(content) && typeof content.grain === 'string' ? content.grain : undefined;
  return { outside, lists, direction, grain };
}

function collect(value: Json, key: string, into: Collector, lists: Collector[][]): void {
  if (Array.isArray(value)) {
    const rows = value as readonly Json[];
    if (rows.some(isObject)) {
      lists.push(
        rows.map((row) => {
          const set = emptySet();
          collect(row, key, set, lists);
          return set;
        }),
      );
      addColumnSums(rows, into);
    } else {
      for (const row of rows) collect(row, key, into, lists);
    }
    addNumber(into, 'count', String(rows.length), key);
  } else if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (
        typeof member === 'string' &&
        (name === 'recordsPercent' || (name === 'percent' && key === 'share'))
      )
        into.shares.push(member);
      collect(member, name, into, lists);
    }
  } else if (typeof value === 'number') {
    addNumber(into, classOf(key), String(value), key);
  } else if (typeof value === 'string') {
    collectText(value, key, into);
  }
}

function collectText(value: string, key: string, into: Collector): void {
  into.texts.push(value.normalize('NFKC'));
  if (/^\d{4}-\d{2}-\d{2}/.test(value)) {
    if (/^first/.test(key)) into.firsts.add(value);
    if (/^last/.test(key)) into.lasts.add(value);
  }
  if (/^-?\d+(\.\d+)?$/.test(value)) {
    const isAmount = /^-?\d+\.\d{2,6}$/.test(value) && classOf(key) === 'count';
    if (isAmount) addNumber(into, 'money', value);
    addNumber(into, classOf(key), value, key);
    return;
  }
  for (const figure of figuresOf(value)) {
    if (figure.kind === 'date' && figure.value.length === 10) into.dates.add(figure.value);
    if (figure.kind === 'instant')
      addInstant(into, value.slice(value.indexOf(figure.text), 64) || figure.value);
    if (figure.kind === 'number') for (const v of figure.values) addNumber(into, 'text', v);
    if (figure.kind === 'money' || figure.kind === 'percent' || figure.kind === 'version') {
      for (const v of figure.values) addNumber(into, figure.kind, v);
    }
  }
}

function addInstant(into: Collector, text: string): void {
  const match = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?/.exec(text);
  if (match === null) return;
  into.instants.add(`${match[1]}T${match[2]}${match[3] ?? ':00'}`);
  into.dates.add(match[1] ?? '');
}

function classOf(key: string): NumberClass {
  if (/percent/i.test(key)) return 'percent';
  if (/version/i.test(key)) return 'version';
  if (/days?($|[A-Z])/i.test(key) && !/^day$/.test(key)) return 'day';
  if (/hours?($|[A-Z])/i.test(key)) return 'hour';
  if (/minutes?($|[A-Z])/i.test(key)) return 'minute';
  return 'count';
}

/** The total of each column of counts or amounts. */
function addColumnSums(rows: readonly Json[], into: Collector): void {
  const objects = rows.filter(isObject);
  const names = new Set(objects.flatMap((row) => Object.keys(row)));
  for (const name of names) {
    if (classOf(name) !== 'count') continue;
    const cells = objects.map((row) => row[name]);
    if (cells.every((cell) => typeof cell === 'number' && Number.isSafeInteger(cell))) {
      addNumber(into, 'count', String(cells.reduce((sum: number, cell) => sum + Number(cell), 0)), name);
    } else if (cells.every((cell) => typeof cell === 'string' && /^-?\d+\.\d{2,6}$/.test(cell))) {
      const micros = cells.reduce((sum: bigint, cell) => sum + scaled(String(cell), 6), 0n);
      addNumber(into, 'money', unscaled(micros, 6));
    }
  }
}

function addNumber(into: Collector, kind: NumberClass, text: string, key?: string): void {
  if (key !== undefined && kind === 'count') {
    const counted = into.counts.get(key) ?? new Set<string>();
    counted.add(canonicalDecimal(text));
    into.counts.set(key, counted);
  }
  const known = into.numbers.get(kind) ?? new Set<string>();
  known.add(canonicalDecimal(text));
  into.numbers.set(kind, known);
}

/**
 * True when one of the numbers of the class is the value, or becomes it when rounded half up to as many decimals
 * as the value has.
 */
export function hasNumber(facts: FactSet, kind: NumberClass, value: string): boolean {
  const known = facts.numbers.get(kind);
  if (known === undefined) return false;
  const canonical = canonicalDecimal(value);
  if (known.has(canonical)) return true;
  const decimals = value.split('.')[1]?.length ?? 0;
  if (kind === 'version') return false;
  for (const exact of known) {
    const scale = exact.split('.')[1]?.length ?? 0;
    if (scale <= decimals) continue;
    const rounded = divide(scaled(exact, scale), 10n ** BigInt(scale - decimals), 'half_up');
    if (canonicalDecimal(unscaled(rounded, decimals)) === canonical) return true;
  }
  return false;
}

function scaled(decimal: string, scale: number): bigint {
  const [whole = '0', fraction = ''] = decimal.replace(/^-/, '').split('.');
  const digits = BigInt(whole + fraction.padEnd(scale, '0').slice(0, scale));
  return decimal.startsWith('-') ? -digits : digits;
}

function unscaled(value: bigint, scale: number): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return negative ? `-${text}` : text;
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
