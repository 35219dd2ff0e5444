import { recordVerdict } from '#core/learning/record-verdict.ts';
import { awaitingDecision, someEvidence } from '#tests/support/cases.ts';
import { openTestStores, type TestStores } from '#tests/support/stores.ts';
import { exportTuningRecordsOutput } from './schema.ts';
import { exportTuningRecords } from './tool.ts';

let stores: TestStores;
beforeEach(async () => {
  stores = await openTestStores();
});
afterEach(() => stores.dispose());

const run = (agentName = 'investigator') =>
  exportTuningRecords(
    { agentName },
    {
      ...stores,
      instructions: new Map([['investigator', 'Find it.']]),
      tokenise: (text) => text.replaceAll('436601012345', 'SUB-1'),
    },
  );

test('writes judged cases only, with subscribers replaced, under a name that says what is in them', async () => {
  const { caseId } = await awaitingDecision(stores.cases);
  await stores.cases.saveEvidence([someEvidence(caseId, { content: { line: '436601012345' } })]);
  expect(await run()).toMatchObject({ training: 0, heldBack: 0 });
  const right = { cause: 'right', actualCause: null, actualChangeId: null, falsePositive: false } as const;
  await recordVerdict({ ...right, amount: null, note: '', caseId, by: 'anna' }, stores);
  const output = exportTuningRecordsOutput.parse(await run());
  expect(output.training + output.heldBack).toBe(1);
  const text =
    (await stores.runs.readText(output.trainingKey)) + (await stores.runs.readText(output.heldBackKey));
  expect(text).toContain('SUB-1');
  expect(text).not.toContain('436601012345');
  expect(await run()).toEqual(output);
});

test('an agent that does not exist is refused', async () => {
  await expect(run('oracle')).rejects.toMatchObject({ name: 'UnknownName' });
});
