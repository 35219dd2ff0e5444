import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckdbSession } from '#adapters/local/duckdb-session.ts';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalRunStore } from '#adapters/local/run-store.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import { addDays, type Day } from '#core/domain/period.ts';
import type { LakeFile, PartitionPlan } from '#core/domain/run.ts';
import type { EnginePorts } from '#core/reconcile/engine-ports.ts';
import { LiveDay } from '#core/reconcile/live-day.ts';
import { planRun } from '#core/reconcile/plan.ts';
import { reconcilePartition } from '#core/reconcile/reconcile-partition.ts';
import { type Benchmark, cpuSecondsOf, type Measurement, median } from './benchmark.ts';
import { BenchLake, type DataSize, FIRST_DAY, writeData } from './reconcile-data.ts';

/** Ten million sessions of thirty days; PLUMBLINE_DAYS makes it fewer days of the same size. */
const DAYS = Number(process.env.PLUMBLINE_DAYS ?? 30);
const SESSIONS = Math.round((10_000_000 / 30) * DAYS);
const BATCHES = 9;
const CONTROLS = ['U04', 'U05', 'U06', 'U07', 'U08', 'R01', 'R02', 'R03'];
const KEPT = ['usage', 'rated', 'billed'] as const;
const SLOTS_PER_DAY = 288;

/** The last times five minutes of a day, arriving one after the other at a process that holds the day. */
export const benchmark: Benchmark = {
  name: 'Micro-batches of five minutes on a day of 333,000 sessions',
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
  const size: DataSize = { sessions: SESSIONS, days: DAYS, buckets: 1, prepared: true };
  await writeData(folder, size, progress);
  const lake = new BenchLake(folder, size);
  const day = addDays(FIRST_DAY, DAYS - 1);
  const ports = {
    warehouse: new LocalWarehouse({ memoryLimitMb: 1024, threads: 2 }),
    lake,
    runs: new LocalRunStore(join(folder, 'runs')),
    readSql: readSqlFile,
  };
  const planned = await planRun({ stateMachine: 'bench', period: day, controls: CONTROLS }, ports);
  const [plan] = planned.partitions;
  if (plan === undefined) throw new Error('no partition');
  const prompt = await arrive(ports, plan, await split(folder, day, plan, 0), progress);
  const late = await arrive(ports, plan, await split(folder, day, plan, 12), progress);
  const sessions = (n: number) => `${n.toLocaleString('en-US')} sessions`;
  const work = `update by five minutes of usage, rated and billed items, ${sessions(prompt.touched)}`;
  const other = `the same, billed an hour after it was rated, ${sessions(late.touched)}`;
  const again = 'the day again, CPU';
  return [
    { work: again, baseline: `${work}, CPU`, value: prompt.times, unit: '×', goal: '>= 20 ×' },
    { work: again, baseline: `${other}, CPU`, value: late.times, unit: '×', goal: '>= 20 ×' },
    { work, baseline: null, value: prompt.update, unit: 'CPU s', goal: '–' },
    { work: other, baseline: null, value: late.update, unit: 'CPU s', goal: '–' },
    { work: 'the day again', baseline: null, value: prompt.again, unit: 'CPU s', goal: '–' },
  ];
}

interface Arrival {
  readonly touched: number;
  readonly update: number;
  readonly again: number;
  readonly times: number;
}

/**
 * Takes in the parts one after the other; medians of the last five updates (the ones before make the plans) and of
 * three runs of the whole day.
 */
async function arrive(
  ports: EnginePorts,
  plan: PartitionPlan,
  parts: readonly LakeFile[][],
  progress: (text: string) => void,
): Promise<Arrival> {
  const live = await LiveDay.open(ports);
  const updates: number[] = [];
  const reruns: number[] = [];
  let touched = 0;
  let now = plan;
  try {
    let files = parts[0] ?? [];
    progress('the day before');
    await live.update({ ...plan, files: [...referencesOf(plan), ...files] });
    for (const added of parts.slice(1)) {
      files = [...files, ...added];
      now = { ...plan, files: [...referencesOf(plan), ...files] };
      updates.push(
        await cpuSecondsOf(async () => {
          const update = await live.update(now);
          if (update.rebuilt) throw new Error('the day was judged as a whole');
          touched = update.touched;
        }),
      );
    }
  } finally {
    await live.close();
  }
  for (let run = 0; run < 3; run += 1) reruns.push(await cpuSecondsOf(() => reconcilePartition(now, ports)));
  progress(
    `updates ${updates.map((s) => s.toFixed(3)).join(' ')}, the day ${reruns.map((s) => s.toFixed(2)).join(' ')}`,
  );
  const [update, again] = [median(updates.slice(-5)), median(reruns)];
  return { touched, update, again, times: again / update };
}

function referencesOf(plan: PartitionPlan): LakeFile[] {
  return plan.files.filter(({ dataset }) => !(KEPT as readonly string[]).includes(dataset));
}

/**
 * The files of the day cut by the time at which they arrive: all but the last batches, then each of them. Billed items
 * arrive `lag` times five minutes after their session.
 */
async function split(folder: string, day: Day, plan: PartitionPlan, lag: number): Promise<LakeFile[][]> {
  const session = await DuckdbSession.open({ memoryLimitMb: 1024, threads: 2 });
  const parts: LakeFile[][] = Array.from({ length: BATCHES + 1 }, () => []);
  try {
    for (const name of KEPT) {
      const time = name === 'usage' ? 'session_start' : name === 'billed' ? 'event_time' : 'start_time';
      const slot = `date_diff('minute', TIMESTAMP '${day}', ${time}) // 5 + ${name === 'billed' ? lag : 0}`;
      const paths = plan.files
        .filter(({ dataset }) => dataset === name)
        .map(({ path }) => `'${join(folder, path)}'`);
      // Where rated and billed carry numbers too, any new row may change any match, and the day is judged as a whole.
      const withoutNumbers =
        name === 'usage' ? '' : ' REPLACE (NULL::VARCHAR AS a_number, NULL::VARCHAR AS b_number)';
      for (let part = 0; part <= BATCHES; part += 1) {
        const path = join(name, `dt=${day}`, `cut${lag}-${part}.parquet`);
        await session.run(
          `COPY (SELECT *${withoutNumbers} FROM read_parquet([${paths.join(', ')}], hive_partitioning = false)
             WHERE greatest(0, ${slot} - ${SLOTS_PER_DAY - BATCHES - 1}) = ${part})
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
