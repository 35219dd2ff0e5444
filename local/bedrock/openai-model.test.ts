import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AgentSpec } from './agent.ts';
import { runAgentTurn } from './agent-loop.ts';
import type { AgentEvent } from './events.ts';
import type { ConverseRequest } from './model.ts';
import { openAiModel } from './openai-model.ts';
import { DEFAULT_LIMITS, EMPTY_SESSION } from './run.ts';

interface Reply {
  readonly status?: number;
  readonly body: unknown;
}

/** A server that speaks chat completions; records what it is asked. */
async function chatServer(reply: (index: number) => Reply) {
  const requests: { url?: string; auth?: string; body: Record<string, never> }[] = [];
  const server = createServer((req, res) => {
    let text = '';
    req.on('data', (chunk) => {
      text += chunk;
    });
    req.on('end', () => {
      const { status = 200, body } = reply(requests.length);
      requests.push({ url: req.url ?? '', auth: req.headers.authorization ?? '', body: JSON.parse(text) });
      res.writeHead(status, { 'content-type': 'application/json' });
      res.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`,
    requests,
    [Symbol.dispose]: () => void server.close(),
  };
}

const context = { sessionId: 's', agentId: 'a', signal: AbortSignal.timeout(20_000), sessionAttributes: {} };
const usage = { prompt_tokens: 12, completion_tokens: 3 };
const said = (content: string, finish_reason = 'stop'): Reply => ({
  body: { model: 'llama3', choices: [{ finish_reason, message: { role: 'assistant', content } }], usage },
});
const called = (name: string, args: unknown, id: string | undefined = 'c1'): Reply => ({
  body: {
    choices: [
      {
        finish_reason: 'stop',
        message: { content: null, tool_calls: [{ id, function: { name, arguments: args } }] },
      },
    ],
    usage,
  },
});
const REQUEST: ConverseRequest = {
  system: 'Be exact.',
  messages: [{ role: 'user', content: [{ text: 'hi' }] }],
  tools: [],
  inferenceConfig: { maxTokens: 50, stopSequences: ['END'] },
};

test('the request in the words of chat completions', async () => {
  using server = await chatServer(() => said('hello'));
  const model = openAiModel({ baseUrl: server.baseUrl, model: 'llama3', apiKey: 'k' });
  const answer = await model.converse(
    {
      ...REQUEST,
      tools: [{ name: 'g__f', description: 'd', inputSchema: { type: 'object' } }],
      messages: [
        { role: 'user', content: [{ text: 'hi' }] },
        {
          role: 'assistant',
          content: [{ text: 'look' }, { toolUse: { toolUseId: 't1', name: 'g__f', input: { a: 1 } } }],
        },
        {
          role: 'user',
          content: [
            { toolResult: { toolUseId: 't1', status: 'success', content: [{ json: { b: 2 } }] } },
            { text: 'and?' },
          ],
        },
      ],
    },
    context,
  );
  expect(server.requests).toEqual([
    {
      url: '/v1/chat/completions',
      auth: 'Bearer k',
      body: {
        model: 'llama3',
        stream: false,
        temperature: 0,
        max_tokens: 50,
        stop: ['END'],
        messages: [
          { role: 'system', content: 'Be exact.' },
          { role: 'user', content: 'hi' },
          {
            role: 'assistant',
            content: 'look',
            tool_calls: [{ id: 't1', type: 'function', function: { name: 'g__f', arguments: '{"a":1}' } }],
          },
          { role: 'tool', tool_call_id: 't1', content: '{"b":2}' },
          { role: 'user', content: 'and?' },
        ],
        tools: [
          { type: 'function', function: { name: 'g__f', description: 'd', parameters: { type: 'object' } } },
        ],
      },
    },
  ]);
  expect(answer).toEqual({
    message: { role: 'assistant', content: [{ text: 'hello' }] },
    stopReason: 'end_turn',
    usage: { inputTokens: 12, outputTokens: 3 },
    modelId: 'openai-compatible/llama3',
  });
});

test.each<[string, Reply, object]>([
  [
    'arguments as JSON text',
    called('f', '{"a":1}'),
    {
      stopReason: 'tool_use',
      message: { content: [{ toolUse: { toolUseId: 'c1', name: 'f', input: { a: 1 } } }] },
    },
  ],
  [
    'arguments as an object',
    called('f', { a: 1 }),
    { message: { content: [{ toolUse: { input: { a: 1 } } }] } },
  ],
  ['no arguments', called('f', ''), { message: { content: [{ toolUse: { input: {} } }] } }],
  [
    'a call without an id gets one',
    called('f', '{}', ''),
    { message: { content: [{ toolUse: { toolUseId: expect.stringMatching(/^[0-9a-f-]{36}$/) } }] } },
  ],
  [
    'two calls with one id are told apart',
    {
      body: {
        choices: [
          {
            message: {
              content: null,
              tool_calls: [
                { id: 'c1', function: { name: 'f', arguments: '{}' } },
                { id: 'c1', function: { name: 'g', arguments: '{}' } },
              ],
            },
          },
        ],
      },
    },
    {
      stopReason: 'tool_use',
      message: {
        content: [
          { toolUse: { toolUseId: 'c1', name: 'f' } },
          { toolUse: { toolUseId: expect.stringMatching(/^[0-9a-f-]{36}$/), name: 'g' } },
        ],
      },
    },
  ],
  [
    'content in parts',
    { body: { choices: [{ message: { content: [{ type: 'text', text: 'a' }, { text: 'b' }] } }] } },
    { stopReason: 'end_turn', message: { content: [{ text: 'ab' }] } },
  ],
  [
    'thoughts in front of the answer',
    said('<think>hm</think>\n{"a":1}'),
    { message: { content: [{ text: '{"a":1}' }] }, rationale: 'hm' },
  ],
  ['an answer cut off', said('half', 'length'), { stopReason: 'max_tokens' }],
  ['an answer withheld', said('no', 'content_filter'), { stopReason: 'guardrail_intervened' }],
])('%s', async (_name, reply, expected) => {
  using server = await chatServer(() => reply);
  const model = openAiModel({ baseUrl: server.baseUrl, model: 'm' });
  expect(await model.converse(REQUEST, context)).toMatchObject(expected);
});

test.each<[string, Reply, string, RegExp]>([
  ['too many requests', { status: 429, body: 'slow down' }, 'ThrottlingException', /429: slow down/],
  [
    'an unknown model',
    { status: 404, body: '{"error":"no such model"}' },
    'ModelEndpointError',
    /no such model/,
  ],
  ['a page instead of JSON', { body: '<html>' }, 'ModelReplyUnreadable', /not JSON: <html>/],
])('%s rejects', async (_name, reply, name, message) => {
  using server = await chatServer(() => reply);
  const sent = openAiModel({ baseUrl: server.baseUrl, model: 'm' }).converse(REQUEST, context);
  await expect(sent).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
});

test('an agent runs over it: nonsense is asked for again, malformed arguments go back to the model', async () => {
  const replies = [
    { body: {} },
    called('billing__lookup', '{broken'),
    called('billing__lookup', '{"account":"A1"}', 'c2'),
    said('Billed 12.30.'),
  ];
  using server = await chatServer((index) => replies[index] as Reply);
  const agent: AgentSpec = {
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
        name: 'billing',
        executor: { kind: 'lambda', arn: 'arn:lambda' },
        operations: [
          {
            kind: 'function',
            name: 'lookup',
            description: 'd',
            parameters: { account: { type: 'string', required: true } },
            requireConfirmation: false,
          },
        ],
      },
    ],
  };
  const events: AgentEvent[] = [];
  const turn = runAgentTurn(
    agent,
    's',
    EMPTY_SESSION,
    { kind: 'text', text: 'What was billed?' },
    {
      model: openAiModel({ baseUrl: server.baseUrl, model: 'm' }),
      invokeFunction: async () => ({
        messageVersion: '1.0',
        response: {
          actionGroup: 'billing',
          function: 'lookup',
          functionResponse: { responseBody: { TEXT: { body: '12.30' } } },
        },
      }),
      now: () => 0,
      newId: () => 'id',
    },
    DEFAULT_LIMITS,
    context.signal,
  );
  for await (const event of turn) events.push(event);
  expect(events.at(-1)).toEqual({ kind: 'chunk', text: 'Billed 12.30.', citations: [] });
  const messages = (server.requests.at(-1)?.body.messages ?? []) as unknown as {
    role: string;
    content: string;
  }[];
  const roles = messages.map(({ role, content }) => [role, content]);
  expect(roles.slice(2)).toEqual([
    ['assistant', ''],
    ['tool', 'the input of billing__lookup must be a JSON object'],
    ['assistant', ''],
    ['tool', '12.30'],
  ]);
});
