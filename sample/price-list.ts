import type { Rounding } from '#core/domain/money.ts';
import { micros, type Service } from './market.ts';

/** A price before it belongs to a version: what one row of the price list says. */
export interface Price {
  readonly service: Service;
  readonly zone: string;
  readonly band: 'any' | 'peak' | 'offpeak';
  readonly increment: number;
  readonly minimum: number;
  readonly price: bigint;
  readonly connect: bigint;
  readonly free: boolean;
}

/** What holds for all prices of a tariff. */
export interface TariffBase {
  readonly id: string;
  readonly name: string;
  readonly rounding: Extract<Rounding, 'half_up' | 'up' | 'down'>;
  readonly decimals: number;
  readonly peakFrom: number;
  readonly peakTo: number;
  readonly prices: readonly Price[];
}

/** `'0.19'`, or `'0.19/0.12'` for peak and off-peak, or `'1.29+0.30'` with a connect fee. */
type PriceText = string;

function prices(
  service: Service,
  increment: number,
  minimum: number,
  texts: Readonly<Record<string, PriceText>>,
): Price[] {
  return Object.entries(texts).flatMap(([zone, text]) => {
    const [amounts = '0', connect = '0'] = text.split('+');
    const bands = amounts.includes('/') ? (['peak', 'offpeak'] as const) : (['any'] as const);
    return amounts.split('/').map((amount, i) => ({
      service,
      zone,
      band: bands[i] ?? 'any',
      increment,
      minimum,
      price: micros(amount),
      connect: micros(connect),
      free: false,
    }));
  });
}

const tariff = (
  id: string,
  name: string,
  rounding: TariffBase['rounding'],
  decimals: number,
  peak: readonly [number, number],
  ...lists: Price[][]
): TariffBase => ({
  id,
  name,
  rounding,
  decimals,
  peakFrom: peak[0],
  peakTo: peak[1],
  prices: lists.flat(),
});

const MEGABYTE = 1024;

