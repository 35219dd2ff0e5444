/** Aliases, and the versions they make: CreateAgentAlias without a routing configuration makes a new version. */
import { conflict, invalid } from '../errors.ts';
import {
  DESCRIPTION,
  type Fields,
  isFields,
  NAME,
  optionalList,
  optionalText,
  optionalTextMap,
  text,
} from '../fields.ts';
import { defined, draftSnapshot, latestVersion } from './agents.ts';
import {
  type AgentDoc,
  type AliasDoc,
  agentOf,
  type ControlPlane,
  missing,
  type Operation,
  type Params,
  pageSize,
  pageToken,
  type Snapshot,
  snapshotOf,
  timestamp,
} from './resources.ts';
import { removeTags, setTags } from './tags.ts';

const ALIAS_ID = { pattern: /TSTALIASID|[0-9a-zA-Z]{10}/ } as const;

/** The alias that always stands for the prepared draft. */
export const TEST_ALIAS = 'TSTALIASID';

function aliasOf(plane: ControlPlane, params: Params): AliasDoc {
  const agent = agentOf(plane, params);
  const aliasId = text(params, 'agentAliasId', ALIAS_ID);
  const alias = plane.store.get<AliasDoc>('alias', agent.agentId, aliasId);
  if (alias === undefined) throw missing(`alias of agent ${agent.agentId}`, aliasId);
  return alias;
}

function readRouting(plane: ControlPlane, agentId: string, body: Fields): AliasDoc['routingConfiguration'] {
  const routing = optionalList(body, 'routingConfiguration') ?? [];
  if (routing.length > 1) throw invalid('routingConfiguration may hold one entry');
  return routing.flatMap((item) => {
    if (!isFields(item)) throw invalid('routingConfiguration must hold objects');
    if (item.provisionedThroughput !== undefined)
      throw invalid('provisionedThroughput is not supported by this runtime');
    const agentVersion = optionalText(item, 'agentVersion');
    if (agentVersion === undefined) return [];
    return [{ agentVersion: snapshotOf(plane, agentId, agentVersion).version }];
  });
}

/** Makes a version of the prepared draft. Throws ValidationException where the draft is not prepared. */
function newVersion(plane: ControlPlane, agent: AgentDoc): string {
  if (agent.agentStatus !== 'PREPARED') {
    throw invalid(
      `Agent ${agent.agentId} is ${agent.agentStatus}; prepare it before making a version of it.`,
    );
  }
  const version = String(Number(latestVersion(plane, agent.agentId) ?? '0') + 1);
  plane.store.put('version', agent.agentId, version, { ...draftSnapshot(plane, agent), version });
  return version;
}

export const createAgentAlias: Operation = (plane, params, body) => {
  const agent = agentOf(plane, params);
  const name = text(body, 'agentAliasName', NAME);
  const aliases = plane.store.all<AliasDoc>('alias', agent.agentId);
  const clientToken = optionalText(body, 'clientToken');
  const repeated = aliases.find((alias) => clientToken !== undefined && alias.clientToken === clientToken);
  if (repeated !== undefined) return { agentAlias: { ...repeated, agentAliasStatus: 'CREATING' } };
  if (aliases.some((alias) => alias.agentAliasName === name)) {
    throw conflict(`Agent ${agent.agentId} already has an alias with the name ${name}.`);
  }
  return plane.store.atomic(() => {
    const routing = readRouting(plane, agent.agentId, body);
    const aliasId = plane.newId();
    const at = timestamp(plane);
    const routingConfiguration = routing.length > 0 ? routing : [{ agentVersion: newVersion(plane, agent) }];
    const alias: AliasDoc = {
      agentId: agent.agentId,
      agentAliasId: aliasId,
      agentAliasName: name,
      agentAliasArn: `arn:aws:bedrock:${plane.region}:${plane.account}:agent-alias/${agent.agentId}/${aliasId}`,
      ...defined({ clientToken, description: optionalText(body, 'description', DESCRIPTION) }),
      routingConfiguration,
      agentAliasStatus: 'PREPARED',
      aliasInvocationState: 'ACCEPT_INVOCATIONS',
      createdAt: at,
      updatedAt: at,
      agentAliasHistoryEvents: [{ routingConfiguration, startDate: at }],
    };
    plane.store.put('alias', agent.agentId, aliasId, alias);
    setTags(plane, alias.agentAliasArn, optionalTextMap(body, 'tags') ?? {});
    return { agentAlias: { ...alias, agentAliasStatus: 'CREATING' } };
  });
};

