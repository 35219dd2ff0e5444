import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FtsContractIndex } from '#adapters/local/contract-index.ts';
import { LocalLake } from '#adapters/local/lake.ts';
import { LocalOutbox } from '#adapters/local/outbox.ts';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalRunStore } from '#adapters/local/run-store.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import type { KyselyCaseStore } from '#adapters/store/kysely-case-store.ts';
import { openSqliteCaseStore } from '#adapters/store/sqlite.ts';
import { type RunManifest, runKey } from '#core/domain/run.ts';
import type { Clock } from '#core/ports/clock.ts';

/** One warehouse session: two partitions run side by side on a laptop, each with its share. */
const SESSION = { memoryLimitMb: 384, threads: 1 } as const;

/** The clock of the machine. */
export const SYSTEM_CLOCK: Clock = { now: () => Date.now() };

/** What stands in a data folder, without the embedded cloud: enough to read, list and verify. */
export interface Stores {
  readonly home: string;
  readonly clock: Clock;
  readonly cases: KyselyCaseStore;
  readonly lake: LocalLake;
  readonly runs: LocalRunStore;
  readonly warehouse: LocalWarehouse;
  readonly outbox: LocalOutbox;
  readonly contractIndex: FtsContractIndex;
  readonly readSql: typeof readSqlFile;
  close(): Promise<void>;
}

/** The folder that state machines know as the bucket of runs. */
export function runsFolder(home: string): string {
  return join(home, 'artifacts');
}

/** Where the orders to other systems stand. */
export function outboxFolder(home: string): string {
  return join(home, 'outbox');
}

/** Opens what stands in a data folder; several processes may do so at once. */
export async function openStores(home: string): Promise<Stores> {
  const cases = await openSqliteCaseStore({ file: join(home, 'store.db'), clock: SYSTEM_CLOCK });
  const lake = new LocalLake(home);
  return {
    home,
    clock: SYSTEM_CLOCK,
    cases,
    lake,
    runs: new LocalRunStore(runsFolder(home)),
    warehouse: new LocalWarehouse(SESSION),
    outbox: new LocalOutbox(outboxFolder(home)),
    contractIndex: new FtsContractIndex(),
    readSql: readSqlFile,
    close: async () => {
      await cases.close();
      lake.close();
    },
  };
}

/** When a run was merged, in milliseconds since 1970: its manifest is the last file of a run. */
export async function mergedAt({ runs }: Pick<Stores, 'runs'>, runId: string): Promise<number> {
  return (await stat(await runs.localPath(runKey(runId, 'manifest')))).mtime.getTime();
}

/** Manifests of all runs that were merged: the newest period first, of one period the run that was merged last. */
export async function listRuns(stores: Pick<Stores, 'runs'>): Promise<RunManifest[]> {
  const keys = (await stores.runs.list('runs/')).filter((key) => key.endsWith('/manifest.json'));
  const runs = await Promise.all(
    keys.map(async (key) => {
      const manifest = JSON.parse(await stores.runs.readText(key)) as RunManifest;
      return { manifest, at: await mergedAt(stores, manifest.runId) };
    }),
  );
  return runs
    .sort((a, b) => {
      if (a.manifest.period !== b.manifest.period) return a.manifest.period < b.manifest.period ? 1 : -1;
      return b.at - a.at || (a.manifest.runId < b.manifest.runId ? -1 : 1);
    })
    .map(({ manifest }) => manifest);
}
