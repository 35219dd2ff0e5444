import type { ResponseStream } from '@aws-sdk/client-bedrock-agent-runtime';
import type { JsonObject } from '#local/bedrock/model.ts';
import { type Playbook, playbookModel, type ToolReply } from '#local/bedrock/playbook-model.ts';
import { type ScriptedReply, scriptedModel } from '#local/bedrock/scripted-model.ts';
import {
  type GroupInput,
  invoke,
  LAMBDA,
  lambdaAnswer,
  MODEL,
  makeAgent,
  startBedrock,
} from './bedrock-harness.ts';

const LOOKUP: GroupInput = {
  actionGroupName: 'billing',
  actionGroupExecutor: { lambda: LAMBDA },
  functionSchema: {
    functions: [
      {
        name: 'lookup',
        description: 'Looks up what was billed to an account in a period.',
        parameters: {
          account: { type: 'string', required: true, description: 'The account' },
          months: { type: 'integer' },
          tags: { type: 'array' },
        },
      },
    ],
  },
};

const ROC: GroupInput = {
  actionGroupName: 'desk',
  actionGroupExecutor: { customControl: 'RETURN_CONTROL' },
  functionSchema: {
    functions: [
      { name: 'draft', parameters: { title: { type: 'string', required: true } } },
      {
        name: 'open',
        requireConfirmation: 'ENABLED',
        parameters: { title: { type: 'string', required: true } },
      },
    ],
  },
};

const calls = (...list: { tool: string; input: JsonObject }[]): ScriptedReply => ({
  kind: 'tools',
  calls: list,
});
const says = (text: string): ScriptedReply => ({ kind: 'text', text });
const lookup = (input: JsonObject = { account: 'A1' }) => calls({ tool: 'billing__lookup', input });

describe('InvokeAgent with a playbook and an action-group Lambda', () => {
  const playbook: Playbook = function* ({ inputText, sessionAttributes }) {
    const reply = (yield {
      tool: 'lookup',
      input: { account: inputText, months: 2, tags: ['a', 'b'] },
      why: 'to see what was billed',
    }) as ToolReply;
    return `${sessionAttributes.tenant}: billed ${(reply.json as { amount: string }).amount}`;
  };

  test('the whole turn: trace, function event, answer', async () => {
    const events: unknown[] = [];
    await using cloud = await startBedrock({
      models: { [MODEL]: playbookModel('billing', playbook) },
      invokeFunction: async (_arn, event) => {
        events.push(event);
        return lambdaAnswer(event, '{"amount":"12.30"}');
      },
    });
    const agentId = await makeAgent(cloud, [LOOKUP]);
    const answer = await invoke(cloud, agentId, {
      inputText: 'A1',
      sessionState: { sessionAttributes: { tenant: 't1' }, promptSessionAttributes: { period: '2026-01' } },
    });
    expect(answer.text).toBe('t1: billed 12.30');
    expect(answer.steps).toEqual([
      ...['modelInvocationInput', 'modelInvocationOutput', 'rationale', 'invocationInput', 'observation'],
      ...['modelInvocationInput', 'modelInvocationOutput', 'rationale', 'observation'],
    ]);
    expect(events).toEqual([
      {
        messageVersion: '1.0',
        agent: { name: 'investigator', id: agentId, alias: 'TSTALIASID', version: 'DRAFT' },
        inputText: 'A1',
        sessionId: 'session-1',
        actionGroup: 'billing',
        function: 'lookup',
        parameters: [
          { name: 'account', type: 'string', value: 'A1' },
          { name: 'months', type: 'integer', value: '2' },
          { name: 'tags', type: 'array', value: '["a","b"]' },
        ],
        sessionAttributes: { tenant: 't1' },
        promptSessionAttributes: { period: '2026-01' },
      },
    ]);
    expect(rationales(answer.events)[0]).toBe(
      '[playbook/billing, step 1] No model was used: this is a deterministic playbook. to see what was billed',
    );
    const output = answer.events[1]?.trace?.trace?.orchestrationTrace?.modelInvocationOutput;
    expect(JSON.parse(output?.rawResponse?.content ?? '')).toMatchObject({ modelId: 'playbook/billing' });
    expect(output?.metadata?.usage).toEqual({ inputTokens: 0, outputTokens: 0 });
    expect(answer.events[0]?.trace?.eventTime).toEqual(new Date('2026-01-01T00:00:00Z'));
  });
});

