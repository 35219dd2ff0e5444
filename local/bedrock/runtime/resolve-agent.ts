/** From an alias to the agent that answers: the version it routes to, resolved for the loop. */
import type { ActionGroup, AgentSpec } from '../agent.ts';
import { operationsOf } from '../control/action-groups.ts';
import { TEST_ALIAS } from '../control/aliases.ts';
import type { ActionGroupDoc, AgentDoc, AliasDoc, ControlPlane, Snapshot } from '../control/resources.ts';
import { DRAFT, missing, snapshotOf } from '../control/resources.ts';
import { invalid } from '../errors.ts';
import { type Fields, isFields } from '../fields.ts';
import type { InferenceConfig } from '../model.ts';
import type { TraceSource } from './event-stream.ts';

export interface ResolvedAgent {
  readonly spec: AgentSpec;
  /** Whose sessions these are: an alias, or inline agents. */
  readonly owner: string;
  readonly traceSource: TraceSource;
  readonly idleSeconds: number;
}

/** Throws ResourceNotFoundException, or ValidationException where the draft was never prepared. */
export function resolveAgent(plane: ControlPlane, agentId: string, aliasId: string): ResolvedAgent {
  const agent = plane.store.get<AgentDoc>('agent', '', agentId);
  if (agent === undefined) throw missing('agent', agentId);
  const snapshot = routedSnapshot(plane, agentId, aliasId);
  const agentAliasArn = `arn:aws:bedrock:${plane.region}:${plane.account}:agent-alias/${agentId}/${aliasId}`;
  const spec = toSpec(plane, snapshot, aliasId);
  return {
    spec,
    owner: `${agentId}/${aliasId}`,
    traceSource: {
      agentId,
      agentAliasId: aliasId,
      agentVersion: spec.agentVersion,
      callerChain: [{ agentAliasArn }],
    },
    idleSeconds: snapshot.agent.idleSessionTTLInSeconds,
  };
}

function routedSnapshot(plane: ControlPlane, agentId: string, aliasId: string): Snapshot {
  if (aliasId === TEST_ALIAS) {
    const prepared = plane.store.get<Snapshot>('prepared', agentId, DRAFT);
    if (prepared === undefined)
      throw invalid(`Agent ${agentId} has not been prepared; call PrepareAgent first.`);
    return prepared;
  }
  const alias = plane.store.get<AliasDoc>('alias', agentId, aliasId);
  if (alias === undefined) throw missing(`alias of agent ${agentId}`, aliasId);
  if (alias.aliasInvocationState === 'REJECT_INVOCATIONS')
    throw invalid(`Alias ${aliasId} rejects invocations.`);
  return snapshotOf(plane, agentId, alias.routingConfiguration[0]?.agentVersion ?? '');
}

function toSpec(plane: ControlPlane, snapshot: Snapshot, agentAliasId: string): AgentSpec {
  const { agent, actionGroups, knowledgeBases } = snapshot;
  const guardrail = agent.guardrailConfiguration;
  return {
    agentId: agent.agentId,
    agentArn: agent.agentArn,
    agentName: agent.agentName,
    agentAliasId,
    agentVersion: snapshot.version,
    foundationModel: agent.foundationModel ?? '',
    instruction: agent.instruction ?? '',
    inference: inferenceOf(agent.promptOverrideConfiguration),
    actionGroups: actionGroups
      .filter((group) => group.actionGroupState === 'ENABLED')
      .map((group) => toGroup(plane.buckets, group)),
    knowledgeBases: knowledgeBases.filter((base) => base.knowledgeBaseState === 'ENABLED'),
    ...(guardrail === undefined
      ? {}
      : { guardrail: { identifier: guardrail.guardrailIdentifier, version: guardrail.guardrailVersion } }),
  };
}

/** An action group as the loop runs it. */
export function toGroup(
  buckets: Readonly<Record<string, string>>,
  group: Pick<
    ActionGroupDoc,
    'actionGroupName' | 'parentActionSignature' | 'actionGroupExecutor' | 'functionSchema' | 'apiSchema'
  >,
): ActionGroup {
  const { actionGroupName: name, actionGroupExecutor: executor } = group;
  if (group.parentActionSignature !== undefined || executor === undefined) return { kind: 'ask-user', name };
  return {
    kind: 'operations',
    name,
    executor: 'lambda' in executor ? { kind: 'lambda', arn: executor.lambda } : { kind: 'return-control' },
    operations: operationsOf(buckets, group),
  };
}

/** The inference settings of the orchestration step. */
export function inferenceOf(overrides: unknown): InferenceConfig {
  const prompts = isFields(overrides) ? overrides.promptConfigurations : undefined;
  const orchestration = (Array.isArray(prompts) ? (prompts as Fields[]) : []).find(
    (prompt) => prompt.promptType === 'ORCHESTRATION',
  );
  const settings = orchestration?.inferenceConfiguration;
  if (!isFields(settings)) return {};
  const { maximumLength, ...rest } = settings;
  return { ...rest, ...(maximumLength === undefined ? {} : { maxTokens: maximumLength as number }) };
}
