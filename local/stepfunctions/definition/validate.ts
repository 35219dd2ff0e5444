/** Checks a definition completely, so that an accepted one is never half run. */

import { supportsPattern } from '../integrations/built-in.ts';
import { parseResource } from '../integrations/resource.ts';
import { expressionOf } from '../jsonata/evaluator.ts';
import { Diagnostics } from './diagnostics.ts';
import { checkFields, checkTemplate, type FieldContext } from './fields.ts';
import type { Definition } from './model.ts';
import { StateType } from './model.ts';
import { CATCHER_FIELDS, RETRIER_FIELDS, RULE_FIELDS, STATE_FIELDS } from './state-fields.ts';
import { isTimestamp } from './timestamp.ts';
import { checkMap } from './validate-map.ts';

/** Whether the runtime has what a Task needs. `functionName` is undefined when an expression computes it. */
export type CanRun = (resourceArn: string, functionName: string | undefined) => boolean;

export type Json = Readonly<Record<string, unknown>>;

export interface Check {
  readonly diagnostics: Diagnostics;
  readonly canRun: CanRun;
  readonly names: Set<string>;
}

export const MAX_STATE_NAME = 80;

/** Largest definition in bytes. */
export const MAX_DEFINITION_BYTES = 1_048_576;

export interface ValidationResult {
  readonly diagnostics: Diagnostics;
  /** Set when there is no error. */
  readonly definition?: Definition;
}

/** Parses and checks definition text. Never throws. */
export function validateDefinition(text: string, canRun: CanRun): ValidationResult {
  const diagnostics = new Diagnostics();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    diagnostics.error(
      '/',
      `Could not parse the definition: ${(thrown as Error).message}`,
      'INVALID_JSON_DESCRIPTION',
    );
    return { diagnostics };
  }
  if (!isObject(value)) {
    diagnostics.error('/', 'The definition must be a JSON object', 'INVALID_JSON_DESCRIPTION');
    return { diagnostics };
  }
  const check: Check = { diagnostics, canRun, names: new Set() };
  const { StartAt: _start, States: _states, ...top } = value;
  const kinds = {
    Comment: 'text',
    Version: 'text',
    TimeoutSeconds: 'positive',
    QueryLanguage: 'text',
  } as const;
  checkFields(top, kinds, { diagnostics, path: '' });
  if (value.Version !== undefined && value.Version !== '1.0') diagnostics.error('/Version', 'Must be 1.0');
  const language = value.QueryLanguage ?? 'JSONPath';
  if (language !== 'JSONata' && language !== 'JSONPath') {
    diagnostics.error('/QueryLanguage', "Must be 'JSONata' or 'JSONPath'");
  }
  checkRegion(value, '', String(language), check);
  return diagnostics.errors.length > 0
    ? { diagnostics }
    : { diagnostics, definition: value as unknown as Definition };
}

