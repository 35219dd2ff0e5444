import fc from 'fast-check';
import { DATASETS } from '#core/domain/datasets.ts';
import type { NumberPlan } from '#core/domain/feed.ts';
import { CollectingSink } from './collecting-sink.ts';
import { createDecoder } from './decoders.ts';
import { findMapping } from './mappings/find-mapping.ts';
import { NumberReader } from './numbers.ts';

let austria: NumberReader;
beforeAll(async () => {
  austria = await NumberReader.open({ country: 'AT' });
});

describe('forms of a number', () => {
  test.each([
    ['national', '06601234567', '436601234567'],
    ['00', '00436601234567', '436601234567'],
    ['+', '+436601234567', '436601234567'],
    ['bare, with the country', '436601234567', '436601234567'],
    ['bare, without it and in use nowhere else', '6641234567', '436641234567'],
    ['spaces', ' +43 660 123 45 67 ', '436601234567'],
    ['brackets, slash and dash', '(0660)/1234-567', '436601234567'],
    ['the trunk prefix written beside the country', '+43 (0) 660 1234567', '436601234567'],
    ['another country', '+49 170 1234567', '491701234567'],
    ['another country, bare', '491701234567', '491701234567'],
    ['a fixed line', '01 58858 0', '431588580'],
    ['free of charge', '0800 123456', '43800123456'],
    ['a range that the library does not know yet', '+43 681 9', '436819'],
    ['Italy, where the 0 belongs to the number', '+39 06 6982', '39066982'],
    ['satellite', '+881612345678', '881612345678'],
  ])('%s: %s', (_form, text, expected) => {
    expect(austria.read(text)).toEqual({ rule: 'number', text: expected });
  });

  test.each([
    ['emergency', '112', 'short-code', '112'],
    ['a short code', '118 811', 'short-code', '118811'],
    ['a code of the network', '*100#', 'service-code', '*100#'],
    ['a sender with letters', 'My Bank', 'sender-name', 'My Bank'],
    ['letters and digits', 'A1-Info2', 'sender-name', 'A1-Info2'],
    ['withheld', 'anonymous', 'sender-name', 'anonymous'],
  ])('kept as it stands: %s', (_what, text, rule, expected) => {
    expect(austria.read(text)).toEqual({ rule, text: expected });
  });

  test.each([
    ['more than 15 digits', '+436601234567890123', 'TOO_LONG'],
    ['national, too long', '0660123456789012345', 'TOO_LONG'],
    ['a country and no more', '+43', 'TOO_SHORT'],
    ['a trunk prefix and no more', '0', 'TOO_SHORT'],
    ['a network code and no more', '0660', 'TOO_SHORT'],
    ['no such country', '+999 1234567', 'INVALID_COUNTRY'],
    ['a name longer than a sender may be', 'National Bank', 'NOT_A_NUMBER'],
    ['an address', 'sip:anna@example.org', 'NOT_A_NUMBER'],
    ['an extension, which is no part of a number', '+43 1 58858 #12', 'NOT_A_NUMBER'],
    ['only separators', '+-', 'NOT_A_NUMBER'],
    ['only spaces', '  ', 'NOT_A_NUMBER'],
  ])('refused: %s', (_what, text, reason) => {
    expect(austria.read(text)).toEqual({ reason });
  });

  test.each<[string, Partial<NumberPlan>, string, string]>([
    ['bare digits are international first', {}, '4912345678', '4912345678'],
    ['digits that are in use both here and abroad: abroad', {}, '12025550123', '12025550123'],
    ['… unless the plan says here', { bareDigits: 'national' }, '12025550123', '4312025550123'],
    ['short codes may be shorter', { shortCodeDigits: 3 }, '58858', '4358858'],
    ['national in another country', { country: 'GB' }, '07400 123456', '447400123456'],
    ['with its own way to dial abroad', { country: 'US' }, '011 43 660 1234567', '436601234567'],
  ])('%s', async (_what, plan, text, expected) => {
    const reader = await NumberReader.open({ country: 'AT', ...plan });
    expect(reader.read(text)).toMatchObject({ text: expected });
  });

  test('a country that there is not', async () => {
    await expect(NumberReader.open({ country: 'XX' })).rejects.toMatchObject({ name: 'SchemaMismatch' });
  });

  test('every form of a number gives the same digits, and those give themselves', () => {
    const mobile = fc.tuple(
      fc.constantFrom('660', '664', '676', '699'),
      fc.integer({ min: 1_000_000, max: 9_999_999 }),
    );
    fc.assert(
      fc.property(mobile, ([network, rest]) => {
        const number = `43${network}${rest}`;
        for (const form of [
          `0${network}${rest}`,
          `00${number}`,
          `+${number}`,
          number,
          `+43 ${network} ${rest}`,
        ])
          expect(austria.read(form)).toEqual({ rule: 'number', text: number });
      }),
    );
  });
});

