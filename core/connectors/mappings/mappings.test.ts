import { DATASETS } from '#core/domain/datasets.ts';
import { CollectingSink } from '../collecting-sink.ts';
import { createDecoder } from '../decoders.ts';
import { findMapping, MAPPINGS } from './find-mapping.ts';
import { FIELD_READINGS } from './mapping.ts';

function decode(mapping: string, input: string, timeZone?: string): CollectingSink {
  const sink = new CollectingSink();
  const decoder = createDecoder(
    {
      format: mapping === 'tmf635' ? 'tmf635' : 'csv',
      dataset: 'usage',
      mapping: findMapping(mapping, 'usage'),
      fileName: 'Master.csv',
      ...(timeZone === undefined ? {} : { timeZone }),
    },
    sink,
  );
  decoder.push(Buffer.from(input), true);
  return sink;
}

const ASTERISK =
  '"","+436641234567","0043699555","default","""Ann"" <+436641234567>","SIP/a-1","SIP/trunk-2","Dial","SIP/x,30","2026-10-14 13:05:00","2026-10-14 13:05:08","2026-10-14 13:06:08",68,60,"ANSWERED","DOCUMENTATION","1792892700.1",""';
const ASTERISK_MISSED =
  '"","436641234567","43699555","default","x","SIP/a-1","","Dial","","2026-10-14 13:05:00",,"2026-10-14 13:05:20",20,0,"NO ANSWER","DOCUMENTATION","1792892700.2",""';
const FREESWITCH =
  '"Ann","436641234567","+43699555","default","2026-10-14 13:05:00","2026-10-14 13:05:08","2026-10-14 13:06:08","68","60","NORMAL_CLEARING","3f1a-1","","","PCMA","PCMA"';
const OPENSIPS =
  'INVITE|a1|b2|call-1@10.0.0.1|200|OK|1791983108|436641234567|0043699555|8|1791983100|60|60012';

describe('foreign records become usage', () => {
  test.each([
    [
      'Asterisk, answered: talking time from the answer',
      'asterisk-master',
      ASTERISK,
      {
        record_id: '1792892700.1',
        correlation_id: '1792892700.1',
        source: 'asterisk',
        service: 'voice',
        a_number: '436641234567',
        b_number: '43699555',
        quantity: 60n,
        start_time: Date.UTC(2026, 9, 14, 13, 5, 8),
        cell: 'SIP/trunk-2',
      },
    ],
    [
      'Asterisk, not answered: from the start, quantity 0',
      'asterisk-master',
      ASTERISK_MISSED,
      { quantity: 0n, start_time: Date.UTC(2026, 9, 14, 13, 5, 0), cell: null },
    ],
    ['Asterisk without userfield', 'asterisk-master', ASTERISK.slice(0, -3), { record_id: '1792892700.1' }],
    [
      'FreeSWITCH',
      'freeswitch',
      FREESWITCH,
      {
        record_id: '3f1a-1',
        a_number: '436641234567',
        b_number: '43699555',
        quantity: 60n,
        start_time: Date.UTC(2026, 9, 14, 13, 5, 8),
        partial_sequence: 1n,
        final_partial: true,
      },
    ],
    [
      'FreeSWITCH without codecs',
      'freeswitch',
      FREESWITCH.split(',').slice(0, 13).join(','),
      { record_id: '3f1a-1' },
    ],
    [
      'OpenSIPS',
      'opensips',
      OPENSIPS,
      {
        record_id: 'call-1@10.0.0.1',
        a_number: '436641234567',
        b_number: '43699555',
        quantity: 60n,
        start_time: 1791983108000,
      },
    ],
  ])('%s', (_condition, mapping, line, expected) => {
    const sink = decode(mapping, `${line}\n`);
    expect(sink.rejected).toEqual([]);
    expect(sink.rows[0]?.values).toMatchObject(expected);
  });

  test('times without an offset are of the zone that is named', () => {
    const [row] = decode('asterisk-master', ASTERISK, 'Europe/Vienna').rows;
    expect(row?.values.start_time).toBe(Date.UTC(2026, 9, 14, 11, 5, 8));
  });
});

