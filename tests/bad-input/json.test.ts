import { MAX_RECORD_BYTES } from '#core/connectors/records.ts';
import { battery, type Case, type Expected } from './battery.ts';

const TOO_LONG = `longer than ${MAX_RECORD_BYTES} bytes`;
const NOT_JSON = 'not well-formed JSON';
const UNKNOWN = 'has a field that the mapping does not know';

let record = 0;
/** A good record; raw texts may be put in place of values, because not all of them can be written as values. */
function own(raw: Readonly<Record<string, string>> = {}): string {
  record += 1;
  const values: Record<string, string> = {
    record_id: `"j${record}"`,
    correlation_id: `"c${record}"`,
    partial_sequence: '1',
    final_partial: 'true',
    source: '"msc-1"',
    service: '"voice"',
    a_number: '"436641234567"',
    start_time: '"2026-10-14T12:00:00Z"',
    session_start: '"2026-10-14T12:00:00Z"',
    quantity: '60',
    ...raw,
  };
  return `{${Object.entries(values)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `"${key}":${value}`)
    .join(',')}}`;
}

const file = (name: string, content: string | Uint8Array, expected: Expected): Case => ({
  name,
  content,
  expected,
  ending: 'jsonl',
});
/** A bad record between two good ones, in lines. */
const line = (name: string, bad: string | Buffer, reason: string): Case =>
  file(
    name,
    Buffer.concat([Buffer.from(`${own()}\n`), Buffer.from(bad as string), Buffer.from(`\n${own()}\n`)]),
    { rows: 2, reasons: { [reason]: 1 } },
  );
/** The same as an element of an array. */
const element = (name: string, bad: string, reasons: Readonly<Record<string, number>>): Case =>
  file(name, `[\n${own()},\n${bad},\n${own()}\n]`, { rows: 2, reasons });
const fine = (name: string, good: string): Case => file(name, `${own()}\n${good}\n${own()}\n`, { rows: 3 });
const refused = (
  name: string,
  content: string | Uint8Array,
  error: 'SchemaMismatch' | 'EmptyFile' | 'EncodingNotSupported',
  says: RegExp,
) => file(name, content, { refused: error, says });
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

const DEPTH: readonly Case[] = [
  line('lists 10,000 deep', own({ cell: nested(10_000) }), 'nested too deeply'),
  line('objects 10,000 deep', own({ cell: objects(10_000) }), 'nested too deeply'),
  line('lists 100,000 deep', own({ cell: nested(100_000) }), 'nested too deeply'),
  line('10,000 opening brackets and nothing else', '['.repeat(10_000), 'nested too deeply'),
  line('10,000 opening braces', '{"a":'.repeat(10_000), 'nested too deeply'),
  element('10,000 deep in an array', own({ cell: nested(10_000) }), { 'nested too deeply': 1 }),
];

const KEYS: readonly Case[] = [
  line('a key twice', own().replace('}', ',"quantity":61}'), 'a key stands twice'),
  line('a key twice with the same value', own().replace('}', ',"quantity":60}'), 'a key stands twice'),
  line(
    'a key twice, once written with an escape',
    own().replace('}', ',"quantit\\u0079":61}'),
    'a key stands twice',
  ),
  line('a key twice in a nested object', own({ cell: '{"a":1,"a":2}' }), 'a key stands twice'),
  line('__proto__', own().replace('{', '{"__proto__":{"quantity":1},'), UNKNOWN),
  line(
    '__proto__ that would stand in for a missing value',
    own({ quantity: '' }).replace('{', '{"__proto__":{"quantity":1},'),
    UNKNOWN,
  ),
  line('constructor', own({ constructor: '{"prototype":{"quantity":1}}' }), UNKNOWN),
  line('toString', own({ toString: '"x"' }), UNKNOWN),
  line('a key that is not known in a later record', own({ visited_plnm: '"23201"' }), UNKNOWN),
  line('an empty key', own({ '': '"x"' }), UNKNOWN),
  line('a key with another case', own({ Quantity: '60' }), UNKNOWN),
  refused(
    'a key that is not known in the first record',
    `${own({ colour: '"red"' })}\n`,
    'SchemaMismatch',
    /unknown: colour/,
  ),
  refused(
    'a key that no record has',
    `${own({ quantity: '' })}\n${own({ quantity: '' })}\n`,
    'SchemaMismatch',
    /missing: quantity/,
  ),
];

const NUMBERS: readonly Case[] = [
  line('1e400', own({ quantity: '1e400' }), 'quantity: not a whole number'),
  line('-1e400', own({ quantity: '-1e400' }), 'quantity: not a whole number'),
  line('6e1 is not written as a whole number', own({ quantity: '6e1' }), 'quantity: not a whole number'),
  line('60.0 is not written as a whole number', own({ quantity: '60.0' }), 'quantity: not a whole number'),
  line('a number of 10,000 digits', own({ quantity: '9'.repeat(10_000) }), 'quantity: not a whole number'),
  line(
    '2^53 + 1 is not rounded, but implausible',
    own({ quantity: '9007199254740993' }),
    'quantity: above 604800',
  ),
  line('2^63', own({ quantity: '9223372036854775808' }), 'quantity: not a whole number'),
  line('NaN', own({ quantity: 'NaN' }), NOT_JSON),
  line('Infinity', own({ quantity: 'Infinity' }), NOT_JSON),
  line('-Infinity', own({ quantity: '-Infinity' }), NOT_JSON),
  line('NaN as a text', own({ quantity: '"NaN"' }), 'quantity: not a whole number'),
  line('a hexadecimal number', own({ quantity: '0x3C' }), NOT_JSON),
  line('a leading zero', own({ quantity: '060' }), NOT_JSON),
  line('a leading plus', own({ quantity: '+60' }), NOT_JSON),
  line('a decimal point and nothing behind it', own({ quantity: '60.' }), NOT_JSON),
  line('true for a number', own({ quantity: 'true' }), 'quantity: not a whole number'),
  line('a negative number', own({ quantity: '-60' }), 'quantity: below 0'),
  fine('minus zero is zero', own({ quantity: '-0' })),
  fine('a number as a text', own({ quantity: '"60"' })),
];

