/** Every agent backend over the same definition, the same tool and the same script of a model. */
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { z } from 'zod';
import { BedrockAgentRuntime } from '#adapters/bedrock/agent-runtime.ts';
import { InlineAgentRuntime } from '#adapters/bedrock/inline-agent-runtime.ts';
import { bedrockModel } from '#adapters/model/converse.ts';
import { type LoopAgent, LoopAgentRuntime } from '#adapters/model/loop-agent-runtime.ts';
import { MeteredRuntime } from '#adapters/model/metered-runtime.ts';
import { retryingModel } from '#adapters/model/retrying-model.ts';
import type { AgentDefinition } from '#agents/definition.ts';
import { guardrailOf } from '#agents/guardrail.ts';
import { registerAgents } from '#agents/register.ts';
import { inlineAgentOf, loopAgentOf } from '#apps/host/agent-backend.ts';
import { functionArn } from '#apps/host/machines.ts';
import type { Json } from '#core/domain/hash.ts';
import type { AgentBackend, AgentRuntime } from '#core/ports/agent-runtime.ts';
import type { AgentModel } from '#local/bedrock/model.ts';
import { openAiModel } from '#local/bedrock/openai-model.ts';
import { type Playbook, playbookModel } from '#local/bedrock/playbook-model.ts';
import { type ScriptedReply, scriptedModel } from '#local/bedrock/scripted-model.ts';
import {
  chatReply,
  converseReply,
  modelServer,
  type Said,
  type WireReply,
} from '#tests/support/model-server.ts';
import { startBedrock } from './bedrock-harness.ts';

/** One call of the model: what it says, or how it fails. */
export type Step = Said | 'throttled' | 'server-error' | 'reset' | 'cut' | 'hangs';

/** An agent with one tool, and a price. */
export const DEFINITION: AgentDefinition = {
  name: 'tester',
  description: 'Looks up what was billed.',
  instruction: 'You look into differences between usage and bills and say what caused them.',
  prompt: { file: 'tester.md', version: 1, sha256: '0'.repeat(64) },
  foundationModel: 'set-by-the-test',
  tools: [
    {
      name: 'lookup',
      description: 'Looks up what was billed to an account.',
      input: z.object({
        account: z.string().describe('The account'),
        months: z.number().int().optional().describe('How many'),
      }),
    },
  ],
  knowledgeBases: [],
  guardrail: guardrailOf('tester', 'state-machine'),
  playbook: 'tester',
  output: z.string(),
  limits: { modelCalls: 6, tokens: 10_000, seconds: 20, toolCalls: 10 },
  idleSessionSeconds: 600,
};

/** The name under which models know the tool. */
export const TOOL = 'lookup__lookup';

export interface Setup {
  readonly steps: readonly Step[];
  /** The Lambda of the tool. */
  readonly tool: (event: ToolEvent) => unknown;
  readonly definition?: AgentDefinition;
}

/** What the tool receives. */
export interface ToolEvent {
  readonly parameters: readonly { readonly name: string; readonly value: string }[];
  readonly sessionAttributes: Readonly<Record<string, string>>;
  readonly actionGroup: string;
  readonly function: string;
}

/** A backend that answers, and what it used up. */
export interface Started extends AsyncDisposable {
  readonly runtime: AgentRuntime;
  readonly agentId: string;
  readonly agentAliasId: string;
  readonly modelCalls: () => number;
  readonly toolEvents: readonly ToolEvent[];
}

interface Cleanup {
  readonly runtime: AgentRuntime;
  readonly agentId?: string;
  readonly agentAliasId?: string;
  readonly modelCalls: () => number;
  readonly close: () => Promise<void> | void;
}

type Invoke = (arn: string, event: unknown) => Promise<unknown>;
type Start = (setup: Setup, invoke: Invoke) => Promise<Cleanup>;

const PRICE = { inputUsdPerMillion: '3', outputUsdPerMillion: '15' };
const RETRY = { attempts: 3, firstPauseMs: 1, longestPauseMs: 5, wait: async () => {}, random: () => 0 };

const definitionOf = (setup: Setup): AgentDefinition => setup.definition ?? DEFINITION;

