import type { TestRow } from './tables.ts';
import type { TestWorld } from './test-lake.ts';

/**
 * A small operator for audit tables. S1 (43660001) has offer O1 on tariff T1, S2 (43660002) offer O2 on T2, S9
 * (43660009) is a test line. Prices of T1, version 1: voice national 0.10 a minute, eu 0.50 peak and 0.20 off-peak;
 * sms national 0.08; data home 0.02 a megabyte, with six decimals. Version 2, from 2026-10-16 Vienna time on, has
 * voice national at 0.12. T2 has voice national at 0.05. O1 costs 31.00 a month, O2 62.00.
 */
export const SMALL_OPERATOR: TestWorld = {
  subscription: [
    subscription('S1', '43660001', 'O1'),
    subscription('S2', '43660002', 'O2'),
    subscription('S9', '43660009', 'O1', { purpose: 'test' }),
  ],
  network_profile: [line('43660001'), line('43660002'), line('43660009')],
  catalog: [
    {
      offer_id: 'O1',
      name: 'One',
      monthly_fee: '31',
      currency: 'EUR',
      tariff_id: 'T1',
      valid_from: '2020-01-01',
    },
    {
      offer_id: 'O2',
      name: 'Two',
      monthly_fee: '62',
      currency: 'EUR',
      tariff_id: 'T2',
      valid_from: '2020-01-01',
    },
  ],
  tariff: [
    ...version('T1', 1, '2020-01-01', '2026-10-15T22:00:00', '0.10'),
    ...version('T1', 2, '2026-10-15T22:00:00', null, '0.12'),
    ...version('T2', 1, '2020-01-01', null, '0.05'),
  ],
  zone: [
    { kind: 'prefix', code: '43', zone: 'national', valid_from: '2020-01-01' },
    { kind: 'prefix', code: '49', zone: 'eu', valid_from: '2020-01-01' },
    { kind: 'plmn', code: '26201', zone: 'roam-eu', valid_from: '2020-01-01' },
  ],
  holiday: [{ calendar: 'AT', holiday_date: '2026-10-26', name: 'National Day' }],
  usage: [],
  rated: [],
  billed: [],
  file_trailer: [],
};

/** A subscription that began long ago. */
export function subscription(id: string, msisdn: string, offer_id: string, over: TestRow = {}): TestRow {
  return {
    subscription_id: id,
    account_id: `A-${id}`,
    msisdn,
    imsi: `imsi-${msisdn}`,
    offer_id,
    segment: 'consumer',
    purpose: 'customer',
    valid_from: '2020-01-01',
    ...over,
  };
}

/** A line that the network serves. */
export function line(msisdn: string, over: TestRow = {}): TestRow {
  return { imsi: `imsi-${msisdn}`, msisdn, status: 'active', active_from: '2020-01-01', ...over };
}

function version(
  tariff_id: string,
  number: number,
  valid_from: string,
  valid_to: string | null,
  national: string,
): TestRow[] {
  const row = (
    service: string,
    zone: string,
    time_band: string,
    increment: number,
    price: string,
  ): TestRow => ({
    tariff_id,
    version: number,
    valid_from,
    valid_to,
    service,
    zone,
    time_band,
    increment,
    minimum: 0,
    price_per_increment: price,
    connect_fee: '0',
    free: price === '0',
    rounding_method: 'half_up',
    rounding_decimals: 6,
    currency: 'EUR',
    time_zone: 'Europe/Vienna',
    peak_from_hour: 8,
    peak_to_hour: 18,
    holiday_calendar: 'AT',
  });
  return [
    row('voice', 'national', 'any', 60, national),
    row('voice', 'eu', 'peak', 60, '0.50'),
    row('voice', 'eu', 'offpeak', 60, '0.20'),
    row('sms', 'national', 'any', 1, '0.08'),
    row('sms', 'eu', 'any', 1, '0'),
    row('data', 'home', 'any', 1024, '0.02'),
  ];
}

/** A call of one minute from S1 to a national number on Wednesday 2026-10-14, 12:00 in Vienna: 0.10 by the price list. */
export function usage(over: TestRow = {}): TestRow {
  const correlation = over.correlation_id ?? 'c1';
  const start = over.session_start ?? '2026-10-14T10:00:00';
  return {
    record_id: `u-${correlation}-${over.partial_sequence ?? 1}`,
    correlation_id: correlation,
    partial_sequence: 1,
    final_partial: true,
    source: 'msc-east',
    service: 'voice',
    a_number: '43660001',
    b_number: '431234567',
    session_start: start,
    start_time: start,
    quantity: 60,
    file_id: 'usage_20261014_10.csv',
    ...over,
  };
}

/** What rating made of that call. */
export function rated(over: TestRow = {}): TestRow {
  const correlation = over.correlation_id ?? 'c1';
  return {
    rated_id: `r-${correlation}`,
    correlation_id: correlation,
    subscription_id: 'S1',
    source: 'ocs-1',
    service: 'voice',
    start_time: '2026-10-14T10:00:00',
    quantity: 60,
    zone: 'national',
    offer_id: 'O1',
    tariff_id: 'T1',
    tariff_version: 1,
    rate_path: 'standard',
    amount: '0.10',
    currency: 'EUR',
    ...over,
  };
}

/** The item that it became on the bill. */
export function billed(over: TestRow = {}): TestRow {
  const correlation = over.correlation_id ?? 'c1';
  return {
    bill_item_id: `b-${correlation}`,
    charge_type: 'usage',
    correlation_id: correlation,
    subscription_id: 'S1',
    account_id: 'A-S1',
    service: 'voice',
    event_time: '2026-10-14T10:00:00',
    posting_date: '2026-10-15',
    amount: '0.10',
    currency: 'EUR',
    ...over,
  };
}

/** An adjustment of that session. */
export function adjustment(amount: string, over: TestRow = {}): TestRow {
  return billed({
    bill_item_id: `a-${amount}`,
    charge_type: 'adjustment',
    amount,
    reference: `ref-${amount}`,
    ...over,
  });
}

/** A recurring fee of S1 for the whole of October 2026. */
export function fee(over: TestRow = {}): TestRow {
  return {
    bill_item_id: `f-${over.subscription_id ?? 'S1'}`,
    charge_type: 'recurring',
    correlation_id: null,
    subscription_id: 'S1',
    account_id: 'A-S1',
    event_time: '2026-10-01T00:00:00',
    posting_date: '2026-10-01',
    period_from: '2026-10-01',
    period_to: '2026-10-31',
    amount: '31.00',
    currency: 'EUR',
    ...over,
  };
}

/** A trailer of the file that `usage` rows stand in. */
export function trailer(declared_records: number, over: TestRow = {}): TestRow {
  return {
    source: 'msc-east',
    file_name: 'usage_20261014_10.csv',
    file_sequence: 1,
    service: 'voice',
    declared_records,
    declared_quantity: 0,
    period_start: '2026-10-14T10:00:00',
    period_end: '2026-10-14T11:00:00',
    arrived_at: '2026-10-14T11:05:00',
    ...over,
  };
}
