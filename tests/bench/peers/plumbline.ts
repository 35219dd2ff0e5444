/**
 * `node plumbline.ts <folder>`: ingest of the same CSV with quarantine, lineage and hashes, and the reconciliation, which
 * also reads what was rated, judges every session by eight controls and writes violations and findings with both sides.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingestPath } from '#adapters/local/ingest.ts';
import { LocalLake } from '#adapters/local/lake.ts';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalRunStore } from '#adapters/local/run-store.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import { parseDay } from '#core/domain/period.ts';
import type { RunManifest } from '#core/domain/run.ts';
import { mergeRun } from '#core/reconcile/merge-run.ts';
import { planRun } from '#core/reconcile/plan.ts';
import { reconcilePartition } from '#core/reconcile/reconcile-partition.ts';
import { print, type Totals } from './totals.ts';

const CONTROLS = ['U04', 'U05', 'U06', 'U07', 'U08', 'R01', 'R02', 'R03'];
const DATASETS = ['zone', 'tariff', 'catalog', 'subscription', 'usage', 'rated', 'billed'] as const;
const [folder = ''] = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), 'plumbline-bench-peer-'));

/** CPU and wall seconds since this process began. */
function spent(): { wall: number; cpu: number } {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now() / 1000, cpu: (user + system) / 1e6 };
}

async function reconcile(): Promise<RunManifest> {
  const lake = new LocalLake(home);
  const warehouse = new LocalWarehouse({ memoryLimitMb: 512, threads: 2 });
  const ports = { warehouse, lake, runs: new LocalRunStore(home), readSql: readSqlFile };
  const plan = await planRun(
    { stateMachine: 'bench', period: parseDay('2026-10-07'), controls: CONTROLS },
    ports,
  );
  for (const partition of plan.partitions) await reconcilePartition(partition, ports);
  return (await mergeRun(plan.runId, '25.00', ports)).manifest;
}

function totalsOf({ controls }: RunManifest): Totals {
  const of = (id: string) => {
    const control = controls.find(({ controlId }) => controlId === id);
    const millionths = (text = '0') =>
      text
        .replace('-', '')
        .replace('.', '')
        .replace(/^0+(?=\d)/, '');
    return {
      count: control?.violations ?? 0,
      under: millionths(control?.underCharged),
      over: millionths(control?.overCharged),
    };
  };
  const [unbilled, without, repeated, wrong] = [of('U06'), of('U07'), of('U08'), of('R01')];
  return {
    unbilled: [unbilled.count, unbilled.under],
    withoutUsage: [without.count, without.over],
    repeated: [repeated.count, repeated.over],
    wrong: [wrong.count, wrong.under, wrong.over],
  };
}

try {
  const started = spent();
  for (const dataset of DATASETS) {
    await ingestPath({ home, path: join(folder, dataset), dataset, asOf: parseDay('2026-10-07') });
  }
  const ingested = spent();
  const totals = totalsOf(await reconcile());
  const done = spent();
  print({
    totals,
    wall: done.wall - started.wall,
    cpu: done.cpu - started.cpu,
    reconcile: { wall: done.wall - ingested.wall, cpu: done.cpu - ingested.cpu },
  });
} finally {
  rmSync(home, { recursive: true, force: true });
}
