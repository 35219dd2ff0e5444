import { MAX_RECORD_BYTES } from '#core/connectors/records.ts';
import { battery, type Case, type Expected } from './battery.ts';
import { USAGE_HEADER, usageFile, usageLine } from './usage-lines.ts';

const HEADER = USAGE_HEADER;
const TOO_LONG = `longer than ${MAX_RECORD_BYTES} bytes`;
const NOT_UTF8 = 'not UTF-8 text: convert the file, for example with iconv -f ISO-8859-1 -t UTF-8';
const COUNT = 11;
const before = usageLine({ id: 'before' });
const after = usageLine({ id: 'after' });

let line = 0;
/** A line that differs from those of all other cases, because the same content twice is another matter. */
const own = (changes: Parameters<typeof usageLine>[0] = {}) => usageLine({ id: `x${++line}`, ...changes });
const swap = (text: string, from: string, to: string) => text.replace(from, to);

/** A bad line between two good ones: the good ones are rows, and the line is rejected for `reason`. */
function between(name: string, bad: string | Buffer, reason: string, count = 1): Case {
  const id = ++line;
  const content = Buffer.concat([
    Buffer.from(`${HEADER}\n${before}-${id}`.replace(/-(\d+)$/, '')),
    Buffer.from('\n'),
    Buffer.from(bad as string),
    Buffer.from(`\n${swap(after, 'after', `after-${id}`)}\n`),
  ]);
  return { name, content, expected: { rows: 2, reasons: { [reason]: count } } };
}

/** A line between two good ones that is good itself. */
function fine(name: string, good: string): Case {
  return { name, content: `${HEADER}\n${before}\n${good}\n${after}\n`, expected: { rows: 3 } };
}

function whole(name: string, content: string | Uint8Array, expected: Expected): Case {
  return { name, content, expected };
}
const refused = (
  name: string,
  content: string | Uint8Array,
  error: 'SchemaMismatch' | 'EncodingNotSupported' | 'EmptyFile',
  says: RegExp,
) => whole(name, content, { refused: error, says });
const encoded = (text: string, encoding: 'utf16le' | 'latin1') => Buffer.from(text, encoding);
const swapped16 = (text: string) => encoded(text, 'utf16le').swap16();
const quotedLine = (id: string) =>
  own({ id })
    .split(',')
    .map((field) => `"${field}"`)
    .join(',');

const QUOTES: readonly Case[] = [
  between('a quote that is never closed costs its own line', `"${own()}`, 'a quoted field is not closed'),
  between('text after a closing quote', swap(own(), 'voice', '"voice"x'), 'text after a closing quote'),
  between(
    'a space before the delimiter after a quote',
    swap(own(), 'voice', '"voice" '),
    'text after a closing quote',
  ),
  between(
    'two quoted texts in one field',
    swap(own(), 'voice', '"vo""ice" "x"'),
    'text after a closing quote',
  ),
  between('an opening quote that is doubled', swap(own(), 'msc-1', '""msc-1"'), 'text after a closing quote'),
  between(
    'a space before the opening quote makes it part of the text',
    swap(own(), 'voice', ' "voice"'),
    'service: not one of voice, sms, data',
  ),
  between(
    'a quote inside a closed list',
    swap(own(), 'voice', 'voi"ce'),
    'service: not one of voice, sms, data',
  ),
  between(
    'single quotes are no quotes',
    swap(own(), 'voice', "'voice'"),
    'service: not one of voice, sms, data',
  ),
  between(
    'a line break in a quoted key',
    swap(own(), 'msc-1', '"msc\n1"'),
    'source: has a control character',
  ),
  between('quotes escaped with a backslash', swap(own(), 'msc-1', '"m\\"s"'), 'text after a closing quote'),
  fine('doubled quotes in a quoted field', swap(own(), 'msc-1', '"m""s""c"')),
  fine('a delimiter in a quoted field', swap(own(), 'msc-1', '"msc,1"')),
  fine('every field in quotes', quotedLine('q-all')),
  fine('a quote inside an unquoted text', swap(own(), 'msc-1', 'msc 5"')),
  whole(
    'a stray quote, and the next one 300,000 bytes below: only its own line is lost',
    `${HEADER}\n"${own()}\n${Array.from({ length: 4000 }, () => own()).join('\n')}\n${swap(own(), 'msc-1', 'msc"')}\n`,
    { rows: 4001, reasons: { 'a quoted field is not closed': 1 } },
  ),
  whole(
    'a stray quote closed some lines below by chance: only its own line is lost',
    `${HEADER}\n${swap(own(), 'msc-1', '"msc')}\n${own()}\n${own()}\n${own()}"\n${own()}\n`,
    { rows: 3, reasons: { 'a quoted field is not closed': 1, 'quantity: not a whole number': 1 } },
  ),
];

