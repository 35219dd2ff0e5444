import {
  parseBigint,
  parseBoolean,
  parseDate,
  parseDecimal,
  parseEpochSeconds,
  parseInteger,
  parseTimestamp,
  phoneNumberStart,
} from './field-parsers.ts';
import { LocalZone } from './local-zone.ts';

type Parser = (bytes: Uint8Array, start: number, end: number) => unknown;
const vienna = new LocalZone('Europe/Vienna');
const timestamp: Parser = (bytes, start, end) => parseTimestamp(bytes, start, end, undefined);
const viennaTime: Parser = (bytes, start, end) => parseTimestamp(bytes, start, end, vienna);

function parse(parser: Parser, text: string): unknown {
  // Other text around the slice must not be looked at.
  const bytes = Buffer.from(`9${text}9`);
  return parser(bytes, 1, bytes.length - 1);
}

test.each<[string, Parser, string, unknown]>([
  ['whole number', parseBigint, '42', 42n],
  ['negative', parseBigint, '-42', -42n],
  ['18 digits', parseBigint, '123456789012345678', 123456789012345678n],
  ['18 digits, negative', parseBigint, '-123456789012345678', -123456789012345678n],
  ['16 digits with zeros inside', parseBigint, '1000000000000001', 1000000000000001n],
  ['19 digits are too many', parseBigint, '1234567890123456789', undefined],
  ['thousands separator', parseBigint, '1,000', undefined],
  ['decimal point', parseBigint, '1.0', undefined],
  ['exponent', parseBigint, '1e3', undefined],
  ['leading space', parseBigint, ' 1', undefined],
  ['plus sign', parseBigint, '+1', undefined],
  ['only a minus', parseBigint, '-', undefined],
  ['formula', parseBigint, '=1+1', undefined],
  ['minus zero is zero', parseInteger, '-0', 0],
  ['decimal', parseDecimal, '12.345678', 12345678n],
  ['decimal without point', parseDecimal, '12', 12000000n],
  ['negative below one', parseDecimal, '-0.000001', -1n],
  ['trailing zeros beyond six decimals', parseDecimal, '0.1000000000', 100000n],
  ['seven significant decimals', parseDecimal, '0.1234567', undefined],
  ['twelve digits before the point', parseDecimal, '123456789012.000001', 123456789012000001n],
  ['thirteen digits before the point', parseDecimal, '1234567890123', undefined],
  ['decimal comma', parseDecimal, '12,5', undefined],
  ['point without decimals', parseDecimal, '12.', undefined],
  ['point without digits before it', parseDecimal, '.5', undefined],
  ['two points', parseDecimal, '1.2.3', undefined],
  ['not a number', parseDecimal, 'NaN', undefined],
  ['float notation', parseDecimal, '1e-3', undefined],
  ['true', parseBoolean, 'true', true],
  ['FALSE', parseBoolean, 'FALSE', false],
  ['1', parseBoolean, '1', true],
  ['0', parseBoolean, '0', false],
  ['yes', parseBoolean, 'yes', undefined],
  ['day', parseDate, '1970-01-02', 1],
  ['leap day', parseDate, '2024-02-29', 19782],
  ['leap day of a common year', parseDate, '2026-02-29', undefined],
  ['day 31 of a short month', parseDate, '2026-11-31', undefined],
  ['month 13', parseDate, '2026-13-01', undefined],
  ['day with slashes', parseDate, '2026/10/14', undefined],
  ['UTC', timestamp, '2026-10-25T01:30:00Z', Date.UTC(2026, 9, 25, 1, 30)],
  ['milliseconds', timestamp, '2026-10-25T01:30:00.123Z', Date.UTC(2026, 9, 25, 1, 30, 0, 123)],
  ['microseconds are cut', timestamp, '2026-10-25T01:30:00.123999Z', Date.UTC(2026, 9, 25, 1, 30, 0, 123)],
  ['tenths', timestamp, '2026-10-25T01:30:00.5Z', Date.UTC(2026, 9, 25, 1, 30, 0, 500)],
  ['space, no offset: UTC by default', timestamp, '2026-10-25 01:30:00', Date.UTC(2026, 9, 25, 1, 30)],
  ['offset', timestamp, '2026-10-25T02:30:00+02:00', Date.UTC(2026, 9, 25, 0, 30)],
  ['offset without colon', timestamp, '2026-10-25T02:30:00-0330', Date.UTC(2026, 9, 25, 6, 0)],
  ['offset in hours', timestamp, '2026-10-25T02:30:00+02', Date.UTC(2026, 9, 25, 0, 30)],
  ['before 1970', timestamp, '1969-12-31T23:59:59Z', -1000],
  ['leap second', timestamp, '2026-12-31T23:59:60Z', undefined],
  ['hour 24', timestamp, '2026-10-25T24:00:00Z', undefined],
  ['no seconds', timestamp, '2026-10-25T01:30Z', undefined],
  ['text after the zone', timestamp, '2026-10-25T01:30:00Zx', undefined],
  ['a day only', timestamp, '2026-10-25', undefined],
  ['winter time of a zone', viennaTime, '2026-12-01 12:00:00', Date.UTC(2026, 11, 1, 11)],
  ['summer time of a zone', viennaTime, '2026-07-01 12:00:00', Date.UTC(2026, 6, 1, 10)],
  [
    'hour that occurs twice: the earlier instant',
    viennaTime,
    '2026-10-25 02:30:00',
    Date.UTC(2026, 9, 25, 0, 30),
  ],
  ['hour after the clock went back', viennaTime, '2026-10-25 03:00:00', Date.UTC(2026, 9, 25, 2, 0)],
  ['hour that does not occur', viennaTime, '2026-03-29 02:30:00', Date.UTC(2026, 2, 29, 1, 30)],
  ['hour after the clock went forward', viennaTime, '2026-03-29 03:00:00', Date.UTC(2026, 2, 29, 1, 0)],
  ['an offset in the text wins over the zone', viennaTime, '2026-07-01T12:00:00Z', Date.UTC(2026, 6, 1, 12)],
  ['epoch seconds', parseEpochSeconds, '1792892400', 1792892400000],
  ['epoch milliseconds are not seconds', parseEpochSeconds, '1792892400000', undefined],
  ['plus before a number', (b, s) => phoneNumberStart(b, s, b.length - 1) - s, '+43664', 1],
  ['00 before a number', (b, s) => phoneNumberStart(b, s, b.length - 1) - s, '0043664', 2],
  ['national zero stays', (b, s) => phoneNumberStart(b, s, b.length - 1) - s, '0664', 0],
])('%s', (_condition, parser, text, expected) => {
  expect(parse(parser, text)).toBe(expected);
});

test('an unknown zone is refused', () => {
  expect(() => new LocalZone('Europe/Wien')).toThrow(/Europe\/Wien/);
});
