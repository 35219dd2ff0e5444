/**
 * One digest, whatever the threads, the number of buckets and the order of the rows:
 * `npx node tests/bench/determinism.ts [sessions] [folder]`. Writes the same operator once per layout, reconciles each
 * with one thread and with two, each in a process of its own, and prints the digest of each run. Exits 1 when two differ.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { jobOf } from './reconcile.bench.ts';
import { type DataSize, writeData } from './reconcile-data.ts';

/** One way to reconcile the same rows. */
export interface Combination {
  readonly buckets: number;
  readonly shuffled: boolean;
  readonly threads: number;
  readonly digest: string;
  /** Violations and money per control. */
  readonly controls: readonly string[];
  readonly cpu: number;
  readonly rssMb: number;
}

/** Layouts that matter most come first, so that a run that is stopped has compared those. */
const LAYOUTS = [
  { buckets: 16, shuffled: false },
  { buckets: 1, shuffled: true },
  { buckets: 1, shuffled: false },
  { buckets: 16, shuffled: true },
  { buckets: 64, shuffled: true },
  { buckets: 64, shuffled: false },
];

/** Runs every combination over data of this size, below a scratch folder. Tells each as it is done. */
export async function combinations(
  sessions: number,
  scratch: string,
  onEach: (one: Combination) => void,
  layouts: readonly Pick<DataSize, 'buckets' | 'shuffled'>[] = LAYOUTS,
): Promise<Combination[]> {
  const found: Combination[] = [];
  mkdirSync(scratch, { recursive: true });
  for (const { buckets, shuffled = false } of layouts) {
    const folder = mkdtempSync(join(scratch, `buckets-${buckets}-`));
    const size: DataSize = { sessions, days: 1, buckets, prepared: true, shuffled };
    try {
      await writeData(folder, size, () => {});
      for (const threads of [1, 2]) {
        const { digest, controls, cpu, rssMb } = await jobOf('reconcile', folder, size, threads);
        const one = { buckets, shuffled, threads, digest, controls, cpu, rssMb };
        found.push(one);
        onEach(one);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return found;
}

async function main(sessions: number, scratch: string): Promise<void> {
  const found = await combinations(sessions, scratch, (one) => {
    const order = one.shuffled ? 'shuffled' : 'in order';
    console.log(
      `${sessions} sessions, ${one.buckets} buckets, ${order}, ${one.threads} threads: ${one.digest}, ${one.cpu.toFixed(1)} CPU s, ${Math.round(one.rssMb)} MB`,
    );
  });
  const results = new Set(found.map(({ digest, controls }) => `${digest}\n${controls.join('\n')}`));
  console.log(`${found.length} runs, ${results.size} result${results.size === 1 ? '' : 's'}`);
  for (const result of results) console.log(result);
  process.exitCode = results.size === 1 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(
    Number(process.argv[2] ?? 10_000_000),
    process.argv[3] ?? join(tmpdir(), 'plumbline-determinism'),
  );
}
