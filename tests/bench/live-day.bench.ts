import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckdbSession } from '#adapters/local/duckdb-session.ts';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalRunStore } from '#adapters/local/run-store.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import type { LakeFile, PartitionPlan } from '#core/domain/run.ts';
import { LiveDay } from '#core/reconcile/live-day.ts';
import { planRun } from '#core/reconcile/plan.ts';
import { reconcilePartition } from '#core/reconcile/reconcile-partition.ts';
import { type Benchmark, cpuSecondsOf, type Measurement, median } from './benchmark.ts';
import { BenchLake, type DataSize, FIRST_DAY, writeData } from './reconcile-data.ts';

const SESSIONS = 330_000;
const BATCHES = 5;
const CONTROLS = ['U04', 'U05', 'U06', 'U07', 'U08', 'R01', 'R02', 'R03'];
const KEPT = ['usage', 'rated', 'billed'] as const;

/** The last five times five minutes of a day, arriving one after the other at a process that holds the day. */
export const benchmark: Benchmark = {
  name: 'Micro-batches of five minutes on a day of 330,000 sessions',
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
  const size: DataSize = { sessions: SESSIONS, days: 1, buckets: 1, prepared: true };
  await writeData(folder, size, progress);
  const whole = new BenchLake(folder, size);
  const ports = {
    warehouse: new LocalWarehouse({ memoryLimitMb: 1024, threads: 2 }),
    lake: whole,
    runs: new LocalRunStore(join(folder, 'runs')),
    readSql: readSqlFile,
  };
  const planned = await planRun({ stateMachine: 'bench', period: FIRST_DAY, controls: CONTROLS }, ports);
  const [plan] = planned.partitions;
  if (plan === undefined) throw new Error('no partition');
  const parts = await split(folder, plan);
  const live = await LiveDay.open(ports);
  const updates: number[] = [];
  const reruns: number[] = [];
  let touched = 0;
  try {
    let files = parts[0] ?? [];
    progress('the day before');
    await live.update({ ...plan, files: [...referencesOf(plan), ...files] });
    for (const added of parts.slice(1)) {
      files = [...files, ...added];
      const now = { ...plan, files: [...referencesOf(plan), ...files] };
      updates.push(
        await cpuSecondsOf(async () => {
          const update = await live.update(now);
          if (update.rebuilt) throw new Error('the day was judged as a whole');
          touched = update.touched;
        }),
      );
      reruns.push(await cpuSecondsOf(() => reconcilePartition(now, ports)));
      progress(`update ${updates.at(-1)} s, day ${reruns.at(-1)} s`);
    }
  } finally {
    await live.close();
  }
  const work = `update by a batch of five minutes, ${touched.toLocaleString('en-US')} sessions`;
  return [
    {
      work: `the day again, CPU`,
      baseline: `${work}, CPU`,
      value: median(reruns) / median(updates),
      unit: '×',
      goal: '>= 20 ×',
    },
    { work, baseline: null, value: median(updates), unit: 'CPU s', goal: '–' },
    { work: 'the day again', baseline: null, value: median(reruns), unit: 'CPU s', goal: '–' },
  ];
}

function referencesOf(plan: PartitionPlan): LakeFile[] {
  return plan.files.filter(({ dataset }) => !(KEPT as readonly string[]).includes(dataset));
}

/** The files of the day cut by time: all but the last batches, then each of them. */
async function split(folder: string, plan: PartitionPlan): Promise<LakeFile[][]> {
  const session = await DuckdbSession.open({ memoryLimitMb: 1024, threads: 2 });
  const parts: LakeFile[][] = Array.from({ length: BATCHES + 1 }, () => []);
  try {
    for (const name of KEPT) {
      const time = name === 'usage' ? 'session_start' : name === 'billed' ? 'event_time' : 'start_time';
      const paths = plan.files
        .filter(({ dataset }) => dataset === name)
        .map(({ path }) => `'${join(folder, path)}'`);
      // Where rated and billed carry numbers too, any new row may change any match, and the day is judged as a whole.
      const withoutNumbers =
        name === 'usage' ? '' : ' REPLACE (NULL::VARCHAR AS a_number, NULL::VARCHAR AS b_number)';
      for (let part = 0; part <= BATCHES; part += 1) {
        const path = join(name, `dt=${FIRST_DAY}`, 'bucket=0', `cut${part}.parquet`);
        await session.run(
          `COPY (SELECT *${withoutNumbers} FROM read_parquet([${paths.join(', ')}], hive_partitioning = false)
             WHERE greatest(0, ${BATCHES} + (date_diff('minute', TIMESTAMP '${FIRST_DAY}', ${time}) - 1440) // 5 + 1) = ${part})
           TO '${join(folder, path)}' (FORMAT parquet, COMPRESSION zstd)`,
        );
        const [row] = await session.query(`SELECT count(*) AS n FROM read_parquet('${join(folder, path)}')`);
        parts[part]?.push({ dataset: name, path, rows: Number(row?.n), sha256: path });
      }
    }
    return parts;
  } finally {
    await session.close();
  }
}
