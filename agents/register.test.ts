import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetAgentAliasCommand,
  GetAgentVersionCommand,
  ListAgentActionGroupsCommand,
  ListAgentKnowledgeBasesCommand,
} from '@aws-sdk/client-bedrock-agent';
import { RetrieveCommand } from '@aws-sdk/client-bedrock-agent-runtime';
import { playbookModel } from '#local/bedrock/playbook-model.ts';
import { scriptedModel } from '#local/bedrock/scripted-model.ts';
import { startBedrock } from '#tests/contract/bedrock-harness.ts';
import { type AgentDefinition, definitionHash } from './definition.ts';
import { type RegistrationOptions, registerAgents } from './register.ts';
import { registerKnowledgeBases } from './register-knowledge.ts';
import { AGENTS, PLAYBOOKS } from './registry.ts';

const OPTIONS: RegistrationOptions = {
  roleArn: 'arn:aws:iam::000000000000:role/plumbline-agent',
  lambdaArn: (tool) => `arn:aws:lambda:eu-central-1:000000000000:function:${tool}`,
  wait: async () => {},
};
const MODELS = {
  ...Object.fromEntries(
    Object.entries(PLAYBOOKS).map(([name, playbook]) => [`playbook/${name}`, playbookModel(name, playbook)]),
  ),
  'anthropic.claude-sonnet': scriptedModel('claude', []),
};
const [AGENT] = AGENTS as readonly [AgentDefinition];

