import { MAX_RECORD_BYTES, TOO_LONG } from './records.ts';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Defect of an array whose closing bracket never came. Its place is the end of the file. */
export const CUT_OFF = 'the array is not closed: the file is cut off here';
/** Defect of what stands behind the closing bracket. */
export const AFTER_END = 'text after the end of the array';
/** Defect of an element that runs into the next one. */
export const NOT_CLOSED = 'the element is not closed';

/**
 * A piece of a JSON file that should be one record, with what is wrong with it where its bytes alone say so.
 * `incomplete`: nothing more can be said before further bytes come; those from `keep` on are needed again.
 */
export type JsonPiece =
  | {
      readonly kind: 'record';
      readonly start: number;
      readonly end: number;
      readonly next: number;
      readonly defect?: string;
    }
  | { readonly kind: 'incomplete'; readonly keep: number }
  | { readonly kind: 'end' };

const END: JsonPiece = { kind: 'end' };

/** Cuts a JSON file into pieces. What it finds does not depend on where the bytes are cut into blocks. */
export interface JsonSplitter {
  next(bytes: Buffer, from: number, last: boolean): JsonPiece;
}

/** Every line that is not blank is a piece. */
export class LineSplitter implements JsonSplitter {
  /** Set while the rest of a line that is too long is passed over. */
  #skipping = false;

  next(bytes: Buffer, from: number, last: boolean): JsonPiece {
    let start = from;
    if (this.#skipping) {
      const lineFeed = bytes.indexOf(LINE_FEED, from);
      if (lineFeed < 0) return last ? END : { kind: 'incomplete', keep: bytes.length };
      this.#skipping = false;
      start = lineFeed + 1;
    }
    while (start < bytes.length && isSpace(bytes[start])) start += 1;
    if (start >= bytes.length) return last ? END : { kind: 'incomplete', keep: bytes.length };
    const lineFeed = bytes.indexOf(LINE_FEED, start);
    if (lineFeed >= 0 || last) {
      const end = lineFeed < 0 ? bytes.length : lineFeed;
      const next = lineFeed < 0 ? end : end + 1;
      return { kind: 'record', start, end: bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end, next };
    }
    if (bytes.length - start <= MAX_RECORD_BYTES + 1) return { kind: 'incomplete', keep: start };
    this.#skipping = true;
    return { kind: 'record', start, end: bytes.length, next: bytes.length, defect: TOO_LONG };
  }
}

/**
 * The elements of a JSON array whose opening bracket has been passed: what stands up to the comma or bracket outside
 * of all braces and strings. They need not be well-formed; that is for the parser to say. A string does not go on
 * beyond its line. Where braces never close, the next line that opens one is looked at afresh.
 */
export class ArraySplitter implements JsonSplitter {
  readonly #after = new LineSplitter();
  #state: 'elements' | 'skipping' | 'after' | 'done' = 'elements';
  #depth = 0;
  /** Brackets among the braces and brackets that are open. */
  #brackets = 0;
  #inString = false;
  #escaped = false;
  #atLineStart = false;
  /** Set when the element before this one was given up: a second time in a row nothing is tried again. */
  #gaveUp = false;

