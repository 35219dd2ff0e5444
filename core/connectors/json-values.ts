/** A JSON object of one record, or why it is none. Numbers are kept as they were written: a float would change money. */
export type ParsedRecord =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly reason: string };

/** Values of an object; numbers have become their source text. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
export type JsonValue = null | boolean | string | readonly JsonValue[] | JsonObject;

type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
/** JSON.parse with the source text of primitives, which TypeScript's library does not declare yet. */
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => JsonValue;

/** Parses one record. */
export function parseRecord(bytes: Buffer): ParsedRecord {
  let value: JsonValue;
  try {
    value = parseWithSource(bytes.toString('utf8'), (_key, item, context) =>
      typeof item === 'number' ? (context.source ?? String(item)) : item,
    );
  } catch (error) {
    // Deep nesting overflows the stack inside the parser.
    return { ok: false, reason: error instanceof RangeError ? 'nested too deeply' : 'not well-formed JSON' };
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { ok: false, reason: 'not a JSON object' };
  }
  return { ok: true, value: value as JsonObject };
}

/** Text of a value for a column; an absent, null or nested one is empty. */
export function textOf(object: JsonObject, key: string): string {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' ? String(value) : '';
}
