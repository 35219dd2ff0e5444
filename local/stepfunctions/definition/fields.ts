/** Which members a JSON object of a definition may have, and of what kind. */

import { analyze, type StatesMember } from '../jsonata/analyze.ts';
import { expressionOf } from '../jsonata/evaluator.ts';
import type { Diagnostics } from './diagnostics.ts';

/** Kinds of member values. `...OrExpression` also takes `{% … %}`; `template` takes anything with expressions inside. */
export type FieldKind =
  | 'text'
  | 'textOrExpression'
  | 'boolean'
  | 'count'
  | 'countOrExpression'
  | 'positive'
  | 'positiveOrExpression'
  | 'percentageOrExpression'
  | 'template'
  | 'assignments'
  | 'any';

/** Fields that only exist in JSONPath states. */
const JSONPATH_FIELDS = new Set([
  'InputPath',
  'OutputPath',
  'ResultPath',
  'ResultSelector',
  'Parameters',
  'ItemsPath',
  'Result',
  'Variable',
  'SecondsPath',
  'TimestampPath',
  'TimeoutSecondsPath',
  'HeartbeatSecondsPath',
  'MaxConcurrencyPath',
  'ToleratedFailureCountPath',
  'ToleratedFailurePercentagePath',
  'MaxItemsPath',
  'MaxItemsPerBatchPath',
  'MaxInputBytesPerBatchPath',
  'ErrorPath',
  'CausePath',
]);

export interface FieldContext {
  readonly diagnostics: Diagnostics;
  readonly path: string;
  /** Members of `$states` that exist where this object's expressions run. */
  readonly states?: readonly StatesMember[];
}

/**
 * Checks the members of one object.
 * @param kinds every member it may have. Anything else is refused: it would otherwise be ignored silently.
 */
export function checkFields(
  value: Readonly<Record<string, unknown>>,
  kinds: Readonly<Record<string, FieldKind>>,
  context: FieldContext,
): void {
  for (const [name, member] of Object.entries(value)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    const path = `${context.path}/${name}`;
    if (kind === undefined) {
      const reason = JSONPATH_FIELDS.has(name) || name.endsWith('.$');
      const jsonpath = `Field '${name}' belongs to the JSONPath query language, which this runtime does not run`;
      context.diagnostics.error(path, reason ? jsonpath : `Field '${name}' is not supported here`);
      continue;
    }
    checkKind(member, kind, { ...context, path });
  }
}

function checkKind(value: unknown, kind: FieldKind, context: FieldContext): void {
  if (kind === 'any') return;
  if (kind === 'template' || kind === 'assignments') {
    if (kind === 'assignments') checkAssignments(value, context);
    checkTemplate(value, context);
    return;
  }
  const takesExpression = kind.endsWith('OrExpression');
  if (takesExpression && typeof value === 'string' && expressionOf(value) !== undefined) {
    checkTemplate(value, context);
    return;
  }
  const wanted = literalProblem(value, kind.replace('OrExpression', ''));
  if (wanted !== undefined) {
    context.diagnostics.error(
      context.path,
      `Expected ${wanted}${takesExpression ? ' or a JSONata expression' : ''}`,
    );
  }
}

function literalProblem(value: unknown, kind: string): string | undefined {
  const whole = Number.isInteger(value) ? (value as number) : -1;
  switch (kind) {
    case 'text':
      return typeof value === 'string' ? undefined : 'a string';
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'a boolean';
    case 'count':
      return whole >= 0 && whole <= 99_999_999 + 1 ? undefined : 'a non-negative integer';
    case 'positive':
      return whole >= 1 && whole <= 99_999_999 ? undefined : 'an integer from 1 to 99999999';
    case 'percentage':
      return typeof value === 'number' && value >= 0 && value <= 100 ? undefined : 'a number from 0 to 100';
    default:
      return undefined;
  }
}

const VARIABLE_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;

function checkAssignments(value: unknown, context: FieldContext): void {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    context.diagnostics.error(context.path, 'Assign must be an object');
    return;
  }
  for (const name of Object.keys(value)) {
    if (name === 'states' || !VARIABLE_NAME.test(name) || name.length > 80) {
      context.diagnostics.error(`${context.path}/${name}`, `'${name}' is not a valid variable name`);
    }
  }
}

/** Parses every expression in a value, at any depth, and refuses what AWS refuses when a definition is created. */
export function checkTemplate(value: unknown, context: FieldContext): void {
  if (typeof value === 'string') {
    checkExpression(value, context);
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      checkTemplate(item, { ...context, path: `${context.path}[${index}]` });
    });
  } else if (value !== null && typeof value === 'object') {
    for (const [key, member] of Object.entries(value)) {
      checkTemplate(member, { ...context, path: `${context.path}/${key}` });
    }
  }
}

function checkExpression(text: string, { diagnostics, path, states }: FieldContext): void {
  const expression = expressionOf(text);
  if (expression === undefined) {
    const looksLikeOne = text.trim().startsWith('{%') || text.trim().endsWith('%}');
    const why = "An expression begins with '{%' and ends with '%}', with nothing around it";
    if (looksLikeOne) diagnostics.error(path, why, 'INVALID_JSONATA_EXPRESSION');
    return;
  }
  const facts = analyze(expression);
  if (facts.refusal !== undefined) {
    diagnostics.error(path, facts.refusal.message, facts.refusal.code);
    return;
  }
  // Reading all of $states at once is allowed anywhere; a member by name must exist here.
  if (states === undefined || facts.states.size === 4) return;
  for (const member of facts.states) {
    if (states.includes(member)) continue;
    diagnostics.warn(path, `'$states.${member}' has no value in this field`, 'UNDEFINED_STATES_MEMBER');
  }
}
