import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type ModelPrice, USD_PATTERN } from '#adapters/model/usd.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { AGENT_BACKENDS, type AgentBackend } from '#core/ports/agent-runtime.ts';

/** The file of a data folder that says how agents are answered. */
export const AGENT_SETTINGS_FILE = 'agents.json';

const modelId = z.string().min(1).max(300);
const url = z
  .url({ protocol: /^https?$/, error: 'must be an address such as http://localhost:11434/v1' })
  .max(2_000);
const place = { region: z.string().min(1).max(60).optional(), endpoint: url.optional() };
/** What of the account an agent is given with the call: its guardrail, and knowledge bases by the names of the definitions. */
const ofAccount = {
  guardrail: z
    .strictObject({ guardrailIdentifier: z.string().min(1), guardrailVersion: z.string().min(1) })
    .optional(),
  knowledgeBases: z.record(z.string(), z.string().min(1)).optional(),
};
const usd = z.string().regex(USD_PATTERN, 'must be dollars as text, such as "0.25"');
const price = z.strictObject({ inputUsdPerMillion: usd, outputUsdPerMillion: usd });
const variable = z.string().regex(/^[A-Za-z_]\w*$/, 'must be the name of an environment variable');

const settingsSchema = z.strictObject({
  backend: z.enum(AGENT_BACKENDS).default('playbook'),
  'openai-compatible': z
    .strictObject({ url: url.optional(), model: modelId.optional(), keyEnv: variable.optional() })
    .default({}),
  converse: z.strictObject({ model: modelId.optional(), ...place, ...ofAccount }).default({}),
  'inline-agent': z.strictObject({ model: modelId.optional(), ...place, ...ofAccount }).default({}),
  'bedrock-agent': z
    .strictObject({
      agents: z
        .record(z.string(), z.strictObject({ agentId: z.string().min(1), agentAliasId: z.string().min(1) }))
        .default({}),
      ...place,
    })
    .default({ agents: {} }),
  /** Agents that are answered otherwise than the rest. */
  agents: z
    .record(
      z.string(),
      z.strictObject({ backend: z.enum(AGENT_BACKENDS).optional(), model: modelId.optional() }),
    )
    .default({}),
  prices: z.record(modelId, price).default({}),
});
export type AgentSettings = z.infer<typeof settingsSchema>;

/** Environment variables as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What of the account is named for the agents. */
export type OfAccount = Pick<AgentSettings['converse'], 'guardrail' | 'knowledgeBases'>;

/** How one agent is answered: a backend with everything that it needs. */
export type AgentChoice =
  | { readonly backend: 'playbook' }
  | { readonly backend: 'bedrock-agent'; readonly agentId: string; readonly agentAliasId: string }
  | (OfAccount & { readonly backend: 'inline-agent'; readonly model: string })
  | (OfAccount & { readonly backend: 'converse'; readonly model: string })
  | {
      readonly backend: 'openai-compatible';
      readonly url: string;
      readonly model: string;
      readonly keyEnv: string | undefined;
    };

/**
 * The settings of a data folder: `<home>/agents.json`, over it PLUMBLINE_AGENT_BACKEND, PLUMBLINE_MODEL_URL and
 * PLUMBLINE_MODEL. Without any, playbooks answer. Throws UsageError for a setting that is wrong.
 */
export async function readAgentSettings(home: string, env: Environment): Promise<AgentSettings> {
  const file = join(home, AGENT_SETTINGS_FILE);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  return withEnvironment(parseSettings(text, file), env);
}

