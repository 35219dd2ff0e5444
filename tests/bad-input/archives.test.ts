import { gzipSync } from 'node:zlib';
import { MAX_ENTRIES } from '#adapters/local/ingest-archive.ts';
import { MAX_RATIO, RATIO_FROM_BYTES } from '#adapters/local/ingest-source.ts';
import { battery, type Case, type Expected, ingestFiles } from './battery.ts';
import { USAGE_HEADER, usageFile, usageLine } from './usage-lines.ts';
import { type ZipEntry, zipOf } from './zip-writer.ts';

let file = 0;
const csv = () => {
  file += 1;
  return Buffer.from(usageFile({ id: `a${file}` }));
};
const refused = (
  name: string,
  content: Uint8Array,
  ending: string,
  says: RegExp,
  error: 'ArchiveRefused' | 'FileNotReadable' | 'EmptyFile' = 'ArchiveRefused',
): Case => ({ name, content, ending, expected: { refused: error, says } });
const whole = (name: string, content: Uint8Array, ending: string, expected: Expected): Case => ({
  name,
  content,
  ending,
  expected,
});
const entry = (name: string, changes: Partial<ZipEntry> = {}): ZipEntry => ({
  name,
  content: csv(),
  ...changes,
});
/** One good line again and again: it packs to a fraction of a hundredth. */
const bomb = Buffer.concat([
  Buffer.from(`${USAGE_HEADER}
`),
  Buffer.alloc(
    RATIO_FROM_BYTES * 4,
    `${usageLine({ id: 'bomb' })}
`,
  ),
]);
const nested = (levels: number): Buffer =>
  levels === 0 ? csv() : zipOf([{ name: `${levels}.zip`, content: nested(levels - 1) }]);
const packed = gzipSync(csv());
const ratio = new RegExp(`more than ${MAX_RATIO} times`);

const cases: readonly Case[] = [
  refused('a gzip bomb', gzipSync(bomb), 'csv.gz', ratio),
  refused(
    'a gzip bomb in many members',
    Buffer.concat(Array.from({ length: 8 }, () => gzipSync(bomb.subarray(0, RATIO_FROM_BYTES / 2)))),
    'csv.gz',
    ratio,
  ),
  refused('gzip in gzip', gzipSync(gzipSync(csv())), 'csv.gz', /holds another archive/),
  refused(
    'a tar archive in gzip',
    gzipSync(Buffer.concat([Buffer.alloc(257, 'x'), Buffer.from('ustar'), Buffer.alloc(250)])),
    'tar.gz',
    /tar archive/,
  ),
  refused(
    'gzip that is cut off',
    packed.subarray(0, packed.length - 12),
    'csv.gz',
    /ends too early/,
    'FileNotReadable',
  ),
  refused(
    'gzip without its checksum',
    packed.subarray(0, packed.length - 8),
    'csv.gz',
    /ends too early/,
    'FileNotReadable',
  ),
  refused(
    'gzip with a wrong checksum',
    Buffer.concat([packed.subarray(0, packed.length - 8), Buffer.alloc(8)]),
    'csv.gz',
    /make no sense/,
    'FileNotReadable',
  ),
  refused(
    'gzip with bytes behind its end',
    Buffer.concat([packed, Buffer.from('record,record\n')]),
    'csv.gz',
    /make no sense/,
    'FileNotReadable',
  ),
  refused(
    'gzip with zeros behind its end',
    Buffer.concat([packed, Buffer.alloc(100)]),
    'csv.gz',
    /100 bytes stand behind its end/,
  ),
  refused(
    'a name that leads out of the folder',
    zipOf([entry('../../etc/passwd')]),
    'zip',
    /leads out of the folder/,
  ),
  refused(
    'a name that leads out by a detour',
    zipOf([entry('a/../../b.csv')]),
    'zip',
    /leads out of the folder/,
  ),
  refused('an absolute name', zipOf([entry('/etc/cron.d/a')]), 'zip', /leads out of the folder/),
  refused('a name with a drive', zipOf([entry('C:/a.csv')]), 'zip', /leads out of the folder/),
  refused('a name with backslashes', zipOf([entry('..\\a.csv')]), 'zip', /leads out of the folder/),
  refused(
    'a symbolic link',
    zipOf([entry('a.csv'), entry('b.csv', { mode: 0o120777 })]),
    'zip',
    /b\.csv is a link/,
  ),
  refused('a device', zipOf([entry('b.csv', { mode: 0o020666 })]), 'zip', /is a link or a device/),
  refused(
    'entries that lie over one another',
    zipOf([entry('a.csv'), entry('b.csv', { overFirst: true })]),
    'zip',
    /over one another/,
  ),
  refused('the same name twice', zipOf([entry('a.csv'), entry('a.csv')]), 'zip', /stands in it twice/),
  refused('an encrypted entry', zipOf([entry('a.csv', { flags: 1 })]), 'zip', /encrypted/),
  refused(
    `${MAX_ENTRIES + 1} entries`,
    zipOf(
      Array.from({ length: MAX_ENTRIES + 1 }, (_, index) => ({
        name: `${index}.csv`,
        content: Buffer.from('x'),
      })),
    ),
    'zip',
    /10001 files, more than 10000/,
  ),
  refused(
    '65,536 entries, counted as none',
    zipOf(Array.from({ length: 65_536 }, (_, index) => ({ name: `${index}`, content: Buffer.alloc(0) }))),
    'zip',
    /list of files cannot be read|holds no file/,
    'EmptyFile',
  ),
  refused(
    'a zip archive that is cut off',
    zipOf([entry('a.csv')]).subarray(0, 90),
    'zip',
    /list of files cannot be read/,
    'FileNotReadable',
  ),
  refused('an archive without files', zipOf([]), 'zip', /holds no file/, 'EmptyFile'),
  refused(
    'a workbook',
    zipOf([entry('[Content_Types].xml'), entry('xl/workbook.xml')]),
    'xlsx',
    /office program/,
  ),
  whole('gzip', gzipSync(usageFile({ id: 'gz1' }, { id: 'gz2', quantity: '-1' }, { id: 'gz3' })), 'csv.gz', {
    rows: 2,
    reasons: { 'quantity: below 0': 1 },
  }),
  whole(
    'gzip in two members',
    Buffer.concat([
      gzipSync(usageFile({ id: 'm1' })),
      gzipSync(usageFile({ id: 'm2' }).replace(/^.*\n/, '')),
    ]),
    'csv.gz',
    { rows: 2 },
  ),
];