export function isObject(value: unknown): value is Json {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** Checks a machine, a branch or an item processor: its states, and that all are reachable and lead somewhere. */
export function checkRegion(region: Json, path: string, language: string, check: Check): void {
  const { diagnostics } = check;
  const states = region.States;
  const start = region.StartAt;
  if (typeof start !== 'string') diagnostics.error(`${path}/StartAt`, 'StartAt must be a string');
  if (!isObject(states) || Object.keys(states).length === 0) {
    diagnostics.error(`${path}/States`, 'States must be an object with at least one state');
    return;
  }
  if (typeof start === 'string' && !Object.hasOwn(states, start)) {
    diagnostics.error(
      `${path}/StartAt`,
      `StartAt target '${start}' is not defined`,
      'MISSING_TRANSITION_TARGET',
    );
  }
  const targets = new Set<unknown>([start]);
  for (const [name, state] of Object.entries(states)) {
    checkState(name, state, `${path}/States/${name}`, language, check);
    for (const [at, target] of transitions(state)) {
      targets.add(target);
      if (typeof target === 'string' && !Object.hasOwn(states, target)) {
        const location = `${path}/States/${name}${at}`;
        diagnostics.error(
          location,
          `${at.slice(at.lastIndexOf('/') + 1)} target '${target}' is not defined`,
          'MISSING_TRANSITION_TARGET',
        );
      }
    }
  }
  for (const name of Object.keys(states)) {
    if (!targets.has(name)) {
      diagnostics.error(
        `${path}/States/${name}`,
        `State '${name}' is not reachable.`,
        'MISSING_TRANSITION_TARGET',
      );
    }
  }
}

function* transitions(state: unknown): Generator<[string, unknown]> {
  if (!isObject(state)) return;
  if (state.Next !== undefined) yield ['/Next', state.Next];
  if (state.Default !== undefined) yield ['/Default', state.Default];
  for (const list of ['Choices', 'Catch']) {
    const items = state[list];
    if (!Array.isArray(items)) continue;
    for (const [index, item] of items.entries()) {
      if (isObject(item) && item.Next !== undefined) yield [`/${list}[${index}]/Next`, item.Next];
    }
  }
}

const TERMINAL: ReadonlySet<string> = new Set([StateType.Succeed, StateType.Fail]);

function checkState(name: string, state: unknown, path: string, outer: string, check: Check): void {
  const { diagnostics } = check;
  if (check.names.has(name))
    diagnostics.error(path, `State name '${name}' is used twice`, 'DUPLICATE_STATE_NAME');
  check.names.add(name);
  if (name.length > MAX_STATE_NAME)
    diagnostics.error(path, `State name is longer than ${MAX_STATE_NAME} characters`);
  if (!isObject(state)) {
    diagnostics.error(path, 'A state must be an object');
    return;
  }
  const type = state.Type;
  if (typeof type !== 'string' || !Object.hasOwn(STATE_FIELDS, type)) {
    diagnostics.error(`${path}/Type`, `Unknown state type '${String(type)}'`);
    return;
  }
  const language = state.QueryLanguage ?? outer;
  if (language !== 'JSONata') {
    const reason = `State '${name}' uses the query language ${String(language)}; this runtime runs JSONata only`;
    diagnostics.error(`${path}/QueryLanguage`, reason, 'UNSUPPORTED_QUERY_LANGUAGE');
    return;
  }
  const context: FieldContext = { diagnostics, path, states: ['input', 'context'] };
  checkFields(state, STATE_FIELDS[type as StateType], context);
  if (type === StateType.Choice) checkChoices(state, context);
  else if (!TERMINAL.has(type)) checkNext(state, context);
  if (type === StateType.Task || type === StateType.Parallel || type === StateType.Map) {
    checkRecovery(state, context);
    const after: FieldContext = { ...context, states: ['input', 'context', 'result'] };
    const { Output, Assign } = state;
    checkFields(
      { ...(Output === undefined ? {} : { Output }), ...(Assign === undefined ? {} : { Assign }) },
      { Output: 'template', Assign: 'assignments' },
      after,
    );
  }
  const inner = String(language);
  if (type === StateType.Task) checkTask(state, context, check);
  if (type === StateType.Wait) checkWait(state, context);
  if (type === StateType.Parallel) checkParallel(state, path, inner, check);
  if (type === StateType.Map) checkMap(state, context, inner, check);
}

function checkNext(state: Json, { diagnostics, path }: FieldContext): void {
  const ends = state.End === true;
  if (ends === (state.Next !== undefined)) {
    diagnostics.error(path, "Exactly one of 'Next' and 'End: true' is required", 'MISSING_END_STATE');
  }
}

function checkTask(state: Json, context: FieldContext, check: Check): void {
  const { diagnostics, path } = context;
  const arn = state.Resource;
  if (typeof arn !== 'string') {
    diagnostics.error(`${path}/Resource`, 'A Task needs a Resource');
    return;
  }
  const resource = parseResource(arn);
  if (resource === undefined) {
    diagnostics.error(`${path}/Resource`, `'${arn}' is not a resource this runtime can call`);
    return;
  }
  if (!supportsPattern(resource)) {
    diagnostics.error(
      `${path}/Resource`,
      `'${arn}': the .sync pattern is supported for nested executions only`,
    );
  }
  const { Arguments: given } = state;
  const name = isObject(given) ? given.FunctionName : undefined;
  const functionName = typeof name === 'string' && expressionOf(name) === undefined ? name : undefined;
  if (!check.canRun(arn, functionName)) {
    const what = functionName === undefined ? arn : `${arn} for the function ${functionName}`;
    diagnostics.error(`${path}/Resource`, `No handler is registered for ${what}`, 'UNKNOWN_RESOURCE');
  }
  const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
  if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
    diagnostics.error(`${path}/HeartbeatSeconds`, 'HeartbeatSeconds must be smaller than TimeoutSeconds');
  }
}

