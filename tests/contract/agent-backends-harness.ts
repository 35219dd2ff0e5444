/** Every agent backend over the same definition, the same tool and the same script of a model. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import { z } from 'zod';
import { BedrockAgentRuntime } from '#adapters/bedrock/agent-runtime.ts';
import { InlineAgentRuntime } from '#adapters/bedrock/inline-agent-runtime.ts';
import { type KnowledgeSearch, knowledgeSearch } from '#adapters/bedrock/knowledge-search.ts';
import { bedrockModel } from '#adapters/model/converse.ts';
import { type LoopAgent, LoopAgentRuntime } from '#adapters/model/loop-agent-runtime.ts';
import { MeteredRuntime } from '#adapters/model/metered-runtime.ts';
import { retryingModel } from '#adapters/model/retrying-model.ts';
import type { AgentDefinition } from '#agents/definition.ts';
import { guardrailOf } from '#agents/guardrail.ts';
import { registerAgents } from '#agents/register.ts';
import { registerKnowledgeBases } from '#agents/register-knowledge.ts';
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
  knowledgeBases: [{ name: 'handbook', description: 'How differences are looked into.' }],
  guardrail: guardrailOf('tester', 'state-machine'),
  playbook: 'tester',
  output: z.string(),
  limits: { modelCalls: 6, tokens: 10_000, seconds: 20, toolCalls: 10 },
  idleSessionSeconds: 600,
};

/** Stands in a script for the tool that searches the handbook: its real name has the id of the knowledge base. */
export const SEARCH = 'search the handbook';
const searchOf = (id: string): string => `GET__x_amz_knowledgebase_${id}__Search`;

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
  /** What a server of models was asked, where there is one. */
  readonly requests: () => readonly Json[];
  readonly toolEvents: readonly ToolEvent[];
}