  next(bytes: Buffer, from: number, last: boolean): JsonPiece {
    if (this.#state === 'done') return END;
    let start = from;
    if (this.#state === 'skipping') start = this.#skip(bytes, from);
    if (this.#state === 'after') return this.#trailing(bytes, start, last);
    while (start < bytes.length && (isSpace(bytes[start]) || bytes[start] === COMMA)) start += 1;
    if (start >= bytes.length) {
      if (!last) return { kind: 'incomplete', keep: bytes.length };
      this.#state = 'done';
      return { kind: 'record', start, end: start, next: start, defect: CUT_OFF };
    }
    if (bytes[start] === CLOSE_BRACKET) {
      this.#state = 'after';
      return this.#trailing(bytes, start + 1, last);
    }
    return this.#element(bytes, start, last);
  }

  #trailing(bytes: Buffer, from: number, last: boolean): JsonPiece {
    const piece = this.#after.next(bytes, from, last);
    return piece.kind === 'record' ? { ...piece, defect: AFTER_END } : piece;
  }

  #element(bytes: Buffer, start: number, last: boolean): JsonPiece {
    this.#depth = 0;
    this.#brackets = 0;
    this.#inString = false;
    this.#escaped = false;
    const limit = start + MAX_RECORD_BYTES + 1;
    const end = this.#elementEnd(bytes, start, Math.min(limit, bytes.length));
    if (end >= 0) {
      this.#gaveUp = false;
      return { kind: 'record', start, end: trimmedEnd(bytes, start, end), next: end };
    }
    const foreign = end === -1 ? undefined : -end - 2;
    if (foreign === undefined && bytes.length < limit && !last) return { kind: 'incomplete', keep: start };
    const window = foreign ?? Math.min(limit, bytes.length);
    const again = this.#gaveUp ? -1 : nextOpening(bytes, start, window);
    this.#gaveUp = true;
    if (again >= 0) {
      return { kind: 'record', start, end: trimmedEnd(bytes, start, again), next: again, defect: NOT_CLOSED };
    }
    if (window < limit) {
      return { kind: 'record', start, end: trimmedEnd(bytes, start, window), next: window };
    }
    this.#state = 'skipping';
    this.#atLineStart = false;
    return { kind: 'record', start, end: window, next: window, defect: TOO_LONG };
  }

  /**
   * Position after the element, or -1 when it is not there before `limit`. Where a bracket comes before that closes
   * nothing of the element, and so is the array's own, -2 minus its position.
   */
  #elementEnd(bytes: Buffer, start: number, limit: number): number {
    for (let index = start; index < limit; index += 1) {
      const byte = bytes[index] as number;
      // A line break inside a string: the closing quote is missing.
      if (this.#inString && byte === LINE_FEED) return index;
      const depth = this.#depth;
      if (depth === 0 && !this.#inString) {
        if (byte === COMMA || byte === CLOSE_BRACKET) return index;
        if (byte === OPEN_BRACE && index > start) return index;
      }
      if (byte === CLOSE_BRACKET && !this.#inString && this.#brackets === 0) return -2 - index;
      this.#step(byte);
      if (depth > 0 && this.#depth === 0) return index + 1;
    }
    return -1;
  }

  /** Passes over the rest of an element that is too long; returns where to go on. */
  #skip(bytes: Buffer, from: number): number {
    for (let index = from; index < bytes.length; index += 1) {
      const byte = bytes[index] as number;
      const opensLine = this.#atLineStart && byte === OPEN_BRACE;
      this.#atLineStart = byte === LINE_FEED;
      if (byte === LINE_FEED) this.#inString = false;
      else this.#step(byte);
      const closed = this.#depth <= 0 && !this.#inString;
      if (!opensLine && !closed) continue;
      this.#state = 'elements';
      // A bracket that closes nothing is the array's own.
      return opensLine || this.#depth < 0
        ? index
        : index + (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET ? 1 : 0);
    }
    return bytes.length;
  }

  #step(byte: number): void {
    if (this.#inString) {
      if (this.#escaped) this.#escaped = false;
      else if (byte === BACKSLASH) this.#escaped = true;
      else if (byte === QUOTE) this.#inString = false;
    } else if (byte === QUOTE) {
      this.#inString = true;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#depth += 1;
      if (byte === OPEN_BRACKET) this.#brackets += 1;
    } else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && this.#depth > 0) {
      this.#depth -= 1;
      if (byte === CLOSE_BRACKET) this.#brackets = Math.max(0, this.#brackets - 1);
    }
  }
}

/** Position after the bracket when the text is an array; undefined when it is none, or only spaces so far. */
export function arrayStart(bytes: Buffer, from: number): number | undefined {
  const start = firstText(bytes, from);
  return bytes[start] === OPEN_BRACKET ? start + 1 : undefined;
}

/** Position of the first byte that is no space; the length where there is none. */
export function firstText(bytes: Buffer, from: number): number {
  let start = from;
  while (start < bytes.length && isSpace(bytes[start])) start += 1;
  return start;
}

/** Start of the next line after `from` that opens a brace, or -1. */
function nextOpening(bytes: Buffer, from: number, limit: number): number {
  for (let lineFeed = bytes.indexOf(LINE_FEED, from); lineFeed >= 0 && lineFeed < limit; ) {
    let index = lineFeed + 1;
    while (index < limit && (isSpace(bytes[index]) || bytes[index] === COMMA)) index += 1;
    if (index < limit && bytes[index] === OPEN_BRACE) return index;
    lineFeed = bytes.indexOf(LINE_FEED, index);
  }
  return -1;
}

function trimmedEnd(bytes: Buffer, start: number, end: number): number {
  let trimmed = end;
  while (trimmed > start && (isSpace(bytes[trimmed - 1]) || bytes[trimmed - 1] === COMMA)) trimmed -= 1;
  return trimmed;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === LINE_FEED || byte === CARRIAGE_RETURN;
}
