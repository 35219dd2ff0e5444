import { MAX_RECORD_BYTES } from './records.ts';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** A piece of a JSON file that should be one record. `incomplete`: it goes on beyond the bytes at hand. */
export type JsonPiece =
  | { readonly kind: 'record'; readonly start: number; readonly end: number; readonly next: number }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'end' };

const INCOMPLETE: JsonPiece = { kind: 'incomplete' };
const END: JsonPiece = { kind: 'end' };

/** The next line that is not blank. */
export function nextLine(bytes: Buffer, from: number, last: boolean): JsonPiece {
  let start = from;
  while (start < bytes.length && isSpace(bytes[start])) start += 1;
  if (start >= bytes.length) return END;
  const lineFeed = bytes.indexOf(LINE_FEED, start);
  if (lineFeed < 0 && !last) return INCOMPLETE;
  let end = lineFeed < 0 ? bytes.length : lineFeed;
  const next = lineFeed < 0 ? end : end + 1;
  if (bytes[end - 1] === CARRIAGE_RETURN) end -= 1;
  return { kind: 'record', start, end, next };
}

/**
 * The next element of a JSON array whose opening bracket has been passed: what stands up to the comma or bracket
 * outside of all braces and strings. It need not be well-formed; that is for the parser to say.
 */
export function nextElement(bytes: Buffer, from: number, last: boolean): JsonPiece {
  let start = from;
  while (start < bytes.length && (isSpace(bytes[start]) || bytes[start] === COMMA)) start += 1;
  if (start >= bytes.length || bytes[start] === CLOSE_BRACKET) return END;
  let depth = 0;
  let inString = false;
  for (let index = start; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (inString) {
      if (byte === BACKSLASH) index += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth += 1;
    } else if (depth === 0 && (byte === COMMA || byte === CLOSE_BRACKET)) {
      return { kind: 'record', start, end: trimmedEnd(bytes, start, index), next: index };
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      depth -= 1;
    }
  }
  if (!last && bytes.length - start <= MAX_RECORD_BYTES) return INCOMPLETE;
  return { kind: 'record', start, end: trimmedEnd(bytes, start, bytes.length), next: bytes.length };
}

/** Position after the bracket when the text is an array, or undefined. */
export function arrayStart(bytes: Buffer, from: number): number | undefined {
  let start = from;
  while (start < bytes.length && isSpace(bytes[start])) start += 1;
  return bytes[start] === OPEN_BRACKET ? start + 1 : undefined;
}

function trimmedEnd(bytes: Buffer, start: number, end: number): number {
  let trimmed = end;
  while (trimmed > start && isSpace(bytes[trimmed - 1])) trimmed -= 1;
  return trimmed;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === LINE_FEED || byte === CARRIAGE_RETURN;
}
