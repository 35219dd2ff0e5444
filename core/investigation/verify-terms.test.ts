import fc from 'fast-check';
import type { Evidence } from '#core/domain/case.ts';
import { bearsOut, sameValue, valuesIn } from './term-values.ts';
import { type ContractTerm, contractTermsSchema, type TermValue } from './terms.ts';
import { deviationsOf, verifyTerms } from './verify-terms.ts';

const percent = (value: string): TermValue => ({ kind: 'percent', percent: value });
const amount = (value: string, currency = 'EUR'): TermValue => ({ kind: 'amount', amount: value, currency });
const period = (count: string, unit: 'day' | 'week' | 'month' | 'year'): TermValue => ({
  kind: 'period',
  count,
  unit,
});
const date = (value: string): TermValue => ({ kind: 'date', date: value });
const text = (value: string): TermValue => ({ kind: 'text', text: value });

describe('a quote and the value that is said to stand in it', () => {
  test.each<[string, TermValue, boolean]>([
    ['Partner receives 12.5 % of net revenue.', percent('12.5'), true],
    ['Partner receives 12.50% of net revenue.', percent('12.5'), true],
    ['Partner receives 12,5 per cent of net revenue.', percent('12.5'), true],
    ['Partner receives twelve percent (12%) of net revenue.', percent('12'), true],
    ['Partner receives fifteen per cent of net revenue.', percent('15'), true],
    ['Partner receives 12.5 % of net revenue.', percent('125'), false],
    ['Partner receives 12.5 % of net revenue.', percent('2.5'), false],
    ['Partner receives 12.5 EUR.', percent('12.5'), false],
    ['a minimum of EUR 1,250,000.00 a year', amount('1250000.00'), true],
    ['a minimum of EUR 1.250.000,00 a year', amount('1250000'), true],
    ['a minimum of € 2.5 million a year', amount('2500000'), true],
    ['a minimum of 10,000 euros', amount('10000'), true],
    ['shall not exceed US$ 500,000', amount('500000', 'USD'), true],
    ['shall not exceed $500,000', amount('500000', 'EUR'), false],
    ['a minimum of EUR 1,250,000.00', amount('1250'), false],
    ['within thirty (30) days of receipt', period('30', 'day'), true],
    ['within thirty days of receipt', period('30', 'day'), true],
    ['upon 90 days’ notice', period('90', 'day'), true],
    ['within ninety-five calendar days', period('95', 'day'), true],
    ['a twelve month term', period('12', 'month'), true],
    ['within 30 business days', period('30', 'day'), true],
    ['within thirty days', period('1', 'month'), false],
    ['within 30 days', period('3', 'day'), false],
    ['ends on 31 December 2027', date('2027-12-31'), true],
    ['ends on December 31, 2027', date('2027-12-31'), true],
    ['ends on 2027-12-31', date('2027-12-31'), true],
    ['ends on 31 December', date('2027-12-31'), false],
    ['governed by the laws of Austria', text('the laws of Austria'), true],
    ['governed by the\nlaws of  Austria', text('the laws of Austria'), true],
    ['governed by the laws of Austria', text('the laws of Germany'), false],
  ])('"%s" and %j: %s', (quote, value, expected) => {
    expect(bearsOut(quote, value)).toBe(expected);
  });

  test('property: a figure that is written is found, another one is not', () => {
    const figures = fc.tuple(fc.integer({ min: 1, max: 999 }), fc.integer({ min: 1, max: 99 }));
    fc.assert(
      fc.property(figures, ([whole, cents]) => {
        const value = `${whole}.${String(cents).padStart(2, '0')}`;
        expect(bearsOut(`at a rate of ${value} % a year`, percent(value))).toBe(true);
        expect(bearsOut(`at a rate of ${value} % a year`, percent(`${whole + 1}.${cents}`))).toBe(false);
      }),
      { seed: 20261014, numRuns: 100 },
    );
  });

  test('all values of a quote are read', () => {
    expect(valuesIn('5 % interest after 30 days on EUR 100.00 until 2027-01-31')).toEqual([
      percent('5'),
      amount('100.00'),
      period('30', 'day'),
      date('2027-01-31'),
    ]);
  });

  test('values of different forms never are the same', () => {
    expect(sameValue(percent('30'), period('30', 'day'))).toBe(false);
    expect(sameValue(amount('1.50'), amount('1.5'))).toBe(true);
    expect(sameValue(amount('1.50'), amount('1.50', 'USD'))).toBe(false);
  });
});

