/** What the doctor says of each backend, against servers that answer as AWS and model servers do. */
import { CreateAgentAliasCommand } from '@aws-sdk/client-bedrock-agent';
import type { AgentSettings, Environment } from '#apps/host/agent-settings.ts';
import { readAgentSettings } from '#apps/host/agent-settings.ts';
import { probeBackends } from '#apps/host/probe-backends.ts';
import type { AgentBackend } from '#core/ports/agent-runtime.ts';
import { scriptedModel } from '#local/bedrock/scripted-model.ts';
import { modelServer, type WireCall, type WireReply } from '#tests/support/model-server.ts';
import { MODEL, makeAgent, startBedrock } from './bedrock-harness.ts';

const AGENT = 'investigator';
/** An address where nothing listens any more. */
let nobody = '';
beforeAll(async () => {
  const gone = await modelServer('http1', () => ({ kind: 'reset' }));
  nobody = gone.url;
  await gone.close();
});
const AWS_VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_REGION',
  'AWS_EC2_METADATA_DISABLED',
];
const before = Object.fromEntries(AWS_VARIABLES.map((name) => [name, process.env[name]]));

beforeEach(() => {
  for (const name of AWS_VARIABLES) delete process.env[name];
  process.env.AWS_EC2_METADATA_DISABLED = 'true';
});
afterAll(() => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

const withAws = () => {
  process.env.AWS_ACCESS_KEY_ID = 'local';
  process.env.AWS_SECRET_ACCESS_KEY = 'local';
  process.env.AWS_REGION = 'us-east-1';
};

const base = await readAgentSettings('/nowhere', {});
async function look(backend: AgentBackend, settings: Partial<AgentSettings>, env: Environment = {}) {
  const reports = await probeBackends({ ...base, backend, ...settings }, [AGENT], env);
  const report = reports.find((one) => one.backend === backend);
  if (report === undefined) throw new Error(`no report on ${backend}`);
  expect(report.chosenBy).toEqual([AGENT]);
  return report;
}

describe('openai-compatible', () => {
  const models = { body: { object: 'list', data: [{ id: 'qwen3:8b' }, { id: 'llama3:latest' }] } };
  const json = (reply: Omit<Extract<WireReply, { kind: 'json' }>, 'kind'>): WireReply => ({
    kind: 'json',
    ...reply,
  });
  const missing = json({ status: 404, body: '404 page not found' });
  const server = (answers: Readonly<Record<string, WireReply>>) => (call: WireCall) =>
    answers[call.path] ?? missing;
  const withTools = json({ body: { capabilities: ['completion', 'tools'] } });

  test.each<[string, Readonly<Record<string, WireReply>>, string, boolean, RegExp]>([
    [
      'Ollama with the model',
      { '/v1/models': json(models), '/api/show': withTools },
      'qwen3:8b',
      true,
      /takes tools/,
    ],
    [
      'Ollama, the model without its tag',
      { '/v1/models': json(models), '/api/show': withTools },
      'llama3',
      true,
      /takes tools/,
    ],
    [
      'Ollama, a model without tools',
      { '/v1/models': json(models), '/api/show': json({ body: { capabilities: ['completion'] } }) },
      'qwen3:8b',
      false,
      /takes no tools/,
    ],
    [
      'another server that takes tools',
      { '/v1/models': json(models), '/v1/chat/completions': json({ body: { choices: [] } }) },
      'qwen3:8b',
      true,
      /takes tools/,
    ],
    [
      'vLLM without tool calls',
      {
        '/v1/models': json(models),
        '/v1/chat/completions': json({
          status: 400,
          body: { message: '"auto" tool choice requires --enable-auto-tool-choice' },
        }),
      },
      'qwen3:8b',
      false,
      /takes no tools/,
    ],
    [
      'a server that fails',
      { '/v1/models': json(models), '/v1/chat/completions': json({ status: 500, body: 'CUDA' }) },
      'qwen3:8b',
      false,
      /answers 500: CUDA/,
    ],
    [
      'a model that is not there',
      { '/v1/models': json(models) },
      'mixtral',
      false,
      /does not list.*qwen3:8b, llama3/,
    ],
    [
      'a wrong key',
      { '/v1/models': json({ status: 401, body: '' }) },
      'qwen3:8b',
      false,
      /refuses the key \(401\)/,
    ],
    ['an address without /v1', {}, 'qwen3:8b', false, /answers 404 and no list/],
    ['a server that hangs', { '/v1/models': { kind: 'hangs' } }, 'qwen3:8b', false, /nothing within 2 s/],
    ['a server that resets', { '/v1/models': { kind: 'reset' } }, 'qwen3:8b', false, /does not answer/],
  ])('%s', async (_name, answers, model, usable, found) => {
    const started = await modelServer('http1', server(answers));
    try {
      const url = `${started.url}/v1`;
      const report = await look('openai-compatible', { 'openai-compatible': { url, model } });
      expect(report).toMatchObject({ usable, found: expect.stringMatching(found) });
      for (const { body } of started.calls) expect(body?.max_tokens ?? 1).toBe(1);
    } finally {
      await started.close();
    }
  });

  test('nobody there, and nothing set', async () => {
    const settings = { 'openai-compatible': { url: `${nobody}/v1`, model: 'm' } };
    expect(await look('openai-compatible', settings)).toMatchObject({
      usable: false,
      found: expect.stringContaining('does not answer'),
    });
    expect(await look('openai-compatible', {})).toMatchObject({
      usable: false,
      found: expect.stringContaining('not set up'),
    });
  });

  test('the key is sent, and never shown', async () => {
    const started = await modelServer('http1', server({ '/v1/models': json({ status: 403, body: '' }) }));
    const settings = { 'openai-compatible': { url: `${started.url}/v1`, model: 'm', keyEnv: 'MY_KEY' } };
    const report = await look('openai-compatible', settings, { MY_KEY: 'sk-secret' });
    await started.close();
    expect(started.calls[0]?.headers.authorization).toBe('Bearer sk-secret');
    expect(JSON.stringify(report)).not.toContain('sk-secret');
  });
});

describe('Bedrock', () => {
  const BEDROCK = ['bedrock-agent', 'inline-agent', 'converse'] as const;

  test.each(BEDROCK)('%s without a region, then without credentials', async (backend) => {
    expect(await look(backend, {})).toMatchObject({ usable: false, found: 'no AWS region is set' });
    process.env.AWS_REGION = 'us-east-1';
    expect(await look(backend, {})).toMatchObject({ usable: false, found: 'no AWS credentials were found' });
  });

  test.each(BEDROCK)('%s without a network is told within seconds', async (backend) => {
    withAws();
    const begun = Date.now();
    const place = { endpoint: nobody, model: 'm' };
    const report = await look(backend, { [backend]: { agents: {}, ...place } } as Partial<AgentSettings>);
    expect(report).toMatchObject({ usable: false, found: expect.stringContaining('does not answer') });
    expect(Date.now() - begun).toBeLessThan(5_000);
  });

  test('an account that is closed to Bedrock Agents hears so, and what to use instead', async () => {
    withAws();
    const closed = (): WireReply => ({
      kind: 'json',
      status: 403,
      headers: { 'x-amzn-errortype': 'AccessDeniedException' },
      body: {
        message:
          'Bedrock Agents is in Maintenance Mode. New agent creation is not available for accounts without prior service usage.',
      },
    });
    const http1 = await modelServer('http1', closed);
    const http2 = await modelServer('http2', closed);
    const agent = await look('bedrock-agent', { 'bedrock-agent': { endpoint: http1.url, agents: {} } });
    const inline = await look('inline-agent', { 'inline-agent': { endpoint: http2.url, model: 'm' } });
    for (const report of [agent, inline]) {
      expect(report).toMatchObject({
        usable: false,
        found: expect.stringMatching(/no new customers since 30 July 2026.*403.*Maintenance Mode/),
        next: expect.stringContaining('converse'),
      });
    }
    expect(inline.next).not.toContain('inline-agent');
    await http1.close();
    await http2.close();
  });

  test('an account without an agent, with one that is not set, and with one that is', async () => {
    withAws();
    await using cloud = await startBedrock({ models: { [MODEL]: scriptedModel('m', []) } });
    const { endpoint } = cloud;
    const at = (agents: AgentSettings['bedrock-agent']['agents']) =>
      look('bedrock-agent', { 'bedrock-agent': { endpoint, agents } });
    expect(await at({})).toMatchObject({ usable: false, found: expect.stringContaining('have no agent') });
    const agentId = await makeAgent(cloud);
    expect(await at({})).toMatchObject({ usable: false, found: expect.stringContaining('none is set') });
    const { agentAlias } = await cloud.control.send(
      new CreateAgentAliasCommand({ agentId, agentAliasName: 'live' }),
    );
    const agentAliasId = agentAlias?.agentAliasId ?? '';
    expect(await at({ [AGENT]: { agentId, agentAliasId } })).toMatchObject({ usable: true });
    expect(await at({ [AGENT]: { agentId, agentAliasId: 'GONE123456' } })).toMatchObject({
      usable: false,
      found: expect.stringMatching(/refuses \(404\)/),
    });
  });

  test('inline agents are looked at without running a model', async () => {
    withAws();
    const model = scriptedModel('m', []);
    await using cloud = await startBedrock({ models: { [MODEL]: model } });
    const settings = { 'inline-agent': { endpoint: cloud.endpoint, model: MODEL } };
    expect(await look('inline-agent', settings)).toMatchObject({
      usable: true,
      found: expect.stringMatching(/no guardrail of the account is set; no knowledge base .* not attached/),
    });
    const ofAccount = {
      guardrail: { guardrailIdentifier: 'gr-1', guardrailVersion: '3' },
      knowledgeBases: { 'plumbline-handbook': 'KB1' },
    };
    expect(
      await look('inline-agent', { 'inline-agent': { ...settings['inline-agent'], ...ofAccount } }),
    ).toMatchObject({
      usable: true,
      found: expect.stringMatching(/guardrail gr-1 version 3.*plumbline-handbook \(KB1\), not tried/),
    });
    expect(model.requests).toHaveLength(0);
  });

  test.each<[string, number, string, string, boolean, RegExp]>([
    [
      'a model that is there',
      400,
      'ValidationException',
      'messages must have at least 1 item',
      true,
      /Converse answers/,
    ],
    [
      'an unknown model',
      400,
      'ValidationException',
      'The provided model identifier is invalid.',
      false,
      /invalid/,
    ],
    [
      'no access',
      403,
      'AccessDeniedException',
      "You don't have access to the model",
      false,
      /refuses \(403\)/,
    ],
  ])('Converse: %s', async (_name, status, type, message, usable, found) => {
    withAws();
    const server = await modelServer('http2', () => ({
      kind: 'json',
      status,
      headers: { 'x-amzn-errortype': type },
      body: { message },
    }));
    const report = await look('converse', {
      converse: { endpoint: server.url, model: 'amazon.nova-pro-v1:0' },
    });
    await server.close();
    expect(report).toMatchObject({ usable, found: expect.stringMatching(found) });
    expect(server.calls.map(({ path, body }) => [path, body.messages])).toEqual([
      ['/model/amazon.nova-pro-v1%3A0/converse', []],
    ]);
  });
});
