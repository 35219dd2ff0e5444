/** Evaluates the fields of a state: literals, and strings that are `{% expression %}`. */
import { EvaluationError } from '../errors.ts';
import { analyze } from './analyze.ts';
import { Realm } from './realm.ts';
import { WatchedRealm } from './watched-realm.ts';

/** `$states` as an expression sees it. */
export interface StatesBinding {
  readonly input?: unknown;
  readonly result?: unknown;
  readonly errorOutput?: unknown;
  readonly context: unknown;
}

export interface Scope {
  readonly states: StatesBinding;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly now: number;
}

/** The expression inside `{% … %}`, or undefined when the text is a plain string. */
export function expressionOf(text: string): string | undefined {
  if (!text.startsWith('{%') || !text.endsWith('%}') || text.length < 4) return undefined;
  return text.slice(2, -2).trim();
}

export type JsonType = 'array' | 'object' | 'string' | 'number' | 'integer' | 'boolean' | 'null';

/** AWS's name of a JSON value's type in error messages. */
export function jsonType(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as JsonType;
}

const realm = new Realm();
/** A regular expression runs in native code, where no bound is checked: it gets a thread that can be ended. */
const watchedRealm = new WatchedRealm();

/** Value of one expression. Throws EvaluationError in AWS's words when it has none. */
export function evaluate(expression: string, field: string, scope: Scope): unknown {
  const facts = analyze(expression);
  const bindings: Record<string, unknown> = {};
  for (const name of facts.variables) {
    if (Object.hasOwn(scope.variables, name)) bindings[name] = scope.variables[name];
  }
  if (facts.states.size > 0) {
    const states: Record<string, unknown> = {};
    for (const member of facts.states) states[member] = scope.states[member];
    bindings.states = states;
  }
  const reply = (facts.hasRegex ? watchedRealm : realm).evaluate({ expression, bindings, now: scope.now });
  if (reply.undefined === true) throw new EvaluationError(field, undefinedMessage(expression, field));
  if (reply.isFunction === true) throw new EvaluationError(field, unexpectedFunction(expression, field));
  if (reply.error !== undefined) {
    const { code, message } = reply.error;
    const specified = `The JSONata expression '${expression}' specified for the field '${field}'`;
    throw new EvaluationError(
      field,
      `${specified} threw an error during evaluation${code === '' ? '' : `. ${code}`}: ${message}`,
    );
  }
  return reply.value;
}

function undefinedMessage(expression: string, field: string): string {
  return `The JSONata expression '${expression}' specified for the field '${field}' returned nothing (undefined).`;
}

function unexpectedFunction(expression: string, field: string): string {
  return `The JSONata expression '${expression}' specified for the field '${field}' returned an unsupported result type.`;
}

/**
 * Value of a field in which any string may be an expression, at any depth.
 * @param field name of the field; grows into the path that errors name (`Output/total[0]`).
 */
export function evaluateTemplate(template: unknown, field: string, scope: Scope): unknown {
  if (typeof template === 'string') {
    const expression = expressionOf(template);
    return expression === undefined ? template : evaluate(expression, field, scope);
  }
  if (Array.isArray(template)) {
    return template.map((item, index) => evaluateTemplate(item, `${field}[${index}]`, scope));
  }
  if (template !== null && typeof template === 'object') {
    const result: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(template)) {
      const evaluated = evaluateTemplate(value, `${field}/${key}`, scope);
      Object.defineProperty(result, key, {
        value: evaluated,
        enumerable: true,
        writable: true,
        configurable: true,
      });
    }
    return result;
  }
  return template;
}

/** Value of a field that must have one type. A literal is trusted: it was checked when the definition was created. */
export function evaluateTyped(template: unknown, field: string, expected: JsonType, scope: Scope): unknown {
  const value = evaluateTemplate(template, field, scope);
  if (hasType(value, expected)) return value;
  const expression = typeof template === 'string' ? expressionOf(template) : undefined;
  const found = `Expected '${expected}', but was '${jsonType(value)}' for value: ${JSON.stringify(value)}`;
  const message =
    expression === undefined
      ? `The field '${field}' has an unexpected type. ${found}`
      : `The JSONata expression '${expression}' specified for the field '${field}' returned an unexpected result type. ${found}`;
  throw new EvaluationError(field, message);
}

function hasType(value: unknown, expected: JsonType): boolean {
  if (expected === 'integer') return Number.isInteger(value);
  return jsonType(value) === expected;
}
