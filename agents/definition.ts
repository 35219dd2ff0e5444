import type {
  CreateAgentActionGroupCommandInput,
  CreateAgentCommandInput,
  Function as FunctionDefinition,
  ParameterDetail,
} from '@aws-sdk/client-bedrock-agent';
import { z } from 'zod';
import { hashOf, type Json } from '#core/domain/hash.ts';
import type { GuardrailDefinition } from './guardrail.ts';

/** A tool of an agent: one action group with one function of the same name. */
export interface AgentToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodObject;
}

/** What one conversation may use up. */
export interface AgentLimits {
  readonly modelCalls: number;
  /** Input and output tokens together. */
  readonly tokens: number;
  readonly seconds: number;
  readonly toolCalls: number;
  /** US dollars that one conversation may cost, as a decimal string; counted where the model has a price. */
  readonly costUsd?: string;
}

/** Documents that an agent may search beside its tools: nothing of an operator, so no scope is needed for them. */
export interface KnowledgeBaseUse {
  readonly name: string;
  /** What the agent is told that it finds there. */
  readonly description: string;
}

/** One agent, from which every form of it is made. */
export interface AgentDefinition {
  readonly name: string;
  readonly description: string;
  readonly instruction: string;
  readonly prompt: { readonly file: string; readonly version: number; readonly sha256: string };
  readonly foundationModel: string;
  readonly tools: readonly AgentToolDefinition[];
  readonly knowledgeBases: readonly KnowledgeBaseUse[];
  readonly guardrail: GuardrailDefinition;
  /** The policy that answers where there is no model: `playbook/<name>` is its id as a model. */
  readonly playbook: string;
  /** The form of its answer. */
  readonly output: z.ZodType;
  readonly limits: AgentLimits;
  readonly idleSessionSeconds: number;
}

/** A tool as the Converse API takes it. */
export interface ConverseTool {
  readonly toolSpec: {
    readonly name: string;
    readonly description: string;
    readonly inputSchema: { readonly json: Json };
  };
}

/** Hex SHA-256 over everything that makes the agent behave as it does. */
export function definitionHash(agent: AgentDefinition): string {
  return hashOf({
    ...agent,
    guardrail: plain(agent.guardrail),
    limits: plain(agent.limits),
    knowledgeBases: plain(agent.knowledgeBases),
    output: plain(z.toJSONSchema(agent.output, { unrepresentable: 'any' })),
    tools: agent.tools.map((tool) => ({ ...plain(functionSchema(tool)), hash: toolVersion(tool) })),
  });
}

/** A value as its JSON says it. */
const plain = <T extends object>(value: T) => JSON.parse(JSON.stringify(value)) as { [key: string]: Json };

/** Short hash of a tool's schema, recorded with every investigation. */
export function toolVersion(tool: AgentToolDefinition): string {
  return hashOf({
    name: tool.name,
    description: tool.description,
    input: z.toJSONSchema(tool.input, { io: 'input', unrepresentable: 'any' }),
  }).slice(0, 12);
}

/** A guardrail as it was made from a definition. */
export interface PlacedGuardrail {
  readonly guardrailIdentifier: string;
  readonly guardrailVersion: string;
}

/** The request that creates the Bedrock agent. */
export function createAgentRequest(
  agent: AgentDefinition,
  roleArn: string,
  foundationModel: string = agent.foundationModel,
  guardrail?: PlacedGuardrail,
): CreateAgentCommandInput {
  return {
    agentName: agent.name,
    description: agent.description,
    instruction: agent.instruction,
    foundationModel,
    agentResourceRoleArn: roleArn,
    idleSessionTTLInSeconds: agent.idleSessionSeconds,
    ...(guardrail === undefined ? {} : { guardrailConfiguration: guardrail }),
  };
}

/** The requests that create its action groups, all but the agent's id and version. */
export function actionGroupRequests(
  agent: AgentDefinition,
  lambdaArn: (tool: string) => string,
): Omit<CreateAgentActionGroupCommandInput, 'agentId' | 'agentVersion'>[] {
  return agent.tools.map((tool) => ({
    actionGroupName: tool.name,
    description: shorten(tool.description, 200),
    actionGroupExecutor: { lambda: lambdaArn(tool.name) },
    actionGroupState: 'ENABLED',
    functionSchema: { functions: [functionSchema(tool)] },
  }));
}

/** The function of a tool, with its parameters derived from the zod schema. */
export function functionSchema(tool: AgentToolDefinition): FunctionDefinition {
  return {
    name: tool.name,
    description: shorten(tool.description, 1_200),
    requireConfirmation: 'DISABLED',
    parameters: Object.fromEntries(
      Object.entries(tool.input.shape).map(([name, field]) => [name, parameterOf(name, field)]),
    ),
  };
}

/** The tool list of the Converse API; names as Bedrock Agents makes them: `group__function`. */
export function converseTools(agent: AgentDefinition): ConverseTool[] {
  return agent.tools.map((tool) => {
    const parameters: Record<string, ParameterDetail> = functionSchema(tool).parameters ?? {};
    return {
      toolSpec: {
        name: `${tool.name}__${tool.name}`,
        description: tool.description,
        inputSchema: {
          json: {
            type: 'object',
            properties: Object.fromEntries(
              Object.entries(parameters).map(([name, { type, description }]) => [
                name,
                { type: type ?? 'string', description: description ?? '' },
              ]),
            ),
            required: Object.keys(parameters).filter((name) => parameters[name]?.required === true),
          },
        },
      },
    };
  });
}

type Field = z.core.$ZodType;

/** Bedrock's parameter of a field. Throws a TypeError on a type that a function schema cannot say. */
function parameterOf(name: string, field: Field): ParameterDetail {
  const optional = field instanceof z.ZodOptional;
  const inner: Field = optional ? field.unwrap() : field;
  const words = describe(field) ?? describe(inner) ?? '';
  if (inner instanceof z.ZodEnum) {
    return {
      type: 'string',
      required: !optional,
      description: `${words}. One of: ${inner.options.join(', ')}`,
    };
  }
  if (inner instanceof z.ZodString) return { type: 'string', required: !optional, description: words };
  if (inner instanceof z.ZodNumber) return { type: 'integer', required: !optional, description: words };
  if (inner instanceof z.ZodBoolean) return { type: 'boolean', required: !optional, description: words };
  throw new TypeError(`Parameter ${name}: a function schema has no type for it`);
}

const describe = (field: Field): string | undefined => z.globalRegistry.get(field)?.description;

const shorten = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length - 1)}…`;
