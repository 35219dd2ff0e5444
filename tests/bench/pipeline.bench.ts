import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingest } from '#apps/host/ingest.ts';
import { generateSample } from '#apps/host/sample.ts';
import { openStores, type Stores } from '#apps/host/stores.ts';
import { mergeRun } from '#tools/merge-run/tool.ts';
import { planRun } from '#tools/plan-run/tool.ts';
import { reconcile } from '#tools/reconcile/tool.ts';
import { peakMegabytes } from '../support/peak-memory.ts';
import { type Benchmark, cpuSecondsOf, type Measurement, median, secondsOf } from './benchmark.ts';

const REPEATS = 3;
const quiet = () => {};

/** The main job in parts, on the sample of the demo: about one million usage records. */
export const benchmark: Benchmark = {
  name: 'Usage reconciliation, one million usage records',
  run: async (progress) => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-bench-'));
    try {
      return await measure(folder, progress);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function measure(folder: string, progress: (text: string) => void): Promise<Measurement[]> {
  const out = join(folder, 'sample');
  progress('sample');
  const generated = await cpuSecondsOf(() =>
    generateSample({ out, seed: 1, subscribers: 20_000, days: 31, onProgress: quiet }),
  );
  const csv = join(out, 'feeds', 'usage');
  const ingested: number[] = [];
  const copied: number[] = [];
  for (let i = 0; i < REPEATS; i += 1) {
    progress(`ingest ${i + 1} of ${REPEATS}`);
    ingested.push(
      await cpuSecondsOf(() =>
        ingest({ home: join(folder, `csv-${i}`), path: csv, keepData: false, onProgress: quiet }),
      ),
    );
    copied.push(await cpuSecondsOf(() => copyCsv(csv, join(folder, `baseline-${i}.parquet`))));
  }
  const home = join(folder, 'home');
  await ingest({ home, path: join(out, 'feeds'), keepData: false, onProgress: quiet });
  const stores = await openStores(home);
  try {
    const joined: number[] = [];
    const reconciled: number[] = [];
    for (let i = 0; i < REPEATS; i += 1) {
      progress(`reconcile ${i + 1} of ${REPEATS}`);
      joined.push(await cpuSecondsOf(() => plainJoin(stores, home)));
      reconciled.push(await cpuSecondsOf(() => reconcileMonth(stores)));
    }
    const wall = await secondsOf(() => reconcileMonth(stores));
    return [
      { work: 'generate the sample', baseline: null, value: generated, unit: 'CPU s', goal: '–' },
      {
        work: 'ingest usage CSV with quarantine, lineage and hashes',
        baseline: "DuckDB's read_csv to Parquet of the same files, CPU",
        value: median(ingested) / median(copied),
        unit: '×',
        goal: '<= 3 ×',
      },
      {
        work: 'reconcile a month: fold, re-rate, match, eight controls, violations, findings',
        baseline: 'plain FULL OUTER JOIN count of usage and billed, CPU',
        value: median(reconciled) / median(joined),
        unit: '×',
        goal: 'none yet',
      },
      { work: 'the same, two partitions at a time', baseline: null, value: wall, unit: 's', goal: '< 20 s' },
      {
        work: 'peak memory of all of this',
        baseline: null,
        value: peakMegabytes(),
        unit: 'MB',
        goal: '< 1,500 MB',
      },
    ];
  } finally {
    await stores.close();
  }
}

async function copyCsv(folder: string, to: string): Promise<void> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.csv'))
    .map((name) => `'${join(folder, name)}'`);
  await connection.run(
    `COPY (SELECT * FROM read_csv([${files.join(',')}], all_varchar = true, header = true, ignore_errors = true, null_padding = true))
     TO '${to}' (FORMAT parquet, COMPRESSION zstd)`,
  );
  connection.closeSync();
  instance.closeSync();
}

async function plainJoin(stores: Stores, home: string): Promise<void> {
  const session = await stores.warehouse.open();
  try {
    const files = (dataset: string) =>
      `read_parquet('${join(home, 'lake', dataset, '*', '*', '*.parquet')}')`;
    await session.query(
      `SELECT count(*) AS n FROM (SELECT correlation_id, service FROM ${files('usage')}) u
       FULL OUTER JOIN (SELECT correlation_id, service FROM ${files('billed')} WHERE charge_type = 'usage') b USING (correlation_id, service)`,
    );
  } finally {
    await session.close();
  }
}

async function reconcileMonth(stores: Stores): Promise<void> {
  const { runId, planKey } = await planRun({ period: '2026-10' }, stores);
  const partitions = JSON.parse(await stores.runs.readText(planKey));
  const work = async () => {
    for (let next = partitions.shift(); next; next = partitions.shift()) await reconcile(next, stores);
  };
  await Promise.all([work(), work()]);
  await mergeRun({ runId }, stores);
}