describe('at ingest', () => {
  const HEADER =
    'record_id,correlation_id,partial_sequence,final_partial,source,service,a_number,b_number,start_time,session_start,quantity';
  const line = (a: string, b: string, id = 'R1') =>
    `${id},C1,1,true,msc,voice,${a},${b},2026-10-14T12:00:00Z,2026-10-14T12:00:00Z,60`;

  function ingest(
    lines: readonly string[],
    numbers: NumberReader | undefined,
    dataset: 'usage' | 'billed' = 'usage',
  ) {
    const sink = new CollectingSink();
    const mapping = findMapping('canonical', dataset);
    const decoder = createDecoder(
      { format: 'csv', dataset, mapping, fileName: 'f.csv', ...(numbers === undefined ? {} : { numbers }) },
      sink,
    );
    decoder.push(Buffer.from(`${lines.join('\n')}\n`), true);
    return { rows: sink.rows.map(({ values }) => values), rejected: sink.rejected };
  }

  test.each([
    [
      'a national number, as it was dialled beside it',
      '0660 1234567',
      '0664 7654321',
      '436601234567',
      '436647654321',
      '0664 7654321',
    ],
    [
      'international digits are not said twice',
      '436601234567',
      '436647654321',
      '436601234567',
      '436647654321',
      null,
    ],
    ['no called number', '436601234567', '', '436601234567', null, null],
    ['a short code', '+436601234567', '112', '436601234567', '112', null],
  ])('%s', (_what, a, b, aNumber, bNumber, dialled) => {
    const { rows } = ingest([HEADER, line(a, b)], austria);
    expect(rows).toEqual([
      expect.objectContaining({ a_number: aNumber, b_number: bNumber, b_number_dialled: dialled }),
    ]);
  });

  test.each([
    ['0660', '436647654321', 'a_number: too short for a number'],
    ['436601234567', '+999123456', 'b_number: no country has this code'],
    ['436601234567', 'call me maybe', 'b_number: neither a number nor a name'],
    ['436601234567', '+4366012345678901234', 'b_number: too long for a number'],
  ])('%s to %s is rejected, and the next record is a row', (a, b, reason) => {
    const { rows, rejected } = ingest([HEADER, line(a, b), line('06601234567', '112', 'R2')], austria);
    expect(rejected).toEqual([expect.objectContaining({ reason, raw: line(a, b) })]);
    expect(rows).toHaveLength(1);
  });

  test('without a plan every byte stays', () => {
    const { rows } = ingest([HEADER, line('0660 1234567', 'x y z')], undefined);
    expect(rows[0]).toMatchObject({ a_number: '0660 1234567', b_number: 'x y z', b_number_dialled: null });
  });

  test('a billed item with a number that is none keeps it: its money must stay in sight', () => {
    const names = DATASETS.billed.columns.map(({ name }) => name);
    const values: Record<string, string> = {
      bill_item_id: 'B1',
      charge_type: 'usage',
      subscription_id: 'S1',
      account_id: 'K1',
      event_time: '2026-10-14T12:00:00Z',
      posting_date: '2026-10-15',
      amount: '1.50',
      currency: 'EUR',
      a_number: '0660 1234567',
      b_number: 'premium service nine',
    };
    const { rows, rejected } = ingest(
      [names.join(','), names.map((name) => values[name] ?? '').join(',')],
      austria,
      'billed',
    );
    expect(rejected).toEqual([]);
    expect(rows[0]).toMatchObject({ a_number: '436601234567', b_number: 'premium service nine' });
  });

  test('what a mapping would cut off is read first: +43 is not 43 of the country', () => {
    const sink = new CollectingSink();
    const fields = [
      '',
      '+1 415 555 2671',
      '00390669821',
      '',
      '',
      '',
      '',
      '',
      '',
      '2026-10-14 12:00:00',
      '2026-10-14 12:00:00',
      '2026-10-14 12:01:00',
      '60',
      '60',
      'ANSWERED',
      'DOCUMENTATION',
      '1760443200.1',
    ];
    const decoder = createDecoder(
      {
        format: 'csv',
        dataset: 'usage',
        mapping: findMapping('asterisk-master', 'usage'),
        fileName: 'Master.csv',
        numbers: austria,
      },
      sink,
    );
    decoder.push(Buffer.from(`${fields.map((f) => `"${f}"`).join(',')}\n`), true);
    expect(sink.rows.map(({ values }) => values)).toEqual([
      expect.objectContaining({
        a_number: '14155552671',
        b_number: '390669821',
        b_number_dialled: '00390669821',
      }),
    ]);
  });
});
