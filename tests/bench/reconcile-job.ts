/**
 * One measured job in a process of its own, so that its memory is its own: `node reconcile-job.ts <job> <folder> <size>`.
 * Prints CPU and wall seconds, peak memory in MB, and for a reconciliation its digest.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalRunStore } from '#adapters/local/run-store.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import { hashOf } from '#core/domain/hash.ts';
import { mergeRun } from '#core/reconcile/merge-run.ts';
import { planRun } from '#core/reconcile/plan.ts';
import { reconcilePartition } from '#core/reconcile/reconcile-partition.ts';
import { peakMegabytes } from '../support/peak-memory.ts';
import { cpuSecondsOf } from './benchmark.ts';
import { BenchLake, type DataSize } from './reconcile-data.ts';

/** What a job takes, and where it found what. */
export interface JobResult {
  readonly cpu: number;
  readonly wall: number;
  readonly rssMb: number;
  /** Of a reconciliation: hash of the digests of its days. */
  readonly digest: string;
  readonly controls: readonly string[];
}

/** Controls that look at every session, and the count of records. */
const CONTROLS = ['U04', 'U05', 'U06', 'U07', 'U08', 'R01', 'R02', 'R03'];

/** DuckDB's memory limit. */
const MEMORY_MB = Number(process.env.PLUMBLINE_BENCH_MEMORY_MB ?? 256);

const [job = '', folder = '', sizeText = '{}', threads = '2'] = process.argv.slice(2);
const size = JSON.parse(sizeText) as DataSize;
const warehouse = new LocalWarehouse({ memoryLimitMb: MEMORY_MB, threads: Number(threads) });
let digest = '';
const controls: string[] = [];
const started = performance.now();
const cpu = await cpuSecondsOf(() => (job === 'reconcile' ? reconcile() : join2(job)));
const result: JobResult = {
  cpu,
  wall: (performance.now() - started) / 1000,
  rssMb: peakMegabytes(),
  digest,
  controls,
};
process.stdout.write(`${JSON.stringify(result)}\n`);

/** A plain FULL OUTER JOIN count of usage and billed, on what they share. */
async function join2(kind: string): Promise<void> {
  const session = await warehouse.open();
  const key = (time: string) =>
    kind === 'join-id'
      ? 'correlation_id, service'
      : `a_number, coalesce(b_number, '') AS b_number, ${time} AS started, service`;
  const using = kind === 'join-id' ? 'correlation_id, service' : 'a_number, b_number, started, service';
  const files = (dataset: string) =>
    `read_parquet('${join(folder, dataset, '*', '*', '*.parquet')}', hive_partitioning = false)`;
  await session.query(
    `SELECT count(*) AS n FROM (SELECT ${key('start_time')} FROM ${files('usage')}) u
     FULL OUTER JOIN (SELECT ${key('event_time')} FROM ${files('billed')} WHERE charge_type = 'usage') b USING (${using})`,
  );
  await session.close();
}

async function reconcile(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'plumbline-bench-run-'));
  try {
    const lake = new BenchLake(folder, size);
    const ports = { warehouse, lake, runs: new LocalRunStore(home), readSql: readSqlFile };
    const digests: string[] = [];
    for (const day of lake.days()) {
      const plan = await planRun({ stateMachine: 'bench', period: day, controls: CONTROLS }, ports);
      for (const partition of plan.partitions) await reconcilePartition(partition, ports);
      const { manifest } = await mergeRun(plan.runId, '25.00', ports);
      digests.push(manifest.digest);
      controls.push(
        ...manifest.controls.map(
          (control) =>
            `${control.controlId} ${control.violations} ${control.underCharged} ${control.overCharged}`,
        ),
      );
    }
    digest = hashOf(digests);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
