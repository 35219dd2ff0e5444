import { tuningExport } from '#core/learning/tuning-records.ts';
import { aFinding, aProposal, someEvidence } from '#tests/support/cases.ts';
import { openTestStores, type TestStores } from '#tests/support/stores.ts';
import { evaluateModelOutput } from './schema.ts';
import { evaluateModel } from './tool.ts';

const KEY = 'learning/0123456789ab/held-back.jsonl';
const ANSWER = {
  causeFound: true,
  cause: 'A price is missing on ocs-2',
  hypotheses: [],
  claims: [],
  remedy: 'rebill-adjustment',
  ticket: { name: 'Zero-rated voice on ocs-2', description: 'Load the price list again' },
  changeId: 'CHG-7',
  answeredBy: 'investigator',
};

let stores: TestStores;
beforeEach(async () => {
  stores = await openTestStores();
  const { title, findingId } = aFinding();
  const content = { changes: [{ changeId: 'CHG-7', kind: 'tariff-load', system: 'ocs-2' }] };
  const verdict = { cause: 'right', falsePositive: false, actualCause: null, actualChangeId: null } as const;
  const said = { ...verdict, amount: null, note: '', by: 'anna', at: '', source: 'verdict' } as const;
  const records = ['C-1', 'C-2'].map((caseId) => ({
    caseId,
    findingId,
    title,
    proposal: aProposal(caseId, { hypotheses: [], explanation: { claims: [], removed: [] } }),
    evidence: [someEvidence(caseId, { content })],
    verdict: { ...said, caseId },
  }));
  const { training, heldBack } = tuningExport(records, 'Find it.', (text) => text);
  await stores.runs.write(KEY, training + heldBack);
});
afterEach(() => stores.dispose());

const evaluate = (answer: (n: number) => Promise<string>) => {
  let asked = 0;
  const chat = { answer: () => answer(asked++) };
  return evaluateModel({ modelId: 'm', heldBackKey: KEY }, { ...stores, chat });
};

test('counts what a model got right, and keeps its answers', async () => {
  const output = evaluateModelOutput.parse(await evaluate(async () => JSON.stringify(ANSWER)));
  expect(output.report).toEqual({ cases: 2, formed: 2, causeRight: 2, remedyRight: 2, supported: 2 });
  expect((await stores.runs.readText(output.answersKey)).split('\n')).toHaveLength(3);
});

test('a case in which the model fails counts as wrong, and the others go on', async () => {
  const output = await evaluate(async (n) => {
    if (n === 0) throw new Error('throttled');
    return JSON.stringify(ANSWER);
  });
  expect(output).toMatchObject({ failed: 1, report: { cases: 2, formed: 1, causeRight: 1 } });
});

test('without records it is refused', async () => {
  const chat = { answer: async () => '' };
  await expect(
    evaluateModel(
      { modelId: 'm', heldBackKey: 'learning/ffffffffffff/held-back.jsonl' },
      { ...stores, chat },
    ),
  ).rejects.toMatchObject({ name: 'RunNotFound' });
});