describe('terms of an answer', () => {
  const passage = {
    contractId: 'K-1',
    heading: 'Payment',
    start: 100,
    end: 180,
    text: 'Invoices are due within thirty (30) days.\nLate interest: [***] %.',
  };
  const evidence: Evidence[] = [
    {
      evidenceId: 'ev-1',
      caseId: 's',
      tool: 'contract-reader',
      input: {},
      content: { passages: [passage] },
      hash: '',
    },
  ];
  const term = (changes: Partial<ContractTerm> = {}): ContractTerm => ({
    type: 'payment-terms',
    value: period('30', 'day'),
    quote: 'Invoices are due within thirty (30) days.',
    contractId: 'K-1',
    start: 100,
    end: 180,
    ...changes,
  });
  const check = (terms: readonly ContractTerm[], redacted: readonly Omit<ContractTerm, 'value'>[] = []) =>
    verifyTerms({ terms, redacted, missing: ['payment-terms', 'audit-right'], answeredBy: 'x' }, evidence);

  test('one that is borne out stays, and is not missing', () => {
    expect(check([term()])).toMatchObject({ terms: [term()], refused: [], missing: ['audit-right'] });
  });

  test.each<[string, ContractTerm, string]>([
    [
      'a value that is not in the quote',
      term({ value: period('60', 'day') }),
      'its value does not stand in the quote',
    ],
    [
      'a quote that was changed',
      term({ quote: 'Invoices are due within sixty (60) days.', value: period('60', 'day') }),
      'its quote does not stand in the passage',
    ],
    ['another contract', term({ contractId: 'K-2' }), 'no reply shows such a passage of this contract'],
    ['offsets of another passage', term({ start: 0 }), 'no reply shows such a passage of this contract'],
  ])('%s is refused', (_name, given, reason) => {
    expect(check([given])).toMatchObject({
      terms: [],
      refused: [{ reason }],
      missing: ['payment-terms', 'audit-right'],
    });
  });

  test('what is left out of the document is told from what is claimed to be', () => {
    const { value: _, ...place } = term();
    const shown = { ...place, type: 'late-interest', quote: 'Late interest: [***] %.' };
    const verified = check([], [shown, place]);
    expect(verified.redacted).toEqual([shown]);
    expect(verified.refused).toMatchObject([{ reason: 'the quote shows nothing that was left out' }]);
  });

  test('evidence of another tool is no document', () => {
    const other = evidence.map((one) => ({ ...one, tool: 'case-lookup' }));
    expect(verifyTerms({ terms: [term()], redacted: [], missing: [], answeredBy: 'x' }, other).terms).toEqual(
      [],
    );
  });

  test('deviations are computed, within a contract and between two', () => {
    const terms = [
      term(),
      term({ value: period('45', 'day') }),
      term({ contractId: 'K-2', value: period('30', 'day') }),
      term({ contractId: 'K-2', value: period('60', 'day') }),
      term({ type: 'late-interest', value: percent('5') }),
    ];
    expect(deviationsOf(terms)).toEqual(
      [
        { type: 'payment-terms', where: 'within-contract', terms: [0, 1] },
        { type: 'payment-terms', where: 'within-contract', terms: [1, 2] },
        { type: 'payment-terms', where: 'between-contracts', terms: [0, 3] },
      ].map((row) => (row.terms[1] === 2 ? { ...row, where: 'between-contracts' } : row)),
    );
  });

  test('the form takes closed kinds and values only', () => {
    const form = contractTermsSchema(['payment-terms']);
    const good = { terms: [term()], missing: [], redacted: [], answeredBy: 'x' };
    expect(form.safeParse(good).success).toBe(true);
    expect(form.safeParse({ ...good, terms: [term({ type: 'salary' })] }).success).toBe(false);
    expect(
      form.safeParse({ ...good, terms: [{ ...term(), value: { kind: 'percent', percent: 5 } }] }).success,
    ).toBe(false);
    expect(form.safeParse({ ...good, note: 'x' }).success).toBe(false);
  });
});
