/** EventBridge event patterns: checked once when a rule is made, then matched against events. */
import { BlockList, isIP } from 'node:net';
import { AwsError } from '../wire/aws-error.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

/** Tests one leaf value of an event; `undefined` stands for a field that is not there. */
type LeafTest = (value: Json | undefined) => boolean;
/** Tests an event, or an object inside it. */
export type EventTest = (event: JsonObject) => boolean;

/** EventBridge's default quota for the size of a pattern. */
const MAX_PATTERN_LENGTH = 2_048;

const invalidPattern = (message: string) =>
  new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${message}`);

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Compiles a pattern given as JSON text. Throws InvalidEventPatternException with the path that is wrong. */
export function compilePattern(text: string): EventTest {
  if (text.length > MAX_PATTERN_LENGTH)
    throw invalidPattern(`it is longer than ${MAX_PATTERN_LENGTH} characters`);
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch (error) {
    throw invalidPattern(`it is not JSON (${error instanceof Error ? error.message : String(error)})`);
  }
  if (!isObject(pattern)) throw invalidPattern('it must be a JSON object');
  return compileObject(pattern, '');
}

function compileObject(pattern: JsonObject, path: string): EventTest {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalidPattern(`empty objects are not allowed${at(path)}`);
  const tests = entries.map(([key, value]) => {
    const here = path === '' ? key : `${path}.${key}`;
    if (key === '$or' && Array.isArray(value)) return compileOr(value, here);
    if (isObject(value)) return compileNested(key, compileObject(value, here));
    if (!Array.isArray(value)) throw invalidPattern(`"${here}" must be an object or an array`);
    if (value.length === 0) throw invalidPattern(`empty arrays are not allowed${at(here)}`);
    return compileLeaf(
      key,
      value.map((matcher) => compileMatcher(matcher, here)),
    );
  });
  return (event) => tests.every((test) => test(event));
}

const at = (path: string): string => (path === '' ? '' : ` at "${path}"`);

function compileOr(alternatives: readonly Json[], path: string): EventTest {
  if (alternatives.length < 2) throw invalidPattern(`"${path}" needs at least two alternatives`);
  const tests = alternatives.map((alternative) => {
    if (!isObject(alternative)) throw invalidPattern(`"${path}" must hold objects`);
    return compileObject(alternative, path);
  });
  return (event) => tests.some((test) => test(event));
}

/** An array of objects matches where one of its objects does. A missing object matches as an empty one. */
function compileNested(key: string, test: EventTest): EventTest {
  return (event) => {
    const value = event[key];
    if (Array.isArray(value)) return value.some((item) => isObject(item) && test(item));
    return test(isObject(value) ? value : {});
  };
}

/** An array of values matches where one of its values does; an object is no leaf and counts as missing. */
function compileLeaf(key: string, tests: readonly LeafTest[]): EventTest {
  const any: LeafTest = (value) => tests.some((test) => test(value));
  return (event) => {
    const value = event[key];
    if (Array.isArray(value)) return value.length === 0 ? any(undefined) : value.some((item) => any(item));
    return any(isObject(value) ? undefined : value);
  };
}

function compileMatcher(matcher: Json, path: string): LeafTest {
  if (!isObject(matcher)) {
    if (Array.isArray(matcher)) throw invalidPattern(`arrays in arrays are not allowed${at(path)}`);
    return (value) => value === matcher;
  }
  const [name, operand] = Object.entries(matcher)[0] ?? [];
  if (name === undefined || operand === undefined || Object.keys(matcher).length !== 1) {
    throw invalidPattern(`a match expression must have exactly one name${at(path)}`);
  }
  const compile = Object.hasOwn(MATCHERS, name) ? MATCHERS[name] : undefined;
  if (compile === undefined) throw invalidPattern(`unrecognized match type ${name}${at(path)}`);
  return compile(operand, path);
}

const MATCHERS: Readonly<Record<string, (operand: Json, path: string) => LeafTest>> = {
  exists: (operand, path) => {
    if (typeof operand !== 'boolean') throw invalidPattern(`exists must be true or false${at(path)}`);
    return (value) => (value !== undefined) === operand;
  },
  prefix: (operand, path) => affix(operand, path, 'prefix'),
  suffix: (operand, path) => affix(operand, path, 'suffix'),
  'equals-ignore-case': (operand, path) => {
    const wanted = textOf(operand, 'equals-ignore-case', path).toLowerCase();
    return (value) => typeof value === 'string' && value.toLowerCase() === wanted;
  },
  wildcard: (operand, path) => {
    const expression = wildcard(textOf(operand, 'wildcard', path), path);
    return (value) => typeof value === 'string' && expression(value);
  },
  numeric: compileNumeric,
  cidr: compileCidr,
  'anything-but': compileAnythingBut,
};

function textOf(operand: Json, name: string, path: string): string {
  if (typeof operand !== 'string' || operand === '') {
    throw invalidPattern(`${name} must be a string that is not empty${at(path)}`);
  }
  return operand;
}

function affix(operand: Json, path: string, kind: 'prefix' | 'suffix'): LeafTest {
  const method = kind === 'prefix' ? 'startsWith' : 'endsWith';
  if (isObject(operand)) {
    const wanted = textOf(
      operand['equals-ignore-case'] ?? null,
      `${kind} equals-ignore-case`,
      path,
    ).toLowerCase();
    return (value) => typeof value === 'string' && value.toLowerCase()[method](wanted);
  }
  const wanted = textOf(operand, kind, path);
  return (value) => typeof value === 'string' && value[method](wanted);
}

/** Glob with `*` only; matched greedily from left to right, so it takes linear time. `\*` and `\\` are literal. */
function wildcard(glob: string, path: string): (text: string) => boolean {
  const parts: string[] = [''];
  for (let index = 0; index < glob.length; index += 1) {
    const character = glob[index] ?? '';
    if (character === '*') {
      if (glob[index - 1] === '*' && parts.at(-1) === '')
        throw invalidPattern(`consecutive wildcards${at(path)}`);
      parts.push('');
    } else if (character === '\\') {
      index += 1;
      const escaped = glob[index];
      if (escaped !== '*' && escaped !== '\\') throw invalidPattern(`invalid escape character${at(path)}`);
      parts[parts.length - 1] += escaped;
    } else {
      parts[parts.length - 1] += character;
    }
  }
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let from = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, from);
      if (found < 0) return false;
      from = found + part.length;
    }
    return text.length - last.length >= from && text.endsWith(last);
  };
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function compileNumeric(operand: Json, path: string): LeafTest {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    throw invalidPattern(`numeric must hold one or two comparisons${at(path)}`);
  }
  const tests: ((value: number) => boolean)[] = [];
  for (let index = 0; index < operand.length; index += 2) {
    const compare = COMPARISONS[String(operand[index])];
    const bound: unknown = operand[index + 1];
    if (compare === undefined || typeof bound !== 'number') {
      throw invalidPattern(`numeric needs an operator (=, <, <=, >, >=) and a number${at(path)}`);
    }
    tests.push((value: number) => compare(value, bound));
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function compileCidr(operand: Json, path: string): LeafTest {
  const [address = '', bits = ''] = textOf(operand, 'cidr', path).split('/');
  const version = isIP(address);
  const prefix = Number(bits);
  if (version === 0 || !/^\d+$/.test(bits) || prefix > (version === 4 ? 32 : 128)) {
    throw invalidPattern(`cidr must be an address and a length${at(path)}`);
  }
  const list = new BlockList();
  list.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6');
  return (value) => {
    const kind = typeof value === 'string' ? isIP(value) : 0;
    return kind !== 0 && list.check(String(value), kind === 4 ? 'ipv4' : 'ipv6');
  };
}

function compileAnythingBut(operand: Json, path: string): LeafTest {
  const present =
    (test: LeafTest): LeafTest =>
    (value) =>
      value !== undefined && !test(value);
  if (!isObject(operand)) {
    const excluded = Array.isArray(operand) ? operand : [operand];
    if (excluded.length === 0) throw invalidPattern(`anything-but must not be empty${at(path)}`);
    for (const item of excluded) {
      if (typeof item !== 'string' && typeof item !== 'number') {
        throw invalidPattern(`anything-but may hold strings and numbers${at(path)}`);
      }
    }
    return present((value) => excluded.includes(value as string));
  }
  const [name, inner] = Object.entries(operand)[0] ?? [];
  const compile =
    name !== undefined && ['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(name)
      ? MATCHERS[name]
      : undefined;
  if (compile === undefined || inner === undefined || Object.keys(operand).length !== 1) {
    throw invalidPattern(`anything-but cannot be combined with ${String(name)}${at(path)}`);
  }
  const tests = (Array.isArray(inner) ? inner : [inner]).map((item) => compile(item, path));
  return present((value) => tests.some((test) => test(value)));
}
