import { CollectingSink } from './collecting-sink.ts';
import { createDecoder } from './decoders.ts';
import { findMapping } from './mappings/find-mapping.ts';

function decode(input: string | Buffer): CollectingSink {
  const sink = new CollectingSink();
  const mapping = findMapping('canonical', 'contract');
  createDecoder({ format: 'markdown', dataset: 'contract', mapping, fileName: 'terms.md' }, sink).push(
    Buffer.from(input as string),
    true,
  );
  return sink;
}

const front =
  'contract_id: T-1\nkind: tariff\ntitle: "Prices: 2026"\nsubject: TAR-1\nvalid_from: 2026-01-01T00:00:00Z';

test.each([
  ['LF', `---\n${front}\n---\n\n# Prices\n\nOne --- two.\n`],
  ['CRLF', `---\n${front}\n---\n\n# Prices\n\nOne --- two.\n`.replaceAll('\n', '\r\n')],
  ['byte order mark', `\ufeff---\n${front}\n---\n# Prices\n\nOne --- two.`],
])('a document with front matter is one row: %s', (_condition, text) => {
  const sink = decode(text);
  expect(sink.rejected).toEqual([]);
  expect(sink.rows).toHaveLength(1);
  expect(sink.rows[0]).toMatchObject({
    offset: 0,
    values: {
      contract_id: 'T-1',
      kind: 'tariff',
      title: 'Prices: 2026',
      subject: 'TAR-1',
      valid_from: Date.UTC(2026, 0, 1),
      valid_to: null,
      body: expect.stringMatching(/^# Prices\r?\n\r?\nOne --- two\.$/),
    },
  });
});

test.each([
  ['no front matter', '# Prices', 'SchemaMismatch', /no front matter/],
  ['front matter that is not closed', `---\n${front}\n# Prices`, 'SchemaMismatch', /no front matter/],
  [
    'missing column',
    `---\n${front.replace('subject', 'about')}\n---\nx`,
    'SchemaMismatch',
    /missing: subject; unknown: about/,
  ],
  ['empty', '\n', 'EmptyFile', /no text/],
  ['UTF-16', Buffer.from('\ufeff---', 'utf16le'), 'EncodingNotSupported', /UTF-16/],
])('refused: %s', (_condition, input, name, message) => {
  expect(() => decode(input)).toThrow(
    expect.objectContaining({ name, message: expect.stringMatching(message) }),
  );
});

test.each([
  ['kind that is not known', front.replace('tariff', 'leaflet'), 'kind: not one of tariff, offer, contract'],
  ['no text', front, 'body: empty but required'],
])('quarantine: %s', (_condition, matter, reason) => {
  const sink = decode(`---\n${matter}\n---\n${reason.startsWith('body') ? '' : 'text'}`);
  expect(sink.rejected.map((record) => record.reason)).toEqual([reason]);
});
