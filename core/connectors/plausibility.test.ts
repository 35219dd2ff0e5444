import type { DatasetName } from '#core/domain/datasets.ts';
import { CollectingSink } from './collecting-sink.ts';
import { createDecoder } from './decoders.ts';
import { findMapping } from './mappings/find-mapping.ts';

const ROWS: Readonly<Record<'usage' | 'rated' | 'billed' | 'catalog' | 'file_trailer', object>> = {
  usage: {
    record_id: 'r1',
    correlation_id: 'c1',
    partial_sequence: 1,
    final_partial: true,
    source: 'msc-1',
    service: 'voice',
    a_number: '43660001',
    start_time: '2026-10-14T10:00:00Z',
    session_start: '2026-10-14T10:00:00Z',
    quantity: 60,
  },
  rated: {
    rated_id: 'r1',
    correlation_id: 'c1',
    subscription_id: 'S1',
    source: 'ocs-1',
    service: 'voice',
    start_time: '2026-10-14T10:00:00Z',
    quantity: 60,
    zone: 'national',
    offer_id: 'O1',
    tariff_id: 'T1',
    tariff_version: 1,
    rate_path: 'standard',
    amount: '0.10',
    currency: 'EUR',
  },
  billed: {
    bill_item_id: 'b1',
    charge_type: 'usage',
    subscription_id: 'S1',
    account_id: 'A1',
    event_time: '2026-10-14T10:00:00Z',
    posting_date: '2026-10-14',
    amount: '0.10',
    currency: 'EUR',
  },
  catalog: {
    offer_id: 'O1',
    name: 'One',
    monthly_fee: '31',
    currency: 'EUR',
    tariff_id: 'T1',
    valid_from: '2020-01-01T00:00:00Z',
  },
  file_trailer: {
    source: 'msc-1',
    file_name: 'f',
    file_sequence: 1,
    service: 'voice',
    declared_records: 1,
    declared_quantity: 1,
    period_start: '2026-10-14T10:00:00Z',
    period_end: '2026-10-14T11:00:00Z',
    arrived_at: '2026-10-14T11:00:00Z',
  },
};

/** `row` or the reason against it. */
function judged(dataset: keyof typeof ROWS & DatasetName, over: object): string {
  const sink = new CollectingSink();
  const mapping = findMapping('canonical', dataset);
  const decoder = createDecoder({ format: 'jsonl', dataset, mapping, fileName: 'x.jsonl' }, sink);
  decoder.push(Buffer.from(JSON.stringify({ ...ROWS[dataset], ...over })), true);
  return sink.rejected[0]?.reason ?? (sink.rows.length === 1 ? 'row' : 'nothing');
}

test.each([
  ['a call of a week', 'usage', { quantity: 604_800 }, 'row'],
  ['a longer one', 'usage', { quantity: 604_801 }, 'quantity: above 604800'],
  ['a bulk of messages', 'usage', { service: 'sms', quantity: 100_000 }, 'row'],
  ['more than a bulk', 'usage', { service: 'sms', quantity: 100_001 }, 'quantity: above 100000'],
  ['10 TB', 'usage', { service: 'data', quantity: 10_000_000_000 }, 'row'],
  ['a kilobyte more', 'usage', { service: 'data', quantity: 10_000_000_001 }, 'quantity: above 10000000000'],
  [
    'a counter gone wild',
    'usage',
    { service: 'data', quantity: 999_999_999_999_999 },
    'quantity: above 10000000000',
  ],
  ['the same, rated', 'rated', { quantity: 604_801 }, 'quantity: above 604800'],
  ['a large charge', 'rated', { amount: '1000000' }, 'row'],
  ['a fortune', 'rated', { amount: '1000000.000001' }, 'amount: above 1000000'],
  ['a large credit', 'billed', { amount: '-1000000' }, 'row'],
  ['a fortune given back', 'billed', { amount: '-1000000.000001' }, 'amount: below -1000000'],
  ['a fee in rupiah', 'catalog', { monthly_fee: '2500000', currency: 'IDR' }, 'row'],
  [
    'a fortune in rupiah',
    'catalog',
    { monthly_fee: '10000000001', currency: 'IDR' },
    'monthly_fee: above 10000000000',
  ],
  [
    'the same number in a currency of large units',
    'catalog',
    { monthly_fee: '2500000' },
    'monthly_fee: above 1000000',
  ],
  [
    'a trailer that declares the impossible',
    'file_trailer',
    { declared_records: 100_000_001 },
    'declared_records: above 100000000',
  ],
  [
    'another defect is named first',
    'usage',
    { quantity: 604_801, start_time: 'x' },
    'start_time: not a timestamp such as 2026-10-14T13:05:00Z',
  ],
] as const)('%s', (_condition, dataset, over, expected) => {
  expect(judged(dataset, over)).toBe(expected);
});