const BYTES: readonly Case[] = [
  between('NUL in a key', swap(own(), 'msc-1', 'm\0c'), 'source: has a control character'),
  between('a line of NULs, as a crash leaves it', '\0'.repeat(500), `has 1 field, expected ${COUNT}`),
  between('a bell in a key', swap(own(), 'msc-1', 'm\x07c'), 'source: has a control character'),
  between(
    'an escape sequence for a terminal',
    swap(own(), 'msc-1', '\x1b[31mmsc'),
    'source: has a control character',
  ),
  between(
    'a byte order mark in the middle',
    `\ufeff${own({ service: 'fax' })}`,
    'service: not one of voice, sms, data',
  ),
  between('Latin-1 among UTF-8', Buffer.from(swap(own(), 'msc-1', 'm\u00fcnchen'), 'latin1'), NOT_UTF8),
  between(
    'half a UTF-8 character',
    Buffer.concat([Buffer.from(swap(own(), '60', '')), Buffer.from([0xe2, 0x82])]),
    NOT_UTF8,
  ),
  between(
    'an overlong encoding of a slash',
    Buffer.concat([Buffer.from([0xc0, 0xaf]), Buffer.from(own())]),
    NOT_UTF8,
  ),
  between(
    'a surrogate written as UTF-8',
    Buffer.concat([Buffer.from([0xed, 0xa0, 0x80]), Buffer.from(own())]),
    NOT_UTF8,
  ),
  between('digits of another script', swap(own(), ',60', ',\u0666\u0660'), 'quantity: not a whole number'),
  between('a full-width digit', swap(own(), ',60', ',\uff16'), 'quantity: not a whole number'),
  between(
    'a zero-width space before a number',
    swap(own(), ',60', ',\u200b60'),
    'quantity: not a whole number',
  ),
  fine('letters beyond ASCII', swap(own(), 'msc-1', 'Z\u00fcrich \u6771\u4eac')),
  whole('a byte order mark at the start', `\ufeff${usageFile({ id: 'bom' })}`, { rows: 1 }),
  refused(
    'UTF-16 with its mark',
    encoded(`\ufeff${usageFile({ id: 'u16' })}`, 'utf16le'),
    'EncodingNotSupported',
    /UTF-16.*iconv/,
  ),
  refused(
    'UTF-16 the other way round',
    swapped16(`\ufeff${usageFile({ id: 'u16b' })}`),
    'EncodingNotSupported',
    /UTF-16.*iconv/,
  ),
  refused(
    'UTF-16 without a mark',
    encoded(usageFile({ id: 'u16c' }), 'utf16le'),
    'EncodingNotSupported',
    /UTF-16LE/,
  ),
  refused(
    'UTF-16 the other way round without a mark',
    swapped16(usageFile({ id: 'u16d' })),
    'EncodingNotSupported',
    /UTF-16BE/,
  ),
  refused(
    'UTF-32',
    Buffer.concat([Buffer.from([0xff, 0xfe, 0, 0]), encoded(usageFile(), 'utf16le')]),
    'EncodingNotSupported',
    /UTF-32/,
  ),
];

const LINES: readonly Case[] = [
  whole('CRLF', usageFile({ id: 'crlf' }, { id: 'crlf2' }).replaceAll('\n', '\r\n'), { rows: 2 }),
  whole('CRLF and LF mixed', `${HEADER}\r\n${own()}\n${own()}\r\n${own()}\n`, { rows: 3 }),
  whole('no line break at the end', usageFile({ id: 'end' }).trimEnd(), { rows: 1 }),
  whole('a lone CR at the end', `${usageFile({ id: 'cr-end' }).trimEnd()}\r`, { rows: 1 }),
  whole('blank lines everywhere', `\n\n${HEADER}\n\n${own()}\n\r\n\n${own()}\n\n\n`, { rows: 2 }),
  between('a CR inside a line', swap(own(), 'msc-1', 'msc\r1'), 'source: has a control character'),
  between('CR twice before the LF', `${own()}\r\r`, 'quantity: not a whole number'),
  refused(
    'CR alone between all lines',
    usageFile({ id: 'mac' }).replaceAll('\n', '\r'),
    'SchemaMismatch',
    /unknown: /,
  ),
  between('a line of spaces', '      ', `has 1 field, expected ${COUNT}`),
  between(
    'the last record is cut off',
    own().split(',').slice(0, 2).join(','),
    `has 2 fields, expected ${COUNT}`,
  ),
];

