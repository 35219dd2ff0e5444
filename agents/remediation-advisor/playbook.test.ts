import { evidenceFrom, withEvidenceId } from '#core/agent-tool/evidence.ts';
import { settleRemedy } from '#core/cases/remedy.ts';
import type { Case, Evidence, Remedy } from '#core/domain/case.ts';
import type { Json } from '#core/domain/hash.ts';
import type { Finding } from '#core/domain/run.ts';
import { adviceSchema, verifyAdvice } from '#core/investigation/advice.ts';
import type { ToolCall, ToolReply } from '#core/investigation/playbook.ts';
import { type LookupWorkspace, lookupWorkspace } from '#tests/support/lookup-workspace.ts';
import { caseLookupInput } from '#tools/case-lookup/schema.ts';
import { lookUp } from '#tools/case-lookup/tool.ts';
import { usageQueryInput } from '#tools/usage-query/schema.ts';
import { answerUsageQuestion } from '#tools/usage-query/tool.ts';
import { advise } from './playbook.ts';

let workspace: LookupWorkspace;
beforeAll(async () => {
  workspace = await lookupWorkspace();
}, 120_000);
afterAll(() => workspace.close());

type Reply = { readonly [key: string]: Json };

/** Runs the playbook over replies, and the verifier over what it says. */
async function adviseOver(reply: (call: ToolCall) => Promise<Reply>, finding: Finding) {
  const run = advise({ inputText: '', sessionAttributes: {} });
  const calls = [run.next().value].flat() as ToolCall[];
  const evidence: Evidence[] = [];
  const replies: ToolReply[] = [];
  for (const { tool, input } of calls) {
    const json = withEvidenceId(await reply({ tool, input }));
    const text = JSON.stringify(json);
    const found = evidenceFrom(text, { caseId: 's', tool, input });
    if (found !== undefined) evidence.push(found);
    replies.push({ tool, status: 'success', text, json });
  }
  const advice = adviceSchema.parse(JSON.parse(String(run.next(replies).value)));
  return verifyAdvice(advice, evidence, (remedy: Remedy) => settleRemedy(finding, remedy));
}

const findingOf = (item: Case): Finding => {
  const found = workspace.opened.run.findings.find(({ findingId }) => findingId === item.findingId);
  if (found === undefined) throw new Error(`no finding of ${item.caseId}`);
  return found;
};

test('each case gets advice whose sentences its evidence bears out, and a remedy that its finding admits', async () => {
  for (const item of workspace.cases) {
    const finding = findingOf(item);
    const { caseId, runId, findingId } = item;
    const scope = { caseId, runId, findingId };
    const advice = await adviseOver(
      ({ tool, input }) =>
        tool === 'case-lookup'
          ? lookUp(caseLookupInput.parse(input), { kind: 'case', ...scope }, workspace.ports)
          : answerUsageQuestion(usageQueryInput.parse(input), scope, workspace.opened.ports),
      finding,
    );
    expect({ caseId, removed: advice.removed, note: advice.note }).toEqual({
      caseId,
      removed: [],
      note: null,
    });
    expect(advice.reasons.length).toBeGreaterThanOrEqual(2);
    expect(advice.alternatives.length).toBeGreaterThanOrEqual(1);
    expect(advice.alternatives.map(({ remedy }) => remedy)).not.toContain(advice.remedy);
    expect(settleRemedy(finding, advice.remedy).remedy).toBe(advice.remedy);
    // One of the feeds is incomplete, and that is a risk of every remedy.
    expect(advice.risks.map(({ kind }) => kind)).toContain('missing-data');
  }
});

