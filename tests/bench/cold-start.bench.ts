import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '#infra/bundle/bundle.ts';
import { invokeInProcess } from '#tests/support/lambda-process.ts';
import { type Benchmark, type Measurement, median } from './benchmark.ts';

const REPEATS = 5;
const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';

interface Start {
  readonly wall: number;
  readonly cpu: number;
  readonly megabytes: number;
}

/** What a function costs before its first event: S3 client and DuckDB loaded, a database opened, a query answered. */
export const benchmark: Benchmark = {
  name: 'Cold start of the reconcile function',
  run: async (progress) => {
    const folder = mkdtempSync(join(tmpdir(), 'plumbline-cold-'));
    try {
      progress('bundle');
      const made = await bundle('reconcile', { architecture, out: folder });
      return [...(await measure(made.folder, progress)), ...sizes(made)];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function measure(folder: string, progress: (text: string) => void): Promise<Measurement[]> {
  const bare: Start[] = [];
  const bundled: Start[] = [];
  // The first of each only fills the page cache.
  for (let i = 0; i <= REPEATS; i += 1) {
    progress(`start ${i} of ${REPEATS}`);
    const [one, other] = [await startBare(), await startFunction(folder)];
    if (i === 0) continue;
    bare.push(one);
    bundled.push(other);
  }
  const of = (starts: readonly Start[], pick: (start: Start) => number) => median(starts.map(pick));
  const more = (pick: (start: Start) => number) => (of(bundled, pick) - of(bare, pick)) * 1000;
  const baseline = 'bare Node in a fresh process';
  return [
    {
      work: 'start until the first query is answered, CPU',
      baseline,
      value: more(({ cpu }) => cpu),
      unit: 'ms more',
      goal: '<= 150',
    },
    { work: 'the same, wall', baseline, value: more(({ wall }) => wall), unit: 'ms more', goal: '<= 150' },
    {
      work: 'bare Node, wall',
      baseline: null,
      value: of(bare, ({ wall }) => wall) * 1000,
      unit: 'ms',
      goal: '–',
    },
    {
      work: 'memory after the start',
      baseline: null,
      value: of(bundled, ({ megabytes }) => megabytes),
      unit: 'MB',
      goal: '–',
    },
  ];
}

function sizes(made: {
  readonly codeBytes: number;
  readonly unzippedBytes: number;
  readonly zippedBytes: number;
}): Measurement[] {
  const row = (work: string, bytes: number, goal: string) => ({
    work,
    baseline: null,
    value: bytes / 2 ** 20,
    unit: 'MB',
    goal,
  });
  return [
    row('code of the function', made.codeBytes, '–'),
    row(`the function unzipped, ${architecture}`, made.unzippedBytes, '< 250'),
    row('zipped', made.zippedBytes, '< 50'),
  ];
}

async function startFunction(folder: string): Promise<Start> {
  const started = performance.now();
  const { usage } = await invokeInProcess(folder, [], {
    AWS_LAMBDA_FUNCTION_NAME: 'reconcile',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1769',
    AWS_REGION: 'eu-central-1',
    PLUMBLINE_LAKE_BUCKET: 'lake',
    PLUMBLINE_RUNS_BUCKET: 'runs',
  });
  const wall = (performance.now() - started) / 1000;
  return { wall, cpu: usage.cpuSeconds, megabytes: usage.peakMegabytes };
}

function startBare(): Promise<Start> {
  const script =
    'const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1e6));';
  const started = performance.now();
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['-e', script], { env: {} }, (error, stdout) => {
      if (error) reject(error);
      else resolve({ wall: (performance.now() - started) / 1000, cpu: Number(stdout), megabytes: 0 });
    });
  });
}