interface Cleanup {
  readonly runtime: AgentRuntime;
  readonly agentId?: string;
  readonly agentAliasId?: string;
  readonly modelCalls: () => number;
  readonly requests?: () => readonly Json[];
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

/** The handbook: one document, in a bucket that is a folder. */
function handbook(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-backends-'));
  writeFileSync(join(folder, 'controls.md'), '# Controls\n\nU08 finds the same session billed twice.\n');
  return { folder, remove: () => rmSync(folder, { recursive: true }) };
}

/** A model whose script is written when the knowledge base has its id. */
interface LateModel extends AgentModel {
  write(model: AgentModel): void;
}
function lateModel(id: string): LateModel {
  let written: AgentModel | undefined;
  return {
    id,
    write: (model) => {
      written = model;
    },
    converse: (request, context) => {
      if (written === undefined) throw new Error('the model has no script');
      return written.converse(request, context);
    },
  };
}

const nameSearch = (steps: readonly Step[], id: string): Step[] =>
  steps.map((step) =>
    typeof step === 'string' || step.calls === undefined
      ? step
      : {
          ...step,
          calls: step.calls.map((call) => (call.tool === SEARCH ? { ...call, tool: searchOf(id) } : call)),
        },
  );

async function bedrock(model: AgentModel, definition: AgentDefinition, invoke: Invoke) {
  const { folder, remove } = handbook();
  const cloud = await startBedrock({
    models: { [model.id]: model },
    invokeFunction: invoke,
    limits: { maxModelCalls: definition.limits.modelCalls, maxTokens: definition.limits.tokens },
    guardrails: { [definition.guardrail.name]: definition.guardrail },
    buckets: { handbook: folder },
  });
  const bases = await registerKnowledgeBases(cloud.control, [definition], {
    roleArn: 'arn:aws:iam::000000000000:role/plumbline-agent',
    bucketArn: (name) => `arn:aws:s3:::${name}`,
    embeddingModelArn: 'arn:aws:bedrock:eu-central-1::foundation-model/any',
    wait: async () => {},
  });
  const close = async () => {
    await cloud[Symbol.asyncDispose]();
    remove();
  };
  return { cloud, bases, close };
}

async function deployed(
  model: AgentModel,
  setup: Setup,
  invoke: Invoke,
  script: (steps: readonly Step[]) => void,
) {
  const { cloud, bases, close } = await bedrock(model, definitionOf(setup), invoke);
  script(nameSearch(setup.steps, bases.get('handbook') ?? ''));
  const [agent] = await registerAgents(cloud.control, [definitionOf(setup)], {
    roleArn: 'arn:aws:iam::000000000000:role/plumbline-agent',
    lambdaArn: functionArn,
    foundationModel: model.id,
    guardrailOf: placedGuardrail,
    knowledgeBaseId: (name) => bases.get(name),
    wait: async () => {},
  });
  if (agent === undefined) throw new Error('nothing was registered');
  const { agentId, agentAliasId } = agent;
  return { runtime: new BedrockAgentRuntime(cloud.runtime), agentId, agentAliasId, close };
}

const placedGuardrail = ({ guardrail }: AgentDefinition) => ({
  guardrailIdentifier: guardrail.name,
  guardrailVersion: 'DRAFT',
});

/** Loops search through Retrieve, in a cloud that holds the knowledge base and nothing else of them. */
async function looped(model: AgentModel, setup: Setup, invoke: Invoke) {
  const { cloud, bases, close } = await bedrock(model, definitionOf(setup), invoke);
  const search = knowledgeSearch(cloud.runtime, (name) => bases.get(name));
  return { runtime: loopRuntime(model, setup, invoke, search), close };
}

function loopRuntime(model: AgentModel, setup: Setup, invoke: Invoke, search: KnowledgeSearch): AgentRuntime {
  const agent: LoopAgent = loopAgentOf(definitionOf(setup), retryingModel(model, RETRY));
  return new LoopAgentRuntime({
    agents: new Map([[agent.name, agent]]),
    invokeFunction: invoke,
    search,
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
    const model = lateModel('scripted/model');
    let written = scriptedModel('model', []);
    const started = await deployed(model, setup, invoke, (steps) => {
      written = scriptedModel('model', withIds(steps).map(scripted));
      model.write(written);
    });
    return { ...started, modelCalls: () => written.requests.length };
  },
  'inline-agent': async (setup, invoke) => {
    const late = lateModel('scripted/model');
    const definition = definitionOf(setup);
    const { cloud, bases, close } = await bedrock(late, definition, invoke);
    const steps = nameSearch(setup.steps, bases.get('handbook') ?? '');
    const model = scriptedModel('model', withIds(steps).map(scripted));
    late.write(model);
    const ofAccount = { guardrail: placedGuardrail(definition), knowledgeBases: Object.fromEntries(bases) };
    const runtime = new InlineAgentRuntime(cloud.runtime, {
      agents: new Map([[definition.name, inlineAgentOf(definition, late.id, ofAccount)]]),
      runTool: (group, event) => invoke(functionArn(group), event),
    });
    return { runtime, modelCalls: () => model.requests.length, close };
  },
  converse: async (setup, invoke) => {
    const steps = nameSearch(setup.steps, 'handbook');
    const server = await modelServer('http2', (_call, n) => wireReply(converseReply, steps[n], n));
    const client = new BedrockRuntimeClient({
      endpoint: server.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      maxAttempts: 1,
    });
    const guardrail = placedGuardrail(definitionOf(setup));
    const loop = await looped(bedrockModel(client, 'amazon.nova-pro-v1:0', guardrail), setup, invoke);
    return {
      runtime: loop.runtime,
      modelCalls: () => server.calls.length,
      requests: () => server.calls.map(({ body }) => body),
      close: async () => {
        await loop.close();
        client.destroy();
        await server.close();
      },
    };
  },
  'openai-compatible': async (setup, invoke) => {
    const steps = nameSearch(setup.steps, 'handbook');
    const server = await modelServer('http1', (_call, n) => wireReply(chatReply, steps[n], n));
    const model = openAiModel({ baseUrl: `${server.url}/v1`, model: 'replay' });
    const loop = await looped(model, setup, invoke);
    return {
      runtime: loop.runtime,
      modelCalls: () => server.calls.length,
      requests: () => server.calls.map(({ body }) => body),
      close: async () => {
        await loop.close();
        await server.close();
      },
    };
  },
  playbook: async (setup, invoke) => {
    const late = lateModel('playbook/tester');
    let calls = 0;
    const counted: AgentModel = {
      id: late.id,
      converse: (request, context) => {
        calls += 1;
        return late.converse(request, context);
      },
    };
    const started = await deployed(counted, setup, invoke, (steps) =>
      late.write(playbookModel('tester', followed(steps))),
    );
    return { ...started, modelCalls: () => calls };
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
    requests: started.requests ?? (() => []),
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
  const searched = step?.invocationInput?.knowledgeBaseLookupInput;
  if (searched) return `search ${searched.text}`;
  const found = step?.observation?.knowledgeBaseLookupOutput?.retrievedReferences;
  if (found) return `found ${found.map((one: { content: { text: string } }) => one.content.text).join('|')}`;
  if (step?.observation?.repromptResponse) return 'reprompt';
  return '';
}
