/** Knowledge bases: Create/Get/Update/List/DeleteKnowledgeBase. */
import { conflict, invalid } from '../errors.ts';
import {
  DESCRIPTION,
  type Fields,
  ID,
  NAME,
  optionalFields,
  optionalText,
  optionalTextMap,
  text,
} from '../fields.ts';
import { createIndex, dropIndex } from '../knowledge/passage-index.ts';
import { defined } from './agents.ts';
import {
  type ControlPlane,
  missing,
  type Operation,
  type Params,
  pageSize,
  pageToken,
  timestamp,
} from './resources.ts';
import { removeTags, setTags } from './tags.ts';

export interface KnowledgeBaseDoc {
  readonly knowledgeBaseId: string;
  readonly name: string;
  readonly knowledgeBaseArn: string;
  readonly clientToken?: string;
  readonly description?: string;
  readonly roleArn: string;
  readonly knowledgeBaseConfiguration: Fields;
  readonly storageConfiguration?: Fields;
  readonly status: 'ACTIVE';
  readonly createdAt: string;
  readonly updatedAt: string;
}

export function knowledgeBaseOf(plane: ControlPlane, params: Params): KnowledgeBaseDoc {
  const id = text(params, 'knowledgeBaseId', ID);
  const base = plane.store.get<KnowledgeBaseDoc>('knowledge-base', '', id);
  if (base === undefined) throw missing('knowledge base', id);
  return base;
}

function readSettings(body: Fields) {
  const knowledgeBaseConfiguration = optionalFields(body, 'knowledgeBaseConfiguration');
  if (knowledgeBaseConfiguration === undefined) throw invalid('knowledgeBaseConfiguration must be given');
  const type = text(knowledgeBaseConfiguration, 'type');
  if (type !== 'VECTOR')
    throw invalid(`a knowledge base of type ${type} is not supported by this runtime; use VECTOR`);
  return {
    name: text(body, 'name', NAME),
    roleArn: text(body, 'roleArn', { max: 2048 }),
    knowledgeBaseConfiguration,
    ...defined({
      description: optionalText(body, 'description', DESCRIPTION),
      storageConfiguration: optionalFields(body, 'storageConfiguration'),
    }),
  };
}

const withName = (plane: ControlPlane, name: string) =>
  plane.store.all<KnowledgeBaseDoc>('knowledge-base', '').find((base) => base.name === name);

export const createKnowledgeBase: Operation = (plane, _params, body) => {
  const clientToken = optionalText(body, 'clientToken');
  const repeated = plane.store
    .all<KnowledgeBaseDoc>('knowledge-base', '')
    .find((base) => clientToken !== undefined && base.clientToken === clientToken);
  if (repeated !== undefined) return { knowledgeBase: { ...repeated, status: 'CREATING' } };
  const settings = readSettings(body);
  if (withName(plane, settings.name) !== undefined) {
    throw conflict(`A knowledge base with the name ${settings.name} already exists.`);
  }
  const knowledgeBaseId = plane.newId();
  const at = timestamp(plane);
  const base: KnowledgeBaseDoc = {
    knowledgeBaseId,
    knowledgeBaseArn: `arn:aws:bedrock:${plane.region}:${plane.account}:knowledge-base/${knowledgeBaseId}`,
    ...settings,
    ...defined({ clientToken }),
    status: 'ACTIVE',
    createdAt: at,
    updatedAt: at,
  };
  plane.store.put('knowledge-base', '', knowledgeBaseId, base);
  createIndex(plane.store.db, knowledgeBaseId);
  setTags(plane, base.knowledgeBaseArn, optionalTextMap(body, 'tags') ?? {});
  return { knowledgeBase: { ...base, status: 'CREATING' } };
};

export const updateKnowledgeBase: Operation = (plane, params, body) => {
  const before = knowledgeBaseOf(plane, params);
  const settings = readSettings(body);
  const other = withName(plane, settings.name);
  if (other !== undefined && other.knowledgeBaseId !== before.knowledgeBaseId) {
    throw conflict(`A knowledge base with the name ${settings.name} already exists.`);
  }
  const { description: _old, ...kept } = before;
  const base: KnowledgeBaseDoc = { ...kept, ...settings, updatedAt: timestamp(plane) };
  plane.store.put('knowledge-base', '', base.knowledgeBaseId, base);
  return { knowledgeBase: { ...base, status: 'UPDATING' } };
};

export const getKnowledgeBase: Operation = (plane, params) => ({
  knowledgeBase: knowledgeBaseOf(plane, params),
});

export const listKnowledgeBases: Operation = (plane, _params, body) => {
  const page = plane.store.page<KnowledgeBaseDoc>('knowledge-base', '', pageSize(body), pageToken(body));
  return {
    knowledgeBaseSummaries: page.items.map(({ knowledgeBaseId, name, status, updatedAt, description }) => ({
      knowledgeBaseId,
      name,
      status,
      updatedAt,
      ...defined({ description }),
    })),
    ...defined({ nextToken: page.nextToken }),
  };
};

export const deleteKnowledgeBase: Operation = (plane, params) => {
  const { knowledgeBaseId, knowledgeBaseArn } = knowledgeBaseOf(plane, params);
  plane.store.remove('knowledge-base', '', knowledgeBaseId);
  for (const source of plane.store.all<{ dataSourceId: string }>('data-source', knowledgeBaseId)) {
    plane.store.removeAll('ingestion-job', `${knowledgeBaseId}/${source.dataSourceId}`);
  }
  plane.store.removeAll('data-source', knowledgeBaseId);
  dropIndex(plane.store.db, knowledgeBaseId);
  removeTags(plane, knowledgeBaseArn);
  return { knowledgeBaseId, status: 'DELETING' };
};
