import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  CreateAgentActionGroupCommand,
  CreateAgentAliasCommand,
  CreateAgentCommand,
  CreateFlowCommand,
  CreatePromptCommand,
  DeleteAgentActionGroupCommand,
  DeleteAgentAliasCommand,
  DeleteAgentCommand,
  DeleteAgentVersionCommand,
  GetAgentActionGroupCommand,
  GetAgentAliasCommand,
  GetAgentCommand,
  GetAgentVersionCommand,
  ListAgentActionGroupsCommand,
  ListAgentAliasesCommand,
  ListAgentCollaboratorsCommand,
  ListAgentsCommand,
  ListAgentVersionsCommand,
  ListTagsForResourceCommand,
  PrepareAgentCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateAgentActionGroupCommand,
  UpdateAgentAliasCommand,
  UpdateAgentCommand,
} from '@aws-sdk/client-bedrock-agent';
import { InvokeAgentCommand } from '@aws-sdk/client-bedrock-agent-runtime';
import { scriptedModel } from '#local/bedrock/scripted-model.ts';
import {
  type Cloud,
  type GroupInput,
  invoke,
  LAMBDA,
  MODEL,
  makeAgent,
  startBedrock,
} from './bedrock-harness.ts';

const INSTRUCTION = 'You look into differences between usage and bills and say what caused them.';
const GROUP: GroupInput = {
  actionGroupName: 'billing',
  actionGroupExecutor: { lambda: LAMBDA },
  functionSchema: {
    functions: [{ name: 'lookup', parameters: { account: { type: 'string', required: true } } }],
  },
};
const models = { [MODEL]: scriptedModel('m', () => ({ kind: 'text', text: 'hello' })) };