function scripted(step: Step): ScriptedReply {
  if (step === 'hangs') return { kind: 'hangs' };
  if (typeof step === 'string') {
    const error = new Error(step);
    if (step === 'throttled') error.name = 'ThrottlingException';
    return { kind: 'throws', error };
  }
  const response = {
    ...(converseReply(step, 0) as { output: { message: unknown } }),
    modelId: 'scripted/model',
  };
  return { kind: 'raw', response: { ...response, message: response.output.message } };
}

/** One call id per step, or they would repeat in a session. */
const withIds = (steps: readonly Step[]): Step[] =>
  steps.map((step, index) =>
    typeof step === 'string'
      ? step
      : {
          ...step,
          ...(step.calls === undefined
            ? {}
            : { calls: step.calls.map((call, n) => ({ id: `c-${index}-${n}`, ...call })) }),
        },
  );

async function bedrock(model: AgentModel, definition: AgentDefinition, invoke: Invoke) {
  const cloud = await startBedrock({
    models: { [model.id]: model },
    invokeFunction: invoke,
    limits: { maxModelCalls: definition.limits.modelCalls, maxTokens: definition.limits.tokens },
  });
  return { cloud, close: () => cloud[Symbol.asyncDispose]() };
}

async function deployed(model: AgentModel, setup: Setup, invoke: Invoke) {
  const { cloud, close } = await bedrock(model, definitionOf(setup), invoke);
  const [agent] = await registerAgents(cloud.control, [definitionOf(setup)], {
    roleArn: 'arn:aws:iam::000000000000:role/plumbline-agent',
    lambdaArn: functionArn,
    foundationModel: model.id,
    wait: async () => {},
  });
  if (agent === undefined) throw new Error('nothing was registered');
  const { agentId, agentAliasId } = agent;
  return { runtime: new BedrockAgentRuntime(cloud.runtime), agentId, agentAliasId, close };
}

function looped(model: AgentModel, setup: Setup, invoke: Invoke): AgentRuntime {
  const agent: LoopAgent = loopAgentOf(definitionOf(setup), retryingModel(model, RETRY));
  return new LoopAgentRuntime({
    agents: new Map([[agent.name, agent]]),
    invokeFunction: invoke,
    now: () => Date.parse('2026-01-01T00:00:00Z'),
    newId: () => crypto.randomUUID(),
  });
}

/** What a server of this protocol answers to step n. */
function wireReply(
  reply: (said: Said, index: number) => unknown,
  step: Step | undefined,
  index: number,
): WireReply {
  if (step === undefined) return { kind: 'json', status: 400, body: { message: 'the script is over' } };
  if (step === 'reset' || step === 'hangs') return { kind: step };
  if (step === 'cut') return { kind: 'cut', body: reply({ text: 'this never arrives as a whole' }, index) };
  if (step === 'throttled')
    return {
      kind: 'json',
      status: 429,
      headers: { 'x-amzn-errortype': 'ThrottlingException' },
      body: { message: 'slow down' },
    };
  if (step === 'server-error')
    return {
      kind: 'json',
      status: 500,
      headers: { 'x-amzn-errortype': 'InternalServerException' },
      body: { message: 'try again' },
    };
  return { kind: 'json', body: reply(step, index) };
}

/** A playbook that follows the script. */
const followed = (steps: readonly Step[]): Playbook =>
  function* () {
    for (const step of steps) {
      if (step === 'throttled') throw Object.assign(new Error('slow down'), { name: 'ThrottlingException' });
      if (typeof step === 'string') throw new Error(step);
      if (step.calls === undefined) return step.text ?? '';
      yield step.calls.map(({ tool, input }) => ({ tool, input: input as Record<string, string> }));
    }
    return '';
  };

