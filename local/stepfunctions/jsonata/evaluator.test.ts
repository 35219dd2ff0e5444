import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { evaluateTemplate, evaluateTyped } from './evaluator.ts';

const scope = {
  states: {
    input: { list: [1, 2, 3], name: 'x', deep: { list: [{ p: 1 }, { p: 2 }] } },
    context: { State: { Name: 'S' } },
  },
  variables: { v: 4 },
  now: Date.UTC(2026, 0, 2),
};
const value = (expression: string) => evaluateTemplate(`{% ${expression} %}`, 'Output', scope);
const failure = (expression: string): string => {
  try {
    return `value ${JSON.stringify(value(expression))}`;
  } catch (thrown) {
    return (thrown as Error).message;
  }
};

test.each([
  ['a member of the input', '$states.input.name', 'x'],
  ['a variable', '$v + 1', 5],
  ['the context', '$states.context.State.Name', 'S'],
  ['items of a list', '$states.input.deep.list.p', [1, 2]],
  ['a filter sees each item', '$states.input.deep.list[p > 1].p', 2],
  ['the clock is the one passed in', '$now()', '2026-01-02T00:00:00.000Z'],
  ['milliseconds too', '$millis()', Date.UTC(2026, 0, 2)],
  ['a range of one is the number', '$range(1, 9, 9)', 1],
  ['a range counts down', '$range(3, 1, -1)', [3, 2, 1]],
  ['a range truncates its arguments', '$range(1.9, 3.9, 1)', [1, 2, 3]],
  ['a partition keeps a single chunk', '$partition([0, 1, 2], 5)', [[0, 1, 2]]],
  ['a partition splits', '$partition([0, 1, 2], 2)', [[0, 1], [2]]],
  ['a seeded random number is that of java.util.Random', '$random(42)', 0.7275636800328681],
  ['a hash', "$hash('a', 'SHA-1')", '86f7e437faa5a7fce15d1ddcb9eaeaea377667b8'],
  ['parsed JSON', '$parse(\'{"a":[1]}\')', { a: [1] }],
  ['a division by zero', '1 / 0', 'Infinity'],
  ['a transformation', '{"a": 1} ~> |$|{"b": 2}|', { a: 1, b: 2 }],
  ['the longest list AWS takes', '$count([1..873782])', 873_782],
])('%s', (_name, expression, expected) => {
  expect(value(expression)).toEqual(expected);
});

const MEMORY =
  /threw an error during evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage$/;

test.each([
  [
    'nothing',
    '$states.input.none',
    "The JSONata expression '$states.input.none' specified for the field 'Output' returned nothing (undefined).",
  ],
  ['an unknown function', '$randomSeeded(1)', /T1006: Attempted to invoke a non-function$/],
  ['$eval', "$eval('1')", /T1006: Attempted to invoke a non-function$/],
  ['a function as result', 'function($x) { $x }', /returned an unsupported result type\.$/],
  ['the constructor of a value', '$states.input.constructor', /returned nothing \(undefined\)\.$/],
  ['the prototype of a value', '$states.input.__proto__', /returned nothing \(undefined\)\.$/],
  ['a list over the bound', '[1..873783]', MEMORY],
  ['text over the bound', "$pad('x', 4194305)", MEMORY],
  [
    'text that doubles',
    '($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f("x", 40))',
    MEMORY,
  ],
  ['memory through many lists', '$map([1..800000], function($i) { [1..800000] })', MEMORY],
  [
    'a sum of 200 terms',
    Array(200).fill('1').join(' + '),
    /threw an error during evaluation: Stack overflow error: /,
  ],
  [
    'a recursion without end',
    '($f := function($x) { 1 + $f($x) }; $f(1))',
    /threw an error during evaluation: Stack overflow error: /,
  ],
])('refuses %s', (_name, expression, expected) => {
  expect(failure(expression)).toMatch(expected);
});

