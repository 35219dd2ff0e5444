import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BedrockAgentClient } from '@aws-sdk/client-bedrock-agent';
import { BedrockAgentRuntimeClient } from '@aws-sdk/client-bedrock-agent-runtime';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import { BedrockAgentRuntime } from '#adapters/bedrock/agent-runtime.ts';
import { knowledgeSearch } from '#adapters/bedrock/knowledge-search.ts';
import { secretKeyIn } from '#adapters/local/secret-file.ts';
import { AGENTS } from '#agents/registry.ts';
import type { ToolAccess } from '#core/agent-tool/scope.ts';
import { DEFAULT_REMEDY_RULES } from '#core/cases/remedy.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { RunViews } from '#core/investigation/run-view.ts';
import type { AgentRuntime } from '#core/ports/agent-runtime.ts';
import { remeasureWith } from '#core/reconcile/remeasure.ts';
import { type LocalCloud, startLocalCloud } from '#local/index.ts';
import type { AgentHandle } from '#tools/invoke-agent/tool.ts';
import { AgentBackends } from './host/agent-backend.ts';
import { readAgentSettings } from './host/agent-settings.ts';
import { guardrailsOf, HANDBOOK_BUCKET, HANDBOOK_FOLDER, modelsOf, registerAll } from './host/agents.ts';
import { loadWorkspaceControls } from './host/controls.ts';
import { deliverPending } from './host/decisions.ts';
import { publishEndpoint, readEndpoint, withdrawEndpoint } from './host/endpoint.ts';
import { tasksOf } from './host/functions.ts';
import { LOCAL_REGION, RUNS_BUCKET, registerStateMachines } from './host/machines.ts';
import type { HostPorts } from './host/ports.ts';
import { openStores, runsFolder, type Stores } from './host/stores.ts';
import { registerTriggers } from './host/triggers.ts';

/** Names the workspace in what is signed for agents. Another folder has another key, whatever its name. */
const LOCAL_OPERATOR = 'local';

/** A data folder with its embedded cloud: in this process, or in the one that owns the folder. */
export interface Host {
  readonly stores: Stores;
  readonly endpoint: string;
  /** True when the embedded cloud runs in this process; closing the host stops it then. */
  readonly ownsCloud: boolean;
  readonly sfn: SFNClient;
  readonly events: EventBridgeClient;
  /** What a conversation with an agent needs. */
  conversations(): Promise<Conversations>;
  close(): Promise<void>;
}

/** Agents with where they are reached, what answers them, and whose scopes their tools accept. */
export interface Conversations {
  readonly runtime: AgentRuntime;
  readonly agents: ReadonlyMap<string, AgentHandle>;
  readonly access: ToolAccess;
}

/**
 * Opens a data folder and the embedded cloud on it. The first process owns the folder: it runs the executions and
 * publishes its address in `<home>/endpoint`; any further one talks to it. Unfinished executions go on by themselves.
 * Throws EndpointUnreachable when the folder is owned by a process that does not answer.
 */
export async function openHost(options: { readonly home: string; readonly port?: number }): Promise<Host> {
  await mkdir(options.home, { recursive: true });
  const stores = await openStores(options.home);
  try {
    await loadWorkspaceControls(options.home, stores);
    return await ownOrConnect(stores, options.port ?? 0);
  } catch (error) {
    await stores.close();
    throw error;
  }
}

async function ownOrConnect(stores: Stores, port: number): Promise<Host> {
  const wiring = await wire(stores);
  let cloud: LocalCloud;
  try {
    cloud = await startLocalCloud({
      port,
      dataDir: join(stores.home, 'cloud'),
      buckets: { [RUNS_BUCKET]: runsFolder(stores.home), [HANDBOOK_BUCKET]: HANDBOOK_FOLDER },
      tasks: wiring.tasks,
      models: modelsOf(),
      guardrails: guardrailsOf(),
    });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'DataFolderInUse')) throw error;
    return connect(stores, wiring);
  }
  const clients = clientsOf(cloud.endpoint);
  try {
    await registerStateMachines(clients.sfn);
    await registerTriggers(clients.events, clients.scheduler);
    await wiring.register(clients);
    await publishEndpoint(stores.home, cloud.endpoint);
    await deliverPending(stores, clients.sfn);
  } catch (error) {
    wiring.fail(error);
    await cloud.close();
    throw error;
  }
  return {
    stores,
    endpoint: cloud.endpoint,
    ownsCloud: true,
    sfn: clients.sfn,
    events: clients.events,
    conversations: async () => wiring.conversations,
    close: async () => {
      await withdrawEndpoint(stores.home, cloud.endpoint);
      await cloud.close();
      clients.close();
      await wiring.close();
      await stores.close();
    },
  };
}