function parseSettings(text: string, file: string): AgentSettings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw wrong(file, `it is not JSON: ${(error as Error).message}`);
  }
  const parsed = settingsSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw wrong(file, `${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
}

function withEnvironment(settings: AgentSettings, env: Environment): AgentSettings {
  const given = env.PLUMBLINE_AGENT_BACKEND || undefined;
  if (given !== undefined && !AGENT_BACKENDS.includes(given as AgentBackend)) {
    throw wrong('PLUMBLINE_AGENT_BACKEND', `${given} is none of ${AGENT_BACKENDS.join(', ')}`);
  }
  const backend = (given as AgentBackend | undefined) ?? settings.backend;
  const endpoint = env.PLUMBLINE_MODEL_URL || undefined;
  if (endpoint !== undefined && !url.safeParse(endpoint).success) {
    throw wrong('PLUMBLINE_MODEL_URL', `${endpoint} is no address such as http://localhost:11434/v1`);
  }
  const openAi = settings['openai-compatible'];
  const changed = {
    ...settings,
    backend,
    'openai-compatible': { ...openAi, ...(endpoint === undefined ? {} : { url: endpoint }) },
  };
  const model = env.PLUMBLINE_MODEL || undefined;
  if (model === undefined) return changed;
  const takes = backend === 'playbook' && endpoint !== undefined ? 'openai-compatible' : backend;
  if (takes === 'playbook' || takes === 'bedrock-agent') {
    throw wrong('PLUMBLINE_MODEL', `the backend ${takes} takes no model from here`);
  }
  return { ...changed, [takes]: { ...changed[takes], model } };
}

/** How an agent is answered under these settings. Throws UsageError when something that the backend needs is not set. */
export function choiceFor(settings: AgentSettings, agent: string): AgentChoice {
  const own = settings.agents[agent];
  const backend = own?.backend ?? settings.backend;
  const lacks = (what: string, next: string): PlumblineError =>
    new PlumblineError('UsageError', {
      what: `The agent backend ${backend} is not set up`,
      where: `agent ${agent}`,
      why: `${what} is missing`,
      next,
    });
  if (backend === 'playbook') return { backend };
  if (backend === 'bedrock-agent') {
    const deployed = settings['bedrock-agent'].agents[agent];
    if (deployed === undefined)
      throw lacks(
        'the id of the deployed agent and of its alias',
        `set bedrock-agent.agents.${agent} to { agentId, agentAliasId } in ${AGENT_SETTINGS_FILE}`,
      );
    return { backend, ...deployed };
  }
  const model = own?.model ?? settings[backend].model;
  if (model === undefined)
    throw lacks('the model', `set ${backend}.model in ${AGENT_SETTINGS_FILE}, or PLUMBLINE_MODEL`);
  if (backend !== 'openai-compatible') {
    const { guardrail, knowledgeBases } = settings[backend];
    return {
      backend,
      model,
      ...(guardrail === undefined ? {} : { guardrail }),
      ...(knowledgeBases === undefined ? {} : { knowledgeBases }),
    };
  }
  const { url: endpoint, keyEnv } = settings[backend];
  if (endpoint === undefined)
    throw lacks('the address', `set ${backend}.url in ${AGENT_SETTINGS_FILE}, or PLUMBLINE_MODEL_URL`);
  return { backend, url: endpoint, model, keyEnv };
}

/** Every agent's choice. Throws UsageError, also for settings of an agent that does not exist. */
export function choicesFor(settings: AgentSettings, agents: readonly string[]): Map<string, AgentChoice> {
  const unknown = Object.keys(settings.agents).find((name) => !agents.includes(name));
  if (unknown !== undefined) {
    throw wrong(AGENT_SETTINGS_FILE, `agents.${unknown}: there is no such agent, only ${agents.join(', ')}`);
  }
  return new Map(agents.map((name) => [name, choiceFor(settings, name)]));
}

/** The key of an endpoint: the variable that the settings name, else PLUMBLINE_MODEL_KEY. Throws UsageError when it is empty. */
export function modelKey(keyEnv: string | undefined, env: Environment): string | undefined {
  if (keyEnv === undefined) return env.PLUMBLINE_MODEL_KEY || undefined;
  const key = env[keyEnv];
  if (key) return key;
  throw wrong(AGENT_SETTINGS_FILE, `openai-compatible.keyEnv names ${keyEnv}, which is not set`);
}

/** The price of a model by its id, with or without the backend in front. */
export function priceOf(settings: AgentSettings, model: string): ModelPrice | undefined {
  return settings.prices[model] ?? settings.prices[model.slice(model.indexOf('/') + 1)];
}

function wrong(where: string, why: string): PlumblineError {
  return new PlumblineError('UsageError', {
    what: 'The settings of agents are wrong',
    where,
    why,
    next: 'docs/agents.md shows each setting',
  });
}
