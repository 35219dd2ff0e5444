import { BedrockAgentRuntime } from '#adapters/bedrock/agent-runtime.ts';
import { type AgentDefinition, toolVersion } from '#agents/definition.ts';
import { registerAgents } from '#agents/register.ts';
import { AGENTS } from '#agents/registry.ts';
import type { AgentModel } from '#local/bedrock/model.ts';
import { type Cloud, startBedrock } from '#tests/contract/bedrock-harness.ts';
import { handlerWith as billingLookup } from '#tools/billing-lookup/handler.ts';
import { handlerWith as contractReader } from '#tools/contract-reader/handler.ts';
import type { AgentHandle } from '#tools/invoke-agent/tool.ts';
import { handlerWith as ticketCreation } from '#tools/ticket-creation/handler.ts';
import { handlerWith as usageQuery } from '#tools/usage-query/handler.ts';
import type { InvestigatedRun } from './investigated-run.ts';

const arnOf = (tool: string) => `arn:aws:lambda:eu-central-1:000000000000:function:${tool}`;

/** The embedded Bedrock with our agents registered through the real SDK clients, and their tools over a run. */
export interface AgentCloud {
  readonly cloud: Cloud;
  readonly runtime: BedrockAgentRuntime;
  readonly agents: Map<string, AgentHandle>;
}

/** Starts it with a model behind every agent. `limits` override those of the definitions. */
export async function agentCloud(
  run: InvestigatedRun,
  model: AgentModel,
  limits: Partial<AgentDefinition['limits']> = {},
): Promise<AgentCloud> {
  const handlers: Record<string, (event: unknown, context: never) => Promise<unknown>> = {
    [arnOf('usage-query')]: usageQuery(run.ports),
    [arnOf('billing-lookup')]: billingLookup(run.ports),
    [arnOf('contract-reader')]: contractReader({ ...run.run.ports, ...run.ports }),
    [arnOf('ticket-creation')]: ticketCreation(run.ports),
  };
  const cloud = await startBedrock({
    models: { [model.id]: model },
    invokeFunction: async (arn, event) => handlers[arn]?.(event, { functionName: arn } as never),
  });
  const registered = await registerAgents(cloud.control, AGENTS, {
    roleArn: 'arn:aws:iam::000000000000:role/plumbline-agent',
    lambdaArn: arnOf,
    foundationModel: model.id,
    wait: async () => {},
  });
  const agents = new Map(
    registered.map(({ name, agentId, agentAliasId, definitionHash }) => {
      const agent = AGENTS.find((candidate) => candidate.name === name) as AgentDefinition;
      const toolVersions = Object.fromEntries(agent.tools.map((tool) => [tool.name, toolVersion(tool)]));
      const handle: AgentHandle = {
        agentId,
        agentAliasId,
        definitionHash,
        prompt: agent.prompt,
        toolVersions,
        limits: { ...agent.limits, ...limits },
      };
      return [name, handle] as const;
    }),
  );
  return { cloud, runtime: new BedrockAgentRuntime(cloud.runtime), agents };
}
