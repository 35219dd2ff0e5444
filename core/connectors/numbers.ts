import type * as Phone from 'libphonenumber-js/max';
import type { Dataset, DatasetName } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { NumberPlan } from '#core/domain/feed.ts';
import type { ColumnReader } from './column-reader.ts';
import type { FieldRule } from './mappings/mapping.ts';
import type { RowCheck } from './record-rules.ts';

/** What is said of a text that is no number of any kind. */
export const NUMBER_REASONS = {
  TOO_SHORT: 'too short for a number',
  TOO_LONG: 'too long for a number',
  INVALID_COUNTRY: 'no country has this code',
  NOT_A_NUMBER: 'neither a number nor a name',
} as const;
type NumberReason = keyof typeof NUMBER_REASONS;

/** By which rule a text was read. All but `number` keep it as it stands. */
export type NumberRule = 'number' | 'short-code' | 'service-code' | 'sender-name';

/** What became of a text: its form in the lake, or the reason against it. */
export type NumberReading =
  | { readonly rule: NumberRule; readonly text: string }
  | { readonly reason: NumberReason };

/**
 * Columns with numbers by dataset, and what becomes of a record whose text is none: `reject` to quarantine, or `keep`
 * it as it stands, where the number is only told beside and rejecting the record would lose its money from sight.
 */
export const NUMBER_COLUMNS: Partial<Record<DatasetName, Readonly<Record<string, 'reject' | 'keep'>>>> = {
  usage: { a_number: 'reject', b_number: 'reject' },
  subscription: { msisdn: 'reject' },
  network_profile: { msisdn: 'reject' },
  rated: { a_number: 'keep', b_number: 'keep' },
  billed: { a_number: 'keep', b_number: 'keep' },
  signalling: { a_number: 'keep', b_number: 'keep' },
  suspense: { a_number: 'keep', b_number: 'keep' },
};

