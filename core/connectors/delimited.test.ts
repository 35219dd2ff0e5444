import fc from 'fast-check';
import { DATASETS } from '#core/domain/datasets.ts';
import { recordHash } from '#core/domain/hash.ts';
import { CollectingSink } from './collecting-sink.ts';
import { DelimitedDecoder } from './delimited.ts';
import { canonical } from './mappings/canonical.ts';
import type { Mapping } from './mappings/mapping.ts';
import { MAX_RECORD_BYTES } from './records.ts';

const context = { dataset: DATASETS.holiday, fileName: 'holiday.csv' };
const HEADER = 'calendar,holiday_date,name';

function decode(
  input: string | Uint8Array,
  mapping: Mapping = canonical(DATASETS.holiday),
  blockSize = 1 << 20,
): CollectingSink {
  const sink = new CollectingSink();
  const decoder = new DelimitedDecoder(context, mapping, sink);
  const bytes = Buffer.from(input as string);
  for (let at = 0; at < bytes.length; at += blockSize) {
    decoder.push(bytes.subarray(at, at + blockSize), false);
  }
  decoder.push(Buffer.alloc(0), true);
  return sink;
}

const names = (sink: CollectingSink) => sink.rows.map((row) => row.values.name);

describe('records that are rows', () => {
  test.each([
    ['plain', `${HEADER}\nAT,2026-10-26,National Day\n`, ['National Day']],
    ['no line break at the end', `${HEADER}\nAT,2026-10-26,National Day`, ['National Day']],
    [
      'CRLF',
      `${HEADER}\r\nAT,2026-10-26,National Day\r\nAT,2026-12-25,Christmas\r\n`,
      ['National Day', 'Christmas'],
    ],
    ['byte order mark', `\ufeff${HEADER}\nAT,2026-10-26,National Day\n`, ['National Day']],
    ['comma in quotes', `${HEADER}\nAT,2026-10-26,"Day, National"\n`, ['Day, National']],
    ['line break in quotes', `${HEADER}\nAT,2026-10-26,"National\r\nDay"\n`, ['National\r\nDay']],
    ['tab in prose', `${HEADER}\nAT,2026-10-26,National\tDay\n`, ['National\tDay']],
    ['doubled quotes', `${HEADER}\nAT,2026-10-26,"the ""National"" Day"\n`, ['the "National" Day']],
    ['only doubled quotes', `${HEADER}\nAT,2026-10-26,""""\n`, ['"']],
    ['quote inside an unquoted field', `${HEADER}\nAT,2026-10-26,5" Day\n`, ['5" Day']],
    ['quoted last field with CRLF', `${HEADER}\r\nAT,2026-10-26,"x"\r\n`, ['x']],
    ['not ASCII', `${HEADER}\nAT,2026-12-08,Mariä Empfängnis\n`, ['Mariä Empfängnis']],
    ['not ASCII in quotes', `${HEADER}\nAT,2026-12-08,"Mariä, Empfängnis"\n`, ['Mariä, Empfängnis']],
    ['blank lines', `${HEADER}\n\nAT,2026-10-26,x\n\r\n\nAT,2026-12-25,y\n\n`, ['x', 'y']],
    ['columns in another order', 'name,calendar,holiday_date\nx,AT,2026-10-26\n', ['x']],
    ['semicolons', 'calendar;holiday_date;name\nAT;2026-10-26;a,b\n', ['a,b']],
    ['tabs', 'calendar\tholiday_date\tname\nAT\t2026-10-26\ta,b\n', ['a,b']],
    ['quoted header', '"calendar","holiday_date","name"\nAT,2026-10-26,x\n', ['x']],
    ['header only', `${HEADER}\n`, []],
  ])('%s', (_condition, input, expected) => {
    const sink = decode(input);
    expect(sink.rejected).toEqual([]);
    expect(names(sink)).toEqual(expected);
  });
});

describe('records that go to quarantine while the rest goes on', () => {
  test.each([
    ['too few fields', 'AT,2026-10-26', 'has 2 fields, expected 3'],
    ['too many fields', 'AT,2026-10-26,x,y', 'has 4 fields, expected 3'],
    ['empty required value', ',2026-10-26,x', 'calendar: empty but required'],
    ['day that is none', 'AT,2026-02-30,x', 'holiday_date: not a day such as 2026-10-14'],
    ['header a second time', HEADER, 'holiday_date: not a day such as 2026-10-14'],
    ['NUL in a key', 'A\0T,2026-10-26,x', 'calendar: has a control character'],
    ['line break in a key', '"A\nT",2026-10-26,x', 'calendar: has a control character'],
    ['DEL in a key', 'AT\x7f,2026-10-26,x', 'calendar: has a control character'],
    ['NUL in prose', 'AT,2026-10-26,x\0y', 'name: has a control character'],
    ['text after a closing quote', 'AT,2026-10-26,"x" y', 'text after a closing quote'],
  ])('%s', (_condition, line, reason) => {
    const head = `${HEADER}\nAT,2026-01-01,before\n`;
    const sink = decode(`${head}${line}\nAT,2026-12-25,after\n`);
    expect(sink.rejected).toEqual([{ offset: head.length, reason, raw: line }]);
    expect(names(sink)).toEqual(['before', 'after']);
  });

  test('a quote that is never closed costs its own line only', () => {
    const sink = decode(`${HEADER}\nAT,2026-10-26,"open\nAT,2026-12-25,after\n`);
    expect(sink.rejected).toMatchObject([
      { reason: 'a quoted field is not closed', raw: 'AT,2026-10-26,"open' },
    ]);
    expect(names(sink)).toEqual(['after']);
  });

  test('Latin-1 bytes are named as such', () => {
    const sink = decode(
      Buffer.concat([
        Buffer.from(`${HEADER}\nAT,2026-12-08,Mari`),
        Buffer.from([0xe4]),
        Buffer.from('\nAT,2026-12-25,after\n'),
      ]),
    );
    expect(sink.rejected).toMatchObject([{ reason: expect.stringContaining('not UTF-8 text') }]);
    expect(names(sink)).toEqual(['after']);
  });

  test('a record beyond the limit is cut out, with its start kept', () => {
    const long = 'x'.repeat(MAX_RECORD_BYTES + 1000);
    const sink = decode(
      `${HEADER}\nAT,2026-10-26,${long}\nAT,2026-12-25,after\n`,
      canonical(DATASETS.holiday),
      4096,
    );
    expect(sink.rejected).toMatchObject([
      { offset: HEADER.length + 1, reason: `longer than ${MAX_RECORD_BYTES} bytes` },
    ]);
    expect(names(sink)).toEqual(['after']);
  });
});

