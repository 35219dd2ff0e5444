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
  ['a list over the bound', '[1..873783]', /D2014/],
  ['text over the bound', "$pad('x', 4194305)", /: Maximum memory usage was exceeded/],
  [
    'text that doubles',
    '($f := function($s, $n) { $n = 0 ? $s : $f($s & $s, $n - 1) }; $f("x", 40))',
    /: Maximum memory usage was exceeded/,
  ],
  [
    'memory through many lists',
    '$map([1..800000], function($i) { [1..800000] })',
    /: Maximum memory usage was exceeded/,
  ],
  ['a sum of 200 terms', Array(200).fill('1').join(' + '), /: Stack overflow error/],
  ['a recursion without end', '($f := function($x) { 1 + $f($x) }; $f(1))', /: Stack overflow error/],
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