const WIDTHS: readonly Case[] = [
  between('a field of 1 MB', swap(own(), 'msc-1', 'x'.repeat(1 << 20)), TOO_LONG),
  between('a quoted field of 1 MB', swap(own(), 'msc-1', `"${'y'.repeat(1 << 20)}"`), TOO_LONG),
  between('a record one byte too long', swap(own(), 'msc-1', 'z'.repeat(MAX_RECORD_BYTES)), TOO_LONG),
  between('10,000 fields in one line', ','.repeat(9999), `has 10000 fields, expected ${COUNT}`),
  between(
    'a field too few',
    own().split(',').slice(1).join(','),
    `has ${COUNT - 1} fields, expected ${COUNT}`,
  ),
  between('a field too many', `${own()},x`, `has ${COUNT + 1} fields, expected ${COUNT}`),
  between('semicolons in one line', own().replaceAll(',', ';'), `has 1 field, expected ${COUNT}`),
  refused(
    '10,000 columns',
    `${HEADER},${Array.from({ length: 10_000 }, (_, index) => `c${index}`).join(',')}\n`,
    'SchemaMismatch',
    /unknown: c0.*and 9992 more/,
  ),
  refused('a header of 100,000 equal names', `${'a,'.repeat(100_000)}a\n`, 'SchemaMismatch', /unknown: a/),
  refused('a first line of 1 MB', `${'a,'.repeat(1 << 19)}\n${own()}\n`, 'SchemaMismatch', /no header/),
];

const COLUMNS: readonly Case[] = [
  between('the header a second time', HEADER, 'partial_sequence: not a whole number'),
  refused(
    'a column is missing',
    usageFile({ id: 'm' }).replace(',quantity', '').replace(/,60\n/, '\n'),
    'SchemaMismatch',
    /missing: quantity/,
  ),
  refused(
    'a column stands twice',
    `${HEADER},source\n${own()},x\n`,
    'SchemaMismatch',
    /standing twice: source/,
  ),
  refused('a column is not known', `${HEADER},colour\n${own()},red\n`, 'SchemaMismatch', /unknown: colour/),
  refused('no header at all', `${own()}\n`, 'SchemaMismatch', /missing: record_id/),
  refused('names in capitals', `${HEADER.toUpperCase()}\n${own()}\n`, 'SchemaMismatch', /unknown: RECORD_ID/),
  refused('0 bytes', '', 'EmptyFile', /0 bytes/),
  refused('line breaks only', '\n\r\n\n', 'EmptyFile', /no header/),
  whole('the header only: an hour without events', `${HEADER}\n`, { rows: 0 }),
  whole(
    'columns in another order',
    `quantity,${HEADER.replace(',quantity', '')}\n60,${own().replace(/,60$/, '')}\n`,
    { rows: 1 },
  ),
  between(
    'values of two columns swapped',
    own({ service: '436641234567', a: 'voice' }),
    'service: not one of voice, sms, data',
  ),
];

const VALUES: readonly Case[] = [
  between(
    'a thousands separator in quotes',
    swap(own(), /,60$/.exec(',60')?.[0] ?? '', ',"1,000"'),
    'quantity: not a whole number',
  ),
  between(
    'a thousands separator',
    swap(own(), ',60', ',1,000'),
    `has ${COUNT + 1} fields, expected ${COUNT}`,
  ),
  between('an apostrophe between thousands', swap(own(), ',60', ",1'000"), 'quantity: not a whole number'),
  between('a decimal comma in quotes', swap(own(), ',60', ',"60,5"'), 'quantity: not a whole number'),
  between('a formula where a number belongs', swap(own(), ',60', ',=1+59'), 'quantity: not a whole number'),
  between(
    'a number in quotes of a spreadsheet',
    swap(own(), ',60', ',"=""60"""'),
    'quantity: not a whole number',
  ),
  fine('a formula in a text is data, and stays what it is', swap(own(), 'msc-1', "=cmd|' /C calc'!A0")),
  fine('a text that starts with an at sign', swap(own(), 'msc-1', '@SUM(A1)')),
  between('#REF! of a spreadsheet', swap(own(), ',60', ',#REF!'), 'quantity: not a whole number'),
  between(
    'a number of a spreadsheet in scientific form',
    swap(own(), ',60', ',4.36641E+11'),
    'quantity: not a whole number',
  ),
];

const cases = [...QUOTES, ...BYTES, ...LINES, ...WIDTHS, ...COLUMNS, ...VALUES];

describe('I1 malformed CSV', () => {
  test('there are at least 60 cases', () => expect(cases.length).toBeGreaterThanOrEqual(60));
  battery({ dataset: 'usage' }, { name: 'good.csv', content: usageFile({ id: 'good' }), rows: 1 }, cases);
});
