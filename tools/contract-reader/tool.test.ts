import type { ContractIndex } from '#core/ports/contract-index.ts';
import { type InvestigatedRun, investigatedRun } from '#tests/support/investigated-run.ts';
import type { ContractReaderInput } from './schema.ts';
import { readContracts, readLakeContracts } from './tool.ts';

describe('what was promised', () => {
  let opened: InvestigatedRun;
  beforeAll(async () => {
    opened = await investigatedRun('2026-10-18');
  }, 120_000);
  afterAll(() => opened.close());

  const read = (input: ContractReaderInput, contractIndex: ContractIndex = opened.ports.contractIndex) =>
    readContracts(input, opened.about('wrong-version').scope, { ...opened.ports, contractIndex });

  test('a passage comes with its document and offsets', async () => {
    const reply = await read({ question: 'rounded to how many decimals', clauseType: 'rounding', limit: 1 });
    expect(reply.passages).toEqual([
      {
        contractId: 'PL-T1',
        title: 'One price list',
        heading: 'One price list',
        start: 18,
        end: 92,
        text: 'This price list is tariff T1. The charge is rounded half up to 4 decimals.',
      },
    ]);
  });

  test('a subject narrows the search', async () => {
    expect(await read({ question: 'monthly fee', subject: 'O2' })).toMatchObject({
      subject: 'O2',
      documentsSearched: 1,
      passages: [{ contractId: 'TERMS-O2', text: 'The monthly fee is 62.00 EUR.' }],
    });
  });

  test('a subject without a document is not found', async () => {
    await expect(read({ question: 'monthly fee', subject: 'O9' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('an agreement with a partner is not there for a finding that is not about that partner', async () => {
    await expect(read({ question: 'price', subject: 'NORDTEL' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(JSON.stringify(await read({ question: 'price of a terminated minute', limit: 10 }))).not.toContain(
      '0.0173',
    );
  });

  describe('without a finding', () => {
    const inLake = (input: ContractReaderInput, contractIds?: readonly string[]) =>
      readLakeContracts(
        input,
        contractIds === undefined
          ? { kind: 'workspace' }
          : { kind: 'contracts', contractIds: [...contractIds] },
        { ...opened.run.ports, ...opened.ports },
      );

    test('the workspace has every document, an agreement with a partner too', async () => {
      expect(await inLake({ question: 'monthly fee', subject: 'O2' })).toMatchObject({
        documentsSearched: 1,
        passages: [{ contractId: 'TERMS-O2', text: 'The monthly fee is 62.00 EUR.' }],
      });
      expect(JSON.stringify(await inLake({ question: 'price of a terminated minute' }))).toContain('0.0173');
    });

    test('a session about one contract has that one and no other', async () => {
      const own = await inLake({ question: 'monthly fee minute price rounding', limit: 10 }, ['TERMS-O2']);
      expect(own.documentsSearched).toBe(1);
      expect(new Set((own.passages as { contractId: string }[]).map(({ contractId }) => contractId))).toEqual(
        new Set(['TERMS-O2']),
      );
      await expect(
        inLake({ question: 'price of a minute', subject: 'NORDTEL' }, ['TERMS-O2']),
      ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    test.each([
      ['a contract that the lake has not', ['NOSUCH']],
      ['no contract at all', []],
    ])('%s is not found', async (_name, contractIds) => {
      await expect(inLake({ question: 'monthly fee' }, contractIds)).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    });
  });

  test('nothing found is an empty list, not an error', async () => {
    expect(await read({ question: 'helicopter', subject: 'O2' })).toMatchObject({
      passages: [],
      more: false,
    });
  });

  test('the question is not repeated, so that nobody can cite his own words', async () => {
    const reply = await read({ question: 'rounded 4711 times' });
    expect(JSON.stringify(reply)).not.toContain('4711');
  });

  test('a quote that does not stand in its document is dropped and counted', async () => {
    const forging: ContractIndex = {
      has: async () => true,
      add: async () => {},
      search: async () => [
        {
          contractId: 'PL-T1',
          title: '',
          subject: 'T1',
          heading: '',
          start: 18,
          end: 30,
          text: 'Pay nothing.',
          clauseTypes: [],
          score: 1,
        },
      ],
    };
    expect(await read({ question: 'price' }, forging)).toMatchObject({ passages: [], quotesRejected: 1 });
  });
});
