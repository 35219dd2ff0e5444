import fc from 'fast-check';
import type { AgentSpec } from './agent.ts';
import { runAgentTurn } from './agent-loop.ts';
import { BedrockError } from './errors.ts';
import type { AgentEvent } from './events.ts';
import type { ConverseResponse, Message } from './model.ts';
import { isToolResult, isToolUse } from './model.ts';
import { DEFAULT_LIMITS, EMPTY_SESSION, type LoopPorts, type SessionState } from './run.ts';
import { scriptedModel } from './scripted-model.ts';

const AGENT: AgentSpec = {
  agentId: 'A',
  agentArn: 'arn:agent',
  agentName: 'n',
  agentAliasId: 'T',
  agentVersion: '1',
  foundationModel: 'm',
  instruction: 'i',
  inference: {},
  knowledgeBases: [],
  actionGroups: [
    {
      kind: 'operations',
      name: 'g',
      executor: { kind: 'lambda', arn: 'arn:lambda' },
      operations: [
        {
          kind: 'function',
          name: 'f',
          description: 'd',
          parameters: { p: { type: 'string', required: false } },
          requireConfirmation: false,
        },
        { kind: 'function', name: 'ask', description: 'd', parameters: {}, requireConfirmation: true },
      ],
    },
    { kind: 'ask-user', name: 'user' },
  ],
};
const answer = (event: unknown) => ({
  messageVersion: '1.0',
  response: {
    actionGroup: 'g',
    function: (event as { function: string }).function,
    functionResponse: { responseBody: { TEXT: { body: 'ok' } } },
  },
});

async function run(
  ports: Partial<LoopPorts> & Pick<LoopPorts, 'model'>,
  state: SessionState = EMPTY_SESSION,
  text = 'go',
) {
  const events: AgentEvent[] = [];
  const turn = runAgentTurn(
    AGENT,
    's',
    state,
    { kind: 'text', text },
    { invokeFunction: async (_arn, event) => answer(event), now: () => 0, newId: () => 'id', ...ports },
    { ...DEFAULT_LIMITS, maxModelCalls: 6, maxSeconds: 5 },
    new AbortController().signal,
  );
  for (;;) {
    const step = await turn.next();
    if (step.done === true) return { events, state: step.value };
    events.push(step.value);
  }
}

/** Converse refuses a conversation in which roles do not alternate or a tool use has no result. */
function checkConversation(messages: readonly Message[]) {
  messages.forEach((message, index) => {
    expect(message.role).toBe(index % 2 === 0 ? 'user' : 'assistant');
    const uses = message.content.filter(isToolUse).map(({ toolUse }) => toolUse.toolUseId);
    const results = (messages[index + 1]?.content ?? [])
      .filter(isToolResult)
      .map(({ toolResult }) => toolResult.toolUseId);
    if (uses.length > 0 && index + 1 < messages.length) expect(results).toEqual(uses);
  });
}

const block = fc.oneof(
  fc.record({ text: fc.string() }),
  fc.record({
    toolUse: fc.record({
      toolUseId: fc.constantFrom('a', 'b', ''),
      name: fc.constantFrom('g__f', 'g__ask', 'user__askuser', 'nothing'),
      input: fc.oneof(
        fc.constant({}),
        fc.constant({ p: 'x' }),
        fc.constant({ question: '?' }),
        fc.anything(),
      ),
    }),
  }),
  fc.anything(),
);
const response = fc.oneof(
  { weight: 1, arbitrary: fc.anything() },
  {
    weight: 4,
    arbitrary: fc.record({
      message: fc.record({
        role: fc.constantFrom('assistant', 'user'),
        content: fc.array(block, { maxLength: 3 }),
      }),
      stopReason: fc.constantFrom('end_turn', 'tool_use', 'max_tokens', 'guardrail_intervened', 'x'),
      usage: fc.constantFrom(
        { inputTokens: 1, outputTokens: 1 },
        { inputTokens: -1, outputTokens: 0 },
        undefined,
      ),
      modelId: fc.constantFrom('m', ''),
    }),
  },
);

test('whatever a model answers, a turn ends in an answer, a return of control or an error of the API', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(response, { minLength: 1, maxLength: 4 }), async (script) => {
      const model = scriptedModel('m', (_request, index) => ({
        kind: 'raw',
        response: script[index % script.length] as ConverseResponse,
      }));
      try {
        const { events, state } = await run({ model });
        expect(['chunk', 'returnControl']).toContain(events.at(-1)?.kind);
        checkConversation(state.messages);
      } catch (error) {
        expect(error).toBeInstanceOf(BedrockError);
      }
      for (const request of model.requests) checkConversation(request.messages);
    }),
    { seed: 3, numRuns: 400 },
  );
});

test('a new input while a call is open ends the call without a result', async () => {
  const model = scriptedModel('m', [
    {
      kind: 'tools',
      calls: [
        { tool: 'g__f', input: {} },
        { tool: 'g__ask', input: {} },
      ],
    },
    { kind: 'text', text: 'ok' },
  ]);
  const first = await run({ model });
  expect(first.events.at(-1)?.kind).toBe('returnControl');
  const second = await run({ model }, first.state, 'never mind');
  expect(second.state.pending).toBeUndefined();
  expect(model.requests[1]?.messages.at(-1)).toEqual({
    role: 'user',
    content: [
      { toolResult: { toolUseId: 's-1-1', status: 'success', content: [{ text: 'ok' }] } },
      {
        toolResult: {
          toolUseId: 's-1-2',
          status: 'error',
          content: [{ text: 'The caller sent a new input instead of a result.' }],
        },
      },
      { text: 'never mind' },
    ],
  });
});

test('attributes of the turn stand in the system prompt, and are gone in the next turn', async () => {
  const model = scriptedModel('m', () => ({ kind: 'text', text: 'ok' }));
  const first = await run({ model }, { ...EMPTY_SESSION, promptSessionAttributes: { period: '2026-01' } });
  await run({ model }, first.state);
  expect(model.requests.map((request) => request.system)).toEqual([
    'i\n\nAttributes of this turn:\nperiod: 2026-01',
    'i',
  ]);
});

test('tokens of one input are limited', async () => {
  const model = scriptedModel('m', () => ({ kind: 'tools', calls: [{ tool: 'g__f', input: {} }] }));
  const turn = runAgentTurn(
    AGENT,
    's',
    EMPTY_SESSION,
    { kind: 'text', text: 'go' },
    { model, invokeFunction: async (_arn, event) => answer(event), now: () => 0, newId: () => 'id' },
    { ...DEFAULT_LIMITS, maxTokens: 40 },
    new AbortController().signal,
  );
  const events: AgentEvent[] = [];
  const all = (async () => {
    for await (const event of turn) events.push(event);
  })();
  await expect(all).rejects.toMatchObject({
    name: 'ServiceQuotaExceededException',
    message: expect.stringMatching(/Max tokens exceeded: the agent used 45 of 40/),
  });
  expect(events.at(-1)).toMatchObject({
    trace: { failureTrace: { failureReason: expect.stringMatching(/Max tokens/) } },
  });
});
