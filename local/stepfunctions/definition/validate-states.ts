/** Checks what one state type has and others do not. */
import { parseResource } from '../integrations/resource.ts';
import { expressionOf } from '../jsonata/evaluator.ts';
import { type Check, isObject, type Json } from './check.ts';
import { checkFields, checkTemplate, type FieldContext } from './fields.ts';
import { CATCHER_FIELDS, RETRIER_FIELDS, RULE_FIELDS } from './state-fields.ts';
import { isTimestamp } from './timestamp.ts';

export function checkNext(state: Json, { diagnostics, path }: FieldContext): void {
  const ends = state.End === true;
  if (ends === (state.Next !== undefined)) {
    diagnostics.error(path, "Exactly one of 'Next' and 'End: true' is required", 'MISSING_END_STATE');
  }
}

export function checkTask(state: Json, context: FieldContext, check: Check): void {
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

export function checkWait(state: Json, { diagnostics, path }: FieldContext): void {
  const given = ['Seconds', 'Timestamp'].filter((field) => state[field] !== undefined);
  if (given.length !== 1) diagnostics.error(path, "A Wait needs exactly one of 'Seconds' and 'Timestamp'");
  const stamp = state.Timestamp;
  if (typeof stamp === 'string' && expressionOf(stamp) === undefined && !isTimestamp(stamp)) {
    diagnostics.error(`${path}/Timestamp`, `'${stamp}' is not an ISO-8601 date and time with an offset`);
  }
}

export function checkParallel(state: Json, path: string, language: string, check: Check): void {
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
    check.region(branch, at, String(branch.QueryLanguage ?? language), check);
  }
}

export function checkChoices(state: Json, context: FieldContext): void {
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

export function checkRecovery(state: Json, context: FieldContext): void {
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
