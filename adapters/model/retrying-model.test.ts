import type { AgentModel, ConverseRequest, ConverseResponse } from '#local/bedrock/model.ts';
import { ModelEndpointError } from '#local/bedrock/openai-model.ts';
import { mayPass, retryingModel } from './retrying-model.ts';

const REQUEST: ConverseRequest = { system: '', messages: [], tools: [], inferenceConfig: {} };
const ANSWER: ConverseResponse = {
  message: { role: 'assistant', content: [{ text: 'yes' }] },
  stopReason: 'end_turn',
  usage: { inputTokens: 1, outputTokens: 1 },
  modelId: 'm',
};
const context = (signal: AbortSignal = new AbortController().signal) => ({
  sessionId: 's',
  agentId: 'a',
  signal,
  sessionAttributes: {},
});

/** A model that fails in these ways and then answers, and the pauses that were made. */
function failing(...errors: unknown[]) {
  const pauses: number[] = [];
  let calls = 0;
  const inner: AgentModel = {
    id: 'm',
    converse: async () => {
      const error = errors[calls];
      calls += 1;
      if (error !== undefined) throw error;
      return ANSWER;
    },
  };
  const model = retryingModel(inner, {
    attempts: 4,
    firstPauseMs: 1_000,
    longestPauseMs: 3_000,
    wait: async (milliseconds, signal) => {
      pauses.push(milliseconds);
      signal.throwIfAborted();
    },
    random: () => 1,
  });
  return { model, pauses, calls: () => calls };
}

const named = (name: string, more: object = {}) => Object.assign(new Error(name), { name, ...more });
const broken = () =>
  Object.assign(new TypeError('fetch failed'), { cause: named('Error', { code: 'ECONNRESET' }) });

test('pauses double up to the longest; the last failure is thrown', async () => {
  const { model, pauses } = failing(broken(), broken(), broken(), broken());
  await expect(model.converse(REQUEST, context())).rejects.toThrow('fetch failed');
  expect(pauses).toEqual([1_000, 2_000, 3_000]);
});

test('the endpoint says how long to wait, up to the longest pause', async () => {
  const wait = (seconds: string) => new ModelEndpointError(429, 'slow down', 'http://x', seconds);
  const { model, pauses } = failing(wait('2'), wait('600'), wait('soon'));
  expect(await model.converse(REQUEST, context())).toBe(ANSWER);
  expect(pauses).toEqual([2_000, 3_000, 3_000]);
});

test('an abort ends the pauses', async () => {
  const abort = new AbortController();
  const { model, calls } = failing(broken());
  const sent = model.converse(REQUEST, context(abort.signal));
  abort.abort(new Error('enough'));
  await expect(sent).rejects.toThrow();
  expect(calls()).toBe(1);
});

test.each<[string, unknown, boolean]>([
  ['throttling', named('ThrottlingException'), true],
  ['a model that is being loaded', named('ModelNotReadyException'), true],
  ['status 500 of an endpoint', new ModelEndpointError(500, '', 'u'), true],
  ['status 503 of AWS', named('X', { $metadata: { httpStatusCode: 503 } }), true],
  ['a reset connection', broken(), true],
  ['a request that is wrong', new ModelEndpointError(400, '', 'u'), false],
  ['an unknown model', new ModelEndpointError(404, '', 'u'), false],
  ['no access', named('AccessDeniedException', { $metadata: { httpStatusCode: 403 } }), false],
  ['no such host', named('Error', { code: 'ENOTFOUND' }), false],
  ['something that is no error', 'oops', false],
])('%s', async (_name, error, passes) => {
  expect(mayPass(error)).toBe(passes);
  const { model, calls } = failing(error);
  await model.converse(REQUEST, context()).catch(() => {});
  expect(calls()).toBe(passes ? 2 : 1);
});
