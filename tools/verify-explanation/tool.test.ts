import type { AgentConclusion } from '#core/domain/case.ts';
import { aFinding, someEvidence } from '#tests/support/cases.ts';
import { openTestStores, type TestStores } from '#tests/support/stores.ts';
import { verifiedConclusion } from '#tools/make-proposal/schema.ts';
import { handlerWith } from './handler.ts';
import { verifyExplanation } from './tool.ts';

const CONCLUSION: AgentConclusion = {
  causeFound: false,
  cause: 'cause not found',
  hypotheses: [],
  claims: [],
  remedy: 'ticket-only',
  ticket: { name: 'Zero-rated voice', description: 'See the case.' },
  changeId: null,
  answeredBy: 'a-model',
};

describe('an explanation is checked against the evidence of its case', () => {
  let stores: TestStores;
  let caseId: string;
  beforeAll(async () => {
    stores = await openTestStores();
    ({ caseId } = (await stores.cases.openCase(aFinding(), 'system')).case);
    await stores.cases.saveEvidence([
      someEvidence(caseId, { evidenceId: 'ev-000000000001', content: { records: 3, amount: '6.15' } }),
    ]);
    await stores.cases.saveEvidence([
      someEvidence('C-other', { evidenceId: 'ev-000000000002', content: { records: 99 } }),
    ]);
  });
  afterAll(() => stores.dispose());

  test('what is true stays, what is invented goes, and both are counted', async () => {
    const claims = [
      { text: '3 records, worth 6.15 EUR.', evidenceIds: ['ev-000000000001'] },
      { text: '4 records, worth 6.15 EUR.', evidenceIds: ['ev-000000000001'] },
      { text: '99 records.', evidenceIds: ['ev-000000000002'] },
    ];
    const output = await verifyExplanation({ caseId, conclusion: { ...CONCLUSION, claims } }, stores);
    expect(output).toMatchObject({ kept: 1, removed: 2 });
    expect(output.conclusion).toEqual({
      ...CONCLUSION,
      claims: [claims[0]],
      removed: [
        { ...claims[1], reason: '"4 records" does not stand in the evidence cited' },
        { ...claims[2], reason: 'evidence ev-000000000002 does not exist in this case' },
      ],
    });
  });

  test('what comes out is what make-proposal takes', async () => {
    const { conclusion } = await verifyExplanation({ caseId, conclusion: { ...CONCLUSION } }, stores);
    expect(verifiedConclusion.safeParse(conclusion).success).toBe(true);
  });

  test('the text of a state machine whose agent failed claims nothing and stays', async () => {
    const ticket = { name: 'Investigate by hand', description: 'It did not answer within 120 s.' };
    const conclusion = { ...CONCLUSION, ticket, answeredBy: 'none' };
    const output = await verifyExplanation({ caseId, conclusion }, stores);
    expect(output).toEqual({ conclusion: { ...conclusion, removed: [] }, kept: 0, removed: 0 });
  });

  test('a model that calls itself nobody is checked like any other', async () => {
    const claims = [{ text: '4711 records.', evidenceIds: ['ev-000000000001'] }];
    const output = await verifyExplanation(
      { caseId, conclusion: { ...CONCLUSION, claims, answeredBy: 'none' } },
      stores,
    );
    expect(output.removed).toBe(1);
  });

  test.each([
    ['an amount beside the claims', { ...CONCLUSION, amount: '900' }, 'AgentFailed'],
    ['no claims at all', { cause: 'x' }, 'AgentFailed'],
  ])('%s is no conclusion', async (_name, conclusion, name) => {
    await expect(verifyExplanation({ caseId, conclusion }, stores)).rejects.toMatchObject({ name });
  });

  test('the Lambda refuses an unknown case and an event that does not fit', async () => {
    const handler = handlerWith(stores);
    const context = { functionName: 'verify-explanation' } as never;
    await expect(handler({ caseId: 'C-0', conclusion: CONCLUSION }, context)).rejects.toMatchObject({
      name: 'CaseNotFound',
    });
    await expect(handler({ caseId }, context)).rejects.toMatchObject({ name: 'ToolInputInvalid' });
  });
});
