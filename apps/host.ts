import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BedrockAgentClient } from '@aws-sdk/client-bedrock-agent';
import { BedrockAgentRuntimeClient } from '@aws-sdk/client-bedrock-agent-runtime';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import { BedrockAgentRuntime } from '#adapters/bedrock/agent-runtime.ts';
import { DEFAULT_REMEDY_RULES } from '#core/cases/remedy.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { RunViews } from '#core/investigation/run-view.ts';
import { remeasureWith } from '#core/reconcile/remeasure.ts';
import { type LocalCloud, startLocalCloud } from '#local/index.ts';
import type { AgentHandle } from '#tools/invoke-agent/tool.ts';
import { modelsOf, registerAll } from './host/agents.ts';
import { loadWorkspaceControls } from './host/controls.ts';
import { deliverPending } from './host/decisions.ts';
import { publishEndpoint, readEndpoint, withdrawEndpoint } from './host/endpoint.ts';
import { tasksOf } from './host/functions.ts';
import { LOCAL_REGION, RUNS_BUCKET, registerStateMachines } from './host/machines.ts';
import type { HostPorts } from './host/ports.ts';
import { openStores, runsFolder, type Stores } from './host/stores.ts';
import { registerTriggers } from './host/triggers.ts';

/** A data folder with its embedded cloud: in this process, or in the one that owns the folder. */
export interface Host {
  readonly stores: Stores;
  readonly endpoint: string;
  /** True when the embedded cloud runs in this process; closing the host stops it then. */
  readonly ownsCloud: boolean;
  readonly sfn: SFNClient;
  readonly events: EventBridgeClient;
  close(): Promise<void>;
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
  const agents = new Map<string, AgentHandle>();
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => {});
  const link: { runtime?: BedrockAgentRuntimeClient } = {};
  const ports = portsOf(stores, agents, () => {
    if (!link.runtime) throw new TypeError('The embedded cloud has not started');
    return link.runtime;
  });
  let cloud: LocalCloud;
  try {
    cloud = await startLocalCloud({
      port,
      dataDir: join(stores.home, 'cloud'),
      buckets: { [RUNS_BUCKET]: runsFolder(stores.home) },
      tasks: tasksOf(ports, ready.promise),
      models: modelsOf(),
    });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'DataFolderInUse')) throw error;
    return connect(stores);
  }
  const clients = clientsOf(cloud.endpoint);
  link.runtime = clients.runtime;
  try {
    await registerStateMachines(clients.sfn);
    await registerTriggers(clients.events, clients.scheduler);
    for (const [name, handle] of await registerAll(clients.agents)) agents.set(name, handle);
    ready.resolve();
    await publishEndpoint(stores.home, cloud.endpoint);
    await deliverPending(stores, clients.sfn);
  } catch (error) {
    ready.reject(error);
    await cloud.close();
    throw error;
  }
  return {
    stores,
    endpoint: cloud.endpoint,
    ownsCloud: true,
    sfn: clients.sfn,
    events: clients.events,
    close: async () => {
      await withdrawEndpoint(stores.home, cloud.endpoint);
      await cloud.close();
      clients.close();
      await ports.runViews.close();
      await stores.close();
    },
  };
}

async function connect(stores: Stores): Promise<Host> {
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
    close: async () => {
      clients.close();
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
  agents: ReadonlyMap<string, AgentHandle>,
  runtimeClient: () => BedrockAgentRuntimeClient,
): HostPorts {
  return {
    ...stores,
    agents,
    waits: stores.cases,
    runViews: new RunViews(stores),
    runtime: { ask: (question) => new BedrockAgentRuntime(runtimeClient()).ask(question) },
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
