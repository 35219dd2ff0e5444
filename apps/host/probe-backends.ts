import { BedrockAgentClient, GetAgentAliasCommand, ListAgentsCommand } from '@aws-sdk/client-bedrock-agent';
import { BedrockAgentRuntimeClient, InvokeInlineAgentCommand } from '@aws-sdk/client-bedrock-agent-runtime';
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime';
import { AGENT_BACKENDS, type AgentBackend } from '#core/ports/agent-runtime.ts';
import { placeIn } from './agent-backend.ts';
import {
  AGENT_SETTINGS_FILE,
  type AgentSettings,
  choiceFor,
  type Environment,
  modelKey,
  type OfAccount,
} from './agent-settings.ts';
import { probeEndpoint } from './probe-endpoint.ts';

/** What was found of a backend. */
export interface Finding {
  readonly usable: boolean;
  readonly found: string;
  readonly next?: string;
}

/** A backend, whether this machine and account can use it, and whether an agent is set to. */
export interface BackendReport extends Finding {
  readonly backend: AgentBackend;
  readonly chosenBy: readonly string[];
}

/** How long a call to AWS, or the search for credentials, may take, in milliseconds. */
const CREDENTIALS_MS = 1_500;
const CALL_MS = 3_000;

/** The words of AWS's 403, and what they mean for an operator. */
const MAINTENANCE = /maintenance mode/i;
const CLOSED =
  'Bedrock Agents takes no new customers since 30 July 2026 and answers 403 to accounts without prior use';
const INSTEAD = 'use the backend converse, or inline-agent: they need no agent in the account';

/**
 * Looks at every backend at once; each look is read-only and short. Nothing is thrown. A backend that no agent is set
 * to is looked at with what is known of it.
 */
export async function probeBackends(
  settings: AgentSettings,
  agents: readonly string[],
  env: Environment,
): Promise<BackendReport[]> {
  return Promise.all(
    AGENT_BACKENDS.map(async (backend): Promise<BackendReport> => {
      const chosenBy = agents.filter(
        (name) => (settings.agents[name]?.backend ?? settings.backend) === backend,
      );
      const finding = await PROBES[backend](settings, agents, env).catch(
        (error: unknown): Finding => ({ usable: false, found: messageOf(error) }),
      );
      return { backend, chosenBy, ...finding };
    }),
  );
}

type Probe = (settings: AgentSettings, agents: readonly string[], env: Environment) => Promise<Finding>;

const PROBES: Readonly<Record<AgentBackend, Probe>> = {
  playbook: async () => ({
    usable: true,
    found: 'deterministic investigation policies; no model, no account, no network',
  }),
  'bedrock-agent': probeBedrockAgent,
  'inline-agent': probeInlineAgent,
  converse: probeConverse,
  'openai-compatible': async (settings, agents, env) => {
    const { url, model, keyEnv } = settings['openai-compatible'];
    // An agent of its own model may be the only one; it is looked at like the rest.
    const name =
      model ?? agents.map((agent) => settings.agents[agent]?.model).find((one) => one !== undefined);
    if (url === undefined || name === undefined) {
      return {
        usable: false,
        found: `not set up: ${url === undefined ? 'no address' : 'no model'}`,
        next: 'set PLUMBLINE_MODEL_URL and PLUMBLINE_MODEL, such as http://localhost:11434/v1 and qwen3:8b',
      };
    }
    return probeEndpoint(url, name, modelKey(keyEnv, env));
  },
};

async function probeBedrockAgent(settings: AgentSettings, agents: readonly string[]): Promise<Finding> {
  const client = new BedrockAgentClient({ ...placeIn(settings['bedrock-agent']), maxAttempts: 1 });
  try {
    const lacking = await lackingAccess(client.config);
    if (lacking !== undefined) return lacking;
    const listed = await answer((abortSignal) =>
      client.send(new ListAgentsCommand({ maxResults: 10 }), { abortSignal }),
    );
    if ('error' in listed) return agentsRefused(listed.error);
    const set = agents.filter((name) => settings['bedrock-agent'].agents[name] !== undefined);
    if (set.length === 0) {
      const count = listed.reply.agentSummaries?.length ?? 0;
      return count === 0
        ? { usable: false, found: `this account and region have no agent; ${CLOSED}`, next: INSTEAD }
        : {
            usable: false,
            found: 'this account has agents, but none is set for an agent of Plumbline',
            next: `set bedrock-agent.agents in ${AGENT_SETTINGS_FILE}`,
          };
    }
    for (const name of set) {
      const choice = choiceFor({ ...settings, agents: { [name]: { backend: 'bedrock-agent' } } }, name);
      if (choice.backend !== 'bedrock-agent') continue;
      const { agentId, agentAliasId } = choice;
      const alias = await answer((abortSignal) =>
        client.send(new GetAgentAliasCommand({ agentId, agentAliasId }), { abortSignal }),
      );
      if ('error' in alias) return agentsRefused(alias.error);
      const status = alias.reply.agentAlias?.agentAliasStatus ?? 'unknown';
      if (status !== 'PREPARED')
        return { usable: false, found: `alias ${agentAliasId} of ${name} is ${status}, not PREPARED` };
    }
    return { usable: true, found: `deployed and prepared: ${set.join(', ')}` };
  } finally {
    client.destroy();
  }
}

