import fc from 'fast-check';
import { isPlumblineError } from '#core/domain/errors.ts';
import { judgeCases } from './cases.ts';
import { compareDecimals, type Decimal, minus, parseDecimal, plus, times } from './decimal.ts';
import { groupOf } from './group.ts';
import { parseInstant } from './instant.ts';
import { matchByRules } from './match.ts';
import { type Comparable, type MatchingRule, validateRules } from './rule.ts';
import { editDistance } from './text-distance.ts';

const decimal = (text: string): Decimal => parseDecimal(text) as Decimal;
const rule = (field: string, operator: string, drift = '0', name = `${field} ${operator}`): MatchingRule => ({
  name,
  criteria: [{ field, operator, drift: decimal(drift) }],
});
const judge = (value: Record<string, unknown>) =>
  judgeCases(JSON.stringify({ id: 'x', ...value }), 'test')[0];

describe('amounts', () => {
  test.each([
    ['equal', 'equals', '20', '20', '0', true],
    ['a cent over', 'equals', '20.01', '20', '0', false],
    ['the same written differently', 'equals', '2e1', '20.000', '0', true],
    ['at the upper edge', 'equals', '22', '20', '0.1', true],
    ['at the lower edge', 'equals', '18', '20', '0.1', true],
    ['past the upper edge', 'equals', '22.0000001', '20', '0.1', false],
    ['past the lower edge', 'equals', '17.9999999', '20', '0.1', false],
    ['the drift is of the internal amount, not the external', 'equals', '20', '22', '0.1', true],
    ['… so the other way round it is not', 'equals', '22.1', '20', '0.1', false],
    ['three times 0.1 is 0.3, as no float has it', 'equals', '0.33', '0.3', '0.1', true],
    ['credits', 'equals', '-22', '-20', '0.1', true],
    ['credits past the edge', 'equals', '-22.1', '-20', '0.1', false],
    ['a credit is not a charge', 'equals', '-20', '20', '1', false],
    ['nothing has no drift', 'equals', '0.01', '0', '0.9', false],
    ['nothing equals nothing', 'equals', '0', '-0', '0', true],
    ['beyond what a float can tell apart', 'equals', '9007199254740993', '9007199254740992', '0', false],
    ['above', 'greater_than', '20.0000001', '20', '0', true],
    ['not above', 'greater_than', '20', '20', '0', false],
    ['below', 'less_than', '19.9999999', '20', '0', true],
    ['not below', 'less_than', '20', '20', '0', false],
    ['drift does not soften an order', 'less_than', '20', '20', '1', false],
    ['no such operator', 'contains', '20', '20', '0', false],
    ['nor this one', 'nearly', '20', '20', '0', false],
  ])('%s', (_condition, operator, external, internal, drift, match) => {
    const sides: [Comparable, Comparable] = [{ amount: decimal(external) }, { amount: decimal(internal) }];
    expect(matchByRules(...sides, [rule('amount', operator, drift)]).match).toBe(match);
    expect(judge({ field: 'amount', operator, external, internal, drift })?.decision?.match).toBe(match);
  });
});

describe('times', () => {
  const at = '2026-10-14T12:00:00Z';
  test.each([
    ['the same instant in another zone', 'equals', '2026-10-14T14:00:00+02:00', '0', true],
    ['a second early', 'equals', '2026-10-14T11:59:59Z', '0', false],
    ['at the late edge', 'equals', '2026-10-14T12:00:30Z', '30', true],
    ['at the early edge', 'equals', '2026-10-14T11:59:30Z', '30', true],
    ['a nanosecond past the edge', 'equals', '2026-10-14T12:00:30.000000001Z', '30', false],
    ['a fraction of a second is not cut off', 'equals', '2026-10-14T12:00:00.5Z', '0.4', false],
    ['after', 'after', '2026-10-14T12:00:00.000000001Z', '0', true],
    ['not after', 'after', '2026-10-14T12:00:00Z', '0', false],
    ['before', 'before', '2026-10-14T11:59:59.999999999Z', '0', true],
    ['not before', 'before', '2026-10-14T12:00:00Z', '0', false],
    ['greater_than is after', 'greater_than', '2026-10-14T13:00:00Z', '0', true],
    ['less_than is before', 'less_than', '2026-10-14T11:00:00Z', '0', true],
    ['no such operator', 'contains', '2026-10-14T12:00:00Z', '0', false],
  ])('%s', (_condition, operator, external, drift, match) => {
    expect(judge({ field: 'date', operator, external, internal: at, drift })?.decision?.match).toBe(match);
  });

  test.each([
    ['1', '1', true],
    ['-1', '1', true],
    ['1.0000000001', '1', false],
    ['1e-10', '0', false],
  ])('an offset of %s s is within %s s: %s', (externalOffsetSeconds, drift, match) => {
    const value = { field: 'date', operator: 'equals', externalOffsetSeconds, internal: at, drift };
    expect(judge(value)?.decision?.match).toBe(match);
  });

  test.each(['2026-02-30T00:00:00Z', '2026-10-14T25:00:00Z', '2026-10-14T12:00:00', '2026-10-14', 'soon'])(
    'not a time: %s',
    (text) => expect(parseInstant(text)).toBeUndefined(),
  );
});

