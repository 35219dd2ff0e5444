import { fileURLToPath } from 'node:url';
import type { BedrockAgentClient } from '@aws-sdk/client-bedrock-agent';
import { toolVersion } from '#agents/definition.ts';
import { registerAgents } from '#agents/register.ts';
import { registerKnowledgeBases } from '#agents/register-knowledge.ts';
import { AGENTS, PLAYBOOKS } from '#agents/registry.ts';
import type { GuardrailDefinition } from '#local/bedrock/guardrails/definition.ts';
import type { AgentModel } from '#local/bedrock/model.ts';
import { playbookModel } from '#local/bedrock/playbook-model.ts';
import type { AgentHandle } from '#tools/invoke-agent/tool.ts';
import { functionArn, LOCAL_ACCOUNT, LOCAL_REGION } from './machines.ts';

/** The models that the embedded cloud answers with: playbooks, so that nothing but this repository is needed. */
export function modelsOf(): Record<string, AgentModel> {
  return Object.fromEntries(
    Object.entries(PLAYBOOKS).map(([name, playbook]) => [`playbook/${name}`, playbookModel(name, playbook)]),
  );
}

/** The guardrails of the definitions, which the embedded cloud applies. */
export function guardrailsOf(): Record<string, GuardrailDefinition> {
  return Object.fromEntries(AGENTS.map(({ guardrail }) => [guardrail.name, guardrail]));
}

/** The bucket of the knowledge base `plumbline-handbook`: the documents of this repository. */
export const HANDBOOK_BUCKET = 'plumbline-handbook';
export const HANDBOOK_FOLDER = fileURLToPath(new URL('../../docs', import.meta.url));

const ROLE_ARN = `arn:aws:iam::${LOCAL_ACCOUNT}:role/plumbline-agent`;
const wait = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Registers every agent with its guardrail and knowledge bases with the endpoint; returns where each is reached, and the ids of the knowledge bases. */
export async function registerAll(client: BedrockAgentClient): Promise<{
  readonly agents: Map<string, AgentHandle>;
  readonly knowledgeBases: ReadonlyMap<string, string>;
}> {
  const bases = await registerKnowledgeBases(client, AGENTS, {
    roleArn: ROLE_ARN,
    bucketArn: (name) => (name === HANDBOOK_BUCKET ? `arn:aws:s3:::${name}` : undefined),
    embeddingModelArn: `arn:aws:bedrock:${LOCAL_REGION}::foundation-model/full-text`,
    wait,
  });
  const registered = await registerAgents(client, AGENTS, {
    roleArn: ROLE_ARN,
    lambdaArn: functionArn,
    guardrailOf: ({ guardrail }) => ({ guardrailIdentifier: guardrail.name, guardrailVersion: 'DRAFT' }),
    knowledgeBaseId: (name) => bases.get(name),
    wait,
  });
  const agents = new Map(
    registered.map(({ name, agentId, agentAliasId, definitionHash }) => {
      const agent = AGENTS.find((candidate) => candidate.name === name);
      if (!agent) throw new TypeError(`Agent ${name} was registered but is not defined`);
      const toolVersions = Object.fromEntries(agent.tools.map((tool) => [tool.name, toolVersion(tool)]));
      return [
        name,
        { agentId, agentAliasId, definitionHash, prompt: agent.prompt, toolVersions, limits: agent.limits },
      ] as const;
    }),
  );
  return { agents, knowledgeBases: bases };
}
