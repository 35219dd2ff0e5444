import { BedrockAgentRuntimeClient } from '@aws-sdk/client-bedrock-agent-runtime';
import { BedrockAgentRuntime } from '#adapters/bedrock/agent-runtime.ts';
import { investigate } from '#agents/investigator/playbook.ts';
import type { AgentModel } from '#local/bedrock/model.ts';
import { playbookModel } from '#local/bedrock/playbook-model.ts';
import { type ScriptedReply, scriptedModel } from '#local/bedrock/scripted-model.ts';
import { agentCloud } from '#tests/support/agent-cloud.ts';
import { type InvestigatedRun, investigatedRun } from '#tests/support/investigated-run.ts';
import { openTestStores, type TestStores } from '#tests/support/stores.ts';
import { TEST_ACCESS } from '#tests/support/tool-access.ts';
import { verifyExplanation } from '#tools/verify-explanation/tool.ts';
import { handlerWith } from './handler.ts';
import type { InvokeAgentOutput } from './schema.ts';
import { type AgentHandle, invokeAgent } from './tool.ts';

const EMPTY = {
  causeFound: false,
  cause: 'cause not found',
  hypotheses: [],
  claims: [],
  remedy: 'ticket-only',
  ticket: { name: 'n', description: 'd' },
  changeId: null,
  answeredBy: 'playbook/investigator',
};
const answer = (changes: object = {}): ScriptedReply => ({
  kind: 'text',
  text: JSON.stringify({ ...EMPTY, ...changes }),
});
const call = (tool: string, input: Record<string, string>): ScriptedReply => ({
  kind: 'tools',
  calls: [{ tool: `${tool}__${tool}`, input }],
});

let run: InvestigatedRun;
let stores: TestStores;
beforeAll(async () => {
  run = await investigatedRun('2026-10-18');
}, 120_000);
afterAll(() => run.close());
beforeEach(async () => {
  stores = await openTestStores();
});
afterEach(() => stores.dispose());

/** Opens the case of the finding and lets a model investigate it, through the real SDK clients. */
async function investigateWith(
  model: AgentModel,
  limits: Parameters<typeof agentCloud>[2] = {},
): Promise<{ readonly caseId: string; readonly output: InvokeAgentOutput }> {
  const { scope, finding } = run.about('wrong-version');
  const { caseId } = (await stores.cases.openCase(finding, 'system')).case;
  const { cloud, runtime, agents } = await agentCloud(run, model, limits);
  try {
    const input = { agentName: 'investigator', caseId, findingId: scope.findingId, runId: scope.runId };
    const output = await handlerWith({
      runtime,
      agents,
      cases: stores.cases,
      runs: stores.runs,
      access: TEST_ACCESS,
    })(input, {
      functionName: 'invoke-agent',
    } as never);
    return { caseId, output };
  } finally {
    await cloud[Symbol.asyncDispose]();
  }
}

