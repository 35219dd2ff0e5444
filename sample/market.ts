import { parseMoney } from '#core/domain/money.ts';

/** Exact millionths of a euro of a decimal text. */
export function micros(text: string): bigint {
  return parseMoney(text, 'EUR/6').minor;
}

export const CURRENCY = 'EUR';
export const HOME_PLMN = '23299';
export const OWN_PREFIX = '43670';

/** The services, in the order of their codes in the writer's tables. */
export const SERVICE_LIST = ['voice', 'sms', 'data'] as const;
export type Service = (typeof SERVICE_LIST)[number];

/** Network elements: one switch and one packet gateway per region. */
export const SWITCHES = ['msc-east', 'msc-west'] as const;
export const GATEWAYS = ['pgw-east', 'pgw-west'] as const;
export const SOURCES: readonly string[] = [...SWITCHES, ...GATEWAYS];

/** Charging engines; each serves a share of the accounts. */
export const ENGINES = ['ocs-1', 'ocs-2'] as const;

/**
 * Charging engine that posts six-decimal charges with four decimals: an innocent difference of less than 0.0001.
 */
export const ROUNDING_ENGINE = 'ocs-2';

/** Something that can be called, with how often it is. `prefix` is dialled, then random digits up to `digits`. */
export interface Destination {
  readonly prefix: string;
  readonly digits: number;
  readonly weight: { readonly consumer: number; readonly business: number };
}

const destination = (prefix: string, digits: number, consumer: number, business = consumer): Destination => ({
  prefix,
  digits,
  weight: { consumer, business },
});

/** The prefix range that moves from another operator to Alpina during the sample. */
export const MOVED_PREFIX = '43677';

/** What subscribers call. The zone is looked up in the numbering plan at the start of the session. */
export const DESTINATIONS: readonly Destination[] = [
  destination(OWN_PREFIX, 12, 30, 24),
  destination('43664', 12, 16),
  destination('43676', 12, 13),
  destination(MOVED_PREFIX, 12, 6),
  destination('43699', 12, 5),
  destination('431', 10, 9, 16),
  destination('43316', 11, 4, 7),
  destination('49', 12, 5, 8),
  destination('39', 11, 2, 3),
  destination('36', 11, 1.5, 1.5),
  destination('386', 11, 1, 1),
  destination('33', 11, 0.6, 1.2),
  destination('41', 11, 1.2, 2.2),
  destination('44', 12, 0.8, 1.8),
  destination('1', 11, 0.5, 1.4),
  destination('90', 12, 1.2, 0.5),
  destination('381', 11, 1.3, 0.4),
  destination('234', 12, 0.35, 0.1),
  destination('91', 12, 0.3, 0.5),
  destination('86', 13, 0.2, 0.5),
  destination('43900', 11, 0.9, 0.15),
  destination('43930', 11, 0.6, 0.1),
];

/** Prefix to zone, where it does not change. Longest prefix wins. */
export const PREFIX_ZONES: readonly (readonly [string, string])[] = [
  [OWN_PREFIX, 'on-net'],
  ['43', 'national'],
  ['43900', 'premium'],
  ['43930', 'premium'],
  ...['49', '39', '36', '386', '33', '34', '31', '420', '421', '385'].map((p) => [p, 'eu'] as const),
  ...['41', '44', '1', '90', '381', '423'].map((p) => [p, 'world-1'] as const),
  ...['1876', '234', '91', '86', '7', '27', '971', '66'].map((p) => [p, 'world-2'] as const),
];

/** Roaming partners: PLMN, zone, weight among trips. */
export const ROAMING_PARTNERS: readonly (readonly [string, string, number])[] = [
  ['26201', 'roam-eu', 26],
  ['26202', 'roam-eu', 14],
  ['22201', 'roam-eu', 18],
  ['21910', 'roam-eu', 10],
  ['21630', 'roam-eu', 8],
  ['20801', 'roam-eu', 6],
  ['21401', 'roam-eu', 6],
  ['22801', 'roam-world-1', 6],
  ['23415', 'roam-world-1', 4],
  ['28601', 'roam-world-1', 4],
  ['31026', 'roam-world-1', 3],
  ['42402', 'roam-world-2', 2],
  ['52001', 'roam-world-2', 2],
  ['65501', 'roam-world-2', 1],
];

/** An offer: what a customer buys, who buys it, and how it is used. */
export interface Offer {
  readonly id: string;
  readonly name: string;
  readonly fee: bigint;
  readonly tariffId: string;
  readonly segment: 'consumer' | 'business';
  /** Share of the base, in percent. */
  readonly share: number;
  /** Sessions a day of the median subscriber. */
  readonly activity: number;
  readonly mix: { readonly voice: number; readonly sms: number; readonly data: number };
  /** Volume relative to the usual data session. */
  readonly dataFactor: number;
}

const offer = (
  id: string,
  name: string,
  fee: string,
  tariffId: string,
  segment: Offer['segment'],
  share: number,
  activity: number,
  mix: readonly [number, number, number],
  dataFactor: number,
): Offer => ({
  id,
  name,
  fee: micros(fee),
  tariffId,
  segment,
  share,
  activity,
  mix: { voice: mix[0], sms: mix[1], data: mix[2] },
  dataFactor,
});

export const OFFERS: readonly Offer[] = [
  offer('O-BASIC', 'Alpina Basic', '3.90', 'T-BASIC', 'consumer', 20, 0.66, [46, 24, 30], 0.4),
  offer('O-SMART', 'Alpina Smart', '12.90', 'T-SMART', 'consumer', 22, 1.14, [38, 14, 48], 1),
  offer('O-FAMILY', 'Alpina Family', '9.90', 'T-SMART', 'consumer', 14, 1.02, [42, 16, 42], 0.8),
  offer('O-SURF', 'Alpina Surf', '19.90', 'T-SURF', 'consumer', 14, 1.38, [24, 8, 68], 2),
  offer('O-YOUNG', 'Alpina Young', '8.90', 'T-YOUNG', 'consumer', 12, 1.5, [24, 14, 62], 1.4),
  offer('O-BIZ', 'Alpina Business', '24.90', 'T-BIZ', 'business', 9, 1.92, [58, 8, 34], 0.9),
  offer('O-BIZPRO', 'Alpina Business Pro', '34.90', 'T-BIZPRO', 'business', 4, 2.52, [56, 6, 38], 1.2),
  offer('O-IOT', 'Alpina Machine', '1.90', 'T-IOT', 'business', 5, 0.6, [0, 40, 60], 0.02),
];

/** The offer with this id. Throws a RangeError when there is none. */
export function offerOf(id: string): Offer {
  const found = OFFERS.find((o) => o.id === id);
  if (!found) throw new RangeError(`No offer ${id}`);
  return found;
}
