import { splitIntoPassages, standsIn } from './clauses.ts';

const BODY = `# Basic price list

This price list is tariff T-BASIC.

## Rounding

The charge is rounded half up
to 2 decimals.

| zone | price |
|---|---|
| eu | 0.50 |
`;
const DOCUMENT = { contractId: 'PL-T-BASIC', title: 'Basic price list', subject: 'T-BASIC', body: BODY };

describe('passages', () => {
  const passages = splitIntoPassages(DOCUMENT);

  test('are paragraphs and tables under their headings', () => {
    expect(passages.map(({ heading, text }) => `${heading}: ${text.slice(0, 24)}`)).toEqual([
      'Basic price list: This price list is tarif',
      'Rounding: The charge is rounded ha',
      'Rounding: | zone | price |\n|---|--',
    ]);
  });

  test('stand in the document word for word', () => {
    for (const passage of passages) expect(BODY.slice(passage.start, passage.end)).toBe(passage.text);
  });

  test('name the kinds of clause that they may be', () => {
    expect(passages[1]?.clauseTypes).toContain('rounding');
  });

  test('a long text is cut at line ends', () => {
    const body = Array.from(
      { length: 80 },
      (_, line) => `Line ${line} of a long clause without a blank line.`,
    ).join('\n');
    const cut = splitIntoPassages({ ...DOCUMENT, body });
    expect(cut.length).toBeGreaterThan(2);
    for (const { text } of cut) expect(text.length).toBeLessThanOrEqual(1_200);
    expect(cut.map(({ text }) => text).join('\n')).toBe(body);
  });

  test.each([
    ['the quote itself', { start: 20, end: 54, text: 'This price list is tariff T-BASIC.' }, true],
    ['other offsets', { start: 21, end: 55, text: 'This price list is tariff T-BASIC.' }, false],
    ['a changed word', { start: 20, end: 54, text: 'This price list is tariff T-GOLD..' }, false],
    ['nothing', { start: 20, end: 20, text: '' }, false],
  ])('%s: stands in the document %s', (_name, quote, expected) => {
    expect(standsIn(BODY, quote)).toBe(expected);
  });
});