/** Without a routing configuration the alias moves to a new version, which is how IaC makes versions. */
export const updateAgentAlias: Operation = (plane, params, body) => {
  const before = aliasOf(plane, params);
  const agent = agentOf(plane, params);
  return plane.store.atomic(() => {
    const routing = readRouting(plane, before.agentId, body);
    const routingConfiguration = routing.length > 0 ? routing : [{ agentVersion: newVersion(plane, agent) }];
    const at = timestamp(plane);
    const history = before.agentAliasHistoryEvents.map((event) => ({
      ...event,
      endDate: event.endDate ?? at,
    }));
    const state = body.aliasInvocationState;
    const alias: AliasDoc = {
      ...before,
      agentAliasName: text(body, 'agentAliasName', NAME),
      ...defined({ description: optionalText(body, 'description', DESCRIPTION) }),
      aliasInvocationState: state === 'REJECT_INVOCATIONS' ? 'REJECT_INVOCATIONS' : 'ACCEPT_INVOCATIONS',
      routingConfiguration,
      updatedAt: at,
      agentAliasHistoryEvents: [...history, { routingConfiguration, startDate: at }].slice(-10),
    };
    plane.store.put('alias', before.agentId, before.agentAliasId, alias);
    return { agentAlias: { ...alias, agentAliasStatus: 'UPDATING' } };
  });
};

export const getAgentAlias: Operation = (plane, params) => ({ agentAlias: aliasOf(plane, params) });

export const listAgentAliases: Operation = (plane, params, body) => {
  const { agentId } = agentOf(plane, params);
  const page = plane.store.page<AliasDoc>('alias', agentId, pageSize(body), pageToken(body));
  return {
    agentAliasSummaries: page.items.map((alias) => ({
      agentAliasId: alias.agentAliasId,
      agentAliasName: alias.agentAliasName,
      agentAliasStatus: alias.agentAliasStatus,
      aliasInvocationState: alias.aliasInvocationState,
      routingConfiguration: alias.routingConfiguration,
      createdAt: alias.createdAt,
      updatedAt: alias.updatedAt,
      ...defined({ description: alias.description }),
    })),
    ...defined({ nextToken: page.nextToken }),
  };
};

export const deleteAgentAlias: Operation = (plane, params) => {
  const { agentId, agentAliasId, agentAliasArn } = aliasOf(plane, params);
  plane.store.remove('alias', agentId, agentAliasId);
  removeTags(plane, agentAliasArn);
  return { agentId, agentAliasId, agentAliasStatus: 'DELETING' };
};

export const getAgentVersion: Operation = (plane, params) => {
  const { agentId } = agentOf(plane, params);
  const snapshot = snapshotOf(plane, agentId, text(params, 'agentVersion', { pattern: /[1-9][0-9]{0,4}/ }));
  const { clientToken: _token, preparedAt: _prepared, agentVersion: _draft, ...agent } = snapshot.agent;
  return {
    agentVersion: {
      ...agent,
      version: snapshot.version,
      createdAt: snapshot.createdAt,
      updatedAt: snapshot.createdAt,
    },
  };
};

export const listAgentVersions: Operation = (plane, params, body) => {
  const { agentId } = agentOf(plane, params);
  const page = plane.store.page<Snapshot>('version', agentId, pageSize(body), pageToken(body));
  return {
    agentVersionSummaries: page.items.map(({ version, agent, createdAt }) => ({
      agentName: agent.agentName,
      agentStatus: agent.agentStatus,
      agentVersion: version,
      createdAt,
      updatedAt: createdAt,
      ...defined({ description: agent.description, guardrailConfiguration: agent.guardrailConfiguration }),
    })),
    ...defined({ nextToken: page.nextToken }),
  };
};

export const deleteAgentVersion: Operation = (plane, params, _body, query) => {
  const { agentId } = agentOf(plane, params);
  const { version } = snapshotOf(
    plane,
    agentId,
    text(params, 'agentVersion', { pattern: /[1-9][0-9]{0,4}/ }),
  );
  const used = plane.store
    .all<AliasDoc>('alias', agentId)
    .filter((alias) => alias.routingConfiguration.some((route) => route.agentVersion === version));
  if (used.length > 0 && query.get('skipResourceInUseCheck') !== 'true') {
    const names = used.map((alias) => alias.agentAliasName).join(', ');
    throw conflict(`Version ${version} of agent ${agentId} is used by alias ${names}.`);
  }
  plane.store.remove('version', agentId, version);
  return { agentId, agentVersion: version, agentStatus: 'DELETING' };
};