const START: Readonly<Record<AgentBackend, Start>> = {
  'bedrock-agent': async (setup, invoke) => {
    const model = scriptedModel('model', withIds(setup.steps).map(scripted));
    return { ...(await deployed(model, setup, invoke)), modelCalls: () => model.requests.length };
  },
  'inline-agent': async (setup, invoke) => {
    const model = scriptedModel('model', withIds(setup.steps).map(scripted));
    const { cloud, close } = await bedrock(model, definitionOf(setup), invoke);
    const definition = definitionOf(setup);
    const runtime = new InlineAgentRuntime(cloud.runtime, {
      agents: new Map([[definition.name, inlineAgentOf(definition, model.id)]]),
      runTool: (group, event) => invoke(functionArn(group), event),
    });
    return { runtime, modelCalls: () => model.requests.length, close };
  },
  converse: async (setup, invoke) => {
    const server = await modelServer('http2', (_call, n) => wireReply(converseReply, setup.steps[n], n));
    const client = new BedrockRuntimeClient({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
    return {
      runtime: looped(bedrockModel(client, 'amazon.nova-pro-v1:0'), setup, invoke),
      modelCalls: () => server.calls.length,
      close: async () => {
        client.destroy();
        await server.close();
      },
    };
  },
  'openai-compatible': async (setup, invoke) => {
    const server = await modelServer('http1', (_call, n) => wireReply(chatReply, setup.steps[n], n));
    const model = openAiModel({ baseUrl: `${server.url}/v1`, model: 'replay' });
    return {
      runtime: looped(model, setup, invoke),
      modelCalls: () => server.calls.length,
      close: () => server.close(),
    };
  },
  playbook: async (setup, invoke) => {
    const model = playbookModel('tester', followed(setup.steps));
    let calls = 0;
    const counted: AgentModel = {
      id: model.id,
      converse: (request, context) => {
        calls += 1;
        return model.converse(request, context);
      },
    };
    return { ...(await deployed(counted, setup, invoke)), modelCalls: () => calls };
  },
};

/** Starts a backend. Close it with `await using`. */
export async function startBackend(backend: AgentBackend, setup: Setup): Promise<Started> {
  const toolEvents: ToolEvent[] = [];
  const started = await START[backend](setup, async (_arn, event) => {
    toolEvents.push(event as ToolEvent);
    return setup.tool(event as ToolEvent);
  });
  const { costUsd } = definitionOf(setup).limits;
  const runtime = new MeteredRuntime(started.runtime, {
    backend,
    model: 'unnamed',
    priceOf: () => PRICE,
    ...(costUsd === undefined ? {} : { limitUsd: costUsd }),
  });
  return {
    runtime,
    agentId: started.agentId ?? definitionOf(setup).name,
    agentAliasId: started.agentAliasId ?? backend,
    modelCalls: started.modelCalls,
    toolEvents,
    [Symbol.asyncDispose]: async () => started.close(),
  };
}

/** What one question came to. `steps` is `call`, `reply`, `reprompt`, `guardrail`, in order. */
export interface Outcome {
  readonly text: string;
  readonly steps: readonly string[];
  readonly traces: readonly Json[];
  readonly error: string | undefined;
  readonly message: string;
}

/** Asks and collects; an error is part of the outcome. */
export async function ask(
  { runtime, agentId, agentAliasId }: Pick<Started, 'runtime' | 'agentId' | 'agentAliasId'>,
  inputText = 'What was billed?',
  signal: AbortSignal = AbortSignal.timeout(20_000),
): Promise<Outcome> {
  const traces: Json[] = [];
  let text = '';
  let error: Error | undefined;
  const sessionAttributes = { scope: 'case-1' };
  try {
    for await (const event of runtime.ask({
      agentId,
      agentAliasId,
      sessionId: 'session-1',
      inputText,
      sessionAttributes,
      signal,
    })) {
      if (event.kind === 'text') text += event.text;
      if (event.kind === 'trace') traces.push(event.trace);
    }
  } catch (thrown) {
    error = thrown as Error;
  }
  const steps = traces.map(stepOf).filter((step) => step !== '');
  return { text, steps, traces, error: error?.name, message: error?.message ?? '' };
}

// biome-ignore lint/suspicious/noExplicitAny: looks into a trace
function stepOf(envelope: any): string {
  const { orchestrationTrace: step, guardrailTrace: guardrail } = envelope.trace;
  if (guardrail?.action === 'INTERVENED') return 'guardrail';
  const call = step?.invocationInput?.actionGroupInvocationInput;
  if (call) return `call ${call.parameters?.map((p: { value: string }) => p.value).join(',')}`;
  const reply = step?.observation?.actionGroupInvocationOutput?.text;
  if (reply !== undefined) return `reply ${reply.slice(0, 40)}`;
  if (step?.observation?.repromptResponse) return 'reprompt';
  return '';
}
