import type { BedrockAgentClient } from '@aws-sdk/client-bedrock-agent';
import { toolVersion } from '#agents/definition.ts';
import { investigate } from '#agents/investigator/playbook.ts';
import { registerAgents } from '#agents/register.ts';
import { AGENTS } from '#agents/registry.ts';
import type { AgentModel } from '#local/bedrock/model.ts';
import { playbookModel } from '#local/bedrock/playbook-model.ts';
import type { AgentHandle } from '#tools/invoke-agent/tool.ts';
import { functionArn, LOCAL_ACCOUNT } from './machines.ts';

/** The models that the embedded cloud answers with: playbooks, so that nothing but this repository is needed. */
export function modelsOf(): Record<string, AgentModel> {
  return { 'playbook/investigator': playbookModel('investigator', investigate) };
}

/** Registers every agent with the endpoint and returns where each is reached. */
export async function registerAll(client: BedrockAgentClient): Promise<Map<string, AgentHandle>> {
  const registered = await registerAgents(client, AGENTS, {
    roleArn: `arn:aws:iam::${LOCAL_ACCOUNT}:role/plumbline-agent`,
    lambdaArn: functionArn,
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });
  return new Map(
    registered.map(({ name, agentId, agentAliasId, definitionHash }) => {
      const agent = AGENTS.find((candidate) => candidate.name === name);
      if (!agent) throw new TypeError(`Agent ${name} was registered but is not defined`);
      const toolVersions = Object.fromEntries(agent.tools.map((tool) => [tool.name, toolVersion(tool)]));
      return [
        name,
        { agentId, agentAliasId, definitionHash, prompt: agent.prompt, toolVersions, limits: agent.limits },
      ];
    }),
  );
}