/** The tools and agents of a process, before it knows where the embedded cloud is. */
interface Wiring {
  readonly tasks: ReturnType<typeof tasksOf>;
  readonly conversations: Conversations;
  /** Registers the agents with the cloud, which costs reads where they are in line already. */
  register(clients: ReturnType<typeof clientsOf>): Promise<void>;
  fail(error: unknown): void;
  close(): Promise<void>;
}

async function wire(stores: Stores): Promise<Wiring> {
  const agents = new Map<string, AgentHandle>();
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  const link: {
    runtime?: BedrockAgentRuntimeClient;
    knowledgeBases?: ReadonlyMap<string, string>;
    tasks?: ReturnType<typeof tasksOf>;
  } = {};
  const access: ToolAccess = {
    operator: LOCAL_OPERATOR,
    key: await secretKeyIn(join(stores.home, 'keys', 'agent-scope.key')),
    clock: stores.clock,
  };
  const backends = new AgentBackends(await readAgentSettings(stores.home, process.env), AGENTS, {
    embedded: {
      ask: (question) => {
        if (!link.runtime) throw new TypeError('The embedded cloud has not started');
        return new BedrockAgentRuntime(link.runtime).ask(question);
      },
    },
    invokeFunction: async (arn, event) => link.tasks?.[arn]?.(event),
    search: async (name, query, signal) => {
      if (!link.runtime) throw new TypeError('The embedded cloud has not started');
      const { runtime, knowledgeBases } = link;
      return knowledgeSearch(runtime, (wanted) => knowledgeBases?.get(wanted))(name, query, signal);
    },
    env: process.env,
    now: () => stores.clock.now(),
  });
  const ports = portsOf(stores, access, agents, backends);
  const tasks = tasksOf(ports, ready.promise);
  link.tasks = tasks;
  return {
    tasks,
    conversations: { runtime: backends, agents, access },
    register: async (clients) => {
      link.runtime = clients.runtime;
      const registered = await registerAll(clients.agents);
      link.knowledgeBases = registered.knowledgeBases;
      for (const [name, handle] of backends.place(registered.agents)) agents.set(name, handle);
      ready.resolve();
    },
    fail: (error) => ready.reject(error),
    close: async () => {
      backends.close();
      await ports.runViews.close();
    },
  };
}

async function connect(stores: Stores, wiring: Wiring): Promise<Host> {
  const endpoint = await readEndpoint(stores.home);
  if (endpoint === undefined || !(await answers(endpoint))) {
    throw new PlumblineError('EndpointUnreachable', {
      what: 'Another process owns this data folder and does not answer',
      where: `${stores.home}${endpoint ? `, ${endpoint}` : ''}`,
      why: 'it may just be starting or stopping',
      next: 'try again in a few seconds, or use another --home',
      retryable: true,
    });
  }
  const clients = clientsOf(endpoint);
  return {
    stores,
    endpoint,
    ownsCloud: false,
    sfn: clients.sfn,
    events: clients.events,
    conversations: async () => {
      await wiring.register(clients);
      return wiring.conversations;
    },
    close: async () => {
      clients.close();
      await wiring.close();
      await stores.close();
    },
  };
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(2000) });
    return true;
  } catch {
    return false;
  }
}

function portsOf(
  stores: Stores,
  access: ToolAccess,
  agents: ReadonlyMap<string, AgentHandle>,
  runtime: AgentRuntime,
): HostPorts {
  return {
    ...stores,
    access,
    agents,
    waits: stores.cases,
    runViews: new RunViews(stores),
    runtime,
    remeasure: remeasureWith(stores),
    remedyRules: DEFAULT_REMEDY_RULES,
  };
}

/** The unmodified AWS clients, pointed at the embedded cloud. Credentials only have to be there. */
function clientsOf(endpoint: string) {
  const config = {
    endpoint,
    region: LOCAL_REGION,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const sfn = new SFNClient({ ...config, maxAttempts: 3 });
  const agents = new BedrockAgentClient(config);
  const runtime = new BedrockAgentRuntimeClient({ ...config, maxAttempts: 1 });
  const events = new EventBridgeClient(config);
  const scheduler = new SchedulerClient(config);
  return {
    sfn,
    agents,
    runtime,
    events,
    scheduler,
    close: () => {
      for (const client of [sfn, agents, runtime, events, scheduler]) client.destroy();
    },
  };
}
