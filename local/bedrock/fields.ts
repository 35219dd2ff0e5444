/** Reads the fields of a request and refuses what does not fit, in AWS's words. */
import { invalid } from './errors.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const problem = (name: string, rule: string) =>
  invalid(`1 validation error detected: Value at '${name}' failed to satisfy constraint: ${rule}`);

export interface TextRule {
  readonly pattern?: RegExp;
  readonly min?: number;
  readonly max?: number;
}

export function text(fields: Fields, name: string, rule: TextRule = {}): string {
  const value = optionalText(fields, name, rule);
  if (value === undefined) throw problem(name, 'Member must not be null');
  return value;
}

export function optionalText(fields: Fields, name: string, rule: TextRule = {}): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string') throw problem(name, 'Member must be a string');
  const { pattern, min = 0, max = Number.POSITIVE_INFINITY } = rule;
  if (value.length < min) throw problem(name, `Member must have length greater than or equal to ${min}`);
  if (value.length > max) throw problem(name, `Member must have length less than or equal to ${max}`);
  if (pattern !== undefined && !new RegExp(`^(?:${pattern.source})$`).test(value)) {
    throw problem(name, `Member must satisfy regular expression pattern: ${pattern.source}`);
  }
  return value;
}

export function optionalInteger(fields: Fields, name: string, min: number, max: number): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (!Number.isInteger(value)) throw problem(name, 'Member must be an integer');
  if ((value as number) < min || (value as number) > max) {
    throw problem(name, `Member must be between ${min} and ${max}`);
  }
  return value as number;
}

export function optionalChoice<T extends string>(
  fields: Fields,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (!choices.includes(value as T))
    throw problem(name, `Member must satisfy enum value set: [${choices.join(', ')}]`);
  return value as T;
}

export function optionalFields(fields: Fields, name: string): Fields | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (!isFields(value)) throw problem(name, 'Member must be an object');
  return value;
}

export function optionalList(fields: Fields, name: string): readonly unknown[] | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw problem(name, 'Member must be a list');
  return value;
}

/** A map of strings, such as tags or session attributes. */
export function optionalTextMap(fields: Fields, name: string): Record<string, string> | undefined {
  const value = optionalFields(fields, name);
  if (value === undefined) return undefined;
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== 'string') throw problem(`${name}.${key}`, 'Member must be a string');
  }
  return { ...value } as Record<string, string>;
}

/** Refuses what this runtime does not do, instead of ignoring it. */
export function refuse(fields: Fields, where: string, names: Readonly<Record<string, string>>): void {
  for (const [name, reason] of Object.entries(names)) {
    if (fields[name] !== undefined && fields[name] !== null) {
      throw invalid(`${where}.${name} is not supported by this runtime: ${reason}`);
    }
  }
}

export const ID = { pattern: /[0-9a-zA-Z]{10}/ } as const;
export const NAME = { pattern: /([0-9a-zA-Z][_-]?){1,100}/ } as const;
export const DESCRIPTION = { min: 1, max: 200 } as const;
