import { numberPassages, type RetrievedReference, resolveCitations } from './citations.ts';

const reference = (text: string): RetrievedReference => ({
  content: { type: 'TEXT', text },
  location: { type: 'S3', s3Location: { uri: `s3://contracts/${text}.md` } },
  metadata: {},
});
const A = reference('a');
const B = reference('b');

test.each([
  ['no marker', 'Rates rise.', 'Rates rise.', []],
  ['one marker', 'Rates rise. %[1]% So pay.', 'Rates rise. So pay.', [['Rates rise.', 0, 10, [A]]]],
  [
    'two parts',
    'One %[2]% two %[1]%',
    'One two',
    [
      ['One', 0, 2, [B]],
      ['two', 4, 6, [A]],
    ],
  ],
  ['two passages for one part', 'One%[1]%%[2]%.', 'One.', [['One', 0, 2, [A, B]]]],
  ['a number that was never given', 'One %[9]%.', 'One.', []],
])('%s', (_name, marked, text, parts) => {
  const resolved = resolveCitations(marked, [A, B]);
  expect(resolved.text).toBe(text);
  expect(
    resolved.citations.map(({ generatedResponsePart: { textResponsePart: part }, retrievedReferences }) => [
      part.text,
      part.span.start,
      part.span.end,
      retrievedReferences,
    ]),
  ).toEqual(parts);
});

test('numbers go on from the passages given before', () => {
  expect(numberPassages([B], 1)).toBe('<passage n="2" source="s3://contracts/b.md">\nb\n</passage>');
  expect(numberPassages([], 3)).toBe('No passage was found.');
});
