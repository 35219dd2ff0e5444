/** Checks a definition completely, so that an accepted one is never half run. */
import { isTooDeep, MAX_JSON_DEPTH } from '../../wire/json-depth.ts';
import { type CanRun, type Check, isObject, type Json, MAX_STATE_NAME } from './check.ts';
import { Diagnostics } from './diagnostics.ts';
import { checkFields, type FieldContext } from './fields.ts';
import { type Definition, type State, StateType } from './model.ts';
import { STATE_FIELDS } from './state-fields.ts';
import { checkMap } from './validate-map.ts';
import {
  checkChoices,
  checkNext,
  checkParallel,
  checkRecovery,
  checkTask,
  checkWait,
} from './validate-states.ts';

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
    if (isTooDeep(text)) throw new Error(`nested deeper than ${MAX_JSON_DEPTH} levels`);
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
  const check: Check = { diagnostics, canRun, names: new Set(), region: checkRegion };
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

/** Checks a machine, a branch or an item processor: its states, and that all are reachable and lead somewhere. */
function checkRegion(region: Json, path: string, language: string, check: Check): void {
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

/**
 * Checks one state by itself: its transitions may lead anywhere.
 * @param name picks a state of a whole definition; without it the text is the state.
 */
export function checkStateAlone(
  text: string,
  name: string | undefined,
  canRun: CanRun,
): { readonly diagnostics: Diagnostics; readonly state?: State } {
  const diagnostics = new Diagnostics();
  let value: unknown;
  try {
    if (isTooDeep(text)) throw new Error(`nested deeper than ${MAX_JSON_DEPTH} levels`);
    value = JSON.parse(text);
  } catch (thrown) {
    diagnostics.error(
      '/',
      `Could not parse the definition: ${(thrown as Error).message}`,
      'INVALID_JSON_DESCRIPTION',
    );
    return { diagnostics };
  }
  const machine = isObject(value) && isObject(value.States) ? value : undefined;
  const state = machine === undefined ? value : (machine.States as Json)[name ?? String(machine.StartAt)];
  const language = machine?.QueryLanguage ?? 'JSONPath';
  const check: Check = { diagnostics, canRun, names: new Set(), region: checkRegion };
  checkState(name ?? 'State', state, '', String(language), check);
  return diagnostics.errors.length > 0 ? { diagnostics } : { diagnostics, state: state as State };
}
