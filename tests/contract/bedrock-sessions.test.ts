import { BedrockAgentRuntimeClient, InvokeAgentCommand } from '@aws-sdk/client-bedrock-agent-runtime';
import { scriptedModel } from '#local/bedrock/scripted-model.ts';
import {
  calls,
  collect,
  invoke,
  LOOKUP,
  lambdaAnswer,
  lookup,
  MODEL,
  makeAgent,
  ROC,
  says,
  startBedrock,
} from './bedrock-harness.ts';

describe('sessions', () => {
  const echo = () => scriptedModel('m', (request) => says(`${request.messages.length} messages`));

  test('a session remembers, another one does not', async () => {
    await using cloud = await startBedrock({ models: { [MODEL]: echo() } });
    const agentId = await makeAgent(cloud);
    expect((await invoke(cloud, agentId, { inputText: 'a' })).text).toBe('1 messages');
    expect((await invoke(cloud, agentId, { inputText: 'b' })).text).toBe('3 messages');
    expect((await invoke(cloud, agentId, { inputText: 'a', sessionId: 'session-2' })).text).toBe(
      '1 messages',
    );
  });

  test.each([
    ['one second before the end', 59, '3 messages'],
    ['at the end', 60, '1 messages'],
  ])('idle for 60 seconds, asked %s', async (_name, idleSeconds, text) => {
    await using cloud = await startBedrock({ models: { [MODEL]: echo() } });
    const agentId = await makeAgent(cloud, [], { idleSessionTTLInSeconds: 60 });
    await invoke(cloud, agentId, { inputText: 'a' });
    cloud.clock.ms += idleSeconds * 1_000;
    expect((await invoke(cloud, agentId, { inputText: 'b' })).text).toBe(text);
  });

  test('results sent to an expired session are refused', async () => {
    const model = scriptedModel('m', [calls({ tool: 'desk__draft', input: { title: 'x' } })]);
    await using cloud = await startBedrock({ models: { [MODEL]: model } });
    const agentId = await makeAgent(cloud, [ROC], { idleSessionTTLInSeconds: 60 });
    const { returnControl } = await invoke(cloud, agentId, { inputText: 'go' });
    cloud.clock.ms += 61_000;
    const late = invoke(cloud, agentId, {
      sessionState: {
        invocationId: returnControl?.invocationId,
        returnControlInvocationResults: [
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
    await expect(late).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(/may have expired/),
    });
  });

  test('endSession forgets', async () => {
    await using cloud = await startBedrock({ models: { [MODEL]: echo() } });
    const agentId = await makeAgent(cloud);
    await invoke(cloud, agentId, { inputText: 'a' });
    const ended = await invoke(cloud, agentId, { endSession: true });
    expect(ended.text).toBe("Session is terminated as 'endSession' flag is set in request.");
    expect((await invoke(cloud, agentId, { inputText: 'b' })).text).toBe('1 messages');
  });

  test('attributes a function returns reach the next function; a failed turn keeps nothing', async () => {
    const seen: unknown[] = [];
    const model = scriptedModel('m', [
      lookup(),
      says('one'),
      lookup(),
      { kind: 'throws', error: new Error('no') },
      lookup(),
      says('two'),
    ]);
    await using cloud = await startBedrock({
      models: { [MODEL]: model },
      invokeFunction: async (_arn, event) => {
        seen.push((event as { sessionAttributes: unknown }).sessionAttributes);
        return lambdaAnswer(event, 'x', { sessionAttributes: { step: String(seen.length) } });
      },
    });
    const agentId = await makeAgent(cloud, [LOOKUP]);
    await invoke(cloud, agentId, { inputText: 'a', sessionState: { sessionAttributes: { step: '0' } } });
    await expect(invoke(cloud, agentId, { inputText: 'b' })).rejects.toThrow(/no/);
    await invoke(cloud, agentId, { inputText: 'c' });
    expect(seen).toEqual([{ step: '0' }, { step: '1' }, { step: '1' }]);
  });

  test('a second request while the first runs is a conflict, in another session it is not', async () => {
    const model = scriptedModel('m', (_request, index) => (index === 0 ? { kind: 'hangs' } : says('ok')));
    await using cloud = await startBedrock({ models: { [MODEL]: model }, limits: { maxSeconds: 0.5 } });
    const agentId = await makeAgent(cloud);
    const first = invoke(cloud, agentId, { inputText: 'a' });
    first.catch(() => {});
    while (model.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await expect(invoke(cloud, agentId, { inputText: 'b' })).rejects.toMatchObject({
      name: 'ConflictException',
    });
    expect((await invoke(cloud, agentId, { inputText: 'c', sessionId: 'session-2' })).text).toBe('ok');
    await expect(first).rejects.toThrow(/time limit/);
  });

  test('a caller that goes away stops its turn and disturbs nobody', async () => {
    const model = scriptedModel('m', (_request, index) => (index === 0 ? { kind: 'hangs' } : says('ok')));
    await using cloud = await startBedrock({ models: { [MODEL]: model } });
    const agentId = await makeAgent(cloud);
    const input = {
      agentId,
      agentAliasId: 'TSTALIASID',
      sessionId: 'session-1',
      inputText: 'a',
      enableTrace: true,
    };
    const leave = new AbortController();
    const reply = await cloud.runtime.send(new InvokeAgentCommand(input), { abortSignal: leave.signal });
    for await (const event of reply.completion ?? []) if (event.trace) break;
    await expect(withNewClient(cloud.endpoint, input)).rejects.toMatchObject({ name: 'ConflictException' });
    leave.abort();
    let text = '';
    for (let tries = 0; tries < 50 && text === ''; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      text = await withNewClient(cloud.endpoint, input).catch(() => '');
    }
    expect(text).toBe('ok');
  });
});

async function withNewClient(endpoint: string, input: ConstructorParameters<typeof InvokeAgentCommand>[0]) {
  const client = new BedrockAgentRuntimeClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  try {
    return (await collect((await client.send(new InvokeAgentCommand(input))).completion)).text;
  } finally {
    client.destroy();
  }
}

describe('the stream', () => {
  test('without enableTrace there is only the answer', async () => {
    await using cloud = await startBedrock({ models: { [MODEL]: scriptedModel('m', [says('hello')]) } });
    const answer = await invoke(cloud, await makeAgent(cloud), { inputText: 'x', enableTrace: false });
    expect(answer.events.map((event) => Object.keys(event))).toEqual([['chunk']]);
  });

  test('a streamed answer comes in pieces that make the whole, in any script', async () => {
    const long = `${'Über 5 % fehlen; '.repeat(20)}\n\n${'字'.repeat(200)} 😀${'😀'.repeat(90)}`;
    await using cloud = await startBedrock({ models: { [MODEL]: scriptedModel('m', [says(long)]) } });
    const answer = await invoke(cloud, await makeAgent(cloud), {
      inputText: 'x',
      enableTrace: false,
      streamingConfigurations: { streamFinalResponse: true },
    });
    expect(answer.events.length).toBeGreaterThan(3);
    expect(answer.text).toBe(long);
  });

  test('a question to the user is the answer of the turn', async () => {
    const model = scriptedModel('m', [
      calls({ tool: 'user__askuser', input: { question: 'Which month?' } }),
      says('ok'),
    ]);
    await using cloud = await startBedrock({ models: { [MODEL]: model } });
    const agentId = await makeAgent(cloud, [
      { actionGroupName: 'ask', parentActionGroupSignature: 'AMAZON.UserInput' },
    ]);
    const question = await invoke(cloud, agentId, { inputText: 'x' });
    expect(question.text).toBe('Which month?');
    expect(question.events.at(-2)?.trace?.trace?.orchestrationTrace?.observation?.type).toBe('ASK_USER');
    expect((await invoke(cloud, agentId, { inputText: 'May' })).text).toBe('ok');
  });
});