function agentsRefused(error: Error, instead: string = INSTEAD): Finding {
  if (MAINTENANCE.test(error.message)) {
    return { usable: false, found: `${CLOSED}. It said: ${error.message}`, next: instead };
  }
  return refused(error);
}

/** An instruction below the minimum of 40 characters: refused before any model is asked, so it costs nothing. */
const TOO_SHORT = 'x';

async function probeInlineAgent(settings: AgentSettings): Promise<Finding> {
  const { model } = settings['inline-agent'];
  const client = new BedrockAgentRuntimeClient({ ...placeIn(settings['inline-agent']), maxAttempts: 1 });
  try {
    const lacking = await lackingAccess(client.config);
    if (lacking !== undefined) return lacking;
    if (model === undefined) return noModel('inline-agent');
    const asked = await answer((abortSignal) =>
      client.send(
        new InvokeInlineAgentCommand({
          sessionId: 'plumbline-doctor',
          foundationModel: model,
          instruction: TOO_SHORT,
          inputText: 'ping',
        }),
        { abortSignal },
      ),
    );
    if ('error' in asked && asked.error.name !== 'ValidationException')
      return agentsRefused(asked.error, 'use the backend converse: it needs no Bedrock agent');
    return {
      usable: true,
      found: `InvokeInlineAgent answers; the model ${model} is not asked; ${partsOf(settings['inline-agent'], 'not attached')}`,
    };
  } finally {
    client.destroy();
  }
}

async function probeConverse(
  settings: AgentSettings,
  _agents: readonly string[],
  env: Environment,
): Promise<Finding> {
  const { model } = settings.converse;
  const client = new BedrockRuntimeClient({ ...placeIn(settings.converse), maxAttempts: 1 });
  try {
    const lacking = await lackingAccess(client.config, env.AWS_BEARER_TOKEN_BEDROCK !== undefined);
    if (lacking !== undefined) return lacking;
    if (model === undefined) return noModel('converse');
    // Without a message it is refused before the model runs, so it costs nothing.
    const asked = await answer((abortSignal) =>
      client.send(new ConverseCommand({ modelId: model, messages: [] }), { abortSignal }),
    );
    const error = 'error' in asked ? asked.error : undefined;
    if (error !== undefined && error.name !== 'ValidationException') return refused(error);
    if (error !== undefined && /model identifier is invalid|on-demand throughput/i.test(error.message)) {
      return { usable: false, found: error.message, next: 'correct converse.model or PLUMBLINE_MODEL' };
    }
    return {
      usable: true,
      found: `Converse answers; the model ${model} is not run; ${partsOf(settings.converse, 'searched on this machine')}`,
    };
  } finally {
    client.destroy();
  }
}

/** Which guardrail and knowledge bases of the account are given with a call. Nobody has tried whether they exist. */
function partsOf({ guardrail, knowledgeBases }: OfAccount, without: string): string {
  const named = Object.entries(knowledgeBases ?? {}).map(([name, id]) => `${name} (${id})`);
  return [
    guardrail === undefined
      ? 'no guardrail of the account is set'
      : `guardrail ${guardrail.guardrailIdentifier} version ${guardrail.guardrailVersion}, not tried`,
    named.length === 0
      ? `no knowledge base of the account is set: ours are ${without}`
      : `knowledge bases ${named.join(', ')}, not tried`,
  ].join('; ');
}

const noModel = (backend: 'inline-agent' | 'converse'): Finding => ({
  usable: false,
  found: 'credentials and region are there, a model is not set',
  next: `set ${backend}.model in ${AGENT_SETTINGS_FILE}, or PLUMBLINE_MODEL`,
});

/** What of region and credentials the SDK does not find on this machine. */
async function lackingAccess(
  config: { readonly region: () => Promise<string>; readonly credentials: () => Promise<unknown> },
  hasBearerToken = false,
): Promise<Finding | undefined> {
  const next =
    'aws configure, or set AWS_PROFILE, or AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY';
  const region = await config.region().catch(() => undefined);
  if (region === undefined) return { usable: false, found: 'no AWS region is set', next };
  if (hasBearerToken) return undefined;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('late')), CREDENTIALS_MS);
  try {
    await Promise.race([config.credentials(), late.promise]);
    return undefined;
  } catch {
    return { usable: false, found: 'no AWS credentials were found', next };
  } finally {
    clearTimeout(timer);
  }
}

/** One call with a time limit; what it throws is an answer too. */
async function answer<T>(
  call: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly reply: T } | { readonly error: Error }> {
  try {
    return { reply: await call(AbortSignal.timeout(CALL_MS)) };
  } catch (error) {
    return { error: error as Error };
  }
}

function refused(error: Error): Finding {
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  if (status === undefined) {
    return {
      usable: false,
      found: `AWS does not answer within ${CALL_MS / 1_000} s: ${messageOf(error)}`,
      next: 'check the network, the region and AWS_ENDPOINT_URL',
    };
  }
  return {
    usable: false,
    found: `AWS refuses (${status}): ${messageOf(error)}`,
    next: 'check the permissions of the credentials and the access to the model in this region',
  };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
