import type { ConverseRequest, ConverseResponse, Message } from './model.ts';
import { isToolUse } from './model.ts';
import { type Playbook, playbookModel, type ToolReply } from './playbook-model.ts';

const tool = (name: string) => ({ name, description: name, inputSchema: { type: 'object' } });
const TOOLS = [tool('billing__lookup'), tool('usage__query'), tool('desk__query')];
const context = {
  sessionId: 's',
  agentId: 'a',
  signal: new AbortController().signal,
  sessionAttributes: { tenant: 't1' },
};
const input = (text: string): Message => ({ role: 'user', content: [{ text }] });
const request = (messages: readonly Message[]): ConverseRequest => ({
  system: '',
  messages,
  tools: TOOLS,
  inferenceConfig: {},
});

/** Plays until the end; every tool answers with its own input as JSON. */
async function play(playbook: Playbook, before: readonly Message[]): Promise<ConverseResponse[]> {
  const model = playbookModel('p', playbook);
  const messages = [...before];
  const answers: ConverseResponse[] = [];
  for (;;) {
    const answer = await model.converse(request(messages), context);
    answers.push(answer);
    messages.push(answer.message);
    const uses = answer.message.content.filter(isToolUse);
    if (uses.length === 0) return answers;
    messages.push({
      role: 'user',
      content: uses.map(({ toolUse }) => ({
        toolResult: {
          toolUseId: toolUse.toolUseId,
          status: 'success',
          content: [{ text: JSON.stringify(toolUse.input) }],
        },
      })),
    });
  }
}

const investigate: Playbook = function* ({ inputText, sessionAttributes }) {
  const first = (yield { tool: 'lookup', input: { account: inputText } }) as ToolReply;
  const pair = (yield [
    { tool: 'usage__query', input: { n: 1 } },
    { tool: 'desk__query', input: { n: 2 } },
  ]) as ToolReply[];
  return `${sessionAttributes.tenant} ${first.text} ${pair.map((reply) => reply.tool).join(' ')}`;
};

test('asks, asks for two at once, and answers; every call is a new run over the same messages', async () => {
  const answers = await play(investigate, [input('A1')]);
  expect(answers.map((answer) => [answer.stopReason, answer.message.content.length])).toEqual([
    ['tool_use', 1],
    ['tool_use', 2],
    ['end_turn', 1],
  ]);
  expect(answers[2]?.message.content).toEqual([{ text: 't1 {"account":"A1"} usage__query desk__query' }]);
  for (const answer of answers) {
    expect(answer.modelId).toBe('playbook/p');
    expect(answer.rationale).toContain('No model was used');
    expect(answer.usage).toEqual({ inputTokens: 0, outputTokens: 0 });
  }
});

test('the second input of a session starts anew, with ids of its own', async () => {
  const model = playbookModel('p', investigate);
  const [first] = await play(investigate, [input('A1')]);
  const again = await model.converse(
    request([input('A1'), { role: 'assistant', content: [{ text: 'done' }] }, input('A2')]),
    context,
  );
  const ids = [first, again].map((answer) => answer?.message.content.filter(isToolUse)[0]?.toolUse.toolUseId);
  expect(ids).toEqual(['pb-1-1-1', 'pb-2-1-1']);
});

test('a reply that is an error reaches the playbook as such', async () => {
  const model = playbookModel('p', function* () {
    const reply = (yield { tool: 'lookup', input: {} }) as ToolReply;
    return `${reply.status}: ${reply.text}, ${reply.json}`;
  });
  const ask = await model.converse(request([input('x')]), context);
  const answer = await model.converse(
    request([
      input('x'),
      ask.message,
      {
        role: 'user',
        content: [
          { toolResult: { toolUseId: 'pb-1-1-1', status: 'error', content: [{ text: 'no table' }] } },
        ],
      },
    ]),
    context,
  );
  expect(answer.message.content).toEqual([{ text: 'error: no table, null' }]);
});

let flip = 0;
test.each<[string, Playbook, RegExp]>([
  [
    'a tool the agent lacks',
    function* () {
      yield { tool: 'nothing', input: {} };
      return '';
    },
    /nothing, which is not a tool/,
  ],
  [
    'a name that two groups have',
    function* () {
      yield { tool: 'query', input: {} };
      return '';
    },
    /ambiguous \(usage__query, desk__query\)/,
  ],
  [
    'a playbook that is not pure',
    function* () {
      flip += 1;
      yield { tool: 'lookup', input: { flip } };
      return '';
    },
    /not deterministic/,
  ],
  [
    'a playbook that throws',
    function* () {
      yield [];
      throw new Error('no rule applies');
    },
    /no rule applies/,
  ],
  [
    'a playbook without end',
    function* () {
      for (;;) yield [];
    },
    /more than 1000 steps/,
  ],
])('%s rejects', async (_name, playbook, message) => {
  await expect(play(playbook, [input('x')])).rejects.toThrow(message);
});
