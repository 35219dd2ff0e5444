import type { Column, ColumnType } from '#core/domain/datasets.ts';
import {
  parseBigint,
  parseBoolean,
  parseDate,
  parseDecimal,
  parseEpochSeconds,
  parseInteger,
  parseTimestamp,
  phoneNumberStart,
} from './field-parsers.ts';
import { emptyFields, type Fields, setTexts } from './fields.ts';
import type { LocalZone } from './local-zone.ts';
import type { FieldRule } from './mappings/mapping.ts';
import { BATCH_ROWS, type Cell } from './records.ts';

/** What a user is told when a text is not of the column's type. */
export const TYPE_REASONS: Readonly<Record<ColumnType, string>> = {
  string: 'not text',
  timestamp: 'not a timestamp such as 2026-10-14T13:05:00Z',
  date: 'not a day such as 2026-10-14',
  decimal: 'not an exact decimal such as 12.345678',
  integer: 'not a whole number',
  bigint: 'not a whole number',
  boolean: 'not true or false',
};

/** Reason for a required column without a value. */
export function missingReason(column: Column): string {
  return `${column.name}: empty but required`;
}

/** Reason for a text that is not of the column's type. */
export function typeReason(column: Column): string {
  return `${column.name}: ${TYPE_REASONS[column.type]}`;
}

/** Reason for a value outside the column's closed list. */
export function valuesReason(column: Column): string {
  return `${column.name}: not one of ${column.values?.join(', ')}`;
}

/** Reason for a value under the column's minimum. */
export function minimumReason(column: Column): string {
  return `${column.name}: below ${column.min}`;
}

/** Reason for a text with control characters (U+0000 to U+001F and U+007F; in prose, line breaks and tabs are none). */
export function controlCharacterReason(column: Column): string {
  return `${column.name}: has a control character`;
}

/** Reason for a number beyond what is plausible. */
export function implausibleReason(column: Column, most: number, above: boolean): string {
  return `${column.name}: ${above ? `above ${most}` : `below -${most}`}`;
}

const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const INT32_MAX = 2_147_483_647;

/** Reads one column out of the fields of each record, and validates it against the column's declaration. */
export class ColumnReader {
  readonly column: Column;
  readonly values: Cell[] = new Array<Cell>(BATCH_ROWS).fill(null);
  readonly #fields: readonly number[];
  readonly #rule: FieldRule;
  readonly #zone: LocalZone | undefined;
  readonly #allowed: ReadonlySet<string> | undefined;
  readonly #translations: ReadonlyMap<string, string> | undefined;
  readonly #fallback: Cell;
  readonly #phoneNumber: boolean;
  readonly #epochSeconds: boolean;
  readonly #minimum: bigint | undefined;

  /** `fields` are the positions to look at, in order of preference. */
  constructor(column: Column, fields: readonly number[], rule: FieldRule, zone: LocalZone | undefined) {
    this.column = column;
    this.#fields = fields;
    this.#rule = rule;
    this.#zone = zone;
    this.#allowed = column.values && new Set(column.values);
    this.#translations = 'from' in rule && rule.values ? new Map(Object.entries(rule.values)) : undefined;
    this.#phoneNumber = 'from' in rule && rule.read === 'phone-number';
    this.#epochSeconds = 'from' in rule && rule.read === 'epoch-seconds';
    this.#minimum = column.min === undefined ? undefined : BigInt(column.min);
    this.#fallback = this.#parseFallback();
  }

  /** Puts the record's value at `row`; returns the reason when it is not acceptable. */
  read(fields: Fields, row: number): string | undefined {
    for (const field of this.#fields) {
      if (field >= fields.count) continue;
      const start = fields.starts[field] ?? 0;
      const end = fields.ends[field] ?? 0;
      if (end > start) return this.#readText(fields, start, end, row);
    }
    this.values[row] = this.#fallback;
    return this.#fallback === null && this.column.required ? missingReason(this.column) : undefined;
  }

  #readText(fields: Fields, start: number, end: number, row: number): string | undefined {
    if (this.column.type === 'string') return this.#readString(fields, start, end, row);
    const value = this.#parse(fields.bytes, start, end);
    if (value === undefined) return typeReason(this.column);
    this.values[row] = value;
    if (this.#minimum !== undefined && (value as bigint | number) < this.#minimum)
      return minimumReason(this.column);
    return undefined;
  }

  #readString(fields: Fields, start: number, end: number, row: number): string | undefined {
    const from = this.#phoneNumber ? phoneNumberStart(fields.bytes, start, end) : start;
    if (hasControlCharacter(fields.bytes, from, end, this.column.prose === true)) {
      return controlCharacterReason(this.column);
    }
    let text = fields.bytes.toString(fields.ascii ? 'latin1' : 'utf8', from, end);
    if (this.#translations !== undefined) text = this.#translations.get(text) ?? text;
    this.values[row] = text;
    if (text === '' && this.column.required) return missingReason(this.column);
    if (this.#allowed !== undefined && !this.#allowed.has(text)) return valuesReason(this.column);
    return undefined;
  }

  #parse(bytes: Uint8Array, start: number, end: number): Exclude<Cell, null> | undefined {
    switch (this.column.type) {
      case 'timestamp':
        return this.#epochSeconds
          ? parseEpochSeconds(bytes, start, end)
          : parseTimestamp(bytes, start, end, this.#zone);
      case 'bigint':
        return parseBigint(bytes, start, end);
      case 'integer': {
        const value = parseInteger(bytes, start, end);
        return value === undefined || value > INT32_MAX || value < -INT32_MAX ? undefined : value;
      }
      case 'boolean':
        return parseBoolean(bytes, start, end);
      case 'date':
        return parseDate(bytes, start, end);
      case 'decimal':
        return parseDecimal(bytes, start, end);
      case 'string':
        return undefined;
    }
  }

  #parseFallback(): Cell {
    const text = 'constant' in this.#rule ? this.#rule.constant : this.#rule.otherwise;
    if (text === undefined) return null;
    if (this.column.type === 'string') return text;
    const fields = emptyFields();
    setTexts(fields, [text]);
    const value = this.#parse(fields.bytes, 0, fields.bytes.length);
    if (value === undefined) throw new TypeError(`"${text}" in the mapping is no ${this.column.type}`);
    return value;
  }
}

/** True when the text holds a control character. In UTF-8 these bytes stand for nothing else. */
function hasControlCharacter(bytes: Uint8Array, start: number, end: number, prose: boolean): boolean {
  for (let index = start; index < end; index += 1) {
    const byte = bytes[index] as number;
    if (byte >= 0x20 && byte !== 0x7f) continue;
    if (!prose || (byte !== TAB && byte !== LINE_FEED && byte !== CARRIAGE_RETURN)) return true;
  }
  return false;
}
