import { emptyFields, type Fields } from './fields.ts';
import { MAX_RECORD_BYTES, TOO_LONG } from './records.ts';

const QUOTE = 34;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** What the scanner found at a position. `incomplete`: the record goes on beyond the bytes at hand. */
export type ScanStatus = 'record' | 'blank' | 'incomplete';

/**
 * Finds the next record of delimited text (RFC 4180: a field in quotes may hold delimiters, line breaks and doubled
 * quotes; LF and CRLF both end a record). After `scan`, `fields`, `end` (without the line break), `next` and `defect`
 * describe what was found. A defect makes the whole line unusable, and the next line is looked at afresh.
 */
export class DelimitedScanner {
  readonly fields: Fields = emptyFields();
  end = 0;
  next = 0;
  defect: string | undefined;
  readonly #delimiter: number;
  readonly #quote: number;
  /** Fields that hold doubled quotes. */
  readonly #escaped: number[] = [];

  constructor(delimiter: string, quote: '"' | null) {
    this.#delimiter = delimiter.charCodeAt(0);
    this.#quote = quote === null ? -1 : QUOTE;
  }

  scan(bytes: Buffer, start: number, last: boolean): ScanStatus {
    this.defect = undefined;
    this.#escaped.length = 0;
    this.fields.bytes = bytes;
    this.fields.count = 0;
    this.fields.ascii = true;
    const status = this.#scanRecord(bytes, start, last);
    if (status === 'record' && this.#escaped.length > 0 && this.defect === undefined) this.#removeEscapes();
    return status;
  }

  #scanRecord(bytes: Buffer, start: number, last: boolean): ScanStatus {
    const length = bytes.length;
    let position = start;
    let high = 0;
    for (;;) {
      if (bytes[position] === this.#quote) {
        const after = this.#scanQuoted(bytes, position, start + MAX_RECORD_BYTES);
        if (after < 0) return this.#unclosed(bytes, start, last);
        position = after;
      } else {
        const from = position;
        let byte = 0;
        while (position < length) {
          byte = bytes[position] as number;
          if (byte === this.#delimiter || byte === LINE_FEED) break;
          high |= byte;
          position += 1;
        }
        this.#addField(from, position);
      }
      if (position >= length) {
        if (!last) return 'incomplete';
        return this.#finish(bytes, start, length, length, high);
      }
      const stop = bytes[position] as number;
      if (stop === this.#delimiter) {
        position += 1;
      } else if (stop === LINE_FEED) {
        return this.#finish(bytes, start, position, position + 1, high);
      } else if (stop === CARRIAGE_RETURN && bytes[position + 1] === LINE_FEED) {
        return this.#finish(bytes, start, position, position + 2, high);
      } else {
        if (stop === CARRIAGE_RETURN && position + 1 >= length)
          return last ? this.#finish(bytes, start, position, length, high) : 'incomplete';
        return this.#badLine(bytes, start, last, 'text after a closing quote');
      }
    }
  }

  /**
   * Scans a field in quotes; returns the position after the closing quote, or -1 when it is not there before `limit`:
   * a stray quote must not swallow the lines up to the next one, however far that is.
   */
  #scanQuoted(bytes: Buffer, start: number, limit: number): number {
    let position = start + 1;
    let escaped = false;
    for (;;) {
      position = bytes.indexOf(QUOTE, position);
      if (position < 0 || position > limit) return -1;
      if (bytes[position + 1] !== QUOTE) break;
      escaped = true;
      position += 2;
    }
    for (let index = start; index < position; index += 1) {
      if ((bytes[index] as number) > 127) this.fields.ascii = false;
    }
    if (escaped) this.#escaped.push(this.fields.count);
    this.#addField(start + 1, position);
    return position + 1;
  }

  #addField(start: number, end: number): void {
    this.fields.starts[this.fields.count] = start;
    this.fields.ends[this.fields.count] = end;
    this.fields.count += 1;
  }

  #finish(bytes: Buffer, start: number, end: number, next: number, high: number): ScanStatus {
    if (high > 127) this.fields.ascii = false;
    this.next = next;
    this.end = end;
    const lastField = this.fields.count - 1;
    // An unquoted last field ran up to the LF and holds the CR of a CRLF.
    if (end > start && bytes[end - 1] === CARRIAGE_RETURN && this.fields.ends[lastField] === end) {
      this.end = end - 1;
      this.fields.ends[lastField] = end - 1;
    }
    return this.end === start ? 'blank' : 'record';
  }

  #unclosed(bytes: Buffer, start: number, last: boolean): ScanStatus {
    if (!last && bytes.length - start <= MAX_RECORD_BYTES) return 'incomplete';
    return this.#badLine(bytes, start, last, 'a quoted field is not closed');
  }

  /** Gives up the line that starts at `start`; the next one is looked at afresh. */
  #badLine(bytes: Buffer, start: number, last: boolean, defect: string): ScanStatus {
    const lineFeed = bytes.indexOf(LINE_FEED, start);
    if (lineFeed < 0 && !last) return 'incomplete';
    const end = lineFeed < 0 ? bytes.length : lineFeed;
    this.defect = end - start > MAX_RECORD_BYTES ? TOO_LONG : defect;
    this.next = lineFeed < 0 ? end : end + 1;
    this.end = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
    return 'record';
  }

  /** Copies the record's fields with doubled quotes made single. */
  #removeEscapes(): void {
    const { bytes, starts, ends, count } = this.fields;
    const copy = Buffer.alloc((ends[count - 1] ?? 0) - (starts[0] ?? 0));
    let position = 0;
    for (let field = 0; field < count; field += 1) {
      const from = position;
      const end = ends[field] ?? 0;
      const escaped = this.#escaped.includes(field);
      for (let index = starts[field] ?? 0; index < end; index += 1) {
        copy[position] = bytes[index] as number;
        position += 1;
        if (escaped && bytes[index] === QUOTE) index += 1;
      }
      starts[field] = from;
      ends[field] = position;
    }
    this.fields.bytes = copy;
  }
}