/** Column that keeps the called number as it was dialled. */
const DIALLED = 'b_number_dialled';
/** Short codes have at most so many digits unless the plan says otherwise: 112, 118 xxx, premium messages. */
const SHORT_CODE_DIGITS = 6;
/** 3GPP TS 23.040 9.1.2.5: an alphanumeric sender has at most 11 characters. */
const SENDER_NAME = /^(?=.*\p{L})[\p{L}\p{N} .,&'_-]{1,11}$/u;
/** Codes of the network and of supplementary services, such as *100# (3GPP TS 22.030). */
const SERVICE_CODE = /^[*#][0-9*#]{1,29}$/;
const DIGITS_AND_SEPARATORS = /^\+?[\d\s()./-]+$/;
/** Readings that are remembered: twice so many, the older half is forgotten. About 100 bytes each. */
const REMEMBERED = 500_000;

/**
 * Reads numbers in any of their forms (national, with 00 or +, bare digits) as international digits without +. Each
 * distinct text is read once, as far as they are remembered. Numbers need only have a possible length: whether a range
 * is in use, the metadata of the library cannot know on the day that it is opened.
 */
export class NumberReader {
  readonly #phone: typeof Phone;
  readonly #plan: NumberPlan;
  readonly #country: Phone.CountryCode;
  #recent = new Map<string, NumberReading>();
  #older = new Map<string, NumberReading>();

  private constructor(phone: typeof Phone, plan: NumberPlan, country: Phone.CountryCode) {
    this.#phone = phone;
    this.#plan = plan;
    this.#country = country;
  }

  /** Throws SchemaMismatch when the country of the plan is none. The library is loaded only here: it takes a while. */
  static async open(plan: NumberPlan): Promise<NumberReader> {
    const phone = await import('libphonenumber-js/max');
    const { country } = plan;
    if (phone.isSupportedCountry(country)) return new NumberReader(phone, plan, country);
    throw new PlumblineError('SchemaMismatch', {
      what: `There is no country "${country}"`,
      why: 'numbers.country of a feed is an ISO 3166-1 code of two capital letters',
      next: 'set it to the country in which national numbers of the feed are dialled, such as AT',
    });
  }

  /** What the text is. */
  read(text: string): NumberReading {
    const known = this.#recent.get(text) ?? this.#older.get(text);
    if (known !== undefined) return known;
    const reading = this.#read(text.trim());
    this.#recent.set(text, reading);
    if (this.#recent.size >= REMEMBERED) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    return reading;
  }

  #read(text: string): NumberReading {
    if (SERVICE_CODE.test(text)) return { rule: 'service-code', text };
    if (SENDER_NAME.test(text)) return { rule: 'sender-name', text };
    if (!DIGITS_AND_SEPARATORS.test(text)) return { reason: 'NOT_A_NUMBER' };
    const digits = text.replace(/\D/g, '');
    if (digits === '') return { reason: 'NOT_A_NUMBER' };
    if (text.startsWith('+')) return this.#international(digits).reading;
    if (digits.startsWith('00')) return this.#international(digits.slice(2)).reading;
    if (digits.startsWith('0')) return this.#national(digits).reading;
    if (digits.length <= (this.#plan.shortCodeDigits ?? SHORT_CODE_DIGITS)) {
      return { rule: 'short-code', text: digits };
    }
    return this.#bare(digits);
  }

  /** Digits without a prefix may be either; the plan says which is looked at first. A number in use wins over a possible one. */
  #bare(digits: string): NumberReading {
    const both = [this.#international(digits), this.#national(digits)];
    const ordered = this.#plan.bareDigits === 'national' ? both.reverse() : both;
    const best = ordered.find(({ valid }) => valid) ?? ordered.find(({ reading }) => 'rule' in reading);
    return (best ?? (ordered[0] as Attempt)).reading;
  }

  #international(digits: string): Attempt {
    return this.#parsed(`+${digits}`);
  }

  #national(digits: string): Attempt {
    return this.#parsed(digits, this.#country);
  }

  #parsed(text: string, country?: Phone.CountryCode): Attempt {
    try {
      const phone = this.#phone.parsePhoneNumberWithError(text, country === undefined ? {} : country);
      const valid = phone.isValid();
      // What is too short to lose its trunk prefix keeps it, and looks possible with it.
      if (!valid && phone.nationalNumber.startsWith('0')) return refused('TOO_SHORT');
      if (!phone.isPossible()) return refused(this.#lengthReason(phone.number));
      return { valid, reading: { rule: 'number', text: phone.number.slice(1) } };
    } catch (error) {
      if (!(error instanceof this.#phone.ParseError)) throw error;
      return refused(error.message in NUMBER_REASONS ? (error.message as NumberReason) : 'NOT_A_NUMBER');
    }
  }

  #lengthReason(number: string): NumberReason {
    return this.#phone.validatePhoneNumberLength(number) === 'TOO_LONG' ? 'TOO_LONG' : 'TOO_SHORT';
  }
}

interface Attempt {
  readonly valid: boolean;
  readonly reading: NumberReading;
}

function refused(reason: NumberReason): Attempt {
  return { valid: false, reading: { reason } };
}

/** Reason against a record whose text in this column is no number. */
export function numberReason(column: string, reason: NumberReason): string {
  return `${column}: ${NUMBER_REASONS[reason]}`;
}

/** The rule of a column with its text as it stands: what is to be normalised must not have lost its + or 00 before. */
export function untouched(dataset: Dataset, column: string, rule: FieldRule): FieldRule {
  if (NUMBER_COLUMNS[dataset.name]?.[column] === undefined || 'constant' in rule) return rule;
  return { ...rule, read: 'as-is' };
}

/** Normalises the numbers of a row once all its columns are read. */
export class NumberColumns implements RowCheck {
  readonly #numbers: NumberReader;
  readonly #columns: readonly { readonly reader: ColumnReader; readonly otherwise: 'reject' | 'keep' }[];
  readonly #dialled: ColumnReader | undefined;

  constructor(dataset: Dataset, readers: readonly ColumnReader[], numbers: NumberReader) {
    const wanted = NUMBER_COLUMNS[dataset.name] ?? {};
    this.#numbers = numbers;
    this.#columns = readers.flatMap((reader) => {
      const otherwise = wanted[reader.column.name];
      return otherwise === undefined ? [] : [{ reader, otherwise }];
    });
    this.#dialled = readers.find(({ column }) => column.name === DIALLED);
  }

  /** Puts normalised numbers at `row`; returns the reason when one is no number and the record is to be rejected. */
  reason(row: number): string | undefined {
    for (const { reader, otherwise } of this.#columns) {
      const text = reader.values[row];
      if (typeof text !== 'string' || text === '') continue;
      const reading = this.#numbers.read(text);
      if ('reason' in reading) {
        if (otherwise === 'reject') return numberReason(reader.column.name, reading.reason);
        continue;
      }
      reader.values[row] = reading.text;
      if (reader.column.name === 'b_number' && reading.text !== text) this.#keepDialled(row, text);
    }
    return undefined;
  }

  /** What the feed itself says was dialled is not overwritten. */
  #keepDialled(row: number, text: string): void {
    const dialled = this.#dialled;
    if (dialled !== undefined && (dialled.values[row] ?? '') === '') dialled.values[row] = text;
  }
}
