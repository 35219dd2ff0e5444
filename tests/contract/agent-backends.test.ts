/** One contract, every backend: what an agent does comes back in the same form, whoever answers. */
import { BedrockAgentRuntimeClient } from '@aws-sdk/client-bedrock-agent-runtime';
import { BedrockAgentRuntime } from '#adapters/bedrock/agent-runtime.ts';
import { InlineAgentRuntime } from '#adapters/bedrock/inline-agent-runtime.ts';
import { inlineAgentOf } from '#apps/host/agent-backend.ts';
import { AGENT_BACKENDS, type AgentBackend } from '#core/ports/agent-runtime.ts';
import { eventFrame } from '#local/bedrock/runtime/event-stream.ts';
import { listen } from '#local/wire/server.ts';
import {
  ask,
  DEFINITION,
  type Outcome,
  SEARCH,
  type Step,
  startBackend,
  TOOL,
  type ToolEvent,
} from './agent-backends-harness.ts';

const call = (...accounts: string[]): Step => ({
  calls: accounts.map((account) => ({ tool: TOOL, input: { account } })),
});
const says = (text: string): Step => ({ text });
const reply = (event: ToolEvent, body: string, responseState?: 'FAILURE' | 'REPROMPT') => ({
  messageVersion: '1.0',
  response: {
    actionGroup: event.actionGroup,
    function: event.function,
    functionResponse: {
      ...(responseState === undefined ? {} : { responseState }),
      responseBody: { TEXT: { body } },
    },
  },
});
const billed = (event: ToolEvent) => reply(event, `billed ${event.parameters[0]?.value}`);

interface Row {
  readonly steps: readonly Step[];
  readonly tool?: (event: ToolEvent) => unknown;
  readonly limits?: Partial<typeof DEFINITION.limits>;
  readonly expected: Partial<Outcome> | Readonly<Record<string, unknown>>;
  readonly toolRuns: number;
  /** Backends that cannot do this, and why. */
  readonly except?: Partial<Record<AgentBackend, string>>;
}

const NO_MODEL = { playbook: 'a playbook is no model and makes no such mistake' } as const;

