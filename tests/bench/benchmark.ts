/** One measured row: a piece of work beside its baseline, both measured in this run. */
export interface Measurement {
  readonly work: string;
  /** What it is compared with; null where the figure stands alone. */
  readonly baseline: string | null;
  /** measured / baseline, or the figure itself. */
  readonly value: number;
  readonly unit: string;
  /** What is aimed for, in words, such as `<= 3`. */
  readonly goal: string;
}

/** A file `*.bench.ts` exports one of these as `benchmark`. */
export interface Benchmark {
  readonly name: string;
  run(progress: (text: string) => void): Promise<readonly Measurement[]>;
}

/** The middle one of an odd number of repeats. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Seconds that a piece of work takes, by the wall clock. */
export async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

/** CPU seconds (user and system, all threads) that a piece of work takes: steadier than the wall clock. */
export async function cpuSecondsOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1e6;
}
