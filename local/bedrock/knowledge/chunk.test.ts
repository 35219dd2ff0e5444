import fc from 'fast-check';
import { chunk, DEFAULT_CHUNKING } from './chunk.ts';

test.each([
  ['an empty document', '', 10, []],
  ['white space alone', ' \n\n ', 10, []],
  ['a short document stays whole', ' One clause. Another. ', 10, ['One clause. Another.']],
  [
    'two paragraphs that fit one by one',
    'First paragraph of it.\n\nSecond paragraph of it.',
    6,
    ['First paragraph of it.', 'Second paragraph of it.'],
  ],
  ['a word longer than a passage is cut', 'x'.repeat(10), 2, ['xxxxxxxx', 'xx']],
])('%s', (_name, document, maxTokens, texts) => {
  expect(chunk(document, { maxTokens, overlapPercentage: 0 }).map((passage) => passage.text)).toEqual(texts);
});

test('passages overlap by whole sentences', () => {
  const document = 'Aaaa bb. Cccc dd. Eeee ff. Gggg hh. ';
  const passages = chunk(document, { maxTokens: 7, overlapPercentage: 50 }).map((passage) => passage.text);
  expect(passages).toEqual(['Aaaa bb. Cccc dd. Eeee ff.', 'Eeee ff. Gggg hh.']);
});

test('every passage stands where it says, none is too long, and every word is in one', () => {
  const documents = fc.string({
    unit: fc.constantFrom('a', 'b', 'é', '.', ' ', '\n', ':', '字'),
    maxLength: 400,
  });
  fc.assert(
    fc.property(
      documents,
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 0, max: 90 }),
      (document, maxTokens, overlapPercentage) => {
        const passages = chunk(document, { maxTokens, overlapPercentage });
        const covered = new Set<number>();
        for (const { start, end, text } of passages) {
          expect(document.slice(start, end)).toBe(text);
          expect(text.length).toBeLessThanOrEqual(maxTokens * 4);
          for (let at = start; at < end; at += 1) covered.add(at);
        }
        for (const [at, character] of [...document].entries()) {
          if (character.trim() !== '') expect(covered.has(at)).toBe(true);
        }
      },
    ),
    { seed: 7, numRuns: 300 },
  );
});

test('a long document is cut in linear time', () => {
  const started = performance.now();
  expect(chunk('The charge is due in May. '.repeat(40_000), DEFAULT_CHUNKING).length).toBeGreaterThan(800);
  expect(performance.now() - started).toBeLessThan(2_000);
});
