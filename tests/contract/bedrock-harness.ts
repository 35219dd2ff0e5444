/** A Bedrock service on a free port and the unmodified SDK clients in front of it, for the contract tests. */
import { DatabaseSync } from 'node:sqlite';
import {
  BedrockAgentClient,
  CreateAgentActionGroupCommand,
  type CreateAgentActionGroupCommandInput,
  CreateAgentCommand,
  type CreateAgentCommandInput,
  PrepareAgentCommand,
} from '@aws-sdk/client-bedrock-agent';
import {
  BedrockAgentRuntimeClient,
  type InlineAgentResponseStream,
  InvokeAgentCommand,
  type InvokeAgentCommandInput,
  type ResponseStream,
} from '@aws-sdk/client-bedrock-agent-runtime';
import type { GuardrailDefinition } from '#local/bedrock/guardrails/definition.ts';
import type { AgentModel, JsonObject } from '#local/bedrock/model.ts';
import type { InvokeFunction, LoopLimits } from '#local/bedrock/run.ts';
import type { ScriptedReply } from '#local/bedrock/scripted-model.ts';
import { createBedrockService } from '#local/bedrock/service.ts';
import { listen } from '#local/wire/server.ts';

export const MODEL = 'anthropic.claude-sonnet';
export const LAMBDA = 'arn:aws:lambda:us-east-1:000000000000:function:lookup';

export interface HarnessOptions {
  readonly models?: Readonly<Record<string, AgentModel>>;
  readonly invokeFunction?: InvokeFunction;
  readonly hasFunction?: (arn: string) => boolean;
  readonly buckets?: Readonly<Record<string, string>>;
  readonly limits?: Partial<LoopLimits>;
  readonly guardrails?: Readonly<Record<string, GuardrailDefinition>>;
  readonly db?: DatabaseSync;
}

/** Starts the service. `clock.ms` is its time and may be moved. Close it with `await using`. */
export async function startBedrock(options: HarnessOptions = {}) {
  const db = options.db ?? new DatabaseSync(':memory:');
  const clock = { ms: Date.parse('2026-01-01T00:00:00Z'), now: () => clock.ms };
  const service = createBedrockService({
    db,
    clock,
    models: options.models ?? {},
    invokeFunction: options.invokeFunction ?? (async () => ({})),
    buckets: options.buckets ?? {},
    ...(options.hasFunction === undefined ? {} : { hasFunction: options.hasFunction }),
    guardrails: options.guardrails ?? {},
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const server = await listen(0, [service]);
  const config = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  const control = new BedrockAgentClient(config);
  const runtime = new BedrockAgentRuntimeClient(config);
  return {
    endpoint: server.endpoint,
    control,
    runtime,
    clock,
    db,
    async [Symbol.asyncDispose]() {
      control.destroy();
      runtime.destroy();
      await server.close();
    },
  };
}

export type Cloud = Awaited<ReturnType<typeof startBedrock>>;

export type GroupInput = Omit<CreateAgentActionGroupCommandInput, 'agentId' | 'agentVersion'>;

/** Creates and prepares an agent with these action groups; returns its id. */
export async function makeAgent(
  cloud: Cloud,
  groups: readonly GroupInput[] = [],
  settings: Partial<CreateAgentCommandInput> = {},
): Promise<string> {
  const { agent } = await cloud.control.send(
    new CreateAgentCommand({
      agentName: 'investigator',
      foundationModel: MODEL,
      instruction: 'You look into differences between usage and bills and say what caused them.',
      ...settings,
    }),
  );
  const agentId = agent?.agentId ?? '';
  for (const group of groups) {
    await cloud.control.send(new CreateAgentActionGroupCommand({ agentId, agentVersion: 'DRAFT', ...group }));
  }
  await cloud.control.send(new PrepareAgentCommand({ agentId }));
  return agentId;
}

export interface Answer {
  readonly text: string;
  readonly events: readonly ResponseStream[];
  readonly returnControl: ResponseStream.ReturnControlMember['returnControl'] | undefined;
  /** The single member name of each orchestration trace, or of the trace itself, in order. */
  readonly steps: readonly string[];
}

export async function collect(
  stream: AsyncIterable<ResponseStream | InlineAgentResponseStream> | undefined,
): Promise<Answer> {
  const events: ResponseStream[] = [];
  for await (const event of stream ?? []) events.push(event as ResponseStream);
  const bytes = events.flatMap((event) => (event.chunk?.bytes === undefined ? [] : [event.chunk.bytes]));
  return {
    text: Buffer.concat(bytes).toString(),
    events,
    returnControl: events.find((event) => event.returnControl !== undefined)?.returnControl,
    steps: events.flatMap((event) => {
      const trace = event.trace?.trace;
      return Object.keys(trace?.orchestrationTrace ?? trace ?? {});
    }),
  };
}

export async function invoke(
  cloud: Cloud,
  agentId: string,
  input: Partial<InvokeAgentCommandInput>,
): Promise<Answer> {
  const reply = await cloud.runtime.send(
    new InvokeAgentCommand({
      agentId,
      agentAliasId: 'TSTALIASID',
      sessionId: 'session-1',
      enableTrace: true,
      ...input,
    }),
  );
  return collect(reply.completion);
}

/** The answer of an action-group Lambda to one event. */
export const lambdaAnswer = (event: unknown, body: string, more: Record<string, unknown> = {}) => {
  const { actionGroup, function: name } = event as { actionGroup: string; function: string };
  return {
    messageVersion: '1.0',
    response: {
      actionGroup,
      function: name,
      functionResponse: { responseBody: { TEXT: { body } } },
    },
    ...more,
  };
};

/** A group of one Lambda function. */
export const LOOKUP: GroupInput = {
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

/** A group whose functions the caller runs; one of them needs a confirmation. */
export const ROC: GroupInput = {
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

export const calls = (...list: { tool: string; input: JsonObject }[]): ScriptedReply => ({
  kind: 'tools',
  calls: list,
});
export const says = (text: string): ScriptedReply => ({ kind: 'text', text });
export const lookup = (input: JsonObject = { account: 'A1' }) => calls({ tool: 'billing__lookup', input });