describe('texts', () => {
  test.each([
    ['case does not count', 'equals', 'inv-7', 'INV-7', '0', true],
    ['nor how an accent is composed', 'equals', 'Cafe\u0301', 'Caf\u00e9', '0', true],
    ['a beginning is not the whole', 'equals', 'INV', 'INV-7', '0', false],
    ['one text of a group is enough', 'equals', 'b2', 'A1 | B2', '0', true],
    ['a part of one text of a group is not', 'equals', 'b', 'A1 | B2', '0', false],
    ['one in the other', 'contains', 'INV-7', 'paid inv-7 today', '0', true],
    ['the other in the one', 'contains', 'paid inv-7 today', 'INV-7', '0', true],
    ['in one text of a group', 'contains', 'inv-7', 'rent | paid inv-7 | tax', '0', true],
    ['in none of them', 'contains', 'inv-9', 'rent | tax', '0', false],
    ['2 of 10 characters differ: 20 %', 'contains', 'abcdefgh12', 'abcdefgh34', '20', true],
    ['… which is more than 19.99 %', 'contains', 'abcdefgh12', 'abcdefgh34', '19.99', false],
    ['characters, not bytes: 1 of 4', 'contains', 'äöüx', 'äöüy', '25', true],
    ['an inserted character is one', 'contains', 'abc', 'axbxc', '40', true],
    ['nothing is in everything, but no reference is no agreement', 'contains', '', 'INV-7', '0', false],
    ['nor are two of them', 'equals', '', '', '0', false],
    ['no order between texts', 'greater_than', 'b', 'a', '0', false],
    ['drift is for contains only', 'equals', 'abc', 'abd', '100', false],
  ])('%s', (_condition, operator, external, internal, drift, match) => {
    for (const field of ['reference', 'description']) {
      expect(judge({ field, operator, external, internal, drift })?.decision?.match).toBe(match);
    }
  });

  test.each([
    ['case', 'eur', 'EUR', true],
    ['different', 'EUR', 'CHF', false],
    ['a group in several currencies equals none', 'EUR', 'MIXED', false],
  ])('currency: %s', (_condition, external, internal, match) => {
    expect(judge({ field: 'currency', operator: 'equals', external, internal })?.decision?.match).toBe(match);
  });
});

describe('rules', () => {
  const record = { amount: decimal('20'), reference: ['A'], currency: ['EUR'] };
  const other = { ...record, reference: ['B'] };
  const both = {
    name: 'both',
    criteria: [...rule('amount', 'equals').criteria, ...rule('reference', 'equals').criteria],
  };

  test.each([
    ['no rules never match', [], record, null],
    ['all criteria of a rule hold', [both], record, 'both'],
    ['one of them does not', [both], other, null],
    ['one rule is enough', [both, rule('amount', 'equals', '0', 'second')], other, 'second'],
    ['the first that holds is named', [rule('amount', 'equals', '0', 'one'), both], record, 'one'],
    ['an unknown field fails its rule', [rule('narration', 'equals')], record, null],
    ['what a record lacks fails its rule', [rule('date', 'equals')], record, null],
    ['a rule without criteria never matches', [{ name: 'empty', criteria: [] }], record, null],
  ])('%s', (_condition, rules, internal, by) => {
    expect(matchByRules(record, internal, rules)).toMatchObject({ match: by !== null, rule: by });
  });

  test.each([
    ['no criteria', [{ name: 'r', criteria: [] }], /no criteria/],
    ['a negative drift', [rule('amount', 'equals', '-0.1')], /negative/],
    ['a name twice', [rule('amount', 'equals'), rule('amount', 'equals')], /two rules/],
  ])('refused: %s', (_condition, rules, message) => {
    expect(() => validateRules(rules, 'rules')).toThrow(message);
  });

  test.each([
    ['the sum', 'amount', '30', true],
    ['not one of them', 'amount', '20', false],
    ['the earliest', 'date', '5', true],
    ['not the latest', 'date', '9', false],
  ])('a group is compared by %s', (_condition, field, value, match) => {
    const group = groupOf([
      { amount: decimal('20'), date: decimal('9'), currency: ['EUR'] },
      { amount: decimal('10'), date: decimal('5'), currency: ['eur'] },
    ]);
    const external = field === 'amount' ? { amount: decimal(value) } : { date: decimal(value) };
    expect(matchByRules(external, group, [rule(field, 'equals')]).match).toBe(match);
  });

  test('a group in several currencies has no sum and no currency', () => {
    const group = groupOf([
      { amount: decimal('20'), currency: ['EUR'] },
      { amount: decimal('10'), currency: ['CHF'] },
    ]);
    expect(matchByRules({ amount: decimal('30') }, group, [rule('amount', 'equals')]).match).toBe(false);
    expect(matchByRules({ currency: ['EUR'] }, group, [rule('currency', 'equals')]).match).toBe(false);
  });

  test('a sum over some records is no sum of the group', () => {
    expect(groupOf([{ amount: decimal('20') }, {}]).amount).toBeUndefined();
  });
});

