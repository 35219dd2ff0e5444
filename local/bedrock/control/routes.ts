/** Every operation of the control plane, with its method, path and status. */
import * as actionGroups from './action-groups.ts';
import * as agents from './agents.ts';
import * as aliases from './aliases.ts';
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
];
