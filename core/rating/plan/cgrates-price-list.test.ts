import { PriceListBook } from './canonical.ts';
import { priceListOfCgrates } from './cgrates-price-list.ts';
import { CgratesBook } from './cgrates-resolve.ts';
import { readCgratesTariff } from './cgrates-tariff.ts';
import { PlanPricer } from './charge-session.ts';
import { parseRateEvent, type TariffBook } from './event.ts';
import { costString } from './model.ts';

const tariff = readCgratesTariff({
  'Destinations.csv': 'GERMANY,+49\nBERLIN,+4930\nBERLIN,+4931\n',
  'Timings.csv': 'DAY,*any,*any,*any,1;2;3;4;5,08:00:00\nNIGHT,*any,*any,*any,1;2;3;4;5,18:00:00\n',
  'Rates.csv': 'R1,0.1,0.0000005,1s,1s,0s\nR2,0,0.06,60s,60s,0s\nR2,0,0.03,60s,1s,60s\n',
  'DestinationRates.csv': 'D1,GERMANY,R1,*up,4,,\nD2,BERLIN,R2,*middle,4,,\nD3,*any,R2,*up,4,0.05,*free\n',
  'RatingPlans.csv': 'P,D1,*any,10\nP,D2,DAY,10\nP,D2,NIGHT,10\nP,D3,*any,10\nQ,D2,*any,10\n',
  'RatingProfiles.csv': 't,call,s,2020-01-01T00:00:00Z,P,\nt,call,q,2020-01-01T00:00:00Z,Q,\n',
});
const list = priceListOfCgrates(tariff, {
  service: 'voice',
  currency: 'EUR',
  timeZone: 'UTC',
  roundingDecimals: 6,
  validFrom: '2020-01-01T00:00:00',
});

function priceOf(book: TariffBook, fields: Readonly<Record<string, unknown>>): string {
  const event = parseRateEvent({
    id: 'e',
    tenant: 't',
    category: 'call',
    answerTime: '2026-10-14T17:59:30Z',
    usage: '90s',
    globalRoundingDecimals: 6,
    ...fields,
  });
  const resolution = book.resolve(event);
  if ('error' in resolution) return resolution.error;
  const { schedule, quantity } = resolution;
  const { cost } = new PlanPricer(schedule).charge({ start: event.start, quantity });
  return cost === null ? 'none' : costString(cost);
}

test.each([
  ['a price finer than the lake', 's', 'P', '+4940', '0.1001'],
  ['the longer prefix, split at 18:00', 's', 'P', '+49301', '0.075'],
  ['another prefix of the zone', 's', 'P', '+49311', '0.075'],
  ['any other number, freed at the maximum', 's', 'P', '+33', '0.05'],
  ['a plan without the shorter prefix', 'q', 'Q', '+4940', 'UNAUTHORIZED_DESTINATION'],
])('a converted plan prices alike: %s', (_condition, subject, plan, destination, expected) => {
  const event = { subject, destination };
  expect([
    priceOf(new CgratesBook(tariff), event),
    priceOf(new PriceListBook(list), { ...event, plan }),
  ]).toEqual([expected, expected]);
});