describe('which remedy', () => {
  const CASE = {
    subject: 'case',
    found: true,
    caseId: 'C-0a1b2c3d',
    direction: 'under-charged',
    amount: '6.150000',
    cause: 'A price is missing',
  };
  const LAPSE = {
    subject: 'recoverability',
    asOf: '2026-11-03',
    lapsesWithinDays: 30,
    backBillDays: 365,
    estimated: false,
    openCases: 1,
    recoverableTotal: '6.150000',
    lapsingTotal: '0.000000',
    lapsedTotal: '0.000000',
    owedBackTotal: '0.000000',
    cases: [{ caseId: 'C-0a1b2c3d', nextLapse: '2027-10-14' }],
  };
  const UNDER = [
    'rebill-adjustment',
    'suspense-reprocessing',
    'provisioning-fix',
    'tariff-change-request',
    'ticket-only',
  ];
  const OVER = [
    'credit-note',
    'suspense-reprocessing',
    'provisioning-fix',
    'tariff-change-request',
    'ticket-only',
  ];

  test.each<[string, Reply, Reply, Remedy]>([
    [
      'the remedy of the investigation, where it is admitted',
      { remedy: 'tariff-change-request' },
      { remediesAdmitted: UNDER },
      'tariff-change-request',
    ],
    ['a rebill where none is named', {}, { remediesAdmitted: UNDER }, 'rebill-adjustment'],
    [
      'a credit for what was charged too much',
      { direction: 'over-charged', amount: '-6.150000' },
      { remediesAdmitted: OVER, recoverableTotal: '0.000000', owedBackTotal: '-6.150000' },
      'credit-note',
    ],
    [
      'a rebill where a credit is named and not admitted',
      { remedy: 'credit-note' },
      { remediesAdmitted: UNDER },
      'rebill-adjustment',
    ],
    [
      'a ticket for an estimate',
      { remedy: 'rebill-adjustment' },
      { estimated: true, remediesAdmitted: ['ticket-only'] },
      'ticket-only',
    ],
    [
      'a ticket where all has lapsed',
      { remedy: 'rebill-adjustment' },
      { remediesAdmitted: UNDER, recoverableTotal: '0.000000', lapsedTotal: '6.150000' },
      'ticket-only',
    ],
  ])('%s', async (_name, ofCase, ofLapse, expected) => {
    const advice = await adviseOver(
      async ({ tool, input }) =>
        tool !== 'case-lookup'
          ? {}
          : input.subject === 'case'
            ? { ...CASE, ...ofCase }
            : { ...LAPSE, ...ofLapse },
      workspace.opened.run.findings[0] as Finding,
    ).then((checked) => checked);
    const settled = settleRemedy(workspace.opened.run.findings[0] as Finding, expected);
    expect(advice.remedy).toBe(settled.remedy);
    expect(advice.removed).toEqual([]);
  });

  test('where nothing can be looked up, a ticket without reasons', async () => {
    const advice = await adviseOver(async () => ({}), workspace.opened.run.findings[0] as Finding);
    expect(advice).toMatchObject({ remedy: 'ticket-only', reasons: [], risks: [], alternatives: [] });
  });
});

test('advice that lies loses its sentences, and with its reasons its remedy', () => {
  const content = { amount: '6.150000', caseId: 'C-0a1b2c3d' };
  const { evidenceId } = withEvidenceId(content) as { evidenceId: string };
  const evidence = [{ evidenceId, caseId: 's', tool: 'case-lookup', input: {}, content, hash: '' }];
  const lie = verifyAdvice(
    {
      remedy: 'rebill-adjustment',
      reasons: [{ text: 'C-0a1b2c3d is worth EUR 999.00.', evidenceIds: [evidenceId] }],
      risks: [{ kind: 'lapse', text: 'EUR 6.15 is at stake.', evidenceIds: [evidenceId] }],
      alternatives: [{ remedy: 'credit-note', text: 'It has 12 records.', evidenceIds: ['ev-000000000000'] }],
      answeredBy: 'liar',
    },
    evidence,
    (remedy) => ({ remedy, note: null }),
  );
  expect(lie).toMatchObject({ remedy: 'ticket-only', reasons: [], alternatives: [] });
  expect(lie.risks).toHaveLength(1);
  expect(lie.removed).toHaveLength(2);
  expect(lie.note).toContain('rebill-adjustment');
});
