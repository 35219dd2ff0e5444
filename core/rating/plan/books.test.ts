import { readCanonicalTariff } from './canonical.ts';
import { CgratesBook } from './cgrates-resolve.ts';
import type { CgratesFiles } from './cgrates-tables.ts';
import { readCgratesTariff } from './cgrates-tariff.ts';
import { PlanPricer } from './charge-session.ts';
import { parseDuration, parseInstant, parseRateEvent, type TariffBook } from './event.ts';
import { costString } from './model.ts';
import { readTmf620 } from './tmf620.ts';

type Fields = Readonly<Record<string, unknown>>;

const call: Fields = {
  id: 'e1',
  tor: '*voice',
  tenant: 't1',
  category: 'call',
  subject: 'alice',
  destination: '4930111',
  answerTime: '2026-10-14T10:00:00Z',
  usage: 60_000_000_000,
  globalRoundingDecimals: 6,
};

function priceOf(book: TariffBook, over: Fields = {}): string {
  const event = parseRateEvent({ ...call, ...over });
  const resolution = book.resolve(event);
  if ('error' in resolution) return resolution.error;
  const charge = new PlanPricer(resolution.schedule).charge({
    start: event.start,
    quantity: resolution.quantity,
  });
  return charge.cost === null ? String(charge.failure) : costString(charge.cost);
}

const files: CgratesFiles = {
  'Destinations.csv': '#Tag,Prefix\nGERMANY,49\nBERLIN,4930\nPREMIUM,4930\nNIGHT,493011\n',
  'Timings.csv': 'NIGHT,*any,*any,*any,*any,22:00:00\nSUNDAY,*any,*any,*any,7,00:00:00\n',
  'Rates.csv':
    '# tag,fee,rate,unit,increment,start\nR1,0.5,0.6,60s,1s,0s\nR2,,2,1m,60s,0\nR3,0,0.3,60s,1s,0s\n',
  'DestinationRates.csv':
    'DR1,GERMANY,R1,*up,4,0,\nDR2,BERLIN,R2,*middle,4,,\nDR3,PREMIUM,R3,*up,4,0,\nDR4,NIGHT,R1,*up,4,0,\nDR5,*any,R3,*down,2,0.1,*free\nDR6,*any,R1,*up,2,0.1,*disconnect',
  'RatingPlans.csv':
    'BASE,DR1,*any,10\nBASE,DR2,*any,10\nHEAVY,DR2,*any,10\nHEAVY,DR3,*any,20\nEVENING,DR1,*any,10\nEVENING,DR4,NIGHT,10\nANY,DR5,*any,0\nDISC,DR6,*any,0\n',
  'RatingProfiles.csv':
    't1,call,alice,2026-01-01T00:00:00Z,BASE,\nt1,call,alice,2026-11-01T00:00:00Z,ANY,\nt1,call,heavy,2026-01-01T00:00:00Z,HEAVY,\n' +
    't1,call,evening,2026-01-01T00:00:00Z,EVENING,\nt1,call,*any,2026-01-01T00:00:00Z,ANY,\nt1,call,chain,2026-01-01T00:00:00Z,HEAVY,none;disc\n' +
    't1,call,disc,2026-01-01T00:00:00Z,DISC,\nt1,call,late,2027-01-01T00:00:00Z,BASE,\n*out,t1,old,alice,2026-01-01T00:00:00Z,BASE,\n',
};
const cgrates = new CgratesBook(readCgratesTariff(files));

test.each<[string, Fields, string]>([
  ['the longest prefix', {}, '2'],
  ['a shorter prefix, with its connect fee', { destination: '4940' }, '1.1'],
  ['without the connect fee', { destination: '4940', includeConnectFee: false }, '0.6'],
  ['no prefix and no *any', { destination: '33' }, 'UNAUTHORIZED_DESTINATION'],
  ['of two destinations with the prefix the heavier', { subject: 'heavy' }, '0.3'],
  ['a destination without a price at that time is passed over', { subject: 'evening' }, '1.1'],
  ['the latest plan active at the start', { answerTime: '2026-11-01T00:00:00Z' }, '0.1'],
  ['the plan before it a second earlier', { answerTime: '2026-10-31T23:59:59Z', destination: '4940' }, '1.1'],
  ['an unknown subject is *any', { subject: 'bob' }, '0.1'],
  ['a maximum that frees', { subject: 'bob', usage: '10m' }, '0.1'],
  ['fallback subjects in turn', { subject: 'chain', destination: '33' }, '1.1'],
  ['a maximum that disconnects does not lower the cost', { subject: 'disc' }, '1.1'],
  ['not yet active', { subject: 'late' }, 'UNAUTHORIZED_DESTINATION'],
  ['another category', { category: 'sms' }, 'RATING_PLAN_NOT_FOUND'],
  ['another tenant', { tenant: 't2' }, 'RATING_PLAN_NOT_FOUND'],
  ['a direction before the tenant', { category: 'old' }, '2'],
  ['less than nothing', { usage: -1 }, '0'],
])('CGRateS: %s', (_condition, over, expected) => {
  expect(priceOf(cgrates, over)).toBe(expected);
});

test('CGRateS: each increment is rounded before it is summed', () => {
  expect(priceOf(cgrates, { subject: 'heavy', globalRoundingDecimals: 3 })).toBe('0.3');
  expect(priceOf(cgrates, { subject: 'heavy', usage: '7s', globalRoundingDecimals: 2 })).toBe('0.07');
});

test.each([
  ['a rate that is not defined', { 'Rates.csv': '' }, /DestinationRates.csv line 1/],
  ['a timing that is not defined', { 'Timings.csv': '' }, /The timing NIGHT is not defined/],
  [
    'a price that is no number',
    { 'Rates.csv': 'R1,0,x,60s,1s,0s' },
    /"x" is not a decimal.*Rates.csv line 1/,
  ],
])('CGRateS: %s is refused with its place', (_condition, over, message) => {
  expect(() => readCgratesTariff({ ...files, ...over })).toThrow(message);
});