describe('files of cases', () => {
  const good = '{"id":"g","field":"amount","operator":"equals","external":0.1,"internal":0.10,"drift":0}';

  test.each([
    ['JSON Lines', `${good}\n\n${good}\r\n`, 2],
    ['with a byte order mark', `\uFEFF${good}\n`, 1],
    ['an array', `[${good},\n${good}]`, 2],
    ['an object with cases', `{"cases":[${good}]}`, 1],
  ])('%s', (_form, text, count) => {
    const outcomes = judgeCases(text, 'test');
    expect(outcomes.map(({ decision }) => decision?.match)).toEqual(Array(count).fill(true));
  });

  test.each([
    ['no JSON', 'oops'],
    ['no object', '7'],
    ['no id', '{"field":"amount"}'],
    ['no field', '{"id":"b","operator":"equals"}'],
    ['no amount', '{"id":"b","field":"amount","operator":"equals","internal":1,"drift":0}'],
    ['an amount in words', '{"id":"b","field":"amount","operator":"equals","external":"ten","internal":1}'],
    [
      'a negative drift',
      '{"id":"b","field":"amount","operator":"equals","external":1,"internal":1,"drift":-1}',
    ],
    [
      'a drift in another unit',
      '{"id":"b","field":"date","operator":"equals","external":"2026-01-01T00:00:00Z","internal":"2026-01-01T00:00:00Z","drift":1,"driftUnit":"minutes"}',
    ],
    [
      'a time without an offset',
      '{"id":"b","field":"date","operator":"equals","external":"2026-01-01T00:00:00","internal":"2026-01-01T00:00:00Z"}',
    ],
    [
      'an exponent that would fill the memory',
      '{"id":"b","field":"amount","operator":"equals","external":1e999999,"internal":1}',
    ],
    ['a rule without criteria', '{"id":"b","rules":[{"criteria":[]}],"external":{},"internal":{}}'],
    [
      'a drift of another field',
      '{"id":"b","rules":[{"criteria":[{"field":"amount","operator":"equals","driftSeconds":1}]}],"external":{},"internal":{}}',
    ],
  ])('a case with %s has an error, the next goes on', (_condition, line) => {
    const [bad, next] = judgeCases(`${line}\n${good}`, 'test');
    expect(isPlumblineError(bad?.error)).toBe(true);
    expect(bad?.decision).toBeUndefined();
    expect(next?.decision?.match).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['an empty array', '[]'],
    ['text', 'a\nb'],
    ['cases that are none', '{"cases":7}'],
  ])('refused as a whole: %s', (_condition, text) => {
    expect(() => judgeCases(text, 'test')).toThrow();
  });

  test('a case with whole rules, against a group', () => {
    const rules = [{ name: 'sum', criteria: [{ field: 'amount', operator: 'equals', driftFraction: 0.01 }] }];
    const outcome = judge({
      rules,
      external: { amount: 30.1 },
      internal: [{ amount: 10 }, { amount: '20' }],
    });
    expect(outcome?.decision).toMatchObject({ match: true, rule: 'sum' });
  });
});

describe('arithmetic', () => {
  const decimals = fc.record({
    units: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
    scale: fc.integer({ min: 0, max: 20 }),
  });
  const same = (a: Decimal, b: Decimal) => compareDecimals(a, b) === 0;

  test('sums, differences and products are exact', () => {
    fc.assert(
      fc.property(decimals, decimals, decimals, (a, b, c) => {
        expect(same(plus(minus(a, b), b), a)).toBe(true);
        expect(same(times(plus(a, b), c), plus(times(a, c), times(b, c)))).toBe(true);
        expect(compareDecimals(a, b) + compareDecimals(b, a)).toBe(0);
      }),
    );
  });

  test('an amount within a drift is within a larger one', () => {
    const positive = decimals.map(({ units, scale }) => ({ units: units < 0n ? -units : units, scale }));
    fc.assert(
      fc.property(decimals, decimals, positive, positive, (external, internal, drift, more) => {
        const criterion = (d: Decimal) => [
          { name: 'r', criteria: [{ field: 'amount', operator: 'equals', drift: d }] },
        ];
        const narrow = matchByRules({ amount: external }, { amount: internal }, criterion(drift)).match;
        const wide = matchByRules(
          { amount: external },
          { amount: internal },
          criterion(plus(drift, more)),
        ).match;
        expect(narrow && !wide).toBe(false);
      }),
    );
  });

  test('the edit distance is that of its definition', () => {
    const slow = (a: string, b: string): number => {
      if (a === '' || b === '') return a.length + b.length;
      if (a[0] === b[0]) return slow(a.slice(1), b.slice(1));
      return 1 + Math.min(slow(a.slice(1), b), slow(a, b.slice(1)), slow(a.slice(1), b.slice(1)));
    };
    const short = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 6 });
    fc.assert(fc.property(short, short, (a, b) => expect(editDistance([...a], [...b])).toBe(slow(a, b))));
  });
});