function rationales(events: readonly ResponseStream[]): string[] {
  return events.flatMap((event) => event.trace?.trace?.orchestrationTrace?.rationale?.text ?? []);
}

describe('return of control', () => {
  const both = calls(
    { tool: 'desk__draft', input: { title: 'x' } },
    { tool: 'desk__open', input: { title: 'y' } },
  );

  test('several invocations at once go out together and come back together', async () => {
    const model = scriptedModel('m', [both, says('done')]);
    await using cloud = await startBedrock({ models: { [MODEL]: model } });
    const agentId = await makeAgent(cloud, [ROC]);
    const { returnControl, text } = await invoke(cloud, agentId, { inputText: 'go' });
    expect(text).toBe('');
    expect(returnControl?.invocationInputs).toEqual([
      {
        functionInvocationInput: {
          actionGroup: 'desk',
          function: 'draft',
          parameters: [{ name: 'title', type: 'string', value: 'x' }],
          actionInvocationType: 'RESULT',
          agentId,
        },
      },
      {
        functionInvocationInput: expect.objectContaining({
          function: 'open',
          actionInvocationType: 'USER_CONFIRMATION_AND_RESULT',
        }),
      },
    ]);
    const answer = await invoke(cloud, agentId, {
      sessionState: {
        invocationId: returnControl?.invocationId,
        returnControlInvocationResults: [
          { functionResult: { actionGroup: 'desk', function: 'open', confirmationState: 'DENY' } },
          {
            functionResult: {
              actionGroup: 'desk',
              function: 'draft',
              responseBody: { TEXT: { body: 'T-1' } },
            },
          },
        ],
      },
    });
    expect(answer.text).toBe('done');
    expect(model.requests[1]?.messages.at(-1)?.content).toEqual([
      { toolResult: { toolUseId: 's-1-1', status: 'success', content: [{ text: 'T-1' }] } },
      {
        toolResult: {
          toolUseId: 's-1-2',
          status: 'error',
          content: [{ text: 'The user denied this call.' }],
        },
      },
    ]);
  });
});

describe('a model or a function that fails', () => {
  const reply = (body: string) => async (_arn: string, event: unknown) => lambdaAnswer(event, body);
  test.each([
    [
      'a model that loops',
      [lookup()],
      reply('x'),
      'ServiceQuotaExceededException',
      /Max iterations exceeded/,
    ],
    [
      'a model that throws',
      [{ kind: 'throws', error: new Error('out of memory') }],
      reply('x'),
      'DependencyFailedException',
      /out of memory/,
    ],
    [
      'a model that is throttled',
      [{ kind: 'throws', error: Object.assign(new Error('slow'), { name: 'ThrottlingException' }) }],
      reply('x'),
      'ThrottlingException',
      /slow/,
    ],
    [
      'a model that answers null',
      [{ kind: 'raw', response: null }],
      reply('x'),
      'DependencyFailedException',
      /not an object/,
    ],
    [
      'a model that never answers',
      [{ kind: 'hangs' }],
      reply('x'),
      'DependencyFailedException',
      /time limit/,
    ],
    ['a tool reply over 25 KB', [lookup()], reply('x'.repeat(25_000)), 'DependencyFailedException', /25 KB/],
    [
      'a function that throws',
      [lookup()],
      async () => {
        throw new TypeError('no table');
      },
      'DependencyFailedException',
      /TypeError: no table/,
    ],
    [
      'a function that answers nothing',
      [lookup()],
      async () => undefined,
      'DependencyFailedException',
      /no object `response`/,
    ],
  ] as const)('%s: a modelled exception', async (_name, script, invokeFunction, name, message) => {
    const model = scriptedModel(
      'm',
      (_request, index) => script[Math.min(index, script.length - 1)] as ScriptedReply,
    );
    await using cloud = await startBedrock({
      models: { [MODEL]: model },
      invokeFunction,
      limits: { maxModelCalls: 5, maxSeconds: 0.5 },
    });
    const agentId = await makeAgent(cloud, [LOOKUP]);
    const failed = invoke(cloud, agentId, { inputText: 'go' });
    await expect(failed).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });
});
