/** CreateAgent, UpdateAgent, GetAgent, ListAgents, PrepareAgent, DeleteAgent. */
import { conflict, invalid } from '../errors.ts';
import {
  DESCRIPTION,
  type Fields,
  isFields,
  NAME,
  optionalChoice,
  optionalFields,
  optionalInteger,
  optionalList,
  optionalText,
  optionalTextMap,
  refuse,
  text,
} from '../fields.ts';
import {
  type ActionGroupDoc,
  type AgentDoc,
  type AgentKnowledgeBaseDoc,
  agentOf,
  type ControlPlane,
  DRAFT,
  draftOf,
  guardrailOf,
  type Operation,
  pageSize,
  pageToken,
  type Snapshot,
  timestamp,
} from './resources.ts';
import { removeTags, setTags } from './tags.ts';

const DEFAULT_TTL_SECONDS = 1_800;
const ROLE = { max: 2048 } as const;

type Settings = Omit<
  AgentDoc,
  'agentId' | 'agentArn' | 'agentStatus' | 'createdAt' | 'updatedAt' | 'clientToken' | 'agentVersion'
>;

function readSettings(plane: ControlPlane, body: Fields): Settings {
  refuse(body, 'agent', {
    customOrchestration: 'agents run the built-in loop',
    memoryConfiguration: 'nothing is kept beyond a session',
  });
  optionalChoice(body, 'orchestrationType', ['DEFAULT']);
  optionalChoice(body, 'agentCollaboration', ['DISABLED']);
  const foundationModel = optionalText(body, 'foundationModel', { min: 1, max: 2048 });
  if (foundationModel !== undefined && !plane.models.includes(foundationModel)) {
    const known = plane.models.join(', ') || 'none';
    throw invalid(
      `foundationModel ${foundationModel} is not configured in this runtime; configured: ${known}`,
    );
  }
  return {
    agentName: text(body, 'agentName', NAME),
    orchestrationType: 'DEFAULT',
    agentCollaboration: 'DISABLED',
    idleSessionTTLInSeconds:
      optionalInteger(body, 'idleSessionTTLInSeconds', 60, 5_400) ?? DEFAULT_TTL_SECONDS,
    agentResourceRoleArn:
      optionalText(body, 'agentResourceRoleArn', ROLE) ?? `arn:aws:iam::${plane.account}:role/local-agent`,
    ...defined({
      instruction: optionalText(body, 'instruction', { min: 40, max: 20_000 }),
      foundationModel,
      description: optionalText(body, 'description', DESCRIPTION),
      customerEncryptionKeyArn: optionalText(body, 'customerEncryptionKeyArn'),
      promptOverrideConfiguration: readOverrides(body),
      guardrailConfiguration: readGuardrail(plane, body),
    }),
  };
}

/** Throws ValidationException for a guardrail that would not be applied. */
export function readGuardrail(plane: ControlPlane, body: Fields): AgentDoc['guardrailConfiguration'] {
  const guardrail = optionalFields(body, 'guardrailConfiguration');
  if (guardrail === undefined) return undefined;
  const guardrailIdentifier = text(guardrail, 'guardrailIdentifier');
  guardrailOf(plane, guardrailIdentifier);
  const guardrailVersion = text(guardrail, 'guardrailVersion', { pattern: /[1-9][0-9]{0,7}|DRAFT/ });
  return { guardrailIdentifier, guardrailVersion };
}

/** The object without its undefined members. */
export function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Of prompt overrides only the inference settings of orchestration are run; templates and parsers are refused. */
export function readOverrides(body: Fields): Fields | undefined {
  const overrides = optionalFields(body, 'promptOverrideConfiguration');
  if (overrides === undefined) return undefined;
  refuse(overrides, 'promptOverrideConfiguration', {
    overrideLambda: 'answers are read without a parser Lambda',
  });
  for (const item of optionalList(overrides, 'promptConfigurations') ?? []) {
    if (!isFields(item)) throw invalid('promptConfigurations must hold objects');
    refuse(item, 'promptConfigurations', {
      basePromptTemplate: 'the instruction is the whole system prompt',
      additionalModelRequestFields: 'only inferenceConfiguration is passed on',
      foundationModel: 'all steps use the model of the agent',
    });
    optionalChoice(item, 'parserMode', ['DEFAULT']);
    const type = text(item, 'promptType');
    if (type !== 'ORCHESTRATION' && item.promptState === 'ENABLED') {
      throw invalid(
        `promptConfigurations: ${type} is not supported by this runtime; set promptState DISABLED`,
      );
    }
  }
  return overrides;
}