const ROWS: Readonly<Record<string, Row>> = {
  'an answer without tools': {
    steps: [says('Nothing.')],
    expected: { text: 'Nothing.', steps: [], error: undefined },
    toolRuns: 0,
  },
  'a tool call and an answer': {
    steps: [call('A1'), says('Billed.')],
    expected: { text: 'Billed.', steps: ['call A1', 'reply billed A1'], error: undefined },
    toolRuns: 1,
  },
  'several tool calls at once: each reply stands behind its call': {
    steps: [call('A1', 'A2', 'A3'), call('A4'), says('Billed.')],
    expected: {
      text: 'Billed.',
      steps: ['A1', 'A2', 'A3', 'A4'].flatMap((account) => [`call ${account}`, `reply billed ${account}`]),
      error: undefined,
    },
    toolRuns: 4,
  },
  'two calls with the same reply': {
    steps: [call('A1', 'A2'), call('A1'), says('Billed.')],
    tool: (event) => reply(event, 'nothing'),
    expected: {
      steps: ['call A1', 'reply nothing', 'call A2', 'reply nothing', 'call A1', 'reply nothing'],
      error: undefined,
    },
    toolRuns: 3,
  },
  'a tool that says what was wrong is told to the model': {
    steps: [call('A1'), says('No such account.')],
    tool: (event) => reply(event, 'NOT_FOUND', 'REPROMPT'),
    expected: { text: 'No such account.', steps: ['call A1', 'reprompt'], error: undefined },
    toolRuns: 1,
  },
  'a tool that fails ends it': {
    steps: [call('A1'), says('never')],
    tool: (event) => reply(event, 'no lake', 'FAILURE'),
    expected: { text: '', error: 'DependencyFailedException', message: expect.stringContaining('no lake') },
    toolRuns: 1,
  },
  'a tool that throws ends it': {
    steps: [call('A1'), says('never')],
    tool: () => {
      throw new Error('out of memory');
    },
    expected: { text: '', error: 'DependencyFailedException' },
    toolRuns: 1,
  },
  'a reply over 25 KB ends it': {
    steps: [call('A1'), says('never')],
    tool: (event) => reply(event, 'x'.repeat(25_000)),
    expected: {
      text: '',
      error: 'DependencyFailedException',
      message: expect.stringMatching(/25 KB|25,?000/),
    },
    toolRuns: 1,
  },
  'a tool that does not exist is refused, and the model goes on': {
    steps: [{ calls: [{ tool: 'refund__refund', input: {} }] }, says('I cannot refund.')],
    expected: { text: 'I cannot refund.', steps: ['reprompt'], error: undefined },
    toolRuns: 0,
    except: NO_MODEL,
  },
  'arguments that do not fit are refused, and the tool does not run': {
    steps: [{ calls: [{ tool: TOOL, input: { months: 'many' } }] }, call('A1'), says('Billed.')],
    expected: { text: 'Billed.', steps: ['reprompt', 'call A1', 'reply billed A1'], error: undefined },
    toolRuns: 1,
  },
  'a guardrail of the model steps in': {
    steps: [{ text: 'This is withheld.', stop: 'guardrail' }],
    expected: { text: 'This is withheld.', steps: ['guardrail'], error: undefined },
    toolRuns: 0,
    except: NO_MODEL,
  },
  'the guardrail of the definition changes the answer': {
    steps: [says('Write to jane.doe@example.com about it.')],
    expected: { text: 'Write to {EMAIL} about it.', steps: ['guardrail'], error: undefined },
    toolRuns: 0,
  },
  'a search of a knowledge base comes back with its passages, and markers leave the answer': {
    steps: [
      { calls: [{ tool: SEARCH, input: { searchQuery: 'billed twice' } }] },
      says('U08 finds it.%[1]%'),
    ],
    expected: {
      text: 'U08 finds it.',
      steps: [
        'search billed twice',
        expect.stringMatching(/^found .*U08 finds the same session billed twice/s),
      ],
      error: undefined,
    },
    toolRuns: 0,
  },
  'a search that finds nothing is told to the model': {
    steps: [{ calls: [{ tool: SEARCH, input: { searchQuery: 'helicopter' } }] }, says('Not there.')],
    expected: { text: 'Not there.', steps: ['search helicopter', 'found '], error: undefined },
    toolRuns: 0,
  },
  'an answer that is cut off at the limit of tokens is no answer': {
    steps: [{ text: 'The cause is', stop: 'length' }],
    expected: { text: '', error: 'DependencyFailedException' },
    toolRuns: 0,
    except: NO_MODEL,
  },
  'throttling that lasts is told as such, and no tool runs twice': {
    steps: [call('A1'), 'throttled', 'throttled', 'throttled', says('too late')],
    expected: { text: '', error: 'ThrottlingException', steps: ['call A1', 'reply billed A1'] },
    toolRuns: 1,
  },
  'a model that calls for ever meets the limit of model calls': {
    steps: Array.from({ length: 20 }, () => call('A1')),
    expected: { text: '', error: 'ServiceQuotaExceededException' },
    toolRuns: 6,
  },
  'a model that uses too many tokens meets the limit of tokens': {
    steps: Array.from({ length: 20 }, () => call('A1')),
    limits: { tokens: 40 },
    expected: { text: '', error: 'ServiceQuotaExceededException' },
    toolRuns: 3,
    except: { playbook: 'a playbook uses no tokens' },
  },
  'a model that costs too much meets the limit of cost': {
    steps: Array.from({ length: 20 }, () => call('A1')),
    // 10 tokens in at 3 dollars and 5 out at 15 dollars a million: 0.000105 a call.
    limits: { costUsd: '0.0003' },
    expected: { text: '', error: 'AgentFailed', message: expect.stringContaining('0.000315 US dollars') },
    toolRuns: 2,
    except: { playbook: 'a playbook uses no tokens' },
  },
};

describe.each(AGENT_BACKENDS)('%s', (backend) => {
  const rows = Object.entries(ROWS).filter(([, row]) => row.except?.[backend] === undefined);

  test.each(rows)('%s', async (_name, row) => {
    const definition = { ...DEFINITION, limits: { ...DEFINITION.limits, ...row.limits } };
    await using started = await startBackend(backend, {
      steps: row.steps,
      tool: row.tool ?? billed,
      definition,
    });
    const outcome = await ask(started);
    expect(outcome).toMatchObject(row.expected);
    expect(started.toolEvents).toHaveLength(row.toolRuns);
    for (const event of started.toolEvents) expect(event.sessionAttributes).toEqual({ scope: 'case-1' });
  });

  test('every trace says who answers', async () => {
    await using started = await startBackend(backend, { steps: [call('A1'), says('Billed.')], tool: billed });
    const { traces } = await ask(started);
    expect(traces.length).toBeGreaterThan(5);
    const marks = traces.map((trace) => (trace as { answeredBy?: string }).answeredBy);
    expect(marks.slice(1).every((mark) => mark?.startsWith(`${backend}/`) && !mark.endsWith('unnamed'))).toBe(
      true,
    );
    expect(new Set(marks.slice(1)).size).toBe(1);
  });

  test('a second question goes on in the session', async () => {
    await using started = await startBackend(backend, {
      steps: backend === 'playbook' ? [says('One.')] : [says('One.'), says('Two.')],
      tool: billed,
    });
    expect((await ask(started)).text).toBe('One.');
    const second = await ask(started, 'And now?');
    expect(second.text).toBe(backend === 'playbook' ? 'One.' : 'Two.');
    expect(JSON.stringify(second.traces)).toContain('What was billed?');
  });

  test('an abort ends it at once', async () => {
    const hanging = backend === 'playbook' ? call('A1') : 'hangs';
    await using started = await startBackend(backend, {
      steps: [hanging],
      tool: () => new Promise(() => {}),
    });
    const begun = Date.now();
    const outcome = await ask(started, 'go', AbortSignal.timeout(300));
    expect(outcome).toMatchObject({ text: '', error: 'TimeoutError' });
    expect(Date.now() - begun).toBeLessThan(3_000);
  });
});