const head =
  'tariff_id,version,service,zone,time_band,increment,price_per_increment,rate_unit,currency,valid_from,valid_to';
const canonical = readCanonicalTariff(
  new Map([
    [
      'tariff.csv',
      `${head}\nT1,1,voice,eu,any,1,0.02,60,EUR,2026-01-01T00:00:00,2026-11-01T00:00:00\nT1,2,voice,eu,any,1,0.03,60,EUR,2026-11-01T00:00:00,\n`,
    ],
    [
      'zone.csv',
      'kind,code,zone,valid_from,valid_to\nprefix,49,eu,,\nprefix,4999,premium,,\nprefix,4930,eu,,\n',
    ],
  ]),
);

test.each<[string, Fields, string]>([
  ['exact', { usage: 1_000_000_000 }, '0.000333'],
  ['a begun second counts', { usage: 1_000_000_001 }, '0.000667'],
  ['the version in force', { answerTime: '2026-11-01T00:00:00Z' }, '0.03'],
  ['a zone without a price', { destination: '4999' }, 'UNAUTHORIZED_DESTINATION'],
  ['no zone', { destination: '1' }, 'UNAUTHORIZED_DESTINATION'],
  ['no version in force', { answerTime: '2025-01-01T00:00:00Z' }, 'RATING_PLAN_NOT_FOUND'],
  ['another tariff', { plan: 'T9' }, 'RATING_PLAN_NOT_FOUND'],
])('price list: %s', (_condition, over, expected) => {
  expect(priceOf(canonical, over)).toBe(expected);
});

const usagePrice = (id: string, value: number, characteristics: Fields, unit: Fields): Fields => ({
  '@type': 'ProductOfferingPrice',
  id,
  name: id,
  priceType: 'usage',
  unitOfMeasure: unit,
  price: { unit: 'EUR', value },
  prodSpecCharValueUse: Object.entries(characteristics).map(([name, v]) => ({
    name,
    productSpecCharacteristicValue: [{ value: v }],
  })),
});
const minute = { amount: 1, units: 'minute' };
const tmf620 = readTmf620(
  new Map([
    [
      'offering.json',
      JSON.stringify({
        id: 'O1',
        name: 'Flat',
        validFor: { startDateTime: '2026-01-01T00:00:00Z' },
        productOfferingPrice: [{ id: 'P1' }, { id: 'P2' }, { id: 'P3' }, { id: 'P4' }],
      }),
    ],
    [
      'prices.json',
      JSON.stringify([
        usagePrice('P1', 0.06, { zone: 'eu', timeZone: 'Europe/Vienna' }, minute),
        usagePrice(
          'P2',
          0.6,
          {
            zone: 'eu',
            timeZone: 'Europe/Vienna',
            windowFrom: '08:00:00',
            windowTo: '18:00:00',
            windowWeight: 1,
          },
          minute,
        ),
        { id: 'P3', name: 'Fee', priceType: 'recurring', price: { unit: 'EUR', value: 10 } },
        usagePrice('P4', 0.5, {}, { amount: 1, units: 'MB' }),
      ]),
    ],
    ['zone.csv', 'kind,code,zone\nprefix,49,eu\n'],
  ]),
);

test.each<[string, Fields, string]>([
  ['in its window', {}, '0.6'],
  ['split where the window ends', { answerTime: '2026-10-14T15:59:30Z' }, '0.33'],
  ['data by the megabyte begun', { tor: '*data', usage: 1025, usageUnit: 'unit' }, '1'],
  ['before the offering', { answerTime: '2025-10-14T15:59:30Z' }, 'RATING_PLAN_NOT_FOUND'],
])('TMF620: %s', (_condition, over, expected) => {
  expect(priceOf(tmf620, over)).toBe(expected);
});

test('TMF620: a unit that is not known is refused', () => {
  const price = JSON.stringify(usagePrice('P1', 1, {}, { amount: 1, units: 'furlong' }));
  expect(() => readTmf620(new Map([['p.json', price]]))).toThrow(/furlong/);
});

test.each([
  ['no object', [], /no object/],
  ['no id', { ...call, id: undefined }, /id is missing/],
  ['no time', { ...call, answerTime: 'noon' }, /"noon" is not a point in time/],
  ['a usage with a fraction', { ...call, usage: 1.5 }, /usage is not a whole number/],
  ['a usage beyond whole numbers', { ...call, usage: 2 ** 60 }, /usage is not a whole number/],
  ['an unknown unit', { ...call, usageUnit: 'parsec' }, /usageUnit/],
  ['eleven decimals', { ...call, globalRoundingDecimals: 11 }, /globalRoundingDecimals/],
])('an event with %s is refused', (_condition, value, message) => {
  expect(() => parseRateEvent(value)).toThrow(message);
});

test.each([
  ['60s', 60_000_000_000n],
  ['1m30s', 90_000_000_000n],
  ['0.5s', 500_000_000n],
  ['1024', 1024n],
  ['', 0n],
])('duration %s', (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each([
  ['2026-10-14T10:00:00+02:00', '2026-10-14T08:00:00.000Z', '+02:00'],
  ['2026-10-14T10:00:00Z', '2026-10-14T10:00:00.000Z', 'UTC'],
  ['2026-10-14 10:00:00', '2026-10-14T10:00:00.000Z', 'UTC'],
])('instant %s', (text, expected, zone) => {
  const { at, timeZone } = parseInstant(text);
  expect([new Date(at).toISOString(), timeZone]).toEqual([expected, zone]);
});
