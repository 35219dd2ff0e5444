import {
  AssociateAgentKnowledgeBaseCommand,
  type BedrockAgentClient,
  CreateAgentActionGroupCommand,
  CreateAgentAliasCommand,
  CreateAgentCommand,
  DeleteAgentActionGroupCommand,
  DisassociateAgentKnowledgeBaseCommand,
  GetAgentAliasCommand,
  GetAgentCommand,
  ListAgentActionGroupsCommand,
  ListAgentAliasesCommand,
  ListAgentKnowledgeBasesCommand,
  ListAgentsCommand,
  PrepareAgentCommand,
  UpdateAgentActionGroupCommand,
  UpdateAgentAliasCommand,
  UpdateAgentCommand,
} from '@aws-sdk/client-bedrock-agent';
import {
  type AgentDefinition,
  actionGroupRequests,
  createAgentRequest,
  definitionHash,
  type PlacedGuardrail,
} from './definition.ts';
import { type Placement, placedBases } from './forms.ts';

/** What is needed beside the definitions. */
export interface RegistrationOptions extends Omit<Placement, 'guardrail'> {
  /** The role that the agents run as. */
  readonly roleArn: string;
  /** The guardrail of an agent; left out where there is none. */
  readonly guardrailOf?: (agent: AgentDefinition) => PlacedGuardrail | undefined;
  /** Waits between polls of an agent that is being created or prepared. */
  readonly wait: (milliseconds: number) => Promise<void>;
}

/** Where a registered agent is reached, and which definition it is. */
export interface RegisteredAgent {
  readonly name: string;
  readonly agentId: string;
  readonly agentAliasId: string;
  readonly definitionHash: string;
  readonly change: 'created' | 'updated' | 'unchanged';
}

const ALIAS = 'live';
const DRAFT = 'DRAFT';
const POLLS = 60;
const POLL_MS = 500;

/**
 * Brings every agent in line with its definition: creates or updates the agent, its action groups and knowledge bases, prepares it
 * and points the alias `live` to it. The alias's description carries the definition's hash, so that an agent that
 * is in line already costs three reads. Throws an Error when an agent does not become ready.
 */
export async function registerAgents(
  client: BedrockAgentClient,
  agents: readonly AgentDefinition[],
  options: RegistrationOptions,
): Promise<RegisteredAgent[]> {
  const known = await agentIds(client);
  const registered: RegisteredAgent[] = [];
  for (const agent of agents)
    registered.push(await registerAgent(client, agent, known.get(agent.name), options));
  return registered;
}

async function registerAgent(
  client: BedrockAgentClient,
  agent: AgentDefinition,
  knownId: string | undefined,
  options: RegistrationOptions,
): Promise<RegisteredAgent> {
  const hash = registrationHash(agent, options);
  const mark = `definition ${hash}`;
  const alias = knownId === undefined ? undefined : await findAlias(client, knownId);
  if (knownId !== undefined && alias !== undefined && alias.description === mark) {
    return {
      name: agent.name,
      agentId: knownId,
      agentAliasId: alias.id,
      definitionHash: hash,
      change: 'unchanged',
    };
  }
  const request = createAgentRequest(
    agent,
    options.roleArn,
    options.foundationModel,
    options.guardrailOf?.(agent),
  );
  const agentId =
    knownId === undefined
      ? required((await client.send(new CreateAgentCommand(request))).agent?.agentId, 'agentId')
      : await updateAgent(client, knownId, request);
  await untilAgent(client, agentId, ['NOT_PREPARED', 'PREPARED'], options);
  await putActionGroups(client, agent, agentId, options);
  await putKnowledgeBases(client, agent, agentId, options);
  await client.send(new PrepareAgentCommand({ agentId }));
  await untilAgent(client, agentId, ['PREPARED'], options);
  const agentAliasId = await putAlias(client, agentId, alias?.id, mark);
  await untilAlias(client, agentId, agentAliasId, options);
  const change = knownId === undefined ? 'created' : 'updated';
  return { name: agent.name, agentId, agentAliasId, definitionHash: hash, change };
}

/** Covers the definition and where it is placed, for a moved Lambda or guardrail or another model must be registered too. */
function registrationHash(agent: AgentDefinition, options: RegistrationOptions): string {
  const foundationModel = options.foundationModel ?? agent.foundationModel;
  const guardrail = options.guardrailOf?.(agent);
  const places = [
    ...agent.tools.map((tool) => options.lambdaArn(tool.name)),
    ...placedBases(agent.knowledgeBases, options).map(({ knowledgeBaseId }) => knowledgeBaseId),
    ...(guardrail === undefined ? [] : [`${guardrail.guardrailIdentifier}:${guardrail.guardrailVersion}`]),
  ].join(' ');
  return definitionHash({
    ...agent,
    foundationModel,
    description: `${agent.description} ${options.roleArn} ${places}`,
  });
}

async function updateAgent(
  client: BedrockAgentClient,
  agentId: string,
  request: ReturnType<typeof createAgentRequest>,
): Promise<string> {
  const { agentName, foundationModel, agentResourceRoleArn, ...rest } = request;
  await client.send(
    new UpdateAgentCommand({
      ...rest,
      agentId,
      agentName: required(agentName, 'agentName'),
      foundationModel: required(foundationModel, 'foundationModel'),
      agentResourceRoleArn: required(agentResourceRoleArn, 'agentResourceRoleArn'),
    }),
  );
  return agentId;
}

