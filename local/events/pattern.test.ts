import { compilePattern } from './pattern.ts';

const EVENT = {
  source: 'lake',
  'detail-type': 'Partition Closed',
  detail: {
    dataset: 'usage',
    rows: 120,
    late: false,
    note: null,
    path: 'dt=2026-01-01/bucket=03/part.parquet',
    tags: ['daily', 'eu'],
    files: [
      { name: 'a', size: 1 },
      { name: 'b', size: 9 },
    ],
    nested: { deep: { ip: '10.0.0.7' } },
  },
};

test.each<[string, object, boolean]>([
  ['an exact text', { source: ['lake'] }, true],
  ['one of several texts', { source: ['sea', 'lake'] }, true],
  ['another text', { source: ['sea'] }, false],
  ['all fields must match', { source: ['lake'], detail: { dataset: ['billed'] } }, false],
  ['a number', { detail: { rows: [120] } }, true],
  ['a number is not its text', { detail: { rows: ['120'] } }, false],
  ['false', { detail: { late: [false] } }, true],
  ['null', { detail: { note: [null] } }, true],
  ['null is not missing', { detail: { nothing: [null] } }, false],
  ['a value of a list', { detail: { tags: ['eu'] } }, true],
  ['prefix', { detail: { path: [{ prefix: 'dt=2026-01-' }] } }, true],
  ['prefix in another case', { source: [{ prefix: { 'equals-ignore-case': 'LA' } }] }, true],
  ['suffix', { detail: { path: [{ suffix: '.parquet' }] } }, true],
  ['suffix that is not there', { detail: { path: [{ suffix: '.csv' }] } }, false],
  ['equals-ignore-case', { 'detail-type': [{ 'equals-ignore-case': 'partition closed' }] }, true],
  ['wildcard', { detail: { path: [{ wildcard: 'dt=*/bucket=03/*.parquet' }] } }, true],
  ['wildcard that needs more text than there is', { source: [{ wildcard: 'la*ake' }] }, false],
  ['wildcard with an escaped star', { source: [{ wildcard: 'l\\*ke' }] }, false],
  ['numeric range', { detail: { rows: [{ numeric: ['>', 100, '<=', 120] }] } }, true],
  ['numeric out of range', { detail: { rows: [{ numeric: ['>', 120] }] } }, false],
  ['numeric on text', { source: [{ numeric: ['>', 0] }] }, false],
  ['exists', { detail: { rows: [{ exists: true }] } }, true],
  ['exists on an object, which is no leaf', { detail: { nested: [{ exists: true }] } }, false],
  ['exists false', { detail: { nothing: [{ exists: false }] } }, true],
  ['exists false below a missing object', { detail: { no: { where: [{ exists: false }] } } }, true],
  ['anything-but', { source: [{ 'anything-but': ['sea', 'river'] }] }, true],
  ['anything-but that it is', { source: [{ 'anything-but': 'lake' }] }, false],
  ['anything-but a prefix', { source: [{ 'anything-but': { prefix: 'la' } }] }, false],
  [
    'anything-but a list of suffixes',
    { detail: { path: [{ 'anything-but': { suffix: ['.csv', '.json'] } }] } },
    true,
  ],
  ['anything-but a wildcard', { source: [{ 'anything-but': { wildcard: 'l*e' } }] }, false],
  ['anything-but on a missing field', { detail: { nothing: [{ 'anything-but': 'x' }] } }, false],
  ['cidr', { detail: { nested: { deep: { ip: [{ cidr: '10.0.0.0/24' }] } } } }, true],
  ['cidr of another net', { detail: { nested: { deep: { ip: [{ cidr: '10.0.1.0/24' }] } } } }, false],
  ['$or', { detail: { $or: [{ rows: [1] }, { dataset: ['usage'] }] } }, true],
  ['$or of which none matches', { $or: [{ source: ['a'] }, { source: ['b'] }] }, false],
  ['an object of a list', { detail: { files: { name: ['b'], size: [9] } } }, true],
  ['fields of two objects of a list', { detail: { files: { name: ['a'], size: [9] } } }, false],
])('%s', (_name, pattern, expected) => {
  expect(compilePattern(JSON.stringify(pattern))(EVENT)).toBe(expected);
});

test.each([
  ['no JSON', '{', /not JSON/],
  ['a list', '[]', /must be a JSON object/],
  ['an empty object', '{}', /empty objects/],
  ['a value that is no list', '{"detail":{"a":"x"}}', /"detail.a" must be an object or an array/],
  ['an empty list', '{"a":[]}', /empty arrays/],
  ['an unknown expression', '{"a":[{"regex":"x"}]}', /unrecognized match type regex/],
  ['two expressions in one', '{"a":[{"prefix":"x","suffix":"y"}]}', /exactly one name/],
  ['a name of every object', '{"a":[{"toString":"x"}]}', /unrecognized match type toString/],
  ['a numeric without number', '{"a":[{"numeric":[">","1"]}]}', /operator .* and a number/],
  ['consecutive wildcards', '{"a":[{"wildcard":"a**b"}]}', /consecutive wildcards/],
  ['a wrong escape', '{"a":[{"wildcard":"a\\\\b"}]}', /escape/],
  ['a malformed net', '{"a":[{"cidr":"10.0.0.0/40"}]}', /cidr/],
  ['$or of one', '{"$or":[{"a":[1]}]}', /at least two/],
  ['a pattern over the quota', JSON.stringify({ a: ['x'.repeat(2_100)] }), /2048/],
])('%s is refused', (_name, text, message) => {
  expect(() => compilePattern(text)).toThrow(
    expect.objectContaining({
      code: 'InvalidEventPatternException',
      message: expect.stringMatching(message),
    }),
  );
});

test('a hostile wildcard takes no exponential time', () => {
  const matches = compilePattern(JSON.stringify({ a: [{ wildcard: `${'a*'.repeat(200)}b` }] }));
  const started = performance.now();
  expect(matches({ a: 'a'.repeat(100_000) })).toBe(false);
  expect(performance.now() - started).toBeLessThan(500);
});
