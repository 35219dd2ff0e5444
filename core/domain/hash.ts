import { createHash, hash } from 'node:crypto';

/** A value that JSON can hold, except floats used as money: money travels as strings. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * JSON with sorted keys and no white space: the same value gives the same text, whatever the order in which
 * its fields were set. Fields that are `undefined` are left out. Every hash of the project is taken over this.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const entries = Object.entries(value)
    .filter(([, v]) => v !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(',')}}`;
}

/** Hex SHA-256 of a text (UTF-8) or of bytes. */
export function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Hex SHA-256 of the canonical JSON of a value. */
export function hashOf(value: unknown): string {
  return sha256(canonicalJson(value));
}

/** The `row_hash` of a record: first 32 hex digits of the SHA-256 of its bytes as they stood in the file. */
export function recordHash(record: Uint8Array | string): string {
  return hash('sha256', record, 'hex').slice(0, 32);
}

/**
 * The lake bucket of a join key: the first 8 hex digits of its MD5 as a number, modulo the number of buckets.
 * Stable for ever and in every engine; in SQL `('0x' || md5(key)[1:8])::UBIGINT % buckets`.
 */
export function bucketOf(key: string, buckets: number): number {
  return buckets === 1 ? 0 : Number.parseInt(hash('md5', key, 'hex').slice(0, 8), 16) % buckets;
}
