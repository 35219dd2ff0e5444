import type { Claim } from '#core/domain/case.ts';
import { decimalString, parseMoney, rescale } from '#core/domain/money.ts';

/** Bounds of what is quoted in one sentence. */
const QUOTE_LONGEST = 360;

/** A sentence with the one reply that it rests on. */
export const claim = (text: string, evidenceId: string): Claim => ({ text, evidenceIds: [evidenceId] });

/** `EUR 1,234.56` of a decimal, rounded half up to two decimals for reading. */
export function money(decimal: string, currency = 'EUR'): string {
  const text = decimalString(rescale(parseMoney(decimal, `${currency}/6`), 2, 'half_up'));
  const [whole = '', fraction = ''] = text.split('.');
  return `${currency} ${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}.${fraction}`;
}

/**
 * A text in quotation marks, as far as it can be quoted: up to the first quotation mark of its own, and to the last whole
 * word within the bound. Undefined where that leaves nothing worth quoting.
 */
export function quoted(text: string): string | undefined {
  const plain = text.replace(/\s+/g, ' ').trim();
  const [own = ''] = plain.split(/[`“”"„]/);
  const cut = own.length <= QUOTE_LONGEST ? own : own.slice(0, own.lastIndexOf(' ', QUOTE_LONGEST));
  return cut.trim().length < 3 ? undefined : `“${cut.trim()}”`;
}

/** `1,234`. */
export const count = (value: number): string => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** `1 case`, `2 cases`. */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** Zero in any number of decimals, with or without a sign. */
export const isZero = (decimal: string): boolean => /^-?0*(\.0*)?$/.test(decimal);

/** A sentence that ends once, where it ends with a quote that has its own full stop. */
export const sentence = (text: string): string => (/[.!?][”"]$/.test(text) ? text : `${text}.`);