describe('the playbook investigates a case', () => {
  test('it finds the cause, every claim of it is borne out, and everything is recorded', async () => {
    const { caseId, output } = await investigateWith(playbookModel('investigator', investigate));
    expect(output).toMatchObject({
      answeredBy: 'playbook/investigator',
      turns: 1,
      usage: { toolCalls: 11, modelCalls: 5 },
      conclusion: { causeFound: true, changeId: 'CHG-3', remedy: 'rebill-adjustment' },
    });
    const evidence = await stores.cases.listEvidence(caseId);
    expect(evidence).toHaveLength(output.evidence);
    expect(evidence.every((item) => item.tool !== 'ticket-creation')).toBe(true);
    const verified = await verifyExplanation({ caseId, conclusion: output.conclusion }, stores);
    expect(verified.removed).toBe(0);
    expect(verified.kept).toBeGreaterThan(8);
    const events = await stores.cases.events(caseId);
    expect(events.map(({ kind, actor }) => `${kind} ${actor}`)).toEqual([
      'case-opened system',
      'investigation-started agent:investigator',
      'investigation-completed agent:investigator',
    ]);
    expect(events.at(-1)?.data).toMatchObject({
      prompt: { file: 'investigator.md', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      tools: { 'usage-query': expect.any(String), 'ticket-creation': expect.any(String) },
      answeredBy: 'playbook/investigator',
    });
    const trace = JSON.parse(await stores.runs.readText(output.tracePointer));
    expect(trace.traces.length).toBeGreaterThan(20);
  }, 30_000);

  test('the same replies give the same answer', async () => {
    const first = await investigateWith(playbookModel('investigator', investigate));
    const second = await investigateWith(playbookModel('investigator', investigate));
    expect(second.output.conclusion).toEqual(first.output.conclusion);
    expect((await stores.cases.events(second.caseId)).map(({ kind }) => kind)).toHaveLength(3);
  }, 30_000);
});

describe('a model that is foolish or hostile', () => {
  test('who answered is taken from the trace, not from the answer', async () => {
    const { output } = await investigateWith(scriptedModel('liar', [answer()]));
    expect(output.conclusion.answeredBy).toBe('scripted/liar');
  });

  test('prose is sent back once, and the repaired answer counts', async () => {
    const { output } = await investigateWith(
      scriptedModel('late', [{ kind: 'text', text: 'I think it was the tariff.' }, answer()]),
    );
    expect(output.turns).toBe(2);
  });

  test('a claim about a ticket that it drafted itself is removed', async () => {
    const drafted = call('ticket-creation', { name: 'n', description: 'Customers lost 4711 EUR' });
    const model = scriptedModel('forger', (request) => {
      const last = JSON.stringify(request.messages.at(-1));
      const id = /ev-[0-9a-f]{12}/.exec(last)?.[0];
      return id === undefined
        ? drafted
        : answer({ claims: [{ text: 'Customers lost 4711 EUR.', evidenceIds: [id] }] });
    });
    const { caseId, output } = await investigateWith(model);
    expect(output.evidence).toBe(0);
    const verified = await verifyExplanation({ caseId, conclusion: output.conclusion }, stores);
    expect(verified).toMatchObject({ kept: 0, removed: 1 });
  });

  test('figures that it puts into its questions do not become evidence', async () => {
    const model = scriptedModel('whisperer', (request, index) => {
      if (index === 0) return call('contract-reader', { question: 'Customers lost 4711 EUR' });
      const id = /ev-[0-9a-f]{12}/.exec(JSON.stringify(request.messages.at(-1)))?.[0] ?? '';
      return answer({ claims: [{ text: 'Customers lost 4711 EUR.', evidenceIds: [id] }] });
    });
    const { caseId, output } = await investigateWith(model);
    expect(output.evidence).toBe(1);
    const verified = await verifyExplanation({ caseId, conclusion: output.conclusion }, stores);
    expect(verified).toMatchObject({ kept: 0, removed: 1 });
  });

  test('parameters cannot reach another case', async () => {
    const model = scriptedModel('burglar', (_request, index) =>
      index === 0 ? call('billing-lookup', { subject: 'record', key: 'c2-18' }) : answer(),
    );
    const { output } = await investigateWith(model);
    expect(output.evidence).toBe(0);
  });

  test.each<[string, AgentModel, Parameters<typeof agentCloud>[2], RegExp]>([
    [
      'answers nonsense twice',
      scriptedModel('nonsense', [
        { kind: 'text', text: 'hello' },
        { kind: 'text', text: '{"remedy":"wire-transfer"}' },
      ]),
      {},
      /required form/,
    ],
    [
      'loops',
      scriptedModel('loop', () => call('usage-query', { question: 'feed-health' })),
      { toolCalls: 4 },
      /more than 4 tool calls/,
    ],
    ['hangs', scriptedModel('hang', [{ kind: 'hangs' }]), { seconds: 1 }, /within 1 s/],
    [
      'fails',
      scriptedModel('broken', [{ kind: 'throws', error: new Error('no capacity') }]),
      {},
      /dependencyFailed|DependencyFailed/,
    ],
    [
      'talks without end',
      scriptedModel('talker', () => call('usage-query', { question: 'feed-health' })),
      { tokens: 40 },
      /more than 40 tokens/,
    ],
  ])(
    'that %s ends in AgentFailed, and its trace is kept',
    async (_name, model, limits, why) => {
      const { scope } = run.about('wrong-version');
      const failure = await investigateWith(model, limits).then(
        () => undefined,
        (error: Error) => error,
      );
      expect(failure).toMatchObject({ name: 'AgentFailed', message: expect.stringMatching(why) });
      const [item] = await stores.cases.listCases();
      expect(await stores.runs.exists(`runs/${scope.runId}/traces/${item?.caseId}.json`)).toBe(true);
    },
    30_000,
  );
});

describe('what is refused before anything is asked', () => {
  test('an agent that nobody registered, and a case that does not exist', async () => {
    const ports = {
      runtime: { ask: () => [] as never },
      agents: new Map(),
      cases: stores.cases,
      runs: stores.runs,
      access: TEST_ACCESS,
    };
    const input = { agentName: 'investigator', caseId: 'C-1', findingId: 'f-1', runId: 'run-1' };
    await expect(invokeAgent(input, ports)).rejects.toMatchObject({ name: 'UnknownName' });
    const known = { ...ports, agents: new Map([['investigator', {} as AgentHandle]]) };
    await expect(invokeAgent(input, known)).rejects.toMatchObject({ name: 'CaseNotFound' });
  });

  test('a client that would repeat a call by itself', async () => {
    const client = new BedrockAgentRuntimeClient({
      region: 'eu-central-1',
      credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    });
    const question = {
      agentId: 'A',
      agentAliasId: 'B',
      sessionId: 's-1',
      inputText: '',
      sessionAttributes: {},
      signal: AbortSignal.timeout(1_000),
    };
    const events = new BedrockAgentRuntime(client).ask(question)[Symbol.asyncIterator]();
    await expect(events.next()).rejects.toThrow('it must be 1');
  });
});
