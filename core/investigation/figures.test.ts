import { canonicalDecimal, type Figure, figuresOf, readings } from './figures.ts';

const brief = (figure: Figure): string => {
  const value = 'values' in figure ? figure.values.join('|') : 'value' in figure ? figure.value : figure.text;
  return `${figure.kind} ${value}`;
};

describe('figures of a sentence', () => {
  test.each<[string, string, readonly string[]]>([
    ['a count with its noun', '296 records', ['number 296']],
    ['thousands as written in London', '1,250 records', ['number 1250|1.250']],
    ['thousands as written in Vienna', '1.250 records', ['number 1250|1.250']],
    ['thousands with a space', '1 250 records', ['number 1250']],
    ['an amount with a comma', '1.234,50 EUR', ['money 1234.50']],
    ['an amount with a point', 'EUR 1,234.50', ['money 1234.50']],
    ['an amount with a sign', 'a change of -12.34 EUR', ['money -12.34']],
    ['an amount with the true minus', '−12.34 €', ['money -12.34']],
    ['a percentage', '96.5 % of them', ['percent 96.5']],
    ['a percentage in words', 'half of them', ['percent 50']],
    ['a number in words', 'twenty-one records', ['number 21']],
    ['an ordinal', 'the 14th record', ['number 14']],
    ['a date', 'on 2026-10-14', ['date 2026-10-14']],
    ['a date in words', '14th of October 2026', ['date 2026-10-14']],
    ['a date without a year', 'October 14', ['date -10-14']],
    ['a date as written in Vienna', '14.10.2026', ['date 2026-10-14']],
    ['a month', 'in 2026-10', ['month 2026-10']],
    ['an instant', '2026-10-12T03:00:05.123Z', ['instant 2026-10-12T03:00:05']],
    ['an instant in words', '2026-10-12 03:00 UTC', ['instant 2026-10-12T03:00']],
    ['a time', 'at 9:05', ['time 09:05']],
    ['a version', 'version 3', ['version 3']],
    ['a version in short', 'under v2', ['version 2']],
    ['a change', 'change CHG-1042', ['identifier CHG-1042']],
    ['an offer', 'offer O-BASIC', ['identifier O-BASIC']],
    ['a file', 'in usage_20261014_13.csv', ['identifier usage_20261014_13.csv']],
    ['a network element', 'on pgw-west', ['compound pgw-west']],
    ['a zone', 'to zone premium', ['dimension-value premium']],
    ['a quote', 'it says "rounded half up"', ['quote rounded half up']],
    ['a range is two numbers', '3-5 records', ['number 3', 'number 5']],
    ['prose', 'The charging engine goes on as before, e.g. at night and/or by day.', []],
  ])('%s', (_name, sentence, expected) => {
    expect(figuresOf(sentence).map(brief)).toEqual(expected);
  });

  test.each([
    ['0012.500', '12.5'],
    ['-0.00', '0'],
    ['007', '7'],
    ['-3', '-3'],
  ])('%s is %s', (written, canonical) => {
    expect(canonicalDecimal(written)).toBe(canonical);
  });

  test('a sign counts only where it is written', () => {
    expect(readings('12', '-')).toEqual(['-12']);
    expect(readings('12', '+')).toEqual(['12']);
  });
});
