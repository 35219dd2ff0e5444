import type { InvokeInlineAgentCommandInput } from '@aws-sdk/client-bedrock-agent-runtime';
import type { Json } from '#core/domain/hash.ts';
import {
  type AgentDefinition,
  actionGroupRequests,
  converseTools,
  type KnowledgeBaseUse,
  type PlacedGuardrail,
} from './definition.ts';

/** Where the parts of an agent are, for the forms that name them. */
export interface Placement {
  /** The Lambda of a tool. */
  readonly lambdaArn: (tool: string) => string;
  /** Overrides the definition's model. */
  readonly foundationModel?: string;
  readonly guardrail?: PlacedGuardrail;
  /** The knowledge base of that name; undefined where there is none, and the agent works without it. */
  readonly knowledgeBaseId?: (name: string) => string | undefined;
}

/** A tool as the chat completions of an OpenAI-compatible server take it. */
export interface OpenAiTool {
  readonly type: 'function';
  readonly function: { readonly name: string; readonly description: string; readonly parameters: Json };
}

/** The request of InvokeInlineAgent, all but session, input and session state. */
export function inlineAgentRequest(
  agent: AgentDefinition,
  placement: Placement,
): Omit<InvokeInlineAgentCommandInput, 'sessionId'> {
  const bases = placedBases(agent.knowledgeBases, placement);
  return {
    agentName: agent.name,
    foundationModel: placement.foundationModel ?? agent.foundationModel,
    instruction: agent.instruction,
    idleSessionTTLInSeconds: agent.idleSessionSeconds,
    actionGroups: actionGroupRequests(agent, placement.lambdaArn).map(
      ({ actionGroupName, description, actionGroupExecutor, functionSchema }) => ({
        actionGroupName,
        description,
        actionGroupExecutor,
        functionSchema,
      }),
    ),
    ...(bases.length === 0 ? {} : { knowledgeBases: bases }),
    ...(placement.guardrail === undefined ? {} : { guardrailConfiguration: placement.guardrail }),
  };
}

/** The knowledge bases of an agent that exist where it is placed. */
export function placedBases(
  uses: readonly KnowledgeBaseUse[],
  { knowledgeBaseId }: Pick<Placement, 'knowledgeBaseId'>,
): { readonly knowledgeBaseId: string; readonly description: string }[] {
  return uses.flatMap(({ name, description }) => {
    const id = knowledgeBaseId?.(name);
    return id === undefined ? [] : [{ knowledgeBaseId: id, description }];
  });
}

/** The tool list of an OpenAI-compatible server: the Converse tools in its words. */
export function openAiTools(agent: AgentDefinition): OpenAiTool[] {
  return converseTools(agent).map(({ toolSpec: { name, description, inputSchema } }) => ({
    type: 'function',
    function: { name, description, parameters: inputSchema.json },
  }));
}
