/**
 * The engine alone, over Parquet that is there, against a plain join of the same files. Sizes by environment:
 * PLUMBLINE_BENCH_SESSIONS (default 1,000,000), PLUMBLINE_BENCH_LARGE for the growth (default none),
 * PLUMBLINE_BENCH_REPEATS (default 5).
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Benchmark, type Measurement, median } from './benchmark.ts';
import { type DataSize, writeData } from './reconcile-data.ts';
import type { JobResult } from './reconcile-job.ts';

const SESSIONS = Number(process.env.PLUMBLINE_BENCH_SESSIONS ?? 1_000_000);
const LARGE = Number(process.env.PLUMBLINE_BENCH_LARGE ?? 0);
const REPEATS = Number(process.env.PLUMBLINE_BENCH_REPEATS ?? 5);
const SCRIPT = fileURLToPath(new URL('./reconcile-job.ts', import.meta.url));

/** Buckets of about 600,000 sessions, days of ten million. */
function sizeOf(sessions: number, prepared: boolean): DataSize {
  const days = Math.max(1, Math.round(sessions / 10_000_000));
  return { sessions, days, buckets: Math.max(2, Math.ceil(sessions / days / 625_000)), prepared };
}

/** Runs one job in a process of its own. */
export async function jobOf(job: string, folder: string, size: DataSize, threads = 2): Promise<JobResult> {
  const run = promisify(execFile);
  const { stdout } = await run(
    process.execPath,
    [SCRIPT, job, folder, JSON.stringify(size), String(threads)],
    {
      maxBuffer: 1 << 24,
    },
  );
  return JSON.parse(stdout) as JobResult;
}

export const benchmark: Benchmark = {
  name: `Reconcile engine, ${SESSIONS.toLocaleString('en-US')} sessions`,
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
  const prepared = sizeOf(SESSIONS, true);
  const foreign = sizeOf(SESSIONS, false);
  const places = { prepared: join(folder, 'prepared'), foreign: join(folder, 'foreign') };
  await writeData(places.prepared, prepared, progress);
  await writeData(places.foreign, foreign, progress);
  const found = { composite: [], id: [], prepared: [], foreign: [] } as Record<string, JobResult[]>;
  const add = async (name: string, job: string, place: string, size: DataSize) =>
    found[name]?.push(await jobOf(job, place, size));
  for (let i = 0; i < REPEATS; i += 1) {
    progress(`round ${i + 1} of ${REPEATS}`);
    await add('composite', 'join-composite', places.prepared, prepared);
    await add('id', 'join-id', places.prepared, prepared);
    await add('prepared', 'reconcile', places.prepared, prepared);
    await add('foreign', 'reconcile', places.foreign, foreign);
  }
  const digests = new Set([...(found.prepared ?? []), ...(found.foreign ?? [])].map(({ digest }) => digest));
  if (digests.size !== 1) throw new Error(`${digests.size} digests for one input`);
  const cpu = (name: string) => median((found[name] ?? []).map((result) => result.cpu));
  const work = 'match, duplicates, re-rate, totals, violations of usage, rated and billed';
  const composite =
    'FULL OUTER JOIN count of usage and billed on number, called number, start and service, CPU';
  const id = 'the same join on correlation id and service, CPU';
  const rows: Measurement[] = [
    {
      work: `${work}; columns of ingest`,
      baseline: composite,
      value: cpu('prepared') / cpu('composite'),
      unit: '×',
      goal: '<= 2.0 × at 10 million',
    },
    { work: 'the same', baseline: id, value: cpu('prepared') / cpu('id'), unit: '×', goal: '–' },
    {
      work: `${work}; Parquet without them`,
      baseline: composite,
      value: cpu('foreign') / cpu('composite'),
      unit: '×',
      goal: '<= 2.5 × at 10 million',
    },
    { work: 'the same', baseline: id, value: cpu('foreign') / cpu('id'), unit: '×', goal: '–' },
    {
      work: 'CPU per session, columns of ingest',
      baseline: null,
      value: (cpu('prepared') / SESSIONS) * 1e6,
      unit: 'µs',
      goal: '–',
    },
    {
      work: 'peak memory of the process',
      baseline: null,
      value: Math.max(...(found.prepared ?? []).map(({ rssMb }) => rssMb)),
      unit: 'MB',
      goal: '<= 400 MB at 10 million',
    },
  ];
  return LARGE === 0 ? rows : [...rows, ...(await growth(folder, cpu('prepared') / SESSIONS, progress))];
}

async function growth(
  folder: string,
  small: number,
  progress: (text: string) => void,
): Promise<Measurement[]> {
  rmSync(join(folder, 'foreign'), { recursive: true, force: true });
  const size = sizeOf(LARGE, true);
  const place = join(folder, 'large');
  await writeData(place, size, progress);
  progress('large');
  const result = await jobOf('reconcile', place, size);
  const label = LARGE.toLocaleString('en-US');
  return [
    {
      work: `CPU per session, ${label} sessions, once`,
      baseline: `of ${SESSIONS.toLocaleString('en-US')}`,
      value: result.cpu / LARGE / small,
      unit: '×',
      goal: '<= 1.10 ×',
    },
    {
      work: `peak memory at ${label} sessions`,
      baseline: null,
      value: result.rssMb,
      unit: 'MB',
      goal: '<= 800 MB at 90 million',
    },
  ];
}
