import { inlineAgentRequest } from '#agents/forms.ts';
import { AGENTS } from '#agents/registry.ts';
import { scriptedModel } from '#local/bedrock/scripted-model.ts';
import type { AgentHandle } from '#tools/invoke-agent/tool.ts';
import { AgentBackends, inlineAgentOf, loopAgentOf } from './agent-backend.ts';
import { type AgentSettings, readAgentSettings } from './agent-settings.ts';
import { functionArn } from './machines.ts';

const registered = new Map(
  AGENTS.map(({ name, prompt, limits }): [string, AgentHandle] => [
    name,
    {
      agentId: `ID-${name}`,
      agentAliasId: 'LIVE',
      definitionHash: `hash of ${name}`,
      prompt,
      limits,
      toolVersions: {},
    },
  ]),
);
const ports = {
  embedded: {
    async *ask() {
      yield { kind: 'text' as const, text: 'from the embedded cloud' };
    },
  },
  invokeFunction: async () => ({}),
  env: {},
  now: () => 0,
};
const question = {
  sessionId: 's-1',
  inputText: 'x',
  sessionAttributes: {},
  signal: AbortSignal.timeout(5_000),
};
const open = async (changes: Partial<AgentSettings>) =>
  new AgentBackends({ ...(await readAgentSettings('/nowhere', {})), ...changes }, AGENTS, ports);

test('by default every agent is answered by the embedded cloud, where it is registered', async () => {
  const backends = await open({});
  expect(backends.place(registered)).toEqual(registered);
  const place = registered.get('investigator') ?? { agentId: '', agentAliasId: '' };
  const events = [];
  for await (const event of backends.ask({ ...question, ...place })) events.push(event);
  expect(events).toEqual([{ kind: 'text', text: 'from the embedded cloud' }]);
});

test('one agent may be answered otherwise, and has sessions of its own per backend and model', async () => {
  const model = (name: string) =>
    open({ agents: { investigator: { backend: 'converse', model: name } } }).then((backends) =>
      backends.place(registered),
    );
  const [one, other] = [await model('m1'), await model('m2')];
  expect(one.get('investigator')).toMatchObject({ agentId: 'investigator', agentAliasId: 'converse' });
  const hashes = [registered, one, other].map((placed) => placed.get('investigator')?.definitionHash);
  expect(new Set(hashes).size).toBe(3);
  for (const { name } of AGENTS) {
    if (name !== 'investigator') expect(one.get(name)).toEqual(registered.get(name));
  }
});

test('a key that is named and not there is told when the backends are opened', async () => {
  const openAi = { url: 'http://localhost:1/v1', model: 'm', keyEnv: 'MISSING_KEY' };
  await expect(open({ backend: 'openai-compatible', 'openai-compatible': openAi })).rejects.toThrow(
    /MISSING_KEY/,
  );
});

test('an agent that was never placed is not found', async () => {
  const backends = await open({});
  expect(() => backends.ask({ ...question, agentId: 'X', agentAliasId: 'Y' })).toThrow(
    'No agent is placed at X/Y',
  );
});

describe.each(AGENTS.map((agent) => [agent.name, agent] as const))('%s', (_name, agent) => {
  const guardrail = { guardrailIdentifier: 'gr-1', guardrailVersion: '3' };
  const knowledgeBases = Object.fromEntries(agent.knowledgeBases.map(({ name }) => [name, `ID${name}`]));

  test('the inline agent has guardrail and knowledge bases of the account where they are named, and nothing else changes', () => {
    const bare = inlineAgentOf(agent, 'm');
    const whole = inlineAgentOf(agent, 'm', { guardrail, knowledgeBases });
    expect(bare).not.toHaveProperty('guardrailConfiguration');
    expect(bare).not.toHaveProperty('knowledgeBases');
    const request = inlineAgentRequest(agent, {
      lambdaArn: functionArn,
      guardrail,
      knowledgeBaseId: (name) => knowledgeBases[name],
    });
    expect(whole).toEqual({
      ...bare,
      guardrailConfiguration: request.guardrailConfiguration,
      ...(agent.knowledgeBases.length === 0 ? {} : { knowledgeBases: request.knowledgeBases }),
    });
    expect(whole.knowledgeBases ?? []).toHaveLength(agent.knowledgeBases.length);
  });

  test('the agent of the loop has tools, guardrail, limits and knowledge bases of the definition', () => {
    const loop = loopAgentOf(agent, scriptedModel('m', []));
    expect(loop).toMatchObject({ instruction: agent.instruction, guardrail: agent.guardrail });
    expect(loop.actionGroups).toHaveLength(agent.tools.length);
    expect(loop.knowledgeBases).toEqual(
      agent.knowledgeBases.map(({ name, description }) => ({ knowledgeBaseId: name, description })),
    );
    expect(loop.limits.maxModelCalls).toBe(agent.limits.modelCalls);
  });
});

test.each(['converse', 'inline-agent'] as const)(
  '%s takes guardrail and knowledge bases from the settings',
  async (backend) => {
    const guardrail = { guardrailIdentifier: 'gr-1', guardrailVersion: '3' };
    const hash = async (more: object) =>
      (await open({ backend, [backend]: { model: 'm', region: 'eu-central-1', ...more } }))
        .place(registered)
        .get('assistant')?.definitionHash;
    const hashes = [
      await hash({}),
      await hash({ guardrail }),
      await hash({ guardrail, knowledgeBases: { 'plumbline-handbook': 'KB1' } }),
    ];
    // Other parts, other sessions.
    expect(new Set(hashes).size).toBe(3);
  },
);
