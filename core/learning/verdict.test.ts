import type { DecisionReason } from '#core/domain/case.ts';
import type { CaseStore } from '#core/ports/case-store.ts';
import { aDecision, aFinding, awaitingDecision } from '#tests/support/cases.ts';
import { openTestStores, type TestStores } from '#tests/support/stores.ts';
import { recordVerdict, type VerdictRequest } from './record-verdict.ts';
import { type VerdictData, verdictOf } from './verdict.ts';

const RIGHT: VerdictData = {
  cause: 'right',
  actualCause: null,
  actualChangeId: null,
  falsePositive: false,
  amount: null,
  note: 'seen in the log of ocs-2',
};

let stores: TestStores;
let caseId: string;
let awaited: Awaited<ReturnType<typeof awaitingDecision>>;
beforeEach(async () => {
  stores = await openTestStores();
  awaited = await awaitingDecision(stores.cases);
  caseId = awaited.caseId;
});
afterEach(() => stores.dispose());

const give = (changes: Partial<VerdictRequest> = {}) =>
  recordVerdict({ ...RIGHT, caseId, by: 'anna', ...changes }, stores);
const holds = async (cases: CaseStore = stores.cases) =>
  verdictOf(await cases.events(caseId), await cases.listDecisions(caseId));

test('a verdict is an event of the audit chain, and changes neither status nor money', async () => {
  const before = await stores.cases.findCase(caseId);
  const after = await give();
  expect(after).toMatchObject({
    status: 'awaiting-decision',
    money: before?.money,
    version: awaited.version + 1,
  });
  expect(await holds()).toMatchObject({ ...RIGHT, by: 'anna', source: 'verdict' });
  expect(await stores.cases.verifyChain()).toMatchObject({ ok: true });
});

test('the last verdict holds', async () => {
  await give();
  await give({ cause: 'wrong', actualCause: 'the switch was restarted', actualChangeId: 'CHG-9', by: 'ben' });
  expect(await holds()).toMatchObject({ cause: 'wrong', actualChangeId: 'CHG-9', by: 'ben' });
});

test.each<[string, Partial<VerdictRequest>, string]>([
  ['an agent judges', { by: 'agent:investigator' }, 'FourEyesRequired'],
  ['the system judges', { by: 'System' }, 'FourEyesRequired'],
  ['right and a false positive', { falsePositive: true }, 'UsageError'],
  ['right and another cause', { actualCause: 'the moon' }, 'UsageError'],
  ['a case that does not exist', { caseId: 'C-00000000' }, 'CaseNotFound'],
])('%s is refused', async (_name, changes, name) => {
  await expect(give(changes)).rejects.toMatchObject({ name });
  expect(await holds()).toBeUndefined();
});

test('a right cause where the explanation names none is refused', async () => {
  const other = await awaitingDecision(stores.cases, {
    finding: aFinding({ findingId: 'f-1111111111111111' }),
    proposal: { cause: '', changeId: null, proposalId: 'p-000000000009' },
  });
  await expect(give({ caseId: other.caseId })).rejects.toMatchObject({ name: 'UsageError' });
});

test.each<[DecisionReason, 'approved' | 'rejected', string | undefined, boolean | undefined]>([
  ['evidence-sufficient', 'approved', 'right', false],
  ['within-policy', 'approved', undefined, undefined],
  ['false-positive', 'rejected', 'wrong', true],
  ['cause-not-proved', 'rejected', 'unclear', false],
  ['amount-wrong', 'rejected', 'unclear', false],
  ['not-recoverable', 'rejected', undefined, undefined],
])('a decision for %s implies that the cause is %s', async (reason, verdict, cause, falsePositive) => {
  await stores.cases.recordDecision(aDecision(awaited, { reason, verdict }), 'token-1', [
    { kind: 'decision-recorded', actor: 'anna', data: {} },
  ]);
  const found = await holds();
  expect([found?.cause, found?.falsePositive]).toEqual([cause, falsePositive]);
});
