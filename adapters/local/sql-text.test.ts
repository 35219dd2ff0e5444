import { definitionOf, readsTable, statementsOf, withValues, wordsOf } from './sql-text.ts';

test.each([
  ['two statements', 'SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
  ['a semicolon in quotes', 'SELECT \';\' AS a; SELECT "x;y"', ["SELECT ';' AS a", 'SELECT "x;y"']],
  ['a doubled quote', "SELECT 'it''s; one'", ["SELECT 'it''s; one'"]],
  ['a semicolon in a comment', '-- a; b\nSELECT 1 -- c;\n;', ['SELECT 1']],
  ['a comment of several lines', 'SELECT /* a; \n b */ 1', ['SELECT   1']],
  [
    'what looks like a comment in quotes',
    "SELECT '--a' || '/*'; SELECT 2",
    ["SELECT '--a' || '/*'", 'SELECT 2'],
  ],
  ['minus and division', 'SELECT 3 - 1 / 2 // 1', ['SELECT 3 - 1 / 2 // 1']],
  ['nothing', ' ; -- a\n;', []],
])('a script with %s', (_condition, script, expected) => {
  expect(statementsOf(script)).toEqual(expected);
});

test.each([
  ['CREATE OR REPLACE TEMP TABLE A AS SELECT 1', { kind: 'table', name: 'a', query: 'SELECT 1' }],
  ['CREATE OR REPLACE TEMP TABLE a (x VARCHAR)', { kind: 'table', name: 'a' }],
  ['CREATE TEMP TABLE IF NOT EXISTS a AS FROM b', { kind: 'table-if-absent', name: 'a', query: 'FROM b' }],
  ['CREATE OR REPLACE TEMP VIEW a AS FROM b', { kind: 'view', name: 'a', query: 'FROM b' }],
  ['CREATE OR REPLACE TEMP MACRO f(x) AS g(x)', { kind: 'macro', name: 'f', query: '(x) AS g(x)' }],
  ['DROP TABLE IF EXISTS a', { kind: 'drop', name: 'a' }],
  ['INSERT INTO a SELECT 1', undefined],
])('%s', (statement, expected) => {
  expect(definitionOf(statement)).toEqual(expected);
});

test.each([
  ['SELECT * FROM a', true],
  ['SELECT * FROM b JOIN a USING (x)', true],
  ['SELECT * FROM b, a', true],
  ['SELECT 1 AS a FROM b', false],
  ['SELECT * FROM ab', false],
])('whether %s reads the table a: %s', (query, expected) => {
  expect(readsTable(query, 'a')).toBe(expected);
});

test('the words of a statement are those outside of quotes, in lower case', () => {
  expect([...wordsOf("SELECT A.b FROM c1 WHERE d = 'e f'")]).toEqual([
    'select',
    'a',
    'b',
    'from',
    'c1',
    'where',
    'd',
  ]);
});

test.each([
  ['a text', "it's", "SELECT 'it''s', '$a'"],
  ['a whole number', 5, "SELECT (5), '$a'"],
  ['a large one', 2n ** 70n, "SELECT (1180591620717411303424), '$a'"],
  ['another number', 0.001, "SELECT CAST(0.001 AS DOUBLE), '$a'"],
  ['true', true, "SELECT true, '$a'"],
  ['NULL', null, "SELECT NULL, '$a'"],
])('a parameter becomes %s', (_condition, a, expected) => {
  expect(withValues("SELECT $a, '$a'", { a })).toBe(expected);
});

test('a parameter without a value is an error', () => {
  expect(() => withValues('SELECT $b', { a: 1 })).toThrow('Parameter $b has no value');
});
