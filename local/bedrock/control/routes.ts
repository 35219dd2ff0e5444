/** Every operation of the control plane, with its method, path and status. */
import * as actionGroups from './action-groups.ts';
import * as agentBases from './agent-knowledge-bases.ts';
import * as agents from './agents.ts';
import * as aliases from './aliases.ts';
import * as sources from './data-sources.ts';
import * as bases from './knowledge-bases.ts';
import type { Operation } from './resources.ts';
import * as tags from './tags.ts';

export interface ControlRoute {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly run: Operation;
}

const GROUPS = '/agents/{agentId}/agentversions/{agentVersion}/actiongroups';
const VERSIONS = '/agents/{agentId}/agentversions';
const ALIASES = '/agents/{agentId}/agentaliases';

const AGENT_BASES = '/agents/{agentId}/agentversions/{agentVersion}/knowledgebases';
const BASE = '/knowledgebases/{knowledgeBaseId}';
const SOURCE = `${BASE}/datasources/{dataSourceId}`;

const route = (name: string, method: string, path: string, status: number, run: Operation): ControlRoute => ({
  name,
  method,
  path,
  status,
  run,
});

export const CONTROL_ROUTES: readonly ControlRoute[] = [
  route('CreateAgent', 'PUT', '/agents', 202, agents.createAgent),
  route('ListAgents', 'POST', '/agents', 200, agents.listAgents),
  route('GetAgent', 'GET', '/agents/{agentId}', 200, agents.getAgent),
  route('UpdateAgent', 'PUT', '/agents/{agentId}', 202, agents.updateAgent),
  route('PrepareAgent', 'POST', '/agents/{agentId}/', 202, agents.prepareAgent),
  route('DeleteAgent', 'DELETE', '/agents/{agentId}', 202, agents.deleteAgent),
  route('CreateAgentActionGroup', 'PUT', GROUPS, 200, actionGroups.createAgentActionGroup),
  route('ListAgentActionGroups', 'POST', GROUPS, 200, actionGroups.listAgentActionGroups),
  route('GetAgentActionGroup', 'GET', `${GROUPS}/{actionGroupId}`, 200, actionGroups.getAgentActionGroup),
  route(
    'UpdateAgentActionGroup',
    'PUT',
    `${GROUPS}/{actionGroupId}`,
    200,
    actionGroups.updateAgentActionGroup,
  ),
  route(
    'DeleteAgentActionGroup',
    'DELETE',
    `${GROUPS}/{actionGroupId}`,
    204,
    actionGroups.deleteAgentActionGroup,
  ),
  route('ListAgentVersions', 'POST', VERSIONS, 200, aliases.listAgentVersions),
  route('GetAgentVersion', 'GET', `${VERSIONS}/{agentVersion}`, 200, aliases.getAgentVersion),
  route('DeleteAgentVersion', 'DELETE', `${VERSIONS}/{agentVersion}`, 202, aliases.deleteAgentVersion),
  route('CreateAgentAlias', 'PUT', ALIASES, 202, aliases.createAgentAlias),
  route('ListAgentAliases', 'POST', ALIASES, 200, aliases.listAgentAliases),
  route('GetAgentAlias', 'GET', `${ALIASES}/{agentAliasId}`, 200, aliases.getAgentAlias),
  route('UpdateAgentAlias', 'PUT', `${ALIASES}/{agentAliasId}`, 202, aliases.updateAgentAlias),
  route('DeleteAgentAlias', 'DELETE', `${ALIASES}/{agentAliasId}`, 202, aliases.deleteAgentAlias),
  route('TagResource', 'POST', '/tags/{resourceArn}', 200, tags.tagResource),
  route('UntagResource', 'DELETE', '/tags/{resourceArn}', 200, tags.untagResource),
  route('ListTagsForResource', 'GET', '/tags/{resourceArn}', 200, tags.listTagsForResource),
  route('AssociateAgentKnowledgeBase', 'PUT', AGENT_BASES, 200, agentBases.associateAgentKnowledgeBase),
  route('ListAgentKnowledgeBases', 'POST', AGENT_BASES, 200, agentBases.listAgentKnowledgeBases),
  route(
    'GetAgentKnowledgeBase',
    'GET',
    `${AGENT_BASES}/{knowledgeBaseId}`,
    200,
    agentBases.getAgentKnowledgeBase,
  ),
  route(
    'UpdateAgentKnowledgeBase',
    'PUT',
    `${AGENT_BASES}/{knowledgeBaseId}`,
    200,
    agentBases.updateAgentKnowledgeBase,
  ),
  route(
    'DisassociateAgentKnowledgeBase',
    'DELETE',
    `${AGENT_BASES}/{knowledgeBaseId}`,
    204,
    agentBases.disassociateAgentKnowledgeBase,
  ),
  route('CreateKnowledgeBase', 'PUT', '/knowledgebases', 202, bases.createKnowledgeBase),
  route('ListKnowledgeBases', 'POST', '/knowledgebases', 200, bases.listKnowledgeBases),
  route('GetKnowledgeBase', 'GET', BASE, 200, bases.getKnowledgeBase),
  route('UpdateKnowledgeBase', 'PUT', BASE, 202, bases.updateKnowledgeBase),
  route('DeleteKnowledgeBase', 'DELETE', BASE, 202, bases.deleteKnowledgeBase),
  route('CreateDataSource', 'PUT', `${BASE}/datasources`, 200, sources.createDataSource),
  route('ListDataSources', 'POST', `${BASE}/datasources`, 200, sources.listDataSources),
  route('GetDataSource', 'GET', SOURCE, 200, sources.getDataSource),
  route('UpdateDataSource', 'PUT', SOURCE, 200, sources.updateDataSource),
  route('DeleteDataSource', 'DELETE', SOURCE, 202, sources.deleteDataSource),
  route('StartIngestionJob', 'PUT', `${SOURCE}/ingestionjobs`, 202, sources.startIngestionJob),
  route('ListIngestionJobs', 'POST', `${SOURCE}/ingestionjobs`, 200, sources.listIngestionJobs),
  route('GetIngestionJob', 'GET', `${SOURCE}/ingestionjobs/{ingestionJobId}`, 200, sources.getIngestionJob),
];
