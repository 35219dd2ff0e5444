import { AGENTS } from '#agents/registry.ts';
import type { AgentHandle } from '#tools/invoke-agent/tool.ts';
import { AgentBackends } from './agent-backend.ts';
import { type AgentSettings, readAgentSettings } from './agent-settings.ts';

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
