import { readConclusion } from './conclusion.ts';

const GOOD = {
  causeFound: false,
  cause: 'cause not found',
  hypotheses: [],
  claims: [],
  remedy: 'ticket-only',
  ticket: { name: 'n', description: 'd' },
  changeId: null,
  answeredBy: 'model',
};

describe('the answer of an agent', () => {
  test.each([
    ['as JSON', JSON.stringify(GOOD)],
    ['in a Markdown fence', `\`\`\`json\n${JSON.stringify(GOOD)}\n\`\`\``],
  ])('%s is read', (_name, text) => {
    expect(readConclusion(text)).toEqual({ ok: true, conclusion: GOOD });
  });

  test.each([
    ['prose', 'I think it was the tariff.', 'not one JSON object'],
    ['nothing', '', 'not one JSON object'],
    ['a list', '[]', 'required form'],
    ['an amount beside the remedy', JSON.stringify({ ...GOOD, amount: '900' }), 'amount'],
    ['a remedy of its own', JSON.stringify({ ...GOOD, remedy: 'wire-transfer' }), 'remedy'],
    ['a claim without evidence ids', JSON.stringify({ ...GOOD, claims: [{ text: 'x' }] }), 'evidenceIds'],
    ['text after the object', `${JSON.stringify(GOOD)} Regards`, 'not one JSON object'],
  ])('%s is refused, with the reason', (_name, text, reason) => {
    const reading = readConclusion(text);
    expect(reading).toMatchObject({ ok: false });
    expect(!reading.ok && reading.problem).toContain(reason);
  });
});
