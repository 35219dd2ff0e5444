/** Action groups of the draft: what they may contain, and the operations on them. */
import { readFileSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import { type Operation as AgentOperation, type FunctionOperation, PARAMETER_TYPES } from '../agent.ts';
import { BedrockError, conflict, invalid } from '../errors.ts';
import {
  DESCRIPTION,
  type Fields,
  ID,
  isFields,
  NAME,
  optionalChoice,
  optionalFields,
  optionalList,
  optionalText,
  refuse,
  text,
} from '../fields.ts';
import { toolName } from '../tool-table.ts';
import { defined } from './agents.ts';
import { readOpenApi } from './open-api.ts';
import {
  type ActionGroupDoc,
  agentOf,
  type ControlPlane,
  DRAFT,
  draftOf,
  type FunctionDoc,
  missing,
  type Operation,
  type Params,
  pageSize,
  pageToken,
  requireDraft,
  type Snapshot,
  snapshotOf,
  timestamp,
  touchDraft,
} from './resources.ts';

const MAX_GROUPS = 20;
/** The Converse API takes tool names of up to 64 characters. */
const MAX_TOOL_NAME = 64;

type Content = Pick<
  ActionGroupDoc,
  | 'actionGroupName'
  | 'actionGroupState'
  | 'description'
  | 'parentActionSignature'
  | 'actionGroupExecutor'
  | 'functionSchema'
  | 'apiSchema'
>;

/** Reads an action group. Throws ValidationException for what could not be run. */
export function readContent(plane: ControlPlane, body: Fields): Content {
  refuse(body, 'actionGroup', { parentActionGroupSignatureParams: 'no signature here has parameters' });
  const signature = optionalText(body, 'parentActionGroupSignature');
  if (signature !== undefined && signature !== 'AMAZON.UserInput') {
    throw invalid(
      `parentActionGroupSignature ${signature} is not supported by this runtime: no code is executed`,
    );
  }
  const content: Content = {
    actionGroupName: text(body, 'actionGroupName', NAME),
    actionGroupState: optionalChoice(body, 'actionGroupState', ['ENABLED', 'DISABLED'] as const) ?? 'ENABLED',
    ...defined({
      description: optionalText(body, 'description', DESCRIPTION),
      parentActionSignature: signature,
      actionGroupExecutor: readExecutor(plane, body),
      functionSchema: readFunctions(body),
      apiSchema: readApiSchema(body),
    }),
  };
  if (signature !== undefined) {
    if (content.actionGroupExecutor ?? content.functionSchema ?? content.apiSchema) {
      throw invalid(`an action group with ${signature} may have no executor and no schema`);
    }
    return content;
  }
  if (content.actionGroupExecutor === undefined) throw invalid('actionGroupExecutor must be given');
  if ((content.functionSchema === undefined) === (content.apiSchema === undefined)) {
    throw invalid('exactly one of functionSchema and apiSchema must be given');
  }
  checkToolNames(content.actionGroupName, operationsOf(plane.buckets, content));
  return content;
}

function checkToolNames(group: string, operations: readonly AgentOperation[]): void {
  const seen = new Set<string>();
  for (const operation of operations) {
    const name = toolName(group, operation);
    if (seen.has(name)) throw invalid(`action group ${group} has the operation ${name} twice`);
    if (name.length > MAX_TOOL_NAME) {
      throw invalid(
        `the tool name ${name} has ${name.length} characters; models take up to ${MAX_TOOL_NAME}`,
      );
    }
    seen.add(name);
  }
}

function readExecutor(plane: ControlPlane, body: Fields): ActionGroupDoc['actionGroupExecutor'] {
  const executor = optionalFields(body, 'actionGroupExecutor');
  if (executor === undefined) return undefined;
  const lambda = optionalText(executor, 'lambda', { pattern: /arn:aws[a-z-]*:lambda:.+:function:.+/ });
  const control = optionalChoice(executor, 'customControl', ['RETURN_CONTROL'] as const);
  if ((lambda === undefined) === (control === undefined)) {
    throw invalid('actionGroupExecutor must hold exactly one of lambda and customControl');
  }
  if (lambda === undefined) return { customControl: 'RETURN_CONTROL' };
  if (plane.hasFunction?.(lambda) === false)
    throw invalid(`function ${lambda} is not registered in this runtime`);
  return { lambda };
}

function readFunctions(body: Fields): { functions: readonly FunctionDoc[] } | undefined {
  const schema = optionalFields(body, 'functionSchema');
  if (schema === undefined) return undefined;
  const functions = optionalList(schema, 'functions') ?? [];
  if (functions.length === 0) throw invalid('functionSchema.functions must hold at least one function');
  return { functions: functions.map(readFunction) };
}

function readFunction(value: unknown): FunctionDoc {
  if (!isFields(value)) throw invalid('functionSchema.functions must hold objects');
  const parameters = optionalFields(value, 'parameters');
  for (const [name, parameter] of Object.entries(parameters ?? {})) {
    if (!isFields(parameter) || !/^([0-9a-zA-Z][_-]?){1,100}$/.test(name)) {
      throw invalid(`functionSchema: parameter ${name} is malformed`);
    }
    optionalText(parameter, 'description', { min: 1, max: 500 });
    if (optionalChoice(parameter, 'type', PARAMETER_TYPES) === undefined) {
      throw invalid(`functionSchema: parameter ${name} has no type`);
    }
  }
  return {
    name: text(value, 'name', NAME),
    ...defined({
      description: optionalText(value, 'description', { min: 1, max: 1200 }),
      parameters: parameters as FunctionDoc['parameters'],
      requireConfirmation: optionalChoice(value, 'requireConfirmation', ['ENABLED', 'DISABLED'] as const),
    }),
  };
}

function readApiSchema(body: Fields): ActionGroupDoc['apiSchema'] {
  const schema = optionalFields(body, 'apiSchema');
  if (schema === undefined) return undefined;
  const payload = optionalText(schema, 'payload');
  if (payload !== undefined) return { payload };
  const s3 = optionalFields(schema, 's3');
  if (s3 === undefined) throw invalid('apiSchema must hold a payload or an s3 location');
  return { s3: { s3BucketName: text(s3, 's3BucketName'), s3ObjectKey: text(s3, 's3ObjectKey') } };
}

/** The operations an action group offers. Throws ValidationException for a schema that cannot be read. */
export function operationsOf(
  buckets: Readonly<Record<string, string>>,
  group: Pick<ActionGroupDoc, 'functionSchema' | 'apiSchema'>,
): readonly AgentOperation[] {
  if (group.functionSchema !== undefined) return group.functionSchema.functions.map(toOperation);
  if (group.apiSchema === undefined) return [];
  if ('payload' in group.apiSchema) return readOpenApi(group.apiSchema.payload);
  const { s3BucketName, s3ObjectKey } = group.apiSchema.s3;
  const folder = buckets[s3BucketName];
  if (folder === undefined) throw invalid(`bucket ${s3BucketName} is not configured in this runtime`);
  const file = resolve(folder, s3ObjectKey);
  if (!file.startsWith(resolve(folder) + sep)) throw invalid(`key ${s3ObjectKey} leaves its bucket`);
  try {
    return readOpenApi(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof BedrockError) throw error;
    throw invalid(`cannot read s3://${s3BucketName}/${s3ObjectKey}: ${String(error)}`);
  }
}

const toOperation = (doc: FunctionDoc): FunctionOperation => ({
  kind: 'function',
  name: doc.name,
  description: doc.description ?? doc.name,
  parameters: Object.fromEntries(
    Object.entries(doc.parameters ?? {}).map(([name, parameter]) => [
      name,
      {
        type: parameter.type as (typeof PARAMETER_TYPES)[number],
        required: parameter.required === true,
        ...(parameter.description === undefined ? {} : { description: parameter.description }),
      },
    ]),
  ),
  requireConfirmation: doc.requireConfirmation === 'ENABLED',
});

export const createAgentActionGroup: Operation = (plane, params, body) => {
  requireDraft(params);
  const agent = agentOf(plane, params);
  const parent = draftOf(agent.agentId);
  const groups = plane.store.all<ActionGroupDoc>('action-group', parent);
  const clientToken = optionalText(body, 'clientToken');
  const repeated = groups.find((group) => clientToken !== undefined && group.clientToken === clientToken);
  if (repeated !== undefined) return { agentActionGroup: repeated };
  const content = readContent(plane, body);
  if (groups.some((group) => group.actionGroupName === content.actionGroupName)) {
    throw conflict(`Agent ${agent.agentId} already has an action group ${content.actionGroupName}.`);
  }
  if (groups.length >= MAX_GROUPS) {
    throw new BedrockError('ServiceQuotaExceededException', `An agent may have ${MAX_GROUPS} action groups.`);
  }
  const at = timestamp(plane);
  const group: ActionGroupDoc = {
    agentId: agent.agentId,
    agentVersion: DRAFT,
    actionGroupId: plane.newId(),
    ...content,
    ...defined({ clientToken }),
    createdAt: at,
    updatedAt: at,
  };
  plane.store.put('action-group', parent, group.actionGroupId, group);
  touchDraft(plane, agent);
  return { agentActionGroup: group };
};

/** The action groups of the draft or of a version. */
function groupsOf(plane: ControlPlane, params: Params): readonly ActionGroupDoc[] {
  const { agentId } = agentOf(plane, params);
  const version = text(params, 'agentVersion', { pattern: /DRAFT|[1-9][0-9]{0,4}/ });
  if (version === DRAFT) return plane.store.all<ActionGroupDoc>('action-group', draftOf(agentId));
  const snapshot: Snapshot = snapshotOf(plane, agentId, version);
  return snapshot.actionGroups.map((group) => ({ ...group, agentVersion: version }));
}

function groupOf(plane: ControlPlane, params: Params): ActionGroupDoc {
  const id = text(params, 'actionGroupId', ID);
  const group = groupsOf(plane, params).find(({ actionGroupId }) => actionGroupId === id);
  if (group === undefined) throw missing('action group', id);
  return group;
}

export const updateAgentActionGroup: Operation = (plane, params, body) => {
  requireDraft(params);
  const before = groupOf(plane, params);
  const content = readContent(plane, body);
  const taken = groupsOf(plane, params).some(
    (group) =>
      group.actionGroupId !== before.actionGroupId && group.actionGroupName === content.actionGroupName,
  );
  if (taken)
    throw conflict(`Agent ${before.agentId} already has an action group ${content.actionGroupName}.`);
  const group: ActionGroupDoc = {
    agentId: before.agentId,
    agentVersion: DRAFT,
    actionGroupId: before.actionGroupId,
    ...content,
    ...defined({ clientToken: before.clientToken }),
    createdAt: before.createdAt,
    updatedAt: timestamp(plane),
  };
  plane.store.put('action-group', draftOf(before.agentId), before.actionGroupId, group);
  touchDraft(plane, agentOf(plane, params));
  return { agentActionGroup: group };
};

export const getAgentActionGroup: Operation = (plane, params) => ({
  agentActionGroup: groupOf(plane, params),
});

export const listAgentActionGroups: Operation = (plane, params, body) => {
  const groups = groupsOf(plane, params);
  const start = Number(pageToken(body) ?? '0');
  if (!Number.isSafeInteger(start) || start < 0) throw invalid('nextToken is not a token of this service');
  const end = start + pageSize(body);
  return {
    actionGroupSummaries: groups.slice(start, end).map((group) => ({
      actionGroupId: group.actionGroupId,
      actionGroupName: group.actionGroupName,
      actionGroupState: group.actionGroupState,
      updatedAt: group.updatedAt,
      ...defined({ description: group.description }),
    })),
    ...defined({ nextToken: end < groups.length ? String(end) : undefined }),
  };
};

export const deleteAgentActionGroup: Operation = (plane, params, _body, query) => {
  requireDraft(params);
  const group = groupOf(plane, params);
  if (group.actionGroupState === 'ENABLED' && query.get('skipResourceInUseCheck') !== 'true') {
    throw conflict(
      `Action group ${group.actionGroupId} is ENABLED; disable it or set skipResourceInUseCheck.`,
    );
  }
  plane.store.remove('action-group', draftOf(group.agentId), group.actionGroupId);
  touchDraft(plane, agentOf(plane, params));
  return {};
};