async function putActionGroups(
  client: BedrockAgentClient,
  agent: AgentDefinition,
  agentId: string,
  options: RegistrationOptions,
): Promise<void> {
  const listed = await client.send(new ListAgentActionGroupsCommand({ agentId, agentVersion: DRAFT }));
  const ids = new Map(
    listed.actionGroupSummaries?.map((group) => [group.actionGroupName, group.actionGroupId]),
  );
  const place = { agentId, agentVersion: DRAFT };
  for (const request of actionGroupRequests(agent, options.lambdaArn)) {
    const actionGroupId = ids.get(request.actionGroupName);
    ids.delete(request.actionGroupName);
    if (actionGroupId === undefined) {
      await client.send(new CreateAgentActionGroupCommand({ ...place, ...request }));
    } else {
      const { clientToken: _, ...fields } = request;
      await client.send(new UpdateAgentActionGroupCommand({ ...place, ...fields, actionGroupId }));
    }
  }
  // What is left belongs to no tool any more. It is enabled, so Bedrock wants to be told that this is meant.
  for (const actionGroupId of ids.values()) {
    await client.send(
      new DeleteAgentActionGroupCommand({ ...place, actionGroupId, skipResourceInUseCheck: true }),
    );
  }
}

/** The draft searches the knowledge bases of the definition that exist here, and no other. */
async function putKnowledgeBases(
  client: BedrockAgentClient,
  agent: AgentDefinition,
  agentId: string,
  options: RegistrationOptions,
): Promise<void> {
  const place = { agentId, agentVersion: DRAFT };
  const wanted = placedBases(agent.knowledgeBases, options);
  const { agentKnowledgeBaseSummaries = [] } = await client.send(new ListAgentKnowledgeBasesCommand(place));
  const known = agentKnowledgeBaseSummaries.map(({ knowledgeBaseId }) => knowledgeBaseId);
  for (const base of wanted.filter(({ knowledgeBaseId }) => !known.includes(knowledgeBaseId))) {
    await client.send(new AssociateAgentKnowledgeBaseCommand({ ...place, ...base }));
  }
  for (const knowledgeBaseId of known) {
    if (wanted.some((base) => base.knowledgeBaseId === knowledgeBaseId)) continue;
    await client.send(new DisassociateAgentKnowledgeBaseCommand({ ...place, knowledgeBaseId }));
  }
}

async function putAlias(
  client: BedrockAgentClient,
  agentId: string,
  aliasId: string | undefined,
  description: string,
): Promise<string> {
  const request = { agentId, agentAliasName: ALIAS, description };
  const reply =
    aliasId === undefined
      ? await client.send(new CreateAgentAliasCommand(request))
      : await client.send(new UpdateAgentAliasCommand({ ...request, agentAliasId: aliasId }));
  return required(reply.agentAlias?.agentAliasId, 'agentAliasId');
}

async function agentIds(client: BedrockAgentClient): Promise<Map<string, string>> {
  const ids = new Map<string, string>();
  let nextToken: string | undefined;
  do {
    const page = await client.send(new ListAgentsCommand({ nextToken }));
    for (const { agentName, agentId } of page.agentSummaries ?? []) {
      if (agentName !== undefined && agentId !== undefined) ids.set(agentName, agentId);
    }
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return ids;
}

async function findAlias(
  client: BedrockAgentClient,
  agentId: string,
): Promise<{ id: string; description: string | undefined } | undefined> {
  const { agentAliasSummaries = [] } = await client.send(new ListAgentAliasesCommand({ agentId }));
  const alias = agentAliasSummaries.find(({ agentAliasName }) => agentAliasName === ALIAS);
  return alias?.agentAliasId === undefined
    ? undefined
    : { id: alias.agentAliasId, description: alias.description };
}

async function untilAgent(
  client: BedrockAgentClient,
  agentId: string,
  wanted: readonly string[],
  options: RegistrationOptions,
): Promise<void> {
  for (let poll = 0; poll < POLLS; poll += 1) {
    const { agent } = await client.send(new GetAgentCommand({ agentId }));
    const status = agent?.agentStatus ?? 'UNKNOWN';
    if (wanted.includes(status)) return;
    if (status === 'FAILED') {
      throw new Error(`Agent ${agentId} failed: ${agent?.failureReasons?.join('; ') ?? 'no reason given'}`);
    }
    await options.wait(POLL_MS);
  }
  throw new Error(`Agent ${agentId} did not become ${wanted.join(' or ')} in ${(POLLS * POLL_MS) / 1_000} s`);
}

async function untilAlias(
  client: BedrockAgentClient,
  agentId: string,
  agentAliasId: string,
  options: RegistrationOptions,
): Promise<void> {
  for (let poll = 0; poll < POLLS; poll += 1) {
    const { agentAlias } = await client.send(new GetAgentAliasCommand({ agentId, agentAliasId }));
    if (agentAlias?.agentAliasStatus === 'PREPARED') return;
    if (agentAlias?.agentAliasStatus === 'FAILED')
      throw new Error(`Alias ${agentAliasId} of agent ${agentId} failed`);
    await options.wait(POLL_MS);
  }
  throw new Error(`Alias ${agentAliasId} of agent ${agentId} did not become PREPARED`);
}

function required<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new Error(`Bedrock answered without ${field}`);
  return value;
}
