/** A JSON object of one record, or why it is none. Numbers are kept as they were written: a float would change money. */
export type ParsedRecord =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly reason: string };

/** Values of an object; numbers have become their source text. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
export type JsonValue = null | boolean | string | readonly JsonValue[] | JsonObject;

/** Deepest nesting of a record; TMF635 needs three levels. */
export const MAX_DEPTH = 64;

type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;
/** JSON.parse with the source text of primitives, which TypeScript's library does not declare yet. */
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => JsonValue;

/** Parses one record. A key that stands twice is an error: readers differ on which of the two values counts. */
export function parseRecord(bytes: Buffer): ParsedRecord {
  const shape = shapeOf(bytes);
  if (shape.depth > MAX_DEPTH) return { ok: false, reason: 'nested too deeply' };
  let keys = 0;
  let value: JsonValue;
  try {
    value = parseWithSource(bytes.toString('utf8'), function (_key, item, context) {
      if (!Array.isArray(this)) keys += 1;
      return typeof item === 'number' ? (context.source ?? String(item)) : item;
    });
  } catch {
    return { ok: false, reason: 'not well-formed JSON' };
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { ok: false, reason: 'not a JSON object' };
  }
  // The whole value is told as a key of its own.
  if (keys - 1 !== shape.colons) return { ok: false, reason: 'a key stands twice' };
  return { ok: true, value: value as JsonObject };
}

/** Text of a value for a column: empty where it is absent or null, undefined where it is not a single value. */
export function textOf(object: JsonObject, key: string): string | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  return typeof value === 'boolean' ? String(value) : undefined;
}

/** Colons outside of strings, which is the number of keys in all objects together, and the deepest nesting. */
function shapeOf(bytes: Buffer): { readonly colons: number; readonly depth: number } {
  let colons = 0;
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (byte === 34) {
      for (index += 1; index < bytes.length && bytes[index] !== 34; index += 1) {
        if (bytes[index] === 92) index += 1;
      }
    } else if (byte === 58) {
      colons += 1;
    } else if (byte === 123 || byte === 91) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (byte === 125 || byte === 93) {
      depth -= 1;
    }
  }
  return { colons, depth: deepest };
}