/** The price lists as they stand before any change of the sample. */
export const TARIFFS: readonly TariffBase[] = [
  tariff(
    'T-BASIC',
    'Basic price list',
    'half_up',
    2,
    [8, 18],
    prices('voice', 60, 60, {
      'on-net': '0.10',
      national: '0.19/0.12',
      eu: '0.29',
      'world-1': '0.49',
      'world-2': '0.99',
      premium: '1.29+0.30',
      'roam-eu': '0.19',
      'roam-world-1': '0.89',
      'roam-world-2': '1.69',
    }),
    prices('sms', 1, 1, {
      'on-net': '0.09',
      national: '0.12',
      eu: '0.18',
      'world-1': '0.24',
      'world-2': '0.29',
      premium: '0.60',
      'roam-eu': '0.12',
      'roam-world-1': '0.29',
      'roam-world-2': '0.39',
    }),
    prices('data', MEGABYTE, MEGABYTE, {
      home: '0.022',
      'roam-eu': '0.022',
      'roam-world-1': '0.18',
      'roam-world-2': '0.44',
    }),
  ),
  tariff(
    'T-SMART',
    'Smart price list',
    'half_up',
    4,
    [8, 18],
    prices('voice', 30, 60, {
      'on-net': '0.035',
      national: '0.065',
      eu: '0.12',
      'world-1': '0.22',
      'world-2': '0.45',
      premium: '0.60+0.25',
      'roam-eu': '0.065',
      'roam-world-1': '0.39',
      'roam-world-2': '0.75',
    }),
    prices('sms', 1, 1, {
      'on-net': '0.07',
      national: '0.09',
      eu: '0.12',
      'world-1': '0.19',
      'world-2': '0.25',
      premium: '0.50',
      'roam-eu': '0.09',
      'roam-world-1': '0.25',
      'roam-world-2': '0.35',
    }),
    prices('data', MEGABYTE, MEGABYTE, {
      home: '0.0105',
      'roam-eu': '0.0105',
      'roam-world-1': '0.12',
      'roam-world-2': '0.33',
    }),
  ),
  tariff(
    'T-SURF',
    'Surf price list',
    'down',
    3,
    [8, 18],
    prices('voice', 60, 60, {
      'on-net': '0.08',
      national: '0.14',
      eu: '0.24',
      'world-1': '0.44',
      'world-2': '0.90',
      premium: '1.19+0.25',
      'roam-eu': '0.14',
      'roam-world-1': '0.69',
      'roam-world-2': '1.49',
    }),
    prices('sms', 1, 1, {
      'on-net': '0.06',
      national: '0.08',
      eu: '0.12',
      'world-1': '0.19',
      'world-2': '0.25',
      premium: '0.50',
      'roam-eu': '0.08',
      'roam-world-1': '0.22',
      'roam-world-2': '0.33',
    }),
    prices('data', 100, 100, {
      home: '0.00049',
      'roam-eu': '0.00049',
      'roam-world-1': '0.0085',
      'roam-world-2': '0.0225',
    }),
  ),
  tariff(
    'T-YOUNG',
    'Young price list',
    'up',
    2,
    [8, 18],
    prices('voice', 1, 60, {
      'on-net': '0.001',
      national: '0.0018',
      eu: '0.004',
      'world-1': '0.0075',
      'world-2': '0.0155',
      premium: '0.02+0.20',
      'roam-eu': '0.0018',
      'roam-world-1': '0.0125',
      'roam-world-2': '0.0245',
    }),
    prices('sms', 1, 1, {
      'on-net': '0.05',
      national: '0.07',
      eu: '0.10',
      'world-1': '0.18',
      'world-2': '0.22',
      premium: '0.50',
      'roam-eu': '0.07',
      'roam-world-1': '0.22',
      'roam-world-2': '0.33',
    }),
    prices('data', MEGABYTE, MEGABYTE, {
      home: '0.006',
      'roam-eu': '0.006',
      'roam-world-1': '0.10',
      'roam-world-2': '0.29',
    }),
  ),
  tariff(
    'T-BIZ',
    'Business price list',
    'half_up',
    6,
    [7, 19],
    prices('voice', 1, 1, {
      'on-net': '0.000667+0.015',
      national: '0.001833/0.001217+0.02',
      eu: '0.003333/0.002667+0.02',
      'world-1': '0.006333+0.02',
      'world-2': '0.013167+0.02',
      premium: '0.0205+0.25',
      'roam-eu': '0.001833+0.02',
      'roam-world-1': '0.010833+0.03',
      'roam-world-2': '0.021667+0.03',
    }),
    prices('sms', 1, 1, {
      'on-net': '0.045',
      national: '0.065',
      eu: '0.095',
      'world-1': '0.15',
      'world-2': '0.21',
      premium: '0.50',
      'roam-eu': '0.065',
      'roam-world-1': '0.19',
      'roam-world-2': '0.29',
    }),
    prices('data', 10, 10, {
      home: '0.000093',
      'roam-eu': '0.000093',
      'roam-world-1': '0.000977',
      'roam-world-2': '0.002747',
    }),
  ),
  tariff(
    'T-BIZPRO',
    'Business Pro price list',
    'half_up',
    6,
    [7, 19],
    prices('voice', 1, 1, {
      'on-net': '0.000417+0.01',
      national: '0.001317/0.000883+0.015',
      eu: '0.002167+0.015',
      'world-1': '0.004167+0.015',
      'world-2': '0.009833+0.015',
      premium: '0.0205+0.25',
      'roam-eu': '0.001317+0.015',
      'roam-world-1': '0.007833+0.02',
      'roam-world-2': '0.016333+0.02',
    }),
    prices('sms', 1, 1, {
      'on-net': '0.035',
      national: '0.05',
      eu: '0.08',
      'world-1': '0.12',
      'world-2': '0.18',
      premium: '0.50',
      'roam-eu': '0.05',
      'roam-world-1': '0.15',
      'roam-world-2': '0.25',
    }),
    prices('data', 10, 10, {
      home: '0.000067',
      'roam-eu': '0.000067',
      'roam-world-1': '0.000781',
      'roam-world-2': '0.001953',
    }),
  ),
  tariff(
    'T-IOT',
    'Machine price list',
    'up',
    4,
    [8, 18],
    prices('sms', 1, 1, {
      'on-net': '0.018',
      national: '0.025',
      eu: '0.045',
      'world-1': '0.09',
      'world-2': '0.12',
      premium: '0.50',
      'roam-eu': '0.025',
      'roam-world-1': '0.11',
      'roam-world-2': '0.19',
    }),
    prices('data', 1, 1, {
      home: '0.000039',
      'roam-eu': '0.000039',
      'roam-world-1': '0.000195',
      'roam-world-2': '0.000488',
    }),
  ),
];