test('the guardrail of the account goes with every Converse call, and the tools of both servers hold the search', async () => {
  for (const backend of ['converse', 'openai-compatible'] as const) {
    await using started = await startBackend(backend, { steps: [call('A1'), says('Billed.')], tool: billed });
    await ask(started);
    const requests = started.requests();
    expect(requests).toHaveLength(2);
    for (const request of requests) {
      expect(JSON.stringify(request)).toContain('GET__x_amz_knowledgebase_handbook__Search');
      if (backend === 'converse')
        expect(request).toMatchObject({
          guardrailConfig: { guardrailIdentifier: DEFINITION.guardrail.name, guardrailVersion: 'DRAFT' },
        });
    }
  }
});

describe.each(['converse', 'openai-compatible'] as const)(
  '%s: one call of the model is repeated',
  (backend) => {
    test.each<[string, Step]>([
      ['throttling', 'throttled'],
      ['an error of the server', 'server-error'],
      ['a connection that is reset', 'reset'],
      ['a reply that breaks off', 'cut'],
    ])('after %s, and the tool that ran before does not run again', async (_name, fault) => {
      await using started = await startBackend(backend, {
        steps: [call('A1'), fault, fault, says('Billed.')],
        tool: billed,
      });
      expect(await ask(started)).toMatchObject({
        text: 'Billed.',
        steps: ['call A1', 'reply billed A1'],
        error: undefined,
      });
      expect([started.modelCalls(), started.toolEvents.length]).toEqual([4, 1]);
    });

    test.each<[string, Step]>([
      ['an error of the server', 'server-error'],
      ['a connection that is reset', 'reset'],
      ['a reply that breaks off', 'cut'],
    ])('%s that lasts ends it after three calls', async (_name, fault) => {
      await using started = await startBackend(backend, {
        steps: [fault, fault, fault, says('no')],
        tool: billed,
      });
      expect(await ask(started)).toMatchObject({ text: '', error: 'DependencyFailedException' });
      expect(started.modelCalls()).toBe(3);
    });

    test('a second question while the first is answered is refused', async () => {
      await using started = await startBackend(backend, { steps: ['hangs'], tool: billed });
      const first = ask(started, 'one', AbortSignal.timeout(500));
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await ask(started, 'two')).toMatchObject({ error: 'ConflictException' });
      expect(await first).toMatchObject({ error: 'TimeoutError' });
    });
  },
);

describe.each(['bedrock-agent', 'inline-agent'] as const)('%s: a question is never repeated', (backend) => {
  test.each<[string, Step]>([
    ['throttling', 'throttled'],
    ['a model that fails', 'server-error'],
  ])('after %s', async (_name, fault) => {
    await using started = await startBackend(backend, { steps: [fault, says('no')], tool: billed });
    expect((await ask(started)).error).toMatch(/ThrottlingException|DependencyFailedException/);
    expect(started.modelCalls()).toBe(1);
  });
});

describe('an event stream that breaks off', () => {
  const chunk = eventFrame('chunk', { bytes: Buffer.from('Billed 12.30.').toString('base64') });
  const trace = eventFrame('trace', { trace: { orchestrationTrace: { rationale: { text: 'hm' } } } });

  test.each<[string, Uint8Array[], boolean]>([
    ['nothing at all', [], false],
    ['traces and no answer', [trace], false],
    ['an answer whose last frame is cut', [trace, chunk.subarray(0, chunk.length - 10)], false],
    ['a whole answer', [trace, chunk], true],
  ])('%s', async (_name, frames, isAnswer) => {
    let requests = 0;
    const server = await listen(0, [
      {
        name: 'broken',
        match: () => true,
        handle: async (_req, res) => {
          requests += 1;
          const stream = res.stream(200, { 'content-type': 'application/vnd.amazon.eventstream' });
          for (const frame of frames) await stream.write(frame);
          stream.end();
        },
      },
    ]);
    const client = new BedrockAgentRuntimeClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
    const inline = new InlineAgentRuntime(client, {
      agents: new Map([['A', inlineAgentOf(DEFINITION, 'm')]]),
      runTool: async () => ({}),
    });
    for (const runtime of [new BedrockAgentRuntime(client), inline]) {
      const outcome = await ask({ runtime, agentId: 'A', agentAliasId: 'B' });
      expect([outcome.error, outcome.text]).toEqual(
        isAnswer ? [undefined, 'Billed 12.30.'] : ['BadGatewayException', ''],
      );
    }
    expect(requests).toBe(2);
    client.destroy();
    await server.close();
  });
});
