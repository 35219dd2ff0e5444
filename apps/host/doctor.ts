import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, resolve } from 'node:path';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import { AGENTS } from '#agents/registry.ts';
import { DATASET_NAMES } from '#core/domain/datasets.ts';
import { type AgentSettings, choicesFor, readAgentSettings } from './agent-settings.ts';
import { readEndpoint } from './endpoint.ts';
import { type BackendReport, probeBackends } from './probe-backends.ts';
import { listRuns, openStores } from './stores.ts';

/** One thing that was looked at, and how to mend it where it is not as it should be. */
export interface Check {
  readonly what: string;
  /** `unavailable`: not to be had here, and nobody asked for it. */
  readonly status: 'ok' | 'warning' | 'failed' | 'unavailable';
  readonly found: string;
  readonly next?: string;
}

const GIGABYTE = 2 ** 30;

/** Looks at the machine and the data folder. Each failure becomes a check; nothing is thrown. */
export async function examine(home: string): Promise<Check[]> {
  const checks = [
    node,
    memory,
    engine,
    () => disk(home),
    () => agentBackends(home),
    () => owner(home),
    () => folder(home),
  ];
  const found: Check[] = [];
  for (const check of checks) {
    try {
      found.push(...[await check()].flat());
    } catch (error) {
      found.push({
        what: 'check',
        status: 'failed',
        found: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return found;
}

function node(): Check {
  const right = process.versions.node.startsWith('24.');
  return {
    what: 'Node',
    status: right ? 'ok' : 'failed',
    found: process.version,
    ...(right
      ? {}
      : { next: 'npm ci, then start through npm or npx, which find the Node 24 that comes with it' }),
  };
}

function memory(): Check {
  const gigabytes = totalmem() / GIGABYTE;
  const found = `${gigabytes.toFixed(1)} GiB`;
  if (gigabytes >= 2) return { what: 'Memory', status: 'ok', found };
  return {
    what: 'Memory',
    status: 'warning',
    found,
    next: 'use a smaller sample: plumbline demo --subscribers 2000',
  };
}

async function engine(): Promise<Check> {
  const session = await new LocalWarehouse().open();
  try {
    const [row] = await session.query(
      "SELECT version() AS version, CAST('0.1' AS DECIMAL(18,6)) * 3 = 0.3 AS exact",
    );
    return { what: 'Engine', status: row?.exact === true ? 'ok' : 'failed', found: `DuckDB ${row?.version}` };
  } finally {
    await session.close();
  }
}

async function disk(home: string): Promise<Check> {
  let folder = resolve(home);
  while (!existsSync(folder)) folder = dirname(folder);
  const { bavail, bsize } = await statfs(folder);
  const gigabytes = (bavail * bsize) / GIGABYTE;
  const found = `${gigabytes.toFixed(1)} GiB free at ${folder}`;
  if (gigabytes >= 2) return { what: 'Disk', status: 'ok', found };
  return { what: 'Disk', status: 'warning', found, next: 'free some space or use --home on another disk' };
}

async function agentBackends(home: string): Promise<Check[]> {
  const names = AGENTS.map(({ name }) => name);
  const settings = await readAgentSettings(home, process.env).catch((error: Error) => error);
  if (settings instanceof Error) {
    return [{ what: 'Agent settings', status: 'failed', found: settings.message }];
  }
  const reports = await probeBackends(settings, names, process.env);
  return [...settingsChecks(settings, names), ...reports.map(backendCheck)];
}

function settingsChecks(settings: AgentSettings, names: readonly string[]): Check[] {
  try {
    choicesFor(settings, names);
    return [];
  } catch (error) {
    return [{ what: 'Agent settings', status: 'failed', found: (error as Error).message }];
  }
}

function backendCheck({ backend, chosenBy, usable, found, next }: BackendReport): Check {
  const chosen = chosenBy.length > 0;
  return {
    what: `Agents: ${backend}`,
    status: usable ? 'ok' : chosen ? 'failed' : 'unavailable',
    found: chosen ? `${found} (answers ${chosenBy.join(', ')})` : found,
    ...(next === undefined ? {} : { next }),
  };
}

async function owner(home: string): Promise<Check> {
  const endpoint = await readEndpoint(home);
  if (endpoint === undefined) return { what: 'Data folder', status: 'ok', found: `${home}, not in use` };
  try {
    await fetch(endpoint, { signal: AbortSignal.timeout(2000) });
    return { what: 'Data folder', status: 'ok', found: `${home}, served at ${endpoint}` };
  } catch {
    return {
      what: 'Data folder',
      status: 'warning',
      found: `${home}: the process that served it is gone`,
      next: 'plumbline runs resume',
    };
  }
}

async function folder(home: string): Promise<Check[]> {
  if (!existsSync(home)) {
    return [
      {
        what: 'Data',
        status: 'warning',
        found: 'none yet',
        next: 'plumbline demo, or plumbline ingest <path>',
      },
    ];
  }
  const stores = await openStores(home);
  try {
    const files = await Promise.all(
      DATASET_NAMES.map(async (name) => [name, await stores.lake.files(name)] as const),
    );
    const present = files.filter(([, count]) => count > 0).map(([name, count]) => `${name} ${count}`);
    const chain = await stores.cases.verifyChain();
    const runs = await listRuns(stores);
    return [
      {
        what: 'Feeds',
        status: present.length > 0 ? 'ok' : 'warning',
        found: present.join(', ') || 'no files yet',
      },
      { what: 'Runs', status: 'ok', found: String(runs.length) },
      {
        what: 'Audit chain',
        status: chain.ok ? 'ok' : 'failed',
        found: chain.ok ? `${chain.events} events, unbroken` : `broken at event ${chain.brokenAt}`,
        ...(chain.ok ? {} : { next: 'plumbline verify' }),
      },
    ];
  } finally {
    await stores.close();
  }
}