test.each([
  ['a loop without end', '($f := function($x) { $f($x + 1) }; $f(1))'],
  [
    'a regular expression that backtracks for ever',
    '$match("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", /^(a+)+$/)',
  ],
])('stops %s, and the next expression works', (_name, expression) => {
  expect(failure(expression)).toMatch(/: Expression evaluation timeout/);
  expect(value('1 + 1')).toBe(2);
});

test('stopping an expression does not end a process in which asynchronous hooks are on', () => {
  const program = `
    import { createHook } from 'node:async_hooks';
    import { evaluate } from '#local/stepfunctions/jsonata/evaluator.ts';
    createHook({ before() {}, after() {} }).enable();
    const scope = { states: { context: {} }, variables: {}, now: 0 };
    await null;
    try { evaluate('$match("${'a'.repeat(40)}b", /^(a+)+$/)', 'Output', scope); } catch (error) { console.log(error.message); }
    await new Promise((resolve) => setTimeout(resolve, 10));
    console.log('goes on');`;
  const args = ['--input-type=module-typescript', '--eval', program];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect([stdout, status]).toEqual([expect.stringMatching(/evaluation timeout.*\ngoes on\n$/), 0]);
});

test('an expression stands anywhere in a template; other strings and values stay as they are', () => {
  const template = [null, 0.1, '$v', '{% $v %}', { key: '{% $states.input.name %}' }];
  expect(evaluateTemplate(template, 'Output', scope)).toEqual([null, 0.1, '$v', 4, { key: 'x' }]);
});

test('the path of a failed expression leads into the template', () => {
  expect(() => evaluateTemplate({ a: [1, '{% $none %}'] }, 'Output', scope)).toThrow(
    "specified for the field 'Output/a[1]'",
  );
});

test('a result of another type is told with its value', () => {
  const message = `The JSONata expression ''text'' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was 'string' for value: "text"`;
  expect(() => evaluateTyped("{% 'text' %}", 'Items', 'array', scope)).toThrow(message);
});

