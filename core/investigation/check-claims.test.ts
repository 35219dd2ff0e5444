import fc from 'fast-check';
import type { Evidence } from '#core/domain/case.ts';
import { hashOf, type Json } from '#core/domain/hash.ts';
import { checkClaims, factsById, whyUnsupported } from './check-claims.ts';

const evidence = (evidenceId: string, content: Json): Evidence => ({
  evidenceId,
  caseId: 'C-1',
  tool: 'usage-query',
  input: {},
  content,
  hash: hashOf(content),
});

const SUMMARY = evidence('ev-000000000001', {
  direction: 'under-charged',
  records: 296,
  subscriptions: 163,
  amount: '67.84',
  impact: '67.84',
  expected: '1234.56',
  firstEvent: '2026-10-06T15:44:23.253Z',
  symptom: 'wrong-version',
  title: 'Data on T-BASIC',
});
const SERIES = evidence('ev-000000000002', {
  onset: { firstDay: '2026-10-06', lastDay: '2026-10-20', daysAffected: 14 },
  rateWhileActive: { count: 296, of: 1509, percent: '19.62' },
  days: [
    { day: '2026-10-06', records: 21, sessions: 111, impact: '6.53' },
    { day: '2026-10-07', records: 32, sessions: 116, impact: '6.11' },
    { day: '2026-10-08', records: 243, sessions: 1282, impact: '55.21' },
  ],
});
const WHERE = evidence('ev-000000000003', {
  separates: [
    { dimension: 'offer_id', value: 'O-BASIC', share: { count: 296, of: 296, percent: '100.00' } },
    { dimension: 'source', value: 'pgw-west', share: { count: 290, of: 296, percent: '97.97' } },
    { dimension: 'zone', value: 'home', share: { count: 291, of: 296, percent: '98.31' } },
  ],
});
const CHANGES = evidence('ev-000000000004', {
  changes: [
    {
      changeId: 'CHG-5581',
      changedAt: '2026-10-06T13:20:15Z',
      target: 'price table',
      description: 'Price table row for data corrected by hand on ocs-1.',
      hoursBeforeFirstViolation: '2.4',
      tariffVersion: 3,
    },
    {
      changeId: 'CHG-5580',
      changedAt: '2026-10-06T11:11:28Z',
      target: 'O-FAMILY',
      description: 'Collection of voice split.',
      hoursBeforeFirstViolation: '4.6',
      tariffVersion: 2,
    },
  ],
});
const OVER = evidence('ev-000000000005', { direction: 'over-charged', impact: '-12.34', amount: '12.34' });
const KNOWN = factsById([SUMMARY, SERIES, WHERE, CHANGES, OVER]);
const [S, D, W, C, O] = [SUMMARY, SERIES, WHERE, CHANGES, OVER].map(({ evidenceId }) => evidenceId) as [
  string,
  string,
  string,
  string,
  string,
];

describe('a claim is borne out', () => {
  test.each<[string, string, readonly string[]]>([
    ['by a count', '296 records of 163 subscriptions are under-charged.', [S]],
    ['by an amount', 'The loss is 67.84 EUR.', [S]],
    ['by an amount with separators', 'Expected were 1,234.56 EUR.', [S]],
    ['by an amount as written in Vienna', 'Expected were 1.234,56 EUR.', [S]],
    ['by an amount rounded half up', 'Expected were 1,234.6 EUR.', [S]],
    ['by a date', 'It began on 2026-10-06.', [D]],
    ['by the first and the last day', 'It began on 2026-10-06 and ended on 2026-10-20.', [D]],
    ['by a date in words', 'It began on the 6th of October.', [D]],
    ['by an instant', 'The first came at 2026-10-06 15:44 UTC.', [S]],
    ['by a time of day', 'The first came at 15:44.', [S]],
    ['by a percentage', '19.62 % of the sessions are affected.', [D]],
    ['by a percentage rounded', '20 % of the sessions are affected.', [D]],
    ['by the sum of a column', 'That is 296 records in 1509 sessions.', [D]],
    ['by the length of a list', 'There are 2 changes near it.', [C]],
    ['by one row', 'On 2026-10-07, 32 of 116 sessions are affected.', [D]],
    ['by an identifier', 'All have offer O-BASIC and come from pgw-west.', [W]],
    ['by a version', 'Version 3 was loaded by change CHG-5581.', [C]],
    ['by a quote', 'The log says "corrected by hand on ocs-1".', [C]],
    ['by hours', 'CHG-5581 came 2.4 hours before.', [C]],
    ['by two pieces together', '67.84 EUR are missing since 2026-10-06.', [S, D]],
    ['by a negative amount', 'The impact is -12.34 EUR.', [O]],
    ['with prose that has hyphens', 'The re-rated charges are under-charged.', [S]],
  ])('%s', (_name, text, evidenceIds) => {
    expect(whyUnsupported({ text, evidenceIds }, KNOWN)).toBeUndefined();
  });
});

