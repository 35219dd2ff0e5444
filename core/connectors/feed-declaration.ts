import { z } from 'zod';
import { DATASET_NAMES } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { FeedDeclaration } from '#core/domain/feed.ts';
import { addDays, type Day, parseDay } from '#core/domain/period.ts';
import { FIELD_READINGS, type Mapping } from './mappings/mapping.ts';

const declaration = z.strictObject({
  dataset: z.enum(DATASET_NAMES),
  format: z.enum(['csv', 'jsonl', 'parquet', 'tmf635', 'markdown']),
  mapping: z.string().min(1).optional(),
  cadence: z.enum(['hourly', 'daily', 'once']),
  slotPattern: z.string().optional(),
  lagDays: z.int().min(0).max(366),
  numbers: z
    .strictObject({
      country: z.string().regex(/^[A-Z]{2}$/, 'an ISO 3166-1 code such as AT'),
      bareDigits: z.enum(['international', 'national']).optional(),
      shortCodeDigits: z.int().min(0).max(9).optional(),
    })
    .optional(),
  sameContent: z.enum(['refuse', 'accept']).optional(),
});

const rule = z.union([
  z.strictObject({ constant: z.string() }),
  z.strictObject({
    from: z.union([z.string(), z.array(z.string()).min(1)]),
    read: z.enum(FIELD_READINGS).optional(),
    values: z.record(z.string(), z.string()).optional(),
    otherwise: z.string().optional(),
  }),
]);

const mapping = z.strictObject({
  name: z.string().min(1),
  doc: z.string(),
  dataset: z.enum(DATASET_NAMES),
  delimited: z
    .strictObject({
      delimiter: z.string().length(1),
      quote: z.literal('"').nullable(),
      header: z.boolean(),
      fields: z.array(z.string()).min(1),
      optionalFields: z.int().min(0).optional(),
    })
    .optional(),
  columns: z.record(z.string(), rule),
  timeZone: z.string().optional(),
});

/** Reads a `feed.json`. Throws SchemaMismatch that names the field when it is not a declaration. */
export function parseFeedDeclaration(text: string, where: string): FeedDeclaration {
  const feed = parsed(declaration, text, where, 'a feed declaration') as FeedDeclaration;
  if (feed.cadence === 'once') return feed;
  const groups = feed.cadence === 'hourly' ? ['date', 'hour'] : ['date'];
  if (groups.some((group) => !feed.slotPattern?.includes(`(?<${group}>`))) {
    throw new PlumblineError('SchemaMismatch', {
      what: `A feed that is due ${feed.cadence} needs a slotPattern`,
      where,
      why: 'without it nobody can tell which file is missing',
      next: `set slotPattern to a regular expression with the named groups ${groups.join(' and ')}`,
    });
  }
  regularExpression(feed.slotPattern ?? '', where);
  return feed;
}

/** Reads a mapping that stands beside a feed. Throws SchemaMismatch that names the field when it is none. */
export function parseMapping(text: string, where: string): Mapping {
  return parsed(mapping, text, where, 'a mapping') as Mapping;
}

/** The slot that a file fills: `2026-10-14`, `2026-10-14T13`, or undefined when its name does not say. */
export function slotOf(feed: FeedDeclaration, fileName: string): string | undefined {
  if (feed.cadence === 'once' || feed.slotPattern === undefined) return undefined;
  const groups = new RegExp(feed.slotPattern).exec(fileName)?.groups;
  const date = /^(\d{4})(\d{2})(\d{2})$/.exec(groups?.date ?? '');
  if (date === null) return undefined;
  const day = `${date[1]}-${date[2]}-${date[3]}`;
  if (!isDay(day)) return undefined;
  if (feed.cadence === 'daily') return day;
  return /^([01]\d|2[0-3])$/.test(groups?.hour ?? '') ? `${day}T${groups?.hour}` : undefined;
}

/** The slots that are due for the days from..to, those of the lag days after `to` included. None for `once`. */
export function dueSlots(feed: FeedDeclaration, from: Day, to: Day): string[] {
  const slots: string[] = [];
  if (feed.cadence === 'once') return slots;
  for (let day = from; day <= addDays(to, feed.lagDays); day = addDays(day, 1)) {
    if (feed.cadence === 'daily') slots.push(day);
    else for (let hour = 0; hour < 24; hour += 1) slots.push(`${day}T${String(hour).padStart(2, '0')}`);
  }
  return slots;
}

function parsed<T>(schema: z.ZodType<T>, text: string, where: string, what: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new PlumblineError(
      'SchemaMismatch',
      { what: `The file is not JSON`, where, why: String(cause) },
      { cause },
    );
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new PlumblineError('SchemaMismatch', {
    what: `The file is not ${what}`,
    where,
    why: `${issue?.path.join('.') || 'it'}: ${issue?.message}`,
  });
}

function regularExpression(pattern: string, where: string): void {
  try {
    new RegExp(pattern);
  } catch (cause) {
    throw new PlumblineError(
      'SchemaMismatch',
      { what: 'slotPattern is not a regular expression', where, why: String(cause) },
      { cause },
    );
  }
}

function isDay(text: string): boolean {
  try {
    parseDay(text);
    return true;
  } catch {
    return false;
  }
}