describe('files that cannot be what they should be: nothing is ingested', () => {
  test.each([
    ['missing column', 'calendar,name\nAT,x\n', 'SchemaMismatch', /missing: holiday_date/],
    ['unknown column', `${HEADER},colour\nAT,2026-10-26,x,red\n`, 'SchemaMismatch', /unknown: colour/],
    [
      'column standing twice',
      `${HEADER},name\nAT,2026-10-26,x,y\n`,
      'SchemaMismatch',
      /standing twice: name/,
    ],
    [
      'no header',
      'AT,2026-10-26,National Day\n',
      'SchemaMismatch',
      /missing: calendar, holiday_date, name; unknown: AT/,
    ],
    [
      'UTF-16 with mark',
      Buffer.from(`\ufeff${HEADER}\n`, 'utf16le'),
      'EncodingNotSupported',
      /UTF-16.*iconv/,
    ],
    ['UTF-16 without mark', Buffer.from(`${HEADER}\n`, 'utf16le'), 'EncodingNotSupported', /UTF-16LE.*iconv/],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0]), 'EncodingNotSupported', /gunzip/],
    ['zip', Buffer.from([0x50, 0x4b, 3, 4, 0]), 'EncodingNotSupported', /unzip/],
    ['blank lines only', '\n\n', 'EmptyFile', /no header/],
  ])('%s', (_condition, input, name, message) => {
    expect(() => decode(input)).toThrow(
      expect.objectContaining({ name, message: expect.stringMatching(message) }),
    );
  });

  test('positional text of another width', () => {
    const mapping: Mapping = {
      ...canonical(DATASETS.holiday),
      delimited: { delimiter: ',', quote: '"', header: false, fields: ['calendar', 'holiday_date', 'name'] },
    };
    expect(() => decode('AT,2026-10-26\nAT,2026-12-25\n', mapping)).toThrow(/has 2 fields, expected 3/);
    expect(decode('AT,2026-10-26\nAT,2026-12-25,x\n', mapping).rejected).toHaveLength(1);
  });
});

describe('properties', () => {
  const LINE = ['a', 'Z', '9', ' ', ',', '"', 'ä', '€', '😀'];
  const cell = (...units: string[]) =>
    fc.string({ unit: fc.constantFrom(...units), minLength: 1, maxLength: 12 });
  const key = cell(...LINE);
  const prose = cell(...LINE, '\n', '\r', '\t');
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;

  test('any text survives quoting, wherever the blocks are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(key, prose), { maxLength: 20 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom('\n', '\r\n'),
        (rows, blockSize, lineBreak) => {
          const lines = rows.map(([calendar, name]) => `${quote(calendar)},2026-10-26,${quote(name)}`);
          const sink = decode([HEADER, ...lines, ''].join(lineBreak), canonical(DATASETS.holiday), blockSize);
          expect(sink.rejected).toEqual([]);
          expect(sink.rows.map(({ values }) => [values.calendar, values.name])).toEqual(rows);
        },
      ),
      { seed: 20261014, numRuns: 300 },
    );
  });

  test('every line is one row or one rejected record, and its offset leads back to it', () => {
    const line = fc.string({
      unit: fc.constantFrom('A', 'T', ',', '2026-10-26', 'x', ' ', 'ö'),
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), fc.integer({ min: 1, max: 64 }), (lines, blockSize) => {
        const bytes = Buffer.from([HEADER, ...lines, ''].join('\n'));
        const sink = decode(bytes, canonical(DATASETS.holiday), blockSize);
        const at = (offset: number) => bytes.subarray(offset, bytes.indexOf(10, offset));
        const found = [
          ...sink.rejected.map(({ offset, raw }) => ({ offset, text: raw })),
          ...sink.rows.map(({ offset, hash }) => {
            expect(recordHash(at(offset))).toBe(hash);
            return { offset, text: at(offset).toString() };
          }),
        ].sort((a, b) => a.offset - b.offset);
        expect(found.map(({ text }) => text)).toEqual(lines);
        for (const { offset, text } of found) expect(at(offset).toString()).toBe(text);
      }),
      { seed: 20261014, numRuns: 300 },
    );
  });

  test('any bytes at all end in rows, rejected records or one named error', () => {
    const bytes = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 64 }), (noise, blockSize) => {
        const input = Buffer.concat([Buffer.from(`${HEADER}\n`), noise]);
        const sink = decode(input, canonical(DATASETS.holiday), blockSize);
        const offsets = [...sink.rejected, ...sink.rows].map(({ offset }) => offset);
        expect(new Set(offsets).size).toBe(offsets.length);
      }),
      { seed: 20261014, numRuns: 500 },
    );
  });
});
