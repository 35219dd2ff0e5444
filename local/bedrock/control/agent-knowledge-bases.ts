/** Which knowledge bases an agent may search. */
import { BedrockError, conflict } from '../errors.ts';
import { DESCRIPTION, ID, optionalChoice, text } from '../fields.ts';
import { defined } from './agents.ts';
import { knowledgeBaseOf } from './knowledge-bases.ts';
import {
  type AgentKnowledgeBaseDoc,
  agentOf,
  type ControlPlane,
  DRAFT,
  draftOf,
  missing,
  type Operation,
  type Params,
  requireDraft,
  snapshotOf,
  timestamp,
  touchDraft,
} from './resources.ts';

const MAX_KNOWLEDGE_BASES = 2;

function associations(plane: ControlPlane, params: Params): readonly AgentKnowledgeBaseDoc[] {
  const { agentId } = agentOf(plane, params);
  const version = text(params, 'agentVersion', { pattern: /DRAFT|[1-9][0-9]{0,4}/ });
  return version === DRAFT
    ? plane.store.all<AgentKnowledgeBaseDoc>('agent-knowledge-base', draftOf(agentId))
    : snapshotOf(plane, agentId, version).knowledgeBases.map((base) => ({ ...base, agentVersion: version }));
}

function associationOf(plane: ControlPlane, params: Params): AgentKnowledgeBaseDoc {
  const id = text(params, 'knowledgeBaseId', ID);
  const found = associations(plane, params).find((item) => item.knowledgeBaseId === id);
  if (found === undefined) throw missing('knowledge base of the agent', id);
  return found;
}

export const associateAgentKnowledgeBase: Operation = (plane, params, body) => {
  requireDraft(params);
  const agent = agentOf(plane, params);
  const { knowledgeBaseId } = knowledgeBaseOf(plane, { knowledgeBaseId: text(body, 'knowledgeBaseId', ID) });
  const before = associations(plane, params);
  if (before.some((item) => item.knowledgeBaseId === knowledgeBaseId)) {
    throw conflict(`Knowledge base ${knowledgeBaseId} is already associated with agent ${agent.agentId}.`);
  }
  if (before.length >= MAX_KNOWLEDGE_BASES) {
    throw new BedrockError(
      'ServiceQuotaExceededException',
      `An agent may have ${MAX_KNOWLEDGE_BASES} knowledge bases.`,
    );
  }
  const at = timestamp(plane);
  const association: AgentKnowledgeBaseDoc = {
    agentId: agent.agentId,
    agentVersion: DRAFT,
    knowledgeBaseId,
    description: text(body, 'description', DESCRIPTION),
    knowledgeBaseState:
      optionalChoice(body, 'knowledgeBaseState', ['ENABLED', 'DISABLED'] as const) ?? 'ENABLED',
    createdAt: at,
    updatedAt: at,
  };
  plane.store.put('agent-knowledge-base', draftOf(agent.agentId), knowledgeBaseId, association);
  touchDraft(plane, agent);
  return { agentKnowledgeBase: association };
};

export const updateAgentKnowledgeBase: Operation = (plane, params, body) => {
  requireDraft(params);
  const before = associationOf(plane, params);
  const association: AgentKnowledgeBaseDoc = {
    ...before,
    ...defined({
      description: body.description === undefined ? undefined : text(body, 'description', DESCRIPTION),
      knowledgeBaseState: optionalChoice(body, 'knowledgeBaseState', ['ENABLED', 'DISABLED'] as const),
    }),
    updatedAt: timestamp(plane),
  };
  plane.store.put('agent-knowledge-base', draftOf(before.agentId), before.knowledgeBaseId, association);
  touchDraft(plane, agentOf(plane, params));
  return { agentKnowledgeBase: association };
};

export const getAgentKnowledgeBase: Operation = (plane, params) => ({
  agentKnowledgeBase: associationOf(plane, params),
});

export const listAgentKnowledgeBases: Operation = (plane, params) => ({
  agentKnowledgeBaseSummaries: associations(plane, params).map(
    ({ knowledgeBaseId, description, knowledgeBaseState, updatedAt }) => ({
      knowledgeBaseId,
      description,
      knowledgeBaseState,
      updatedAt,
    }),
  ),
});

export const disassociateAgentKnowledgeBase: Operation = (plane, params) => {
  requireDraft(params);
  const { agentId, knowledgeBaseId } = associationOf(plane, params);
  plane.store.remove('agent-knowledge-base', draftOf(agentId), knowledgeBaseId);
  touchDraft(plane, agentOf(plane, params));
  return {};
};