describe('agents', () => {
  test('create, read, list, change, delete', async () => {
    await using cloud = await startBedrock({ models });
    const { control } = cloud;
    const { agent } = await control.send(new CreateAgentCommand({ agentName: 'a', tags: { team: 'ra' } }));
    const agentId = agent?.agentId ?? '';
    expect(agentId).toMatch(/^[0-9A-Z]{10}$/);
    expect(agent).toMatchObject({
      agentStatus: 'CREATING',
      agentVersion: 'DRAFT',
      idleSessionTTLInSeconds: 1800,
    });
    expect(agent?.createdAt).toEqual(new Date(cloud.clock.ms));
    await control.send(
      new UpdateAgentCommand({
        agentId,
        agentName: 'b',
        agentResourceRoleArn: 'arn:x',
        foundationModel: MODEL,
        instruction: INSTRUCTION,
        idleSessionTTLInSeconds: 60,
      }),
    );
    const read = await control.send(new GetAgentCommand({ agentId }));
    expect(read.agent).toMatchObject({
      agentName: 'b',
      agentStatus: 'NOT_PREPARED',
      foundationModel: MODEL,
      idleSessionTTLInSeconds: 60,
    });
    expect((await control.send(new PrepareAgentCommand({ agentId }))).agentStatus).toBe('PREPARING');
    expect((await control.send(new GetAgentCommand({ agentId }))).agent?.agentStatus).toBe('PREPARED');
    const arn = agent?.agentArn ?? '';
    await control.send(new TagResourceCommand({ resourceArn: arn, tags: { stage: 'dev' } }));
    await control.send(new UntagResourceCommand({ resourceArn: arn, tagKeys: ['team'] }));
    expect((await control.send(new ListTagsForResourceCommand({ resourceArn: arn }))).tags).toEqual({
      stage: 'dev',
    });
    expect(await control.send(new DeleteAgentCommand({ agentId }))).toMatchObject({
      agentStatus: 'DELETING',
    });
    await expect(control.send(new GetAgentCommand({ agentId }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('a repeated client token creates one agent; pages hold every agent once', async () => {
    await using cloud = await startBedrock({ models });
    const once = { agentName: 'same', clientToken: 'token-1' };
    const [first, again] = [
      await cloud.control.send(new CreateAgentCommand(once)),
      await cloud.control.send(new CreateAgentCommand(once)),
    ];
    expect(again.agent?.agentId).toBe(first.agent?.agentId);
    for (const agentName of ['b', 'c', 'd', 'e'])
      await cloud.control.send(new CreateAgentCommand({ agentName }));
    const names: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = await cloud.control.send(new ListAgentsCommand({ maxResults: 2, nextToken }));
      names.push(...(page.agentSummaries ?? []).map((summary) => summary.agentName));
      expect(page.agentSummaries?.length).toBeLessThanOrEqual(2);
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(names).toEqual(['same', 'b', 'c', 'd', 'e']);
  });

  test('agents survive a restart of the runtime', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bedrock-'));
    const file = join(folder, 'cloud.db');
    let agentId = '';
    {
      await using cloud = await startBedrock({ models, db: new DatabaseSync(file) });
      agentId = await makeAgent(cloud, [GROUP]);
      cloud.db.close();
    }
    await using cloud = await startBedrock({ models, db: new DatabaseSync(file) });
    expect((await invoke(cloud, agentId, { inputText: 'hi' })).text).toBe('hello');
    rmSync(folder, { recursive: true });
  });
});

describe('action groups', () => {
  test('create, read, list, disable, delete; each change asks for a new preparation', async () => {
    await using cloud = await startBedrock({ models });
    const agentId = await makeAgent(cloud);
    const draft = { agentId, agentVersion: 'DRAFT' };
    const { agentActionGroup } = await cloud.control.send(
      new CreateAgentActionGroupCommand({ ...draft, ...GROUP }),
    );
    const ref = { ...draft, actionGroupId: agentActionGroup?.actionGroupId ?? '' };
    expect((await cloud.control.send(new GetAgentCommand({ agentId }))).agent?.agentStatus).toBe(
      'NOT_PREPARED',
    );
    const read = await cloud.control.send(new GetAgentActionGroupCommand(ref));
    expect(read.agentActionGroup).toEqual(agentActionGroup);
    await expect(cloud.control.send(new DeleteAgentActionGroupCommand(ref))).rejects.toMatchObject({
      name: 'ConflictException',
    });
    await cloud.control.send(
      new UpdateAgentActionGroupCommand({ ...ref, ...GROUP, actionGroupState: 'DISABLED' }),
    );
    const list = await cloud.control.send(new ListAgentActionGroupsCommand(draft));
    expect(list.actionGroupSummaries).toMatchObject([
      { actionGroupName: 'billing', actionGroupState: 'DISABLED' },
    ]);
    await cloud.control.send(new DeleteAgentActionGroupCommand(ref));
    expect((await cloud.control.send(new ListAgentActionGroupsCommand(draft))).actionGroupSummaries).toEqual(
      [],
    );
  });
});

describe('versions and aliases', () => {
  const alias = async (cloud: Cloud, agentId: string, agentAliasName: string) =>
    (await cloud.control.send(new CreateAgentAliasCommand({ agentId, agentAliasName }))).agentAlias;

  test('an alias makes a version that later changes of the draft do not touch', async () => {
    await using cloud = await startBedrock({ models });
    const agentId = await makeAgent(cloud, [GROUP]);
    const live = await alias(cloud, agentId, 'live');
    expect(live?.routingConfiguration).toEqual([{ agentVersion: '1' }]);
    await cloud.control.send(
      new UpdateAgentCommand({
        agentId,
        agentName: 'renamed',
        agentResourceRoleArn: 'arn:x',
        foundationModel: MODEL,
        instruction: INSTRUCTION,
      }),
    );
    const version = await cloud.control.send(new GetAgentVersionCommand({ agentId, agentVersion: '1' }));
    expect(version.agentVersion).toMatchObject({ agentName: 'investigator', version: '1' });
    const groups = await cloud.control.send(new ListAgentActionGroupsCommand({ agentId, agentVersion: '1' }));
    expect(groups.actionGroupSummaries).toMatchObject([{ actionGroupName: 'billing' }]);
    const ref = { agentId, agentAliasId: live?.agentAliasId ?? '' };
    const unprepared = cloud.control.send(new UpdateAgentAliasCommand({ ...ref, agentAliasName: 'live' }));
    await expect(unprepared).rejects.toMatchObject({ name: 'ValidationException' });
    await cloud.control.send(new PrepareAgentCommand({ agentId }));
    await cloud.control.send(
      new UpdateAgentAliasCommand({ ...ref, agentAliasName: 'live', description: 'sha256' }),
    );
    const moved = await cloud.control.send(new GetAgentAliasCommand(ref));
    expect(moved.agentAlias).toMatchObject({
      routingConfiguration: [{ agentVersion: '2' }],
      agentAliasStatus: 'PREPARED',
    });
    const versions = await cloud.control.send(new ListAgentVersionsCommand({ agentId }));
    expect(versions.agentVersionSummaries?.map((item) => item.agentVersion)).toEqual(['1', '2']);
    await cloud.control.send(
      new UpdateAgentAliasCommand({
        ...ref,
        agentAliasName: 'live',
        routingConfiguration: [{ agentVersion: '1' }],
      }),
    );
    const used = cloud.control.send(new DeleteAgentVersionCommand({ agentId, agentVersion: '1' }));
    await expect(used).rejects.toMatchObject({ name: 'ConflictException' });
    await cloud.control.send(new DeleteAgentVersionCommand({ agentId, agentVersion: '2' }));
    const aliases = await cloud.control.send(new ListAgentAliasesCommand({ agentId }));
    expect(aliases.agentAliasSummaries).toMatchObject([
      { agentAliasName: 'live', routingConfiguration: [{ agentVersion: '1' }] },
    ]);
    await expect(cloud.control.send(new DeleteAgentCommand({ agentId }))).rejects.toMatchObject({
      name: 'ConflictException',
    });
    await cloud.control.send(new DeleteAgentAliasCommand(ref));
    await cloud.control.send(new DeleteAgentCommand({ agentId }));
  });

  test('the alias that is invoked stands in the trace with its version', async () => {
    await using cloud = await startBedrock({ models });
    const agentId = await makeAgent(cloud);
    const live = await alias(cloud, agentId, 'live');
    const answer = await invoke(cloud, agentId, { agentAliasId: live?.agentAliasId, inputText: 'hi' });
    expect(answer.events[0]?.trace).toMatchObject({
      agentVersion: '1',
      agentAliasId: live?.agentAliasId,
      callerChain: [{ agentAliasArn: live?.agentAliasArn }],
    });
  });
});

describe('what is refused, and how', () => {
  const withFunctions = (functions: object[]): GroupInput =>
    ({ ...GROUP, functionSchema: { functions } }) as GroupInput;
  const group = (input: object) => async (cloud: Cloud) =>
    cloud.control.send(
      new CreateAgentActionGroupCommand({
        agentId: await makeAgent(cloud),
        agentVersion: 'DRAFT',
        ...(input as GroupInput),
      }),
    );
  const agent = (input: object) => (cloud: Cloud) =>
    cloud.control.send(new CreateAgentCommand({ agentName: 'x', ...input }));
  const invoking = (input: object) => async (cloud: Cloud) =>
    cloud.runtime.send(
      new InvokeAgentCommand({
        agentId: await makeAgent(cloud),
        agentAliasId: 'TSTALIASID',
        sessionId: 's-1',
        inputText: 'x',
        ...input,
      }),
    );
  test.each([
    [
      'a malformed agent id',
      (c: Cloud) => c.control.send(new GetAgentCommand({ agentId: 'no' })),
      'ValidationException',
      /agentId/,
    ],
    [
      'an unknown agent',
      (c: Cloud) => c.control.send(new GetAgentCommand({ agentId: 'AAAAAAAAAA' })),
      'ResourceNotFoundException',
      /AAAAAAAAAA/,
    ],
    [
      'a model without a backend',
      agent({ foundationModel: 'gpt' }),
      'ValidationException',
      /configured: anthropic.claude-sonnet/,
    ],
    [
      'a session of a minute less',
      agent({ idleSessionTTLInSeconds: 59 }),
      'ValidationException',
      /between 60 and 5400/,
    ],
    [
      'a short instruction',
      agent({ instruction: 'Be kind.' }),
      'ValidationException',
      /greater than or equal to 40/,
    ],
    [
      'memory',
      agent({ memoryConfiguration: { enabledMemoryTypes: ['SESSION_SUMMARY'] } }),
      'ValidationException',
      /not supported/,
    ],
    [
      'custom orchestration',
      agent({ customOrchestration: { executor: { lambda: LAMBDA } } }),
      'ValidationException',
      /not supported/,
    ],
    [
      'collaboration',
      agent({ agentCollaboration: 'SUPERVISOR' }),
      'ValidationException',
      /agentCollaboration/,
    ],
    [
      'files',
      invoking({
        sessionState: {
          files: [
            { name: 'a', source: { sourceType: 'S3', s3Location: { uri: 's3://b/k' } }, useCase: 'CHAT' },
          ],
        },
      }),
      'ValidationException',
      /files/,
    ],
    [
      'a latency setting',
      invoking({ bedrockModelConfigurations: { performanceConfig: { latency: 'optimized' } } }),
      'ValidationException',
      /latency/,
    ],
    [
      'a prompt template',
      agent({
        promptOverrideConfiguration: {
          promptConfigurations: [{ promptType: 'ORCHESTRATION', basePromptTemplate: 'x' }],
        },
      }),
      'ValidationException',
      /basePromptTemplate/,
    ],
    [
      'a group without executor',
      group({ ...GROUP, actionGroupExecutor: undefined }),
      'ValidationException',
      /actionGroupExecutor/,
    ],
    [
      'a group with two schemas',
      group({ ...GROUP, apiSchema: { payload: '{}' } }),
      'ValidationException',
      /exactly one/,
    ],
    [
      'two functions of one name',
      group(withFunctions([{ name: 'f' }, { name: 'f' }])),
      'ValidationException',
      /twice/,
    ],
    [
      'a parameter type of its own',
      group(withFunctions([{ name: 'f', parameters: { p: { type: 'money' } } }])),
      'ValidationException',
      /enum value set/,
    ],
    [
      'a tool name over 64 characters',
      group(withFunctions([{ name: 'f'.repeat(60) }])),
      'ValidationException',
      /up to 64/,
    ],
    [
      'the code interpreter',
      group({ actionGroupName: 'c', parentActionGroupSignature: 'AMAZON.CodeInterpreter' }),
      'ValidationException',
      /no code is executed/,
    ],
    ['a malformed session id', invoking({ sessionId: 'a b' }), 'ValidationException', /sessionId/],
    ['no input', invoking({ inputText: undefined }), 'ValidationException', /inputText/],
    ['an unknown alias', invoking({ agentAliasId: 'AAAAAAAAAA' }), 'ResourceNotFoundException', /alias/],
    ['memory of an agent', invoking({ memoryId: 'user-1' }), 'ValidationException', /memoryId/],
    [
      'results that nobody waits for',
      invoking({
        sessionState: {
          invocationId: 'i',
          returnControlInvocationResults: [{ functionResult: { actionGroup: 'g', function: 'f' } }],
        },
      }),
      'ValidationException',
      /may have expired/,
    ],
  ] as const)('%s', async (_name, send, name, message) => {
    await using cloud = await startBedrock({ models });
    await expect(send(cloud)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });

  test('a function that is not registered is refused', async () => {
    await using cloud = await startBedrock({ models, hasFunction: (arn) => arn === LAMBDA });
    await makeAgent(cloud, [GROUP]);
    const other = { ...GROUP, actionGroupExecutor: { lambda: `${LAMBDA}-2` } };
    await expect(makeAgent(cloud, [other], { agentName: 'b' })).rejects.toThrow(/lookup-2 is not registered/);
  });

  test.each([
    ['a flow', () => new CreateFlowCommand({ name: 'f', executionRoleArn: 'arn:x' })],
    ['a prompt', () => new CreatePromptCommand({ name: 'p' })],
    [
      'a collaborator',
      () => new ListAgentCollaboratorsCommand({ agentId: 'AAAAAAAAAA', agentVersion: 'DRAFT' }),
    ],
  ])('an operation that is not supported: %s', async (_name, command) => {
    await using cloud = await startBedrock({ models });
    const send = cloud.control.send.bind(cloud.control) as (command: object) => Promise<unknown>;
    await expect(send(command())).rejects.toMatchObject({ name: 'UnknownOperationException' });
  });

  test('an agent that was never prepared', async () => {
    await using cloud = await startBedrock({ models });
    const { agent: created } = await cloud.control.send(new CreateAgentCommand({ agentName: 'x' }));
    const agentId = created?.agentId ?? '';
    await expect(cloud.control.send(new PrepareAgentCommand({ agentId }))).rejects.toThrow(
      /without instruction/,
    );
    await expect(invoke(cloud, agentId, { inputText: 'x' })).rejects.toThrow(/has not been prepared/);
  });
});
