import type { Passage } from '#core/ports/contract-index.ts';
import { FtsContractIndex } from './contract-index.ts';

const passage = (
  contractId: string,
  subject: string,
  text: string,
  clauseTypes: readonly string[] = [],
): Passage => ({
  contractId,
  title: `List ${subject}`,
  subject,
  heading: '',
  start: 0,
  end: text.length,
  text,
  clauseTypes,
});
const PASSAGES = [
  passage('PL-1', 'T-BASIC', 'The charge of the session is rounded half up to 2 decimals.', ['rounding']),
  passage('PL-1', 'T-BASIC', 'Peak is Monday to Friday from 8:00.', ['time-band']),
  passage('PL-1', 'T-BASIC', 'Calls to zone eu cost 0.50 a minute.', ['price']),
  passage('PL-2', 'T-SMART', 'Calls to zone eu cost 0.30 a minute.', ['price']),
];

describe('search in passages', () => {
  const index = new FtsContractIndex();
  beforeAll(() => index.add('sample', PASSAGES));
  afterAll(() => index.close());
  const find = async (query: Omit<Parameters<FtsContractIndex['search']>[1], 'limit'>) =>
    (await index.search('sample', { ...query, limit: 2 })).map(
      ({ subject, text }) => `${subject} ${text.slice(0, 9)}`,
    );

  test.each([
    ['by words', { question: 'price of calls to zone eu' }, ['T-BASIC Calls to ', 'T-SMART Calls to ']],
    ['by stems of words', { question: 'rounding of charges' }, ['T-BASIC The charg']],
    ['within a subject', { question: 'calls to eu', subject: 'T-SMART' }, ['T-SMART Calls to ']],
    [
      'with the kind of clause first',
      { question: 'session from 8:00', clauseType: 'rounding' },
      ['T-BASIC The charg', 'T-BASIC Peak is M'],
    ],
    ['nothing for words that say nothing', { question: 'what is the' }, []],
    ['nothing for another subject', { question: 'calls', subject: 'T-NONE' }, []],
    [
      'operators of the search language as plain words',
      { question: '"calls" OR NEAR( AND *' },
      ['T-BASIC Calls to ', 'T-SMART Calls to '],
    ],
  ])('%s', async (_name, query, expected) => {
    expect(await find(query)).toEqual(expected);
  });

  test('collections do not see each other, and one that is known keeps what it has', async () => {
    await index.add('other', [passage('PL-9', 'T-NEW', 'Calls are free.')]);
    await index.add('sample', [passage('PL-9', 'T-NEW', 'Calls are free.')]);
    expect(await find({ question: 'free' })).toEqual([]);
    expect(await index.has('other')).toBe(true);
    expect(await index.has('third')).toBe(false);
  });
});
