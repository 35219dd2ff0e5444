import fc from 'fast-check';
import type { DatasetName } from '#core/domain/datasets.ts';
import { CollectingSink } from './collecting-sink.ts';
import { createDecoder, detectFormat } from './decoders.ts';
import { findMapping } from './mappings/find-mapping.ts';

function decode(
  input: string | Buffer,
  dataset: DatasetName = 'holiday',
  blockSize = 1 << 20,
): CollectingSink {
  const sink = new CollectingSink();
  const mapping = findMapping('canonical', dataset);
  const decoder = createDecoder({ format: 'jsonl', dataset, mapping, fileName: 'x.jsonl' }, sink);
  const bytes = Buffer.from(input as string);
  for (let at = 0; at < bytes.length; at += blockSize)
    decoder.push(bytes.subarray(at, at + blockSize), false);
  decoder.push(Buffer.alloc(0), true);
  return sink;
}

const day = (name: string, more: object = {}) =>
  JSON.stringify({ calendar: 'AT', holiday_date: '2026-10-26', name, ...more });

test('money written as a JSON number keeps every digit', () => {
  const offer =
    '{"offer_id":"o","name":"n","monthly_fee":9876543210.100001,"currency":"IDR","tariff_id":"t","valid_from":"2026-01-01T00:00:00Z"}';
  const exact = decode(offer, 'catalog');
  expect(exact.rows[0]?.values.monthly_fee).toBe(9876543210100001n);
  const tooFine = decode(offer.replace('100001', '1000001'), 'catalog');
  expect(tooFine.rejected.map(({ reason }) => reason)).toEqual([
    'monthly_fee: not an exact decimal such as 12.345678',
  ]);
});

describe('records that go to quarantine while the rest goes on', () => {
  test.each([
    ['NUL in a key', day('x', { calendar: 'A\0T' }), 'calendar: has a control character'],
    ['line break in a key', day('x', { calendar: 'A\nT' }), 'calendar: has a control character'],
    ['not JSON', 'AT,2026-10-26,x', 'not well-formed JSON'],
    ['cut off', day('x').slice(0, 20), 'not well-formed JSON'],
    ['a list', '[1]', 'not a JSON object'],
    ['a number', '1', 'not a JSON object'],
    ['nesting without end', `{"calendar":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'nested too deeply'],
    ['null for a required value', day('x', { calendar: null }), 'calendar: empty but required'],
    ['an object for a text', day('x', { calendar: { a: 1 } }), 'calendar: not a single value'],
    [
      'a key of the prototype',
      '{"__proto__":{"calendar":"AT"},"holiday_date":"2026-10-26","name":"x"}',
      'has a field that the mapping does not know',
    ],
  ])('%s', (_condition, line, reason) => {
    const sink = decode(`${day('before')}\n${line}\n${day('after')}\n`);
    expect(sink.rejected.map((record) => record.reason)).toEqual([reason]);
    expect(sink.rejected[0]?.offset).toBe(day('before').length + 1);
    expect(sink.rows.map((row) => row.values.name)).toEqual(['before', 'after']);
  });

  test('in an array a broken element costs itself only', () => {
    const sink = decode(`[${day('before')}, {"calendar": oops}, ${day('after')}]`);
    expect(sink.rejected.map((record) => record.reason)).toEqual(['not well-formed JSON']);
    expect(sink.rows.map((row) => row.values.name)).toEqual(['before', 'after']);
  });
});

describe('files that cannot be what they should be: nothing is ingested', () => {
  test.each([
    ['unknown key', day('x', { colour: 'red' }), 'SchemaMismatch', /unknown: colour/],
    [
      'a required key that no record has',
      '{"calendar":"AT","name":"x"}',
      'SchemaMismatch',
      /missing: holiday_date/,
    ],
    ['nothing but white space', ' \n \n', 'EmptyFile', /no record/],
    ['UTF-16', Buffer.from(day('x'), 'utf16le'), 'EncodingNotSupported', /UTF-16LE/],
  ])('%s', (_condition, input, name, message) => {
    expect(() => decode(input)).toThrow(
      expect.objectContaining({ name, message: expect.stringMatching(message) }),
    );
  });
});

test('any names survive, as lines and as an array, wherever the blocks are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 50 }),
      fc.boolean(),
      (values, blockSize, asArray) => {
        const records = values.map((name) => day(name));
        const sink = decode(
          asArray ? `[${records.join(',\n')}]` : `${records.join('\n')}\n`,
          'holiday',
          blockSize,
        );
        expect(sink.rejected).toEqual([]);
        expect(sink.rows.map((row) => row.values.name)).toEqual(values);
      },
    ),
    { seed: 20261014, numRuns: 300 },
  );
});

test.each([
  ['by extension', 'a.csv', 'x', 'csv'],
  ['Master.csv', 'Master.csv', '"",', 'csv'],
  ['Parquet by its first bytes', 'a.bin', 'PAR1xxxx', 'parquet'],
  ['Parquet by extension though cut off', 'a.parquet', '', 'parquet'],
  ['JSON Lines', 'a.jsonl', '{"a":1}', 'jsonl'],
  ['TMF635 by its attributes', 'a.json', '[{"id":"1","usageDate":"x"}]', 'tmf635'],
  ['JSON under another extension', 'a.txt', '{"a":1}', 'jsonl'],
  ['Markdown', 'a.md', '# x', 'markdown'],
  ['front matter without extension', 'LICENCE', '---\na: b', 'markdown'],
  ['anything else', 'a.dat', 'x|y', 'csv'],
])('format of a file: %s', (_condition, name, head, expected) => {
  expect(detectFormat(name, Buffer.from(head))).toBe(expected);
});