test('what one expression does to the built-in objects is not seen by the next', () => {
  failure('$states.input ~> |__proto__|{"polluted": true}|');
  expect(failure('$states.input.polluted')).toMatch(/returned nothing/);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

const SHARED = (part: string) => `($f := function($s, $n) { $n = 0 ? $s : $f(${part}, $n - 1) }; `;
const LISTS = SHARED('[[$s], [$s]]');

/** Memory or time, whichever ends first on this machine: both are bounds, and a slow machine meets the second. */
const BOUNDED = /memory limit exceeded|timeout/;

/** Each of these took the heap or minutes in the library itself: the test process would die or time out. */
test.each([
  ['sorting', '$sort([1..800000])[0]', /^value 1$|timeout/],
  ['sorting with a function', '$sort([1..800000], function($a, $b) { $a < $b })[0]', /timeout/],
  ['ordering', '$count([1..800000]^(>$))', /timeout/],
  ['distinct numbers', '$count($distinct([1..200000]))', /^value 200000$|timeout/],
  ['distinct lists that share parts', `${LISTS}$distinct([$f(1, 40), $f(1, 40)]))`, /timeout|memory/],
  ['equal values that share parts', `${LISTS}$f(1, 40) = $f(1, 40))`, /timeout/],
  ['text of values that share parts', `${LISTS}$length($string($f(1, 40))))`, /timeout|memory/],
  ['a result that shares parts', `${LISTS}$f(1, 40))`, /timeout|memory/],
  ['descendants that share parts', `${SHARED('{"a": $s, "b": $s}')}$count($f(1, 40).**))`, /timeout|memory/],
  ['many small lists', '$count($map([1..800000], function($i) { [1..200] }))', BOUNDED],
  ['many small texts', '$count($map([1..800000], function($i) { $pad("x", 2000) }))', BOUNDED],
  [
    'joined text',
    '($s := $pad("x", 4000000); $length($join($map([1..1000], function($i) { $s }))))',
    BOUNDED,
  ],
  ['replaced text', '($s := $pad("", 4000000, "x"); $length($replace($s, "x", $s)))', BOUNDED],
  ['split text', '$count($split($pad("", 4000000, "x"), ""))', BOUNDED],
  ['many matches', '($s := $pad("", 4000000, "x"); $count($match($s, /x/)))', BOUNDED],
  [
    'a list appended to in part',
    '($b := [1..800000]; $count($map([1..800000], $append(?, $b))))',
    /memory|timeout/,
  ],
  ['one group of many', '[1..400000]{"a": $}.$count(a)', /timeout/],
  [
    'the spread of many',
    '$count($spread($map([1..100000], function($i) { {"a": $i} })))',
    /^value 100000$|timeout/,
  ],
  ['the largest of many', '$max([1..800000])', /^value 800000$|timeout/],
  [
    'a list read many times',
    '($b := [1..1000]; $count($map([1..50000], function($i) { $count($b) })))',
    /^value 50000$|timeout/,
  ],
])('stays within time and memory: %s', (_name, expression, expected) => {
  const before = performance.now();
  expect(failure(expression)).toMatch(expected);
  expect(performance.now() - before).toBeLessThan(15_000);
  expect(value('1 + 1')).toBe(2);
});

test.each([
  ['a sort is stable', '[{"a": 2, "b": 1}, {"a": 1, "b": 2}, {"a": 2, "b": 3}]^(>a).b', [1, 3, 2]],
  ['a sort by a function', '$sort([3, 1, 2, 1], function($a, $b) { $a > $b })', [1, 1, 2, 3]],
  ['a sort of texts', '$sort(["b", "a"])', ['a', 'b']],
  [
    'distinct values whatever the order of members',
    '$distinct([{"a": 1, "b": 2}, {"b": 2, "a": 1}, 1, "1", null, null])',
    [{ a: 1, b: 2 }, 1, '1', null],
  ],
  ['padding with several characters', '$pad("ab", -7, "xy")', 'xyxyxab'],
])('%s', (_name, expression, expected) => {
  expect(value(expression)).toEqual(expected);
});

test.each([
  ['a picture without a digit', '$formatNumber(1, "x")', /evaluation\. D3085: /],
  ['an error with a code', '$number("x")', /evaluation\. D3030: /],
  [
    'an argument of another kind, applied in part',
    '$map([1], $pad(?, 9))',
    /evaluation: A function was called with/,
  ],
])('an error has the code of JSONata, or a clean message: %s', (_name, expression, expected) => {
  expect(failure(expression)).toMatch(expected);
});

/** One call of every function that JSONata 2.0.6 binds, and what it gives. */
const BUILT_INS: Readonly<Record<string, readonly [string, unknown]>> = {
  sum: ['$sum([1, 2])', 3],
  count: ['$count([1, 2])', 2],
  max: ['$max([1, 2])', 2],
  min: ['$min([1, 2])', 1],
  average: ['$average([1, 3])', 2],
  string: ['$string({"a": 1})', '{"a":1}'],
  substring: ['$substring("abc", 1)', 'bc'],
  substringBefore: ['$substringBefore("abc", "b")', 'a'],
  substringAfter: ['$substringAfter("abc", "b")', 'c'],
  lowercase: ['$lowercase("A")', 'a'],
  uppercase: ['$uppercase("a")', 'A'],
  length: ['$length("abc")', 3],
  trim: ['$trim("  a  b ")', 'a b'],
  pad: ['$pad("a", 3)', 'a  '],
  match: ['$match("ab", /b/).match', 'b'],
  contains: ['$contains("ab", "b")', true],
  replace: ['$replace("ab", "b", "c")', 'ac'],
  split: ['$split("a,b", ",")', ['a', 'b']],
  join: ['$join(["a", "b"], "-")', 'a-b'],
  formatNumber: ['$formatNumber(1234.5, "#,##0.00")', '1,234.50'],
  formatBase: ['$formatBase(255, 16)', 'ff'],
  formatInteger: ['$formatInteger(4, "I")', 'IV'],
  parseInteger: ['$parseInteger("12", "0")', 12],
  number: ['$number("1.5")', 1.5],
  floor: ['$floor(1.5)', 1],
  ceil: ['$ceil(1.5)', 2],
  round: ['$round(2.5)', 2],
  abs: ['$abs(-1)', 1],
  sqrt: ['$sqrt(4)', 2],
  power: ['$power(2, 3)', 8],
  random: ['$random() < 1', true],
  boolean: ['$boolean("a")', true],
  not: ['$not(true)', false],
  map: ['$map([1, 2], function($v) { $v + 1 })', [2, 3]],
  zip: [
    '$zip([1, 2], [3, 4])',
    [
      [1, 3],
      [2, 4],
    ],
  ],
  filter: ['$filter([1, 2, 3], function($v) { $v > 1 })', [2, 3]],
  single: ['$single([1, 2], function($v) { $v = 2 })', 2],
  reduce: ['$reduce([1, 2, 3], function($a, $b) { $a + $b })', 6],
  sift: ['$sift({"a": 1, "b": 2}, function($v) { $v > 1 })', { b: 2 }],
  keys: ['$keys({"a": 1, "b": 2})', ['a', 'b']],
  lookup: ['$lookup({"a": 1}, "a")', 1],
  append: ['$append([1], 2)', [1, 2]],
  exists: ['$exists(1)', true],
  spread: ['$spread([{"a": 1, "b": 2}])', [{ a: 1 }, { b: 2 }]],
  merge: ['$merge([{"a": 1}, {"b": 2}])', { a: 1, b: 2 }],
  reverse: ['$reverse([1, 2])', [2, 1]],
  each: ['$each({"a": 1, "b": 2}, function($v, $k) { $k })', ['a', 'b']],
  error: ['$error("told")', /D3137: told$/],
  assert: ['$assert(false, "told")', /D3141: told$/],
  type: ['$type(1)', 'number'],
  sort: ['$sort([2, 1])', [1, 2]],
  shuffle: ['$sort($shuffle([1, 2, 3]))', [1, 2, 3]],
  distinct: ['$distinct([1, 1, 2])', [1, 2]],
  base64encode: ['$base64encode("plumb")', 'cGx1bWI='],
  base64decode: ['$base64decode("cGx1bWI=")', 'plumb'],
  encodeUrlComponent: ['$encodeUrlComponent("a b")', 'a%20b'],
  encodeUrl: ['$encodeUrl("a b")', 'a%20b'],
  decodeUrlComponent: ['$decodeUrlComponent("a%20b")', 'a b'],
  decodeUrl: ['$decodeUrl("a%20b")', 'a b'],
  toMillis: ['$toMillis("1970-01-01T00:00:01Z")', 1000],
  fromMillis: ['$fromMillis(0)', '1970-01-01T00:00:00.000Z'],
  clone: ['$clone({"a": 1})', { a: 1 }],
  now: ['$now()', '2026-01-02T00:00:00.000Z'],
  millis: ['$millis()', Date.UTC(2026, 0, 2)],
};

test.each(Object.entries(BUILT_INS))('the built-in function $%s works', (_name, [expression, expected]) => {
  if (expected instanceof RegExp) expect(failure(expression)).toMatch(expected);
  else expect(value(expression)).toEqual(expected);
});

test('every function that the library binds was called', () => {
  const library = readFileSync(createRequire(import.meta.url).resolve('jsonata'), 'utf8');
  const bound = [...library.matchAll(/\.bind\('(\w+)', defineFunction/g)].map(([, name]) => name);
  expect(bound.length).toBeGreaterThan(60);
  expect(bound.filter((name) => name !== 'eval' && !Object.hasOwn(BUILT_INS, String(name)))).toEqual([]);
});
