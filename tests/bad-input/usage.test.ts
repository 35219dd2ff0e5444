import { battery, type Case, type Expected, ingestFiles } from './battery.ts';
import { USAGE_HEADER, type UsageFields, usageFile, usageLine } from './usage-lines.ts';

let call = 0;
const own = (changes: UsageFields = {}): UsageFields => {
  call += 1;
  return { id: `u${call}`, ...changes };
};
/** A record between two good ones, rejected for the reason, or accepted where there is none. */
const record = (name: string, changes: UsageFields, reason?: string): Case => ({
  name,
  content: usageFile(own(), own(changes), own()),
  expected: reason === undefined ? { rows: 3 } : { rows: 2, reasons: { [reason]: 1 } },
});
const records = (name: string, changes: readonly UsageFields[], expected: Expected): Case => ({
  name,
  content: usageFile(...changes),
  expected,
});
const at = (time: string) => `2026-10-14T${time}Z`;
const NO_NUMBER = 'quantity: not a whole number';
const NO_TIME = 'start_time: not a timestamp such as 2026-10-14T13:05:00Z';

const QUANTITIES: readonly Case[] = [
  ...['-1', '-60', '-999999999999999999'].map((quantity) =>
    record(`a duration of ${quantity}`, { quantity }, 'quantity: below 0'),
  ),
  ...[
    '60.5',
    '1:00',
    '00:01:00',
    '60s',
    'sixty',
    '6e1',
    'NaN',
    '1,5'.replace(',', ';'),
    '+60',
    '0x3c',
    '9999999999999999999',
    '--60',
    ' 60',
    '60 ',
  ].map((quantity) => record(`the duration ${JSON.stringify(quantity)}`, { quantity }, NO_NUMBER)),
  record('no duration', { quantity: '' }, 'quantity: empty but required'),
  record('a call of 0 seconds is kept: it was set up', { quantity: '0' }),
  record('minus zero is zero', { quantity: '-0' }),
  record('a second', { quantity: '1' }),
  record('a call of exactly 24 h', { quantity: '86400' }),
  record('a call of more than 24 h', { quantity: '86401' }),
  record('a call of three days', { quantity: '259200' }),
  record('a call of a week', { quantity: '604800' }),
  record('a call of a week and a second', { quantity: '604801' }, 'quantity: above 604800'),
  record('a duration in milliseconds, taken for seconds', { quantity: '86400000' }, 'quantity: above 604800'),
  record('a counter that wrapped at 32 bits', { quantity: '4294967295' }, 'quantity: above 604800'),
  record('a text of 255 parts', { service: 'sms', quantity: '255' }),
  record('100,001 messages in one record', { service: 'sms', quantity: '100001' }, 'quantity: above 100000'),
  record('0 kilobytes', { service: 'data', quantity: '0', b: '' }),
  record('10 TB', { service: 'data', quantity: '10000000000', b: '' }),
  record(
    'more than 10 TB, as a counter that wrapped at 64 bits',
    { service: 'data', quantity: '18014398509481983', b: '' },
    'quantity: above 10000000000',
  ),
];

const TIMES: readonly Case[] = [
  record(
    'it starts before its session',
    { session: at('12:00:00'), start: at('11:59:59') },
    'start_time: before session_start',
  ),
  record(
    'it starts a day before its session',
    { session: '2026-10-15T12:00:00Z', start: at('12:00:00') },
    'start_time: before session_start',
  ),
  record('it starts with its session', { session: at('12:00:00'), start: at('12:00:00') }),
  record('it starts a day after its session', { session: '2026-10-13T12:00:00Z', start: at('12:00:00') }),
  record('no start', { start: '', session: at('12:00:00') }, 'start_time: empty but required'),
  record('no start of the session', { session: '' }, 'session_start: empty but required'),
  record(
    'a clock that was never set',
    { start: '1970-01-01T00:00:00Z' },
    'session_start: not from 1990 to 2099',
  ),
  record(
    'a year with a digit wrong',
    { start: '2206-10-14T12:00:00Z' },
    'session_start: not from 1990 to 2099',
  ),
  record('the year 9999', { start: '9999-12-31T23:59:59Z' }, 'session_start: not from 1990 to 2099'),
  record('the year 0000', { start: '0000-01-01T00:00:00Z' }, NO_TIME),
  record('the zero date of a database', { start: '0000-00-00 00:00:00' }, NO_TIME),
  record('seconds since 1970', { start: '1791979200' }, NO_TIME),
  record('day and month as in the United States', { start: '10/14/2026 12:00' }, NO_TIME),
  record('day and month as in Europe', { start: '14.10.2026 12:00:00' }, NO_TIME),
  record('a month 13', { start: '2026-13-14T12:00:00Z' }, NO_TIME),
  record('a day and no time', { start: '2026-10-14' }, NO_TIME),
];

