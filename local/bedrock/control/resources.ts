/** The stored documents of agents, in the shapes of the control plane, and what every operation needs. */
import type { BedrockError } from '../errors.ts';
import { invalid, notFound } from '../errors.ts';
import { type Fields, ID, optionalInteger, optionalText, text } from '../fields.ts';
import type { GuardrailDefinition } from '../guardrails/definition.ts';
import type { Store } from '../store.ts';

export interface ControlPlane {
  readonly store: Store;
  readonly region: string;
  readonly account: string;
  /** Names of the models that agents may use. */
  readonly models: readonly string[];
  /** Says whether a function ARN can be invoked; without it every ARN is taken. */
  readonly hasFunction: ((arn: string) => boolean) | undefined;
  readonly buckets: Readonly<Record<string, string>>;
  readonly guardrails: Readonly<Record<string, GuardrailDefinition>>;
  readonly now: () => number;
  /** Ten characters of 0-9A-Z. */
  readonly newId: () => string;
}

export type Params = Readonly<Record<string, string>>;
/** One operation: labels of the path, body, and query in; body of the answer out. */
export type Operation = (
  plane: ControlPlane,
  params: Params,
  body: Fields,
  query: URLSearchParams,
) => unknown;

export interface AgentDoc {
  readonly agentId: string;
  readonly agentName: string;
  readonly agentArn: string;
  readonly agentVersion: 'DRAFT';
  readonly agentStatus: 'NOT_PREPARED' | 'PREPARED';
  readonly clientToken?: string;
  readonly instruction?: string;
  readonly foundationModel?: string;
  readonly description?: string;
  readonly orchestrationType: 'DEFAULT';
  readonly idleSessionTTLInSeconds: number;
  readonly agentResourceRoleArn: string;
  readonly customerEncryptionKeyArn?: string;
  readonly promptOverrideConfiguration?: unknown;
  readonly guardrailConfiguration?: { guardrailIdentifier: string; guardrailVersion: string };
  readonly agentCollaboration: 'DISABLED';
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly preparedAt?: string;
}

export interface ActionGroupDoc {
  readonly agentId: string;
  readonly agentVersion: string;
  readonly actionGroupId: string;
  readonly actionGroupName: string;
  readonly actionGroupState: 'ENABLED' | 'DISABLED';
  readonly clientToken?: string;
  readonly description?: string;
  readonly parentActionSignature?: 'AMAZON.UserInput';
  readonly actionGroupExecutor?: { lambda: string } | { customControl: 'RETURN_CONTROL' };
  readonly functionSchema?: { functions: readonly FunctionDoc[] };
  readonly apiSchema?: { payload: string } | { s3: { s3BucketName: string; s3ObjectKey: string } };
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface FunctionDoc {
  readonly name: string;
  readonly description?: string;
  readonly parameters?: Readonly<Record<string, { description?: string; type: string; required?: boolean }>>;
  readonly requireConfirmation?: 'ENABLED' | 'DISABLED';
}

export interface AgentKnowledgeBaseDoc {
  readonly agentId: string;
  readonly agentVersion: string;
  readonly knowledgeBaseId: string;
  readonly description: string;
  readonly knowledgeBaseState: 'ENABLED' | 'DISABLED';
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** An agent with everything that belongs to it, as it was prepared or versioned. */
export interface Snapshot {
  readonly version: string;
  readonly agent: AgentDoc;
  readonly actionGroups: readonly ActionGroupDoc[];
  readonly knowledgeBases: readonly AgentKnowledgeBaseDoc[];
  readonly createdAt: string;
  readonly description?: string;
}

export interface AliasDoc {
  readonly agentId: string;
  readonly agentAliasId: string;
  readonly agentAliasName: string;
  readonly agentAliasArn: string;
  readonly clientToken?: string;
  readonly description?: string;
  readonly routingConfiguration: readonly { agentVersion: string }[];
  readonly agentAliasStatus: 'PREPARED';
  readonly aliasInvocationState: 'ACCEPT_INVOCATIONS' | 'REJECT_INVOCATIONS';
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly agentAliasHistoryEvents: readonly {
    routingConfiguration: readonly { agentVersion: string }[];
    startDate: string;
    endDate?: string;
  }[];
}

export const DRAFT = 'DRAFT';
export const draftOf = (agentId: string): string => `${agentId}/${DRAFT}`;
export const timestamp = (plane: ControlPlane): string => new Date(plane.now()).toISOString();

export function agentOf(plane: ControlPlane, params: Params): AgentDoc {
  const agentId = text(params, 'agentId', ID);
  const agent = plane.store.get<AgentDoc>('agent', '', agentId);
  if (agent === undefined) throw missing('agent', agentId);
  return agent;
}

export function snapshotOf(plane: ControlPlane, agentId: string, version: string): Snapshot {
  const snapshot = plane.store.get<Snapshot>('version', agentId, version);
  if (snapshot === undefined) throw missing(`version of agent ${agentId}`, version);
  return snapshot;
}

export const missing = (what: string, id: string): BedrockError =>
  notFound(`Could not find ${what} ${id}. Check that the id is right and exists in this runtime.`);

/** A guardrail by its id or ARN. Throws ValidationException where it is not configured. */
export function guardrailOf(plane: ControlPlane, identifier: string): GuardrailDefinition {
  const id = identifier.replace(/^arn:.*:guardrail\//, '');
  const guardrail = Object.hasOwn(plane.guardrails, id) ? plane.guardrails[id] : undefined;
  if (guardrail !== undefined) return guardrail;
  const known = Object.keys(plane.guardrails).join(', ') || 'none';
  throw invalid(`guardrail ${id} is not configured in this runtime; configured: ${known}`);
}

/** Only the working draft can be changed. */
export function requireDraft(params: Params): void {
  if (params.agentVersion !== DRAFT) throw invalid(`only version ${DRAFT} of an agent can be changed`);
}

/** Marks the draft as changed since it was prepared. */
export function touchDraft(plane: ControlPlane, agent: AgentDoc): void {
  plane.store.put('agent', '', agent.agentId, {
    ...agent,
    agentStatus: 'NOT_PREPARED',
    updatedAt: timestamp(plane),
  });
}

export const pageSize = (fields: Fields): number => optionalInteger(fields, 'maxResults', 1, 1000) ?? 1000;
export const pageToken = (fields: Fields): string | undefined =>
  optionalText(fields, 'nextToken', { min: 1 });
