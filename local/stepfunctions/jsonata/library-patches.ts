/** What is changed in the JSONata library before it is loaded into the realm: own members only, and bounds inside loops. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * Text that must be in the pinned library, what takes its place, and why. `bounds` is the realm's counter:
 * `bounds.tick(n)` checks the time every so often, `bounds.take(n)` counts memory.
 */
const PATCHES: readonly (readonly [why: string, from: string, to: string])[] = [
  [
    'a path step sees own members only: no constructor, no __proto__',
    'result = input[key];',
    'result = Object.hasOwn(input, key) ? input[key] : undefined;',
  ],
  [
    'the merge sort copies both sides for each element',
    'var result = await msort(arr);',
    "var result = await bounds.sort(arr, typeof comparator === 'undefined' ? undefined : comp);",
  ],
  [
    'distinct compares each pair',
    'var results = isSequence(arr) ? createSequence() : [];',
    'var results = isSequence(arr) ? createSequence() : [];\n        return bounds.distinct(arr, results);',
  ],
  [
    'spread copies what it has for each element',
    'result = append(result, spread(item));',
    'var part = spread(item);\n                if (Array.isArray(part)) part.forEach(function (p) { result.push(p); });\n                else if (part !== undefined) result.push(part);\n                bounds.tick(1);',
  ],
  [
    'one group of many items appends each of them',
    'return arg1.concat(arg2);',
    'bounds.tick((arg1.length + arg2.length) / 16);\n        return arg1.concat(arg2);',
  ],
  [
    'equal values that share parts are compared once for each path to a part',
    'function isDeepEqual(lhs, rhs) {',
    'function isDeepEqual(lhs, rhs) {\n        bounds.tick(1);',
  ],
  [
    'values that share parts are written once for each path to a part',
    'str = JSON.stringify(arg, function (key, val) {',
    'str = JSON.stringify(arg, function (key, val) {\n                bounds.tick(1);\n                bounds.take(typeof val === "string" ? val.length / 4 + 2 : 2);',
  ],
  [
    'descendants of values that share parts',
    'function recurseDescendants(input, results) {',
    'function recurseDescendants(input, results) {\n        bounds.tick(1);\n        bounds.take(1);',
  ],
  [
    'a wildcard flattens',
    'function flatten(arg, flattened) {',
    'function flatten(arg, flattened) {\n        bounds.tick(1);\n        bounds.take(1);',
  ],
  [
    'names are looked up in each element',
    'function lookup(input, key) {',
    'function lookup(input, key) {\n        bounds.tick(1);',
  ],
  ['keys of each element', 'function keys(arg) {', 'function keys(arg) {\n        bounds.tick(1);'],
  [
    'two bound variables make the product of their sequences',
    'tuple = {};\n                    Object.assign(tuple, tupleBindings[ee]);',
    'tuple = {};\n                    bounds.tick(1);\n                    bounds.take(12);\n                    Object.assign(tuple, tupleBindings[ee]);',
  ],
  [
    'a matcher makes an object for each match',
    'var result = matcher.apply(this, [str]);',
    'bounds.tick(4);\n        bounds.take(32);\n        var result = matcher.apply(this, [str]);',
  ],
  [
    'a picture without a digit has no parts',
    'var splitParts = function (subpicture) {',
    "var splitParts = function (subpicture) {\n            if (!subpicture.split('').some(function (ch) { return activeChars.indexOf(ch) !== -1 && ch !== properties['exponent-separator']; })) throw { code: 'D3085', stack: '' };",
  ],
  [
    'a function that is no expression is called by map, filter, reduce and their like',
    'async function applyInner(proc, args, input, environment) {',
    'async function applyInner(proc, args, input, environment) {\n        bounds.tick(2);',
  ],
  [
    'and what it returns is not the value of a node',
    '                if (isPromise(result)) {\n                    result = await result;\n                }\n            } else if (typeof proc ===',
    '                if (isPromise(result)) {\n                    result = await result;\n                }\n                bounds.measure(result);\n            } else if (typeof proc ===',
  ],
  [
    'nor when it was applied in part',
    '        var result = proc.apply(focus, args);\n        if (isPromise(result)) {\n            result = await result;\n        }',
    '        var result = proc.apply(focus, args);\n        if (isPromise(result)) {\n            result = await result;\n        }\n        bounds.measure(result);',
  ],
];

/**
 * The library's text with its patches.
 * @param arrayLength AWS's bound of the range operator.
 * @throws Error when the pinned library has changed: a silent miss would open a hole.
 */
export function librarySource(arrayLength: number): string {
  let source = readFileSync(createRequire(import.meta.url).resolve('jsonata'), 'utf8');
  const range = [
    'the range operator has the bound of AWS',
    'if(size > 1e7)',
    `if(size > ${arrayLength})`,
  ] as const;
  for (const [why, from, to] of [...PATCHES, range]) {
    if (!source.includes(from))
      throw new Error(`jsonata has changed: '${from}' not found (${why}); review the patches`);
    source = source.replace(from, () => to);
  }
  return source;
}
