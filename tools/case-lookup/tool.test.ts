import { MAX_RESPONSE_BYTES } from '#core/agent-tool/fit-reply.ts';
import type { AgentScope } from '#core/agent-tool/scope.ts';
import { signScope } from '#core/agent-tool/scope.ts';
import { type LookupWorkspace, lookupWorkspace } from '#tests/support/lookup-workspace.ts';
import { ACCESS_NOW, TEST_ACCESS } from '#tests/support/tool-access.ts';
import { handlerWith } from './handler.ts';
import { type CaseLookupInput, LOOKUP_SUBJECTS } from './schema.ts';
import { lookUp } from './tool.ts';

let workspace: LookupWorkspace;
beforeAll(async () => {
  workspace = await lookupWorkspace();
}, 120_000);
afterAll(() => workspace.close());

const WORKSPACE = { kind: 'workspace' } as const;
const ask = (input: CaseLookupInput) => lookUp(input, WORKSPACE, workspace.ports);

describe('what is told of each subject', () => {
  test('cases come largest first, with exact totals over all of them', async () => {
    const reply = await ask({ subject: 'cases' });
    const rows = reply.cases as { caseId: string; amount: string }[];
    expect(rows.map(({ caseId }) => caseId)).toEqual(
      workspace.cases.slice(0, 10).map(({ caseId }) => caseId),
    );
    const micros = (text: string) => BigInt(text.replace('.', ''));
    const losses = workspace.cases
      .map(({ money }) => BigInt(money.potential.minor))
      .filter((minor) => minor > 0n);
    expect(micros(reply.foundLoss as string)).toBe(losses.reduce((sum, minor) => sum + minor, 0n));
    expect(reply).toMatchObject({
      casesInTotal: workspace.cases.length,
      statuses: { 'awaiting-decision': 1 },
    });
  });

  test.each<[string, CaseLookupInput, (reply: Record<string, unknown>) => void]>([
    [
      'cases that wait',
      { subject: 'cases', status: 'awaiting-decision' },
      (reply) => expect(reply.casesInTotal).toBe(1),
    ],
    [
      'cases of a control',
      { subject: 'cases', name: 'p01' },
      (reply) => expect(reply).toMatchObject({ casesInTotal: 1 }),
    ],
    [
      'cases of another month',
      { subject: 'cases', when: '2026-09' },
      (reply) => expect(reply.casesInTotal).toBe(0),
    ],
    [
      'a case that does not exist',
      { subject: 'case', name: 'C-deadbeef' },
      (reply) =>
        expect(reply).toMatchObject({
          found: false,
          caseId: 'C-deadbeef',
          casesInTotal: workspace.cases.length,
        }),
    ],
    [
      'a control, whatever its letters',
      { subject: 'control', name: 'u05' },
      (reply) =>
        expect(reply).toMatchObject({
          found: true,
          controlId: 'U05',
          compares: expect.stringContaining('quantity'),
        }),
    ],
    [
      'a control that does not exist',
      { subject: 'control', name: 'Z99' },
      (reply) => expect(reply).toMatchObject({ found: false, controlsInForce: expect.any(Number) }),
    ],
    [
      'controls with outcomes',
      { subject: 'controls' },
      (reply) => expect(reply).toMatchObject({ period: '2026-10', breach: expect.any(Number) }),
    ],
    [
      'runs',
      { subject: 'runs' },
      (reply) =>
        expect(reply).toMatchObject({ runsInTotal: 1, runs: [{ period: '2026-10', population: 640 }] }),
    ],
    [
      'the newest run',
      { subject: 'run' },
      (reply) => expect(reply).toMatchObject({ found: true, population: 640 }),
    ],
    [
      'a run that does not exist',
      { subject: 'run', name: 'run-x' },
      (reply) => expect(reply).toEqual({ subject: 'run', found: false, name: 'run-x', runsInTotal: 1 }),
    ],
    [
      'feeds with the one that is missing',
      { subject: 'feeds' },
      (reply) =>
        expect(reply).toMatchObject({
          incomplete: [{ dataset: 'rated', slotsMissing: 1, slots: ['2026-10-05'] }],
        }),
    ],
    [
      'one KPI',
      { subject: 'kpis', name: 'k4' },
      (reply) => expect(reply).toMatchObject({ found: true, kpi: 'K4', figures: [{ kpi: 'K4' }] }),
    ],
    [
      'a KPI that does not exist',
      { subject: 'kpis', name: 'K99' },
      (reply) => expect(reply).toMatchObject({ found: false }),
    ],
    [
      'changes of a day',
      { subject: 'changes', when: '2026-10-18' },
      (reply) =>
        expect(reply).toMatchObject({
          changesInTotal: 2,
          changes: [{ changeId: 'CHG-4' }, { changeId: 'CHG-3', changedAt: '2026-10-18T05:30:00Z' }],
        }),
    ],
    [
      'changes of a day without any',
      { subject: 'changes', when: '2026-10-01' },
      (reply) => expect(reply).toMatchObject({ changesInTotal: 0 }),
    ],
    [
      'the configuration',
      { subject: 'config-check' },
      (reply) => expect(reply).toMatchObject({ thingsChecked: 2, ok: 1, unavailable: 1 }),
    ],
    [
      'what can be recovered',
      { subject: 'recoverability' },
      (reply) =>
        expect(reply).toMatchObject({
          asOf: '2026-11-03',
          openCases: workspace.cases.length,
          backBillDays: 365,
        }),
    ],
  ])('%s', async (_name, input, check) => {
    check(await ask(input));
  });

  test('one case tells its proposal and what it rests on', async () => {
    const { caseId } = workspace.cases[0] ?? { caseId: '' };
    expect(await ask({ subject: 'case', name: caseId.toUpperCase().replace('C-', 'c-') })).toMatchObject({
      found: true,
      caseId,
      status: 'awaiting-decision',
      proposed: true,
      remedy: 'rebill-adjustment',
      changeId: 'CHG-7',
      decisions: [],
    });
  });

  test('a case must be named', async () => {
    await expect(ask({ subject: 'case' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });
});

describe('a session about one case', () => {
  const scope = () => {
    const { caseId, runId, findingId } = workspace.cases[0] ?? { caseId: '', runId: '', findingId: '' };
    return { kind: 'case', caseId, runId, findingId } as const;
  };

  test('tells of that case without its name', async () => {
    expect(await lookUp({ subject: 'case' }, scope(), workspace.ports)).toMatchObject({
      caseId: scope().caseId,
    });
  });

  test('says which remedies its finding admits', async () => {
    const reply = await lookUp({ subject: 'recoverability' }, scope(), workspace.ports);
    expect(reply).toMatchObject({
      openCases: 1,
      remediesAdmitted: expect.arrayContaining(['rebill-adjustment']),
    });
    expect(reply.remediesAdmitted).not.toContain('credit-note');
  });

  test.each<CaseLookupInput>([
    { subject: 'case', name: 'C-00000000' },
    { subject: 'recoverability', name: 'C-00000000' },
    ...(['cases', 'runs', 'run', 'feeds', 'kpis', 'changes', 'config-check', 'controls'] as const).map(
      (subject) => ({
        subject,
      }),
    ),
  ])('does not tell of anything else: %j', async (input) => {
    await expect(lookUp(input, scope(), workspace.ports)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('as a Lambda of an action group', () => {
  const attributes = (subject: AgentScope['subject']) =>
    signScope(
      {
        operator: TEST_ACCESS.operator,
        actor: 'anna',
        expiresAt: new Date(ACCESS_NOW + 60_000).toISOString(),
        subject,
      },
      TEST_ACCESS.key,
    );
  const event = (sessionAttributes: Record<string, string>, subject: string) => ({
    messageVersion: '1.0',
    actionGroup: 'case-lookup',
    function: 'case-lookup',
    sessionId: 's',
    parameters: [{ name: 'subject', type: 'string', value: subject }],
    sessionAttributes,
    promptSessionAttributes: {},
  });
  const call = async (sessionAttributes: Record<string, string>, subject: string) => {
    const handler = handlerWith({ ...workspace.ports, access: TEST_ACCESS });
    return handler(event(sessionAttributes, subject), { functionName: 'case-lookup' } as never);
  };

  test.each([...LOOKUP_SUBJECTS])('the reply about %s fits and has its name', async (subject) => {
    const response = await call(attributes(WORKSPACE), subject);
    expect(Buffer.byteLength(JSON.stringify(response))).toBeLessThanOrEqual(MAX_RESPONSE_BYTES);
    const body = JSON.parse(response.response.functionResponse.responseBody.TEXT.body);
    if (subject === 'case' || subject === 'control') return;
    expect(body.evidenceId).toMatch(/^ev-[0-9a-f]{12}$/);
  });

  test.each<[string, Record<string, string>]>([
    ['no scope', {}],
    ['a scope about contracts', {}],
  ])('a session with %s is answered with SCOPE_MISSING', async (name, given) => {
    const session = name === 'no scope' ? given : attributes({ kind: 'contracts', contractIds: ['PL-T1'] });
    const response = await call(session, 'cases');
    expect(response.response.functionResponse.responseBody.TEXT.body).toContain('SCOPE_MISSING');
  });
});