describe('foreign records that go to quarantine', () => {
  test.each([
    [
      'OpenSIPS request without a call',
      'opensips',
      `${OPENSIPS}\nREGISTER|a1||c9|401|Unauthorized|1791983109`,
      'has 7 fields, expected 13',
    ],
    ['negative duration', 'asterisk-master', ASTERISK.replace(',60,', ',-60,'), 'quantity: below 0'],
    [
      'duration that is no number',
      'freeswitch',
      FREESWITCH.replace('"60"', '"1:00"'),
      'quantity: not a whole number',
    ],
    ['no caller', 'opensips', OPENSIPS.replace('|436641234567|', '||'), 'a_number: empty but required'],
    [
      'caller that is only a prefix sign',
      'opensips',
      OPENSIPS.replace('|436641234567|', '|+|'),
      'a_number: empty but required',
    ],
  ])('%s', (_condition, mapping, input, reason) => {
    expect(decode(mapping, input).rejected.map((record) => record.reason)).toEqual([reason]);
  });

  test('Asterisk without uniqueid is a schema mismatch that says which setting is missing', () => {
    const line = ASTERISK.split(',').slice(0, -3).join(',');
    expect(() => decode('asterisk-master', `${line}\n`)).toThrow(/expected 17 to 18.*loguniqueid=yes/s);
  });
});

describe('TMF635', () => {
  const usage = (changes: object = {}) => ({
    id: 'u-1',
    usageDate: '2026-10-14T13:05:08+02:00',
    usageType: 'VOICE',
    status: 'received',
    usageCharacteristic: [
      { name: 'originatingNumber', value: '+436641234567' },
      { name: 'destinationNumber', value: '43699555' },
      { name: 'duration', value: 60 },
    ],
    ...changes,
  });

  test.each([
    [
      'one resource a line',
      `${JSON.stringify(usage())}\n${JSON.stringify(usage({ id: 'u-2' }))}\n`,
      ['u-1', 'u-2'],
    ],
    ['an array', JSON.stringify([usage(), usage({ id: 'u-2' })], null, 2), ['u-1', 'u-2']],
    ['an array of one', JSON.stringify([usage()]), ['u-1']],
    ['an empty array', '[]', []],
  ])('%s', (_condition, input, expected) => {
    const sink = decode('tmf635', input);
    expect(sink.rejected).toEqual([]);
    expect(sink.rows.map((row) => row.values.record_id)).toEqual(expected);
  });

  test('attributes and characteristics become columns', () => {
    const [row] = decode('tmf635', JSON.stringify(usage())).rows;
    expect(row?.values).toMatchObject({
      correlation_id: 'u-1',
      service: 'voice',
      a_number: '436641234567',
      quantity: 60n,
      start_time: Date.UTC(2026, 9, 14, 11, 5, 8),
      source: 'tmf635',
      partial_sequence: 1n,
    });
  });

  test.each([
    [
      'a type of usage that is not known',
      usage({ usageType: 'VoD' }),
      'service: not one of voice, sms, data',
    ],
    [
      'a negative duration',
      usage({
        usageCharacteristic: [
          { name: 'originatingNumber', value: '1' },
          { name: 'duration', value: -1 },
        ],
      }),
      'quantity: below 0',
    ],
    ['no characteristics', usage({ usageCharacteristic: undefined }), 'a_number: empty but required'],
    ['characteristics that are no list', usage({ usageCharacteristic: 'x' }), 'a_number: empty but required'],
    [
      'a date in words',
      usage({ usageDate: '04/04/2023' }),
      'start_time: not a timestamp such as 2026-10-14T13:05:00Z',
    ],
  ])('quarantine: %s', (_condition, record, reason) => {
    const sink = decode('tmf635', `${JSON.stringify(record)}\n${JSON.stringify(usage({ id: 'u-9' }))}\n`);
    expect(sink.rejected.map((rejected) => rejected.reason)).toEqual([reason]);
    expect(sink.rows).toHaveLength(1);
  });
});

describe('mappings as data', () => {
  test.each(MAPPINGS.map((mapping) => [mapping.name, mapping] as const))(
    '%s names only columns and fields that exist',
    (_name, mapping) => {
      const columns = DATASETS[mapping.dataset].columns;
      expect(
        Object.keys(mapping.columns).filter((name) => !columns.some((column) => column.name === name)),
      ).toEqual([]);
      const required = columns.filter((column) => column.required).map((column) => column.name);
      expect(required.filter((name) => !(name in mapping.columns))).toEqual([]);
      for (const rule of Object.values(mapping.columns)) {
        if ('constant' in rule) continue;
        expect(FIELD_READINGS).toContain(rule.read ?? 'as-is');
        const fields = mapping.delimited?.fields;
        if (fields) expect([rule.from].flat().filter((field) => !fields.includes(field))).toEqual([]);
      }
    },
  );

  test('an unknown mapping is refused with the known ones', () => {
    expect(() => findMapping('cisco', 'usage')).toThrow(
      /canonical, asterisk-master, freeswitch, opensips, tmf635/,
    );
    expect(() => findMapping('asterisk-master', 'billed')).toThrow(
      expect.objectContaining({ name: 'UnknownName' }),
    );
  });
});
