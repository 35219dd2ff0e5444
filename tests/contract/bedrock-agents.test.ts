import type { ResponseStream } from '@aws-sdk/client-bedrock-agent-runtime';
import type { JsonObject } from '#local/bedrock/model.ts';
import { type Playbook, playbookModel, type ToolReply } from '#local/bedrock/playbook-model.ts';
import { type ScriptedReply, scriptedModel } from '#local/bedrock/scripted-model.ts';
import {
  calls,
  type GroupInput,
  invoke,
  LAMBDA,
  LOOKUP,
  lambdaAnswer,
  lookup,
  MODEL,
  makeAgent,
  ROC,
  says,
  startBedrock,
} from './bedrock-harness.ts';

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

test('model calls are counted over returns of control, and anew for a new input', async () => {
  const model = scriptedModel('m', () => calls({ tool: 'desk__draft', input: { title: 'x' } }));
  await using cloud = await startBedrock({ models: { [MODEL]: model }, limits: { maxModelCalls: 2 } });
  const agentId = await makeAgent(cloud, [ROC]);
  let { returnControl } = await invoke(cloud, agentId, { inputText: 'go' });
  const resume = () =>
    invoke(cloud, agentId, {
      sessionState: {
        invocationId: returnControl?.invocationId,
        returnControlInvocationResults: [
          {
            functionResult: { actionGroup: 'desk', function: 'draft', responseBody: { TEXT: { body: 'x' } } },
          },
        ],
      },
    });
  ({ returnControl } = await resume());
  await expect(resume()).rejects.toMatchObject({ name: 'ServiceQuotaExceededException' });
  expect((await invoke(cloud, agentId, { inputText: 'again' })).returnControl).toBeDefined();
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

describe('what the model is told when a call cannot run', () => {
  test.each([
    ['an unknown tool', 'nothing__here', {}, 'There is no tool nothing__here. Tools: billing__lookup'],
    ['a missing parameter', 'billing__lookup', {}, 'parameter account of billing__lookup is required'],
    [
      'a wrong type',
      'billing__lookup',
      { account: 'A', months: 'two' },
      'parameter months of billing__lookup must be of type integer',
    ],
    [
      'a parameter of its own',
      'billing__lookup',
      { account: 'A', x: 1 },
      'billing__lookup has no parameter x; its parameters: account, months, tags',
    ],
    [
      'an input that is no object',
      'billing__lookup',
      'A' as unknown as JsonObject,
      'the input of billing__lookup must be a JSON object',
    ],
  ])('%s', async (_name, tool, input, told) => {
    const invoked: unknown[] = [];
    const model = scriptedModel('m', [calls({ tool, input }), says('sorry')]);
    await using cloud = await startBedrock({
      models: { [MODEL]: model },
      invokeFunction: async (_arn, event) => invoked.push(event),
    });
    const answer = await invoke(cloud, await makeAgent(cloud, [LOOKUP]), { inputText: 'go' });
    expect(answer.text).toBe('sorry');
    expect(invoked).toEqual([]);
    expect(model.requests[1]?.messages.at(-1)?.content).toEqual([
      { toolResult: { toolUseId: 's-1-1', status: 'error', content: [{ text: told }] } },
    ]);
  });

  test('an answer that cannot be read is asked for again, and the failure is traced', async () => {
    const model = scriptedModel('m', [{ kind: 'raw', response: { message: 'hi' } }, says('better')]);
    await using cloud = await startBedrock({ models: { [MODEL]: model } });
    const answer = await invoke(cloud, await makeAgent(cloud), { inputText: 'go' });
    expect(answer.text).toBe('better');
    expect(answer.steps).toEqual([
      ...['modelInvocationInput', 'failureTrace', 'observation'],
      ...['modelInvocationInput', 'modelInvocationOutput', 'observation'],
    ]);
    expect(JSON.stringify(model.requests[1]?.messages)).toMatch(/could not be used/);
  });
});

describe('a function that answers with a state', () => {
  const answering = (functionResponse: object) => async (_arn: string, event: unknown) => {
    const { actionGroup, function: name } = event as { actionGroup: string; function: string };
    return { messageVersion: '1.0', response: { actionGroup, function: name, functionResponse } };
  };
  const body = { responseBody: { TEXT: { body: 'no such account' } } };

  test('REPROMPT goes to the model as an error', async () => {
    const model = scriptedModel('m', [lookup(), says('which account?')]);
    await using cloud = await startBedrock({
      models: { [MODEL]: model },
      invokeFunction: answering({ responseState: 'REPROMPT', ...body }),
    });
    const answer = await invoke(cloud, await makeAgent(cloud, [LOOKUP]), { inputText: 'go' });
    expect(answer.text).toBe('which account?');
    expect(model.requests[1]?.messages.at(-1)?.content).toMatchObject([{ toolResult: { status: 'error' } }]);
    const reprompt = answer.events.find(
      (event) => event.trace?.trace?.orchestrationTrace?.observation?.repromptResponse,
    );
    expect(reprompt?.trace?.trace?.orchestrationTrace?.observation).toMatchObject({
      type: 'REPROMPT',
      repromptResponse: { source: 'ACTION_GROUP', text: 'no such account' },
    });
  });

  test.each([
    ['FAILURE', { responseState: 'FAILURE', ...body }, /reported FAILURE: no such account/],
    ['a state of its own', { responseState: 'MAYBE', ...body }, /FAILURE or REPROMPT/],
    ['no body', {}, /responseBody.TEXT.body/],
  ])(
    '%s ends the request with dependencyFailedException that names the function',
    async (_name, response, message) => {
      await using cloud = await startBedrock({
        models: { [MODEL]: scriptedModel('m', [lookup()]) },
        invokeFunction: answering(response),
      });
      const failed = invoke(cloud, await makeAgent(cloud, [LOOKUP]), { inputText: 'go' });
      await expect(failed).rejects.toMatchObject({
        name: 'DependencyFailedException',
        resourceName: LAMBDA,
        message: expect.stringMatching(message),
      });
    },
  );
});

describe('user confirmation of a Lambda function', () => {
  const guarded: GroupInput = {
    ...LOOKUP,
    functionSchema: {
      functions: [
        { ...LOOKUP.functionSchema?.functions?.[0], name: 'lookup', requireConfirmation: 'ENABLED' },
      ],
    },
  };
  test.each([
    ['CONFIRM', 1, [{ toolResult: { status: 'success', content: [{ text: '12.30' }] } }]],
    ['DENY', 0, [{ toolResult: { status: 'error' } }]],
  ] as const)('%s: the function runs %i times', async (confirmationState, runs, told) => {
    let ran = 0;
    const model = scriptedModel('m', [lookup(), says('done')]);
    await using cloud = await startBedrock({
      models: { [MODEL]: model },
      invokeFunction: async (_arn, event) => {
        ran += 1;
        return lambdaAnswer(event, '12.30');
      },
    });
    const agentId = await makeAgent(cloud, [guarded]);
    const { returnControl } = await invoke(cloud, agentId, { inputText: 'go' });
    expect(returnControl?.invocationInputs?.[0]?.functionInvocationInput?.actionInvocationType).toBe(
      'USER_CONFIRMATION',
    );
    expect(ran).toBe(0);
    const answer = await invoke(cloud, agentId, {
      sessionState: {
        invocationId: returnControl?.invocationId,
        returnControlInvocationResults: [
          { functionResult: { actionGroup: 'billing', function: 'lookup', confirmationState } },
        ],
      },
    });
    expect(answer.text).toBe('done');
    expect(ran).toBe(runs);
    expect(model.requests[1]?.messages.at(-1)?.content).toMatchObject(told);
  });
});

describe('results of a return of control that do not fit', () => {
  const result = (more: object) => ({ functionResult: { actionGroup: 'desk', function: 'draft', ...more } });
  const body = { responseBody: { TEXT: { body: 'T-1' } } };
  test.each([
    ['another invocation id', 'other', [result(body)], 'ValidationException', /not the open invocation/],
    [
      'a missing result',
      undefined,
      [result({ ...body, function: 'open' })],
      'ValidationException',
      /desk draft is missing/,
    ],
    [
      'a result nobody asked for',
      undefined,
      [result(body), result(body)],
      'ValidationException',
      /was asked for/,
    ],
    ['no body', undefined, [result({})], 'ValidationException', /has no responseBody/],
    [
      'a body over 25 KB',
      undefined,
      [result({ responseBody: { TEXT: { body: 'x'.repeat(25_001) } } })],
      'ValidationException',
      /25 KB/,
    ],
    [
      'FAILURE',
      undefined,
      [result({ responseState: 'FAILURE', ...body })],
      'DependencyFailedException',
      /draft failed: T-1/,
    ],
  ])('%s: %s', async (_name, id, results, name, message) => {
    const model = scriptedModel('m', [calls({ tool: 'desk__draft', input: { title: 'x' } }), says('done')]);
    await using cloud = await startBedrock({ models: { [MODEL]: model } });
    const agentId = await makeAgent(cloud, [ROC]);
    const { returnControl } = await invoke(cloud, agentId, { inputText: 'go' });
    const send = (invocationId: string | undefined, returnControlInvocationResults: typeof results) =>
      invoke(cloud, agentId, { sessionState: { invocationId, returnControlInvocationResults } });
    const failed = send(id ?? returnControl?.invocationId, results);
    await expect(failed).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
    // A refused reply leaves the session waiting for the right one.
    expect((await send(returnControl?.invocationId, [result(body)])).text).toBe('done');
  });
});