describe('I7 archives', () => {
  // Offsets count in the unpacked bytes, which is looked at below.
  battery(
    { dataset: 'usage' },
    { name: 'good.csv', content: usageFile({ id: 'good' }), rows: 1 },
    cases.filter(({ name }) => name !== 'gzip'),
  );

  test('offsets count in the unpacked bytes', async () => {
    const text = usageFile({ id: 'o1' }, { id: 'o2', quantity: '-1' }, { id: 'o3' });
    const done = await ingestFiles(
      {
        'o.csv.gz': gzipSync(text),
        'p.zip': zipOf([{ name: 'in/p.csv', content: Buffer.from(text.replaceAll('o', 'p')) }]),
      },
      { dataset: 'usage' },
    );
    expect(Number(done.quarantine('o.csv.gz')[0]?.byte_offset)).toBe(text.indexOf('o2'));
    expect(done.rows('o.csv.gz').map((row) => Number(row.byte_offset))).toEqual([
      text.indexOf('o1'),
      text.indexOf('o3'),
    ]);
    expect(done.files.get('p.zip/in/p.csv')?.error?.name).toBe('SchemaMismatch');
  });

  test('each file of a zip archive is judged by itself', async () => {
    const deep = nested(6);
    const done = await ingestFiles(
      {
        'all.zip': zipOf([
          entry('b.csv'),
          entry('a.csv'),
          { name: 'folder/', content: Buffer.alloc(0) },
          { name: '.hidden', content: Buffer.from('x') },
          { name: 'bomb.csv', content: bomb },
          { name: 'deep.zip', content: deep },
          { name: 'gz.csv.gz', content: gzipSync(csv()) },
          entry('crc.csv', { crc: 1 }),
          entry('longer.csv', { uncompressedSize: 10 }),
          entry('shorter.csv', { uncompressedSize: 100_000 }),
          { name: 'wrong.csv', content: Buffer.from('a,b\n1,2\n') },
        ]),
      },
      { dataset: 'usage' },
    );
    const found = Object.fromEntries(
      [...done.files].map(([name, { outcome, error, rows }]) => [name, error?.name ?? `${outcome} ${rows}`]),
    );
    expect(found).toEqual({
      'all.zip/a.csv': 'ingested 1',
      'all.zip/b.csv': 'ingested 1',
      'all.zip/bomb.csv': 'ArchiveRefused',
      'all.zip/crc.csv': 'FileNotReadable',
      'all.zip/deep.zip': 'ArchiveRefused',
      'all.zip/gz.csv.gz': 'ArchiveRefused',
      'all.zip/longer.csv': 'FileNotReadable',
      'all.zip/shorter.csv': 'FileNotReadable',
      'all.zip/wrong.csv': 'SchemaMismatch',
    });
  });
});