describe('agents are registered through the real client', () => {
  test('once created, a second registration changes nothing', async () => {
    await using cloud = await startBedrock({ models: MODELS });
    const [first] = await registerAgents(cloud.control, AGENTS, OPTIONS);
    const [second] = await registerAgents(cloud.control, AGENTS, OPTIONS);
    expect(first).toMatchObject({ name: 'investigator', change: 'created' });
    expect(second).toEqual({ ...first, change: 'unchanged' });
  });

  test('the alias carries the hash of the definition and points to a version with all action groups', async () => {
    await using cloud = await startBedrock({ models: MODELS });
    const [registered] = await registerAgents(cloud.control, AGENTS, OPTIONS);
    const { agentId, agentAliasId } = registered ?? { agentId: '', agentAliasId: '' };
    const { agentAlias } = await cloud.control.send(new GetAgentAliasCommand({ agentId, agentAliasId }));
    expect(agentAlias?.description).toBe(`definition ${registered?.definitionHash}`);
    const agentVersion = agentAlias?.routingConfiguration?.[0]?.agentVersion ?? '';
    const version = await cloud.control.send(new GetAgentVersionCommand({ agentId, agentVersion }));
    expect(version.agentVersion?.instruction).toBe(AGENT.instruction);
    const groups = await cloud.control.send(new ListAgentActionGroupsCommand({ agentId, agentVersion }));
    expect(groups.actionGroupSummaries?.map(({ actionGroupName }) => actionGroupName).sort()).toEqual(
      AGENT.tools.map(({ name }) => name).sort(),
    );
  });

  test.each<[string, AgentDefinition, RegistrationOptions]>([
    ['another instruction', { ...AGENT, instruction: `${AGENT.instruction}\nBe brief.` }, OPTIONS],
    ['one tool less', { ...AGENT, tools: AGENT.tools.slice(1) }, OPTIONS],
    [
      'another place of a Lambda',
      AGENT,
      { ...OPTIONS, lambdaArn: (tool) => `arn:aws:lambda:eu-west-1:000000000000:function:${tool}` },
    ],
    ['another model', AGENT, { ...OPTIONS, foundationModel: 'anthropic.claude-sonnet' }],
  ])('%s makes a new version behind the same alias', async (_name, agent, options) => {
    await using cloud = await startBedrock({ models: MODELS });
    const [before] = await registerAgents(cloud.control, AGENTS, OPTIONS);
    const [after] = await registerAgents(cloud.control, [agent], options);
    expect(after).toMatchObject({
      change: 'updated',
      agentId: before?.agentId,
      agentAliasId: before?.agentAliasId,
    });
    expect(after?.definitionHash).not.toBe(before?.definitionHash);
    const { agentAlias } = await cloud.control.send(
      new GetAgentAliasCommand({ agentId: after?.agentId, agentAliasId: after?.agentAliasId }),
    );
    const agentVersion = agentAlias?.routingConfiguration?.[0]?.agentVersion ?? '';
    expect(agentVersion).toBe('2');
    const groups = await cloud.control.send(
      new ListAgentActionGroupsCommand({ agentId: after?.agentId, agentVersion }),
    );
    const enabled = groups.actionGroupSummaries?.filter(
      ({ actionGroupState }) => actionGroupState === 'ENABLED',
    );
    expect(enabled?.map(({ actionGroupName }) => actionGroupName).sort()).toEqual(
      agent.tools.map(({ name }) => name).sort(),
    );
  });

  test('guardrails and knowledge bases are placed where the definition names them, once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-handbook-'));
    writeFileSync(join(folder, 'controls.md'), '# Controls\n\nU08 finds the same session billed twice.\n');
    const guardrails = Object.fromEntries(AGENTS.map(({ guardrail }) => [guardrail.name, guardrail]));
    await using cloud = await startBedrock({ models: MODELS, guardrails, buckets: { handbook: folder } });
    const place = async () => {
      const bases = await registerKnowledgeBases(cloud.control, AGENTS, {
        ...OPTIONS,
        bucketArn: () => 'arn:aws:s3:::handbook',
        embeddingModelArn: 'arn:aws:bedrock:eu-central-1::foundation-model/any',
      });
      const registered = await registerAgents(cloud.control, AGENTS, {
        ...OPTIONS,
        guardrailOf: ({ guardrail }) => ({ guardrailIdentifier: guardrail.name, guardrailVersion: 'DRAFT' }),
        knowledgeBaseId: (name) => bases.get(name),
      });
      return { bases, registered };
    };
    try {
      const first = await place();
      const second = await place();
      expect(second.bases).toEqual(first.bases);
      expect(second.registered.map(({ change }) => change)).toEqual(AGENTS.map(() => 'unchanged'));
      for (const agent of AGENTS) {
        const { agentId = '', agentAliasId = '' } =
          first.registered.find(({ name }) => name === agent.name) ?? {};
        const { agentAlias } = await cloud.control.send(new GetAgentAliasCommand({ agentId, agentAliasId }));
        const agentVersion = agentAlias?.routingConfiguration?.[0]?.agentVersion ?? '';
        const version = await cloud.control.send(new GetAgentVersionCommand({ agentId, agentVersion }));
        expect(version.agentVersion?.guardrailConfiguration?.guardrailIdentifier).toBe(agent.guardrail.name);
        const listed = await cloud.control.send(
          new ListAgentKnowledgeBasesCommand({ agentId, agentVersion }),
        );
        expect(listed.agentKnowledgeBaseSummaries?.map(({ knowledgeBaseId }) => knowledgeBaseId)).toEqual(
          agent.knowledgeBases.map(({ name }) => first.bases.get(name)),
        );
      }
      const [knowledgeBaseId] = first.bases.values();
      const found = await cloud.runtime.send(
        new RetrieveCommand({ knowledgeBaseId, retrievalQuery: { text: 'billed twice' } }),
      );
      expect(found.retrievalResults?.[0]?.content?.text).toContain('U08');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a knowledge base that the definition names no more is taken away', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-handbook-'));
    await using cloud = await startBedrock({ models: MODELS, buckets: { handbook: folder } });
    const agent = AGENTS.find(({ knowledgeBases }) => knowledgeBases.length > 0) as AgentDefinition;
    const bases = await registerKnowledgeBases(cloud.control, [agent], {
      ...OPTIONS,
      bucketArn: () => 'arn:aws:s3:::handbook',
      embeddingModelArn: 'arn:aws:bedrock:eu-central-1::foundation-model/any',
    });
    rmSync(folder, { recursive: true });
    const knowledgeBaseId = (name: string) => bases.get(name);
    await registerAgents(cloud.control, [agent], { ...OPTIONS, knowledgeBaseId });
    const [after] = await registerAgents(cloud.control, [{ ...agent, knowledgeBases: [] }], {
      ...OPTIONS,
      knowledgeBaseId,
    });
    expect(after?.change).toBe('updated');
    const listed = await cloud.control.send(
      new ListAgentKnowledgeBasesCommand({ agentId: after?.agentId, agentVersion: 'DRAFT' }),
    );
    expect(listed.agentKnowledgeBaseSummaries).toEqual([]);
  });

  test('the hash covers what makes the agent behave as it does', () => {
    const hash = definitionHash(AGENT);
    expect(definitionHash({ ...AGENT })).toBe(hash);
    expect(definitionHash({ ...AGENT, limits: { ...AGENT.limits, toolCalls: 1 } })).not.toBe(hash);
  });
});
