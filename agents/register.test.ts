import {
  GetAgentAliasCommand,
  GetAgentVersionCommand,
  ListAgentActionGroupsCommand,
} from '@aws-sdk/client-bedrock-agent';
import { playbookModel } from '#local/bedrock/playbook-model.ts';
import { scriptedModel } from '#local/bedrock/scripted-model.ts';
import { startBedrock } from '#tests/contract/bedrock-harness.ts';
import { type AgentDefinition, definitionHash } from './definition.ts';
import { investigate } from './investigator/playbook.ts';
import { type RegistrationOptions, registerAgents } from './register.ts';
import { AGENTS } from './registry.ts';

const OPTIONS: RegistrationOptions = {
  roleArn: 'arn:aws:iam::000000000000:role/plumbline-agent',
  lambdaArn: (tool) => `arn:aws:lambda:eu-central-1:000000000000:function:${tool}`,
  wait: async () => {},
};
const MODELS = {
  ...Object.fromEntries(
    AGENTS.map(({ foundationModel }) => [foundationModel, playbookModel(foundationModel, investigate)]),
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

  test('the hash covers what makes the agent behave as it does', () => {
    const hash = definitionHash(AGENT);
    expect(definitionHash({ ...AGENT })).toBe(hash);
    expect(definitionHash({ ...AGENT, limits: { ...AGENT.limits, toolCalls: 1 } })).not.toBe(hash);
  });
});