function checkWait(state: Json, { diagnostics, path }: FieldContext): void {
  const given = ['Seconds', 'Timestamp'].filter((field) => state[field] !== undefined);
  if (given.length !== 1) diagnostics.error(path, "A Wait needs exactly one of 'Seconds' and 'Timestamp'");
  const stamp = state.Timestamp;
  if (typeof stamp === 'string' && expressionOf(stamp) === undefined && !isTimestamp(stamp)) {
    diagnostics.error(`${path}/Timestamp`, `'${stamp}' is not an ISO-8601 date and time with an offset`);
  }
}

function checkParallel(state: Json, path: string, language: string, check: Check): void {
  const branches = state.Branches;
  if (!Array.isArray(branches) || branches.length === 0) {
    check.diagnostics.error(`${path}/Branches`, 'A Parallel needs at least one branch');
    return;
  }
  for (const [index, branch] of branches.entries()) {
    const at = `${path}/Branches[${index}]`;
    if (!isObject(branch)) {
      check.diagnostics.error(at, 'A branch must be an object');
      continue;
    }
    const { States: _s, StartAt: _a, ...rest } = branch;
    checkFields(
      rest,
      { Comment: 'text', QueryLanguage: 'text' },
      { diagnostics: check.diagnostics, path: at },
    );
    checkRegion(branch, at, String(branch.QueryLanguage ?? language), check);
  }
}

function checkChoices(state: Json, context: FieldContext): void {
  const { diagnostics, path } = context;
  const rules = state.Choices;
  if (!Array.isArray(rules) || rules.length === 0) {
    diagnostics.error(`${path}/Choices`, 'A Choice needs at least one rule');
    return;
  }
  for (const [index, rule] of rules.entries()) {
    const at: FieldContext = { ...context, path: `${path}/Choices[${index}]` };
    if (!isObject(rule)) {
      diagnostics.error(at.path, 'A rule must be an object');
      continue;
    }
    checkFields(rule, RULE_FIELDS, at);
    if (typeof rule.Next !== 'string') diagnostics.error(`${at.path}/Next`, 'A rule needs Next');
    const condition = rule.Condition;
    const literal = typeof condition === 'boolean';
    if (!literal && (typeof condition !== 'string' || expressionOf(condition) === undefined)) {
      diagnostics.error(`${at.path}/Condition`, 'Condition must be a JSONata expression or a boolean');
    }
    checkTemplate(condition, { ...at, path: `${at.path}/Condition` });
  }
}

function checkRecovery(state: Json, context: FieldContext): void {
  for (const [list, fields] of [
    ['Retry', RETRIER_FIELDS],
    ['Catch', CATCHER_FIELDS],
  ] as const) {
    const items = state[list];
    if (items === undefined) continue;
    const path = `${context.path}/${list}`;
    if (!Array.isArray(items)) {
      context.diagnostics.error(path, `${list} must be an array`);
      continue;
    }
    for (const [index, item] of items.entries()) {
      const at: FieldContext = {
        ...context,
        path: `${path}[${index}]`,
        states: ['input', 'context', 'errorOutput'],
      };
      if (!isObject(item)) context.diagnostics.error(at.path, 'Must be an object');
      else {
        checkFields(item, fields, at);
        checkErrorEquals(item, index === items.length - 1, at);
        if (list === 'Catch' && typeof item.Next !== 'string')
          context.diagnostics.error(`${at.path}/Next`, 'A catcher needs Next');
        if (list === 'Retry') checkBackoff(item, at);
      }
    }
  }
}

function checkErrorEquals(item: Json, isLast: boolean, { diagnostics, path }: FieldContext): void {
  const names = item.ErrorEquals;
  const at = `${path}/ErrorEquals`;
  if (!Array.isArray(names) || names.length === 0 || names.some((name) => typeof name !== 'string')) {
    diagnostics.error(at, 'ErrorEquals must be a non-empty array of strings');
    return;
  }
  const all = names.includes('States.ALL');
  if (all && names.length > 1) diagnostics.error(at, 'States.ALL must appear alone');
  if (all && !isLast) diagnostics.error(at, 'States.ALL must be in the last element');
}

function checkBackoff(item: Json, { diagnostics, path }: FieldContext): void {
  const rate = item.BackoffRate;
  if (rate !== undefined && (typeof rate !== 'number' || rate < 1)) {
    diagnostics.error(`${path}/BackoffRate`, 'BackoffRate must be a number of at least 1.0');
  }
  const jitter = item.JitterStrategy;
  if (jitter !== undefined && jitter !== 'FULL' && jitter !== 'NONE') {
    diagnostics.error(`${path}/JitterStrategy`, "JitterStrategy must be 'FULL' or 'NONE'");
  }
}