export const createAgent: Operation = (plane, _params, body) => {
  const clientToken = optionalText(body, 'clientToken', { pattern: /[a-zA-Z0-9](-*[a-zA-Z0-9]){0,256}/ });
  const agents = plane.store.all<AgentDoc>('agent', '');
  const repeated = agents.find((agent) => clientToken !== undefined && agent.clientToken === clientToken);
  if (repeated !== undefined) return { agent: { ...repeated, agentStatus: 'CREATING' } };
  const settings = readSettings(plane, body);
  if (agents.some((agent) => agent.agentName === settings.agentName)) {
    throw conflict(`An agent with the name ${settings.agentName} already exists.`);
  }
  const agentId = plane.newId();
  const at = timestamp(plane);
  const agent: AgentDoc = {
    ...settings,
    agentId,
    agentArn: `arn:aws:bedrock:${plane.region}:${plane.account}:agent/${agentId}`,
    agentVersion: DRAFT,
    agentStatus: 'NOT_PREPARED',
    ...(clientToken === undefined ? {} : { clientToken }),
    createdAt: at,
    updatedAt: at,
  };
  plane.store.put('agent', '', agentId, agent);
  setTags(plane, agent.agentArn, optionalTextMap(body, 'tags') ?? {});
  return { agent: { ...agent, agentStatus: 'CREATING' } };
};

export const updateAgent: Operation = (plane, params, body) => {
  const before = agentOf(plane, params);
  const settings = readSettings(plane, body);
  const others = plane.store.all<AgentDoc>('agent', '').filter((agent) => agent.agentId !== before.agentId);
  if (others.some((agent) => agent.agentName === settings.agentName)) {
    throw conflict(`An agent with the name ${settings.agentName} already exists.`);
  }
  const agent: AgentDoc = {
    ...settings,
    agentId: before.agentId,
    agentArn: before.agentArn,
    agentVersion: DRAFT,
    agentStatus: 'NOT_PREPARED',
    ...defined({ clientToken: before.clientToken, preparedAt: before.preparedAt }),
    createdAt: before.createdAt,
    updatedAt: timestamp(plane),
  };
  plane.store.put('agent', '', agent.agentId, agent);
  return { agent: { ...agent, agentStatus: 'UPDATING' } };
};

export const getAgent: Operation = (plane, params) => ({ agent: agentOf(plane, params) });

export const listAgents: Operation = (plane, _params, body) => {
  const page = plane.store.page<AgentDoc>('agent', '', pageSize(body), pageToken(body));
  return {
    agentSummaries: page.items.map((agent) => ({
      agentId: agent.agentId,
      agentName: agent.agentName,
      agentStatus: agent.agentStatus,
      updatedAt: agent.updatedAt,
      ...defined({
        description: agent.description,
        latestAgentVersion: latestVersion(plane, agent.agentId),
        guardrailConfiguration: agent.guardrailConfiguration,
      }),
    })),
    ...defined({ nextToken: page.nextToken }),
  };
};

export function latestVersion(plane: ControlPlane, agentId: string): string | undefined {
  const numbers = plane.store.all<Snapshot>('version', agentId).map((snapshot) => Number(snapshot.version));
  return numbers.length === 0 ? undefined : String(Math.max(...numbers));
}

/** Everything that belongs to the draft, as it stands now. */
export function draftSnapshot(plane: ControlPlane, agent: AgentDoc): Snapshot {
  const parent = draftOf(agent.agentId);
  return {
    version: DRAFT,
    agent,
    actionGroups: plane.store.all<ActionGroupDoc>('action-group', parent),
    knowledgeBases: plane.store.all<AgentKnowledgeBaseDoc>('agent-knowledge-base', parent),
    createdAt: timestamp(plane),
  };
}

export const prepareAgent: Operation = (plane, params) => {
  const before = agentOf(plane, params);
  for (const field of ['instruction', 'foundationModel'] as const) {
    if (before[field] === undefined)
      throw invalid(`Agent ${before.agentId} cannot be prepared without ${field}.`);
  }
  const agent: AgentDoc = { ...before, agentStatus: 'PREPARED', preparedAt: timestamp(plane) };
  plane.store.atomic(() => {
    plane.store.put('agent', '', agent.agentId, agent);
    plane.store.put('prepared', agent.agentId, DRAFT, draftSnapshot(plane, agent));
  });
  return {
    agentId: agent.agentId,
    agentStatus: 'PREPARING',
    agentVersion: DRAFT,
    preparedAt: agent.preparedAt,
  };
};

export const deleteAgent: Operation = (plane, params, _body, query) => {
  const agent = agentOf(plane, params);
  const { agentId } = agent;
  const aliases = plane.store.all('alias', agentId);
  if (aliases.length > 0 && query.get('skipResourceInUseCheck') !== 'true') {
    throw conflict(
      `Agent ${agentId} has ${aliases.length} aliases; delete them or set skipResourceInUseCheck.`,
    );
  }
  plane.store.atomic(() => {
    plane.store.remove('agent', '', agentId);
    for (const kind of ['prepared', 'version', 'alias'] as const) plane.store.removeAll(kind, agentId);
    for (const kind of ['action-group', 'agent-knowledge-base'] as const) {
      plane.store.removeAll(kind, draftOf(agentId));
    }
    removeTags(plane, agent.agentArn);
  });
  return { agentId, agentStatus: 'DELETING' };
};