describe('a claim is removed', () => {
  test.each<[string, string, readonly string[], string]>([
    ['without a citation', '296 records are wrong.', [], 'it cites no evidence'],
    ['with a citation of nothing', '296 records.', ['ev-ffffffffffff'], 'does not exist in this case'],
    [
      'without anything that can be shown',
      'The charging engine goes on with old prices.',
      [S],
      'nothing in the evidence bears this out',
    ],
    ['with an invented count', '297 records are wrong.', [S], '"297 records"'],
    ['with an invented amount', 'The loss is 67.85 EUR.', [S], '"67.85 EUR"'],
    ['with a swapped sign', 'The impact is -67.84 EUR.', [S], '"-67.84 EUR"'],
    ['with the sign left out', 'An impact of +12.35 EUR.', [O], '12.35'],
    [
      'with the other direction',
      'The customers are over-charged by 67.84 EUR.',
      [S],
      'the evidence says under-charged',
    ],
    ['with the other direction in words', 'A loss of 12.34 EUR.', [O], 'the evidence says over-charged'],
    ['with the right figure and the wrong evidence', 'The loss is 67.84 EUR.', [D], '"67.84 EUR"'],
    ['with a count in place of a percentage', '296 % of the sessions.', [D], '"296 %"'],
    ['with a count in place of an amount', 'The loss is 296 EUR.', [S], '"296 EUR"'],
    ['with a wrong date', 'It began on 2026-10-09.', [D], '"2026-10-09"'],
    ['with a wrong date in words', 'It began on 9 October 2026.', [D], '"9 October 2026"'],
    ['with a wrong time', 'The first came at 15:45.', [S], '"15:45"'],
    ['with a wrong year', 'It began on 6 October 2025.', [D], '"6 October 2025"'],
    ['with an invented change', 'Change CHG-5582 did it.', [C], '"CHG-5582"'],
    ['with an invented offer', 'All have offer O-GOLD.', [W], '"O-GOLD"'],
    ['with another network element', 'All come from pgw-east.', [W], '"pgw-east"'],
    ['with another zone', 'All go to zone premium.', [W], '"premium"'],
    ['with an invented file', 'See usage_20261014_13.csv.', [S], '"usage_20261014_13.csv"'],
    ['with another version', 'Version 4 was loaded.', [C], '"Version 4"'],
    ['with a version that is only a count', 'Version 296 was loaded.', [S], '"Version 296"'],
    ['with a quote that nobody wrote', 'The log says "corrected by nobody".', [C], '"corrected by nobody"'],
    ['with an amount that is only nearly rounded', 'Expected were 1,234.50 EUR.', [S], '"1,234.50 EUR"'],
    ['with a number in words', 'Twelve records are wrong.', [S], '"Twelve"'],
    ['with a fraction in words', 'Half of the sessions are wrong.', [D], '"Half"'],
    ['with an ordinal', 'The 17th record is wrong.', [S], '"17th'],
    [
      'with figures of two rows mixed',
      'On 2026-10-07, 21 of 111 sessions are affected.',
      [D],
      'does not belong to',
    ],
    ['with hours of another change', 'CHG-5581 came 4.6 hours before.', [C], 'does not belong to'],
    ['with another first day', 'It was first seen on 2026-10-07.', [D], '"2026-10-07" is not the first'],
    [
      'with another last day',
      'It was first seen on 2026-10-06 and last on 2026-10-08.',
      [D],
      '"2026-10-08" is not the last',
    ],
    ['with hours that are days', 'It came 14 hours before.', [D], '"14 hours"'],
  ])('%s', (_name, text, evidenceIds, reason) => {
    expect(whyUnsupported({ text, evidenceIds }, KNOWN)).toContain(reason);
  });

  test('is listed with its reason, and the others stay as they are', () => {
    const good = { text: '296 records are under-charged.', evidenceIds: [S] };
    const bad = { text: '4711 records are under-charged.', evidenceIds: [S] };
    const { kept, removed } = checkClaims([good, bad], KNOWN);
    expect(kept).toEqual([good]);
    expect(removed).toEqual([{ ...bad, reason: '"4711 records" does not stand in the evidence cited' }]);
  });
});

describe('property: a digit that is changed is noticed', () => {
  const digits = fc.integer({ min: 10_000, max: 99_999_999 });
  const facts = fc.record({
    records: digits,
    cents: digits,
    percent: fc.integer({ min: 1_000, max: 9_999 }),
    day: fc.integer({ min: 10, max: 28 }),
    change: digits,
    version: fc.integer({ min: 10, max: 99 }),
  });

  test('in a sentence of every kind of figure', () => {
    fc.assert(
      fc.property(facts, fc.nat(), fc.integer({ min: 1, max: 9 }), (fact, place, step) => {
        const amount = `${Math.floor(fact.cents / 100)}.${String(fact.cents % 100).padStart(2, '0')}`;
        const percent = `${Math.floor(fact.percent / 100)}.${String(fact.percent % 100).padStart(2, '0')}`;
        const shown = evidence('ev-00000000000a', {
          records: fact.records,
          amount,
          percent,
          firstDay: `2026-10-${fact.day}`,
          changeId: `CHG-${fact.change}`,
          chargedVersion: fact.version,
        });
        const known = factsById([shown]);
        const text = `${fact.records} records, ${amount} EUR, ${percent} % since 2026-10-${fact.day} by CHG-${fact.change} under version ${fact.version}.`;
        const evidenceIds = [shown.evidenceId];
        expect(whyUnsupported({ text, evidenceIds }, known)).toBeUndefined();
        const places = [...text.matchAll(/\d/g)].map((match) => match.index);
        const at = places[place % places.length] ?? 0;
        const changed = `${text.slice(0, at)}${(Number(text[at]) + step) % 10}${text.slice(at + 1)}`;
        expect(whyUnsupported({ text: changed, evidenceIds }, known)).toBeDefined();
      }),
      { seed: 20261014, numRuns: 500 },
    );
  });
});