const KEYS: readonly Case[] = [
  record('no id', { id: '' }, 'record_id: empty but required'),
  record('no session', { correlation: '' }, 'correlation_id: empty but required'),
  record('no source', { source: '' }, 'source: empty but required'),
  record('no caller', { a: '' }, 'a_number: empty but required'),
  record('no called number: data has none', { service: 'data', b: '' }),
  ...['VOICE', 'Voice', 'call', 'mms', '1'].map((service) =>
    record(`the service ${service}`, { service }, 'service: not one of voice, sms, data'),
  ),
  record('no service', { service: '' }, 'service: empty but required'),
  record('partial 0', { sequence: '0' }, 'partial_sequence: below 1'),
  record('partial -1', { sequence: '-1' }, 'partial_sequence: below 1'),
  record('partial 1.5', { sequence: '1.5' }, 'partial_sequence: not a whole number'),
  record('no partial', { sequence: '' }, 'partial_sequence: empty but required'),
  record('last partial: yes', { final: 'yes' }, 'final_partial: not true or false'),
  record('last partial: 2', { final: '2' }, 'final_partial: not true or false'),
  record('last partial: 1', { final: '1' }),
  record('last partial: FALSE', { final: 'FALSE' }),
  record('a NUL in a number', { a: '4366\0' }, 'a_number: has a control character'),
];

const FILES: readonly Case[] = [
  records(
    'a call in three partials, out of order',
    [
      own({ correlation: 'k1', sequence: '3' }),
      own({ correlation: 'k1', sequence: '1', final: 'false' }),
      own({ correlation: 'k1', sequence: '2', final: 'false' }),
    ],
    { rows: 3 },
  ),
  records(
    'a call with a partial missing is kept: a control says so',
    [own({ correlation: 'k2', sequence: '1', final: 'false' }), own({ correlation: 'k2', sequence: '3' })],
    { rows: 2 },
  ),
  records(
    'two last partials are kept: a control says so',
    [own({ correlation: 'k3' }), own({ correlation: 'k3', sequence: '2' })],
    { rows: 2 },
  ),
  records(
    'the same id twice is kept: duplicates are a control, not a defect of a record',
    [{ id: 'same' }, { id: 'same', quantity: '61' }],
    { rows: 2 },
  ),
  records(
    'the same record twice, byte for byte',
    [
      { id: 'twin', quantity: '62' },
      { id: 'twin', quantity: '62' },
    ],
    { rows: 2 },
  ),
  records(
    'one partial of a call is bad, the others are kept',
    [
      own({ correlation: 'k4', sequence: '1', final: 'false' }),
      own({ correlation: 'k4', sequence: '2', quantity: '-1' }),
    ],
    { rows: 1, reasons: { 'quantity: below 0': 1 } },
  ),
  records('all records are bad', [own({ quantity: '-1' }), own({ service: 'fax' })], {
    rows: 0,
    reasons: { 'quantity: below 0': 1, 'service: not one of voice, sms, data': 1 },
  }),
  records(
    'a call over midnight stands on the day of its session',
    [own({ session: '2026-10-13T23:59:59Z', start: '2026-10-14T00:29:59Z', sequence: '2' })],
    { rows: 1 },
  ),
];

/** Numbers that no plan knows: kept as they are, with what they are recognised as left to matching. */
const NUMBERS: readonly Case[] = [
  '0',
  '112',
  '00',
  '000000',
  '999999999999999999999',
  'anonymous',
  'sip:alice@example.org',
  'Restricted',
  '*31#0664123456',
  'unknown',
].map((a) => record(`the caller ${a}`, { a }));

const cases = [...QUANTITIES, ...TIMES, ...KEYS, ...FILES, ...NUMBERS];

describe('I4 usage', () => {
  test('there are at least 80 cases', () => expect(cases.length).toBeGreaterThanOrEqual(80));
  battery({ dataset: 'usage' }, { name: 'good.csv', content: usageFile({ id: 'good' }), rows: 1 }, cases);

  test('rows and rejected records of a file are its records, whatever they hold', async () => {
    const lines = cases.flatMap(({ content }) => String(content).trimEnd().split('\n').slice(1));
    const done = await ingestFiles(
      { 'all.csv': `${[USAGE_HEADER, ...lines, usageLine({ id: 'last' })].join('\n')}\n` },
      { dataset: 'usage' },
    );
    const file = done.files.get('all.csv');
    expect((file?.rows ?? 0) + (file?.quarantined ?? 0)).toBe(lines.length + 1);
  });
});
