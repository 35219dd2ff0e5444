import { z } from 'zod';
import { SEVERITIES, STAGES } from '#core/controls/control.ts';
import { DATASET_NAMES } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { DIMENSIONS, VIOLATION_COLUMNS } from '#core/domain/violation.ts';

const TOLERANCES = [
  'absolute_eur',
  'relative_per_mille',
  'share_per_mille',
  'factor_per_mille',
  'lag_days',
  'lag_hours',
  'seconds',
  'records',
  'files',
  'units',
  'attempts',
] as const;

const words = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .regex(/^[^\r\n]*$/, 'one line');
const unique = (what: string) =>
  [(list: readonly string[]) => new Set(list).size === list.length, what] as const;

const declaration = z.strictObject({
  id: z.string().regex(/^X\d{2,4}$/, 'X and two to four digits, such as X01'),
  title: words(120),
  stage: z.enum(STAGES),
  compares: words(400),
  needs: z
    .array(z.enum(DATASET_NAMES))
    .min(1)
    .refine(...unique('each dataset once')),
  also: z
    .array(z.enum(DATASET_NAMES))
    .refine(...unique('each dataset once'))
    .optional(),
  scope: z.enum(['day', 'month']),
  noun: z.tuple([words(60), words(60)]),
  window: z
    .strictObject({ before: z.int().min(0).max(400).optional(), after: z.int().min(0).max(400).optional() })
    .optional(),
  tolerance: z.partialRecord(
    z.enum(TOLERANCES),
    z.string().regex(/^\d{1,12}(\.\d{1,6})?$/, 'a number as text'),
  ),
  symptoms: z
    .record(z.string().regex(/^[a-z][a-z0-9-]*$/, 'lower-case words with hyphens'), words(120))
    .refine((symptoms) => Object.keys(symptoms).length > 0, 'at least one'),
  ruleVersion: z.string().regex(/^\d{1,6}$/, 'a whole number as text'),
  severity: z.enum(SEVERITIES),
  owner: words(80),
  dimensions: z.array(z.enum(DIMENSIONS)).refine(...unique('each dimension once')),
  money: words(400),
  explain: words(600),
});

/** A control as a user declares it: everything that a Control holds, as data. Its SQL stands beside it. */
export type ControlDeclaration = Readonly<z.infer<typeof declaration>>;

/** What a template may name: the columns of a violation. */
const PLACEHOLDER = /\{([^{}]*)\}/g;
const MUST_NAME = ['key', 'symptom', 'expected', 'charged', 'impact'];

/** Reads a declaration. Throws ControlInvalid that names the file and the field. */
export function parseDeclaration(text: string, where: string): ControlDeclaration {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(where, `it is not JSON: ${(error as Error).message}`);
  }
  const read = declaration.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    const field = issue?.path.map(String).join('.') || 'declaration';
    throw invalid(where, `${field}: ${issue?.message}`);
  }
  const named = [...read.data.explain.matchAll(PLACEHOLDER)].map((match) => match[1] ?? '');
  const unknown = named.find((name) => !(name in VIOLATION_COLUMNS));
  if (unknown !== undefined) throw invalid(where, `explain: {${unknown}} is no column of a violation`);
  const absent = MUST_NAME.find((name) => !named.includes(name));
  if (absent !== undefined) throw invalid(where, `explain: it must say {${absent}}`);
  return read.data;
}

/** The sentence of a template for one violation; what a violation does not have is `unknown`. */
export function fillTemplate(template: string, violation: Readonly<Record<string, unknown>>): string {
  return template.replace(PLACEHOLDER, (_whole, name: string) => String(violation[name] ?? 'unknown'));
}

/** A declared control that cannot be used: which file, and why. */
export function invalid(where: string, why: string): PlumblineError {
  return new PlumblineError('ControlInvalid', {
    what: 'A control of the workspace cannot be used',
    where,
    why,
    next: 'mend the file (docs/controls.md), then plumbline controls test <id>',
  });
}