const VALUES: readonly Case[] = [
  line('null for what must be there', own({ quantity: 'null' }), 'quantity: empty but required'),
  line('an object for a text', own({ cell: '{"id":"c1"}' }), 'cell: not a single value'),
  line('a list for a text', own({ cell: '["c1"]' }), 'cell: not a single value'),
  line('an empty list for a number', own({ quantity: '[]' }), 'quantity: not a single value'),
  line('half of a surrogate pair', own({ source: '"m\\ud800"' }), 'source: not well-formed Unicode'),
  line('the other half', own({ source: '"m\\udc00"' }), 'source: not well-formed Unicode'),
  line(
    'the halves the wrong way round',
    own({ source: '"\\udc00\\ud800"' }),
    'source: not well-formed Unicode',
  ),
  line('NUL by an escape', own({ source: '"m\\u0000"' }), 'source: has a control character'),
  line('a line break by an escape', own({ source: '"m\\n"' }), 'source: has a control character'),
  fine('a whole surrogate pair', own({ source: '"\\ud83d\\ude00"' })),
  fine('null for what may be absent', own({ cell: 'null' })),
];

const FORM: readonly Case[] = [
  line('a line that is cut off', own().slice(0, 60), NOT_JSON),
  line('two objects in a line', `${own()}${own()}`, NOT_JSON),
  line('a comma behind the object', `${own()},`, NOT_JSON),
  line('a comma behind the last value', own().replace('}', ',}'), NOT_JSON),
  line('single quotes', own().replaceAll('"', "'"), NOT_JSON),
  line('a comment', `// ${own()}`, NOT_JSON),
  line('a list', '[1]', 'not a JSON object'),
  line('a number', '60', 'not a JSON object'),
  line('null', 'null', 'not a JSON object'),
  line('a record of 1 MB', own({ source: `"${'x'.repeat(1 << 20)}"` }), TOO_LONG),
  line('Latin-1', Buffer.from(own({ source: '"m\u00fcnchen"' }), 'latin1'), 'not UTF-8 text'),
  line('NULs, as a crash leaves them', '\0'.repeat(300), NOT_JSON),
  refused('white space only', ' \n\t\n', 'EmptyFile', /no record/),
  refused('UTF-16', Buffer.from(`\ufeff${own()}\n`, 'utf16le'), 'EncodingNotSupported', /UTF-16/),
  file('a byte order mark', `\ufeff${own()}\n`, { rows: 1 }),
];

const ARRAYS: readonly Case[] = [
  element('an element that is no object', '17', { 'not a JSON object': 1 }),
  element('an element cut off in a text: its own line only', '{"record_id":"x', { [NOT_JSON]: 1 }),
  element('an element whose brace never closes: its own line only', own().slice(0, -1), {
    'the element is not closed': 1,
  }),
  element('a brace too many', `${own({ service: '"fax"' })}}`, {
    'service: not one of voice, sms, data': 1,
    [NOT_JSON]: 1,
  }),
  element('an element of 1 MB', own({ source: `"${'x'.repeat(1 << 20)}"` }), { [TOO_LONG]: 1 }),
  file('no comma between two elements', `[${own()}${own()} ${own()}]`, { rows: 3 }),
  file('commas too many', `[,${own()},,${own()},]`, { rows: 2 }),
  file('cut off between two elements', `[${own()},${own()},`, {
    rows: 2,
    reasons: { 'the array is not closed: the file is cut off here': 1 },
  }),
  file('cut off behind an element', `[${own()},${own()}`, {
    rows: 2,
    reasons: { 'the array is not closed: the file is cut off here': 1 },
  }),
  file('cut off in an element', `[${own()},${own().slice(0, 50)}`, {
    rows: 1,
    reasons: { [NOT_JSON]: 1, 'the array is not closed: the file is cut off here': 1 },
  }),
  file('text behind the array', `[${own()}]\n${own()}\n${own()}\n`, {
    rows: 1,
    reasons: { 'text after the end of the array': 2 },
  }),
  file('two arrays', `[${own()}][${own()}]`, { rows: 1, reasons: { 'text after the end of the array': 1 } }),
  file('an empty array: an hour without events', '[]', { rows: 0 }),
  file('an array that is pretty-printed', JSON.stringify([JSON.parse(own()), JSON.parse(own())], null, 2), {
    rows: 2,
  }),
];

const cases = [...DEPTH, ...KEYS, ...NUMBERS, ...VALUES, ...FORM, ...ARRAYS];

describe('I2 malformed JSON', () => {
  test('there are at least 60 cases', () => expect(cases.length).toBeGreaterThanOrEqual(60));
  battery({ dataset: 'usage' }, { name: 'good.jsonl', content: `${own()}\n`, rows: 1 }, cases);
});
