import { type ConverseInput, type ConverseOutput, converseModel } from './converse-model.ts';
import type { ConverseRequest } from './model.ts';
import { readModelAnswer } from './model-answer.ts';

const REQUEST: ConverseRequest = {
  system: 'Be exact.',
  messages: [{ role: 'user', content: [{ text: 'hi' }] }],
  tools: [{ name: 'g__f', description: 'd', inputSchema: { type: 'object' } }],
  inferenceConfig: { temperature: 0, topK: 5, maxTokens: 9, stopSequences: ['END'] },
};
const { signal } = new AbortController();
const context = { sessionId: 's', agentId: 'a', signal, sessionAttributes: {} };
const usage = { inputTokens: 3, outputTokens: 4 };

test('the request and the answer in the words of Converse', async () => {
  const inputs: [ConverseInput, AbortSignal][] = [];
  const model = converseModel('anthropic.claude', async (input, given) => {
    inputs.push([input, given]);
    const content = [
      { reasoningContent: { reasoningText: { text: 'hm' } } },
      { toolUse: { toolUseId: 't1', name: 'g__f', input: { a: 1 } } },
    ];
    return { output: { message: { role: 'assistant', content } }, stopReason: 'tool_use', usage };
  });
  expect(await model.converse(REQUEST, context)).toEqual({
    message: {
      role: 'assistant',
      content: [{ toolUse: { toolUseId: 't1', name: 'g__f', input: { a: 1 } } }],
    },
    stopReason: 'tool_use',
    usage,
    modelId: 'converse/anthropic.claude',
  });
  expect(inputs).toEqual([
    [
      {
        modelId: 'anthropic.claude',
        system: [{ text: 'Be exact.' }],
        messages: REQUEST.messages,
        inferenceConfig: { temperature: 0, maxTokens: 9, stopSequences: ['END'] },
        additionalModelRequestFields: { top_k: 5 },
        toolConfig: {
          tools: [
            { toolSpec: { name: 'g__f', description: 'd', inputSchema: { json: { type: 'object' } } } },
          ],
        },
      },
      signal,
    ],
  ]);
});

test.each<[string, ConverseOutput, object]>([
  [
    'a stop sequence ends the turn',
    { output: { message: { content: [{ text: 'x' }] } }, stopReason: 'stop_sequence', usage },
    { ok: true, response: { stopReason: 'end_turn' } },
  ],
  [
    'filtered content is an intervention',
    { output: { message: { content: [{ text: 'no' }] } }, stopReason: 'content_filtered', usage },
    { ok: true, response: { stopReason: 'guardrail_intervened' } },
  ],
  [
    'a reason of its own cannot be read',
    { output: { message: { content: [{ text: 'x' }] } }, stopReason: 'pondering', usage },
    { ok: false, problem: 'its stop reason is pondering' },
  ],
  ['nothing at all cannot be read', {}, { ok: false }],
])('%s', async (_name, output, expected) => {
  const answer = await converseModel('m', async () => output).converse(REQUEST, context);
  expect(readModelAnswer(answer)).toMatchObject(expected);
});
