import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RUN_FILES } from '#core/domain/run.ts';
import { postAdjustments } from '#sample/billing-desk.ts';
import { generateSample as generate, type SampleSummary } from '#sample/generate.ts';
import type { MoreFamily } from '#sample/more-families.ts';
import { type ScoreReport, score } from '#sample/score.ts';
import { requireRun } from './runs.ts';
import { listRuns, openStores, outboxFolder, runsFolder } from './stores.ts';

export type { SampleSummary, ScoreReport };

/** What sample to make. */
export interface SampleRequest {
  readonly out: string;
  readonly seed: number;
  readonly subscribers: number;
  readonly days: number;
  /** Families of faults beside those of every sample, see sample/README.md. */
  readonly families?: readonly MoreFamily[];
  readonly onProgress: (detail: string, final: boolean) => void;
}

/** Writes the feeds and the truth of a sample operator. The same parameters write the same bytes. */
export async function generateSample(request: SampleRequest): Promise<SampleSummary> {
  const { onProgress, ...parameters } = request;
  const summary = await generate({
    ...parameters,
    onProgress: ({ day, usageRows, done, total }) =>
      onProgress(`${day === '' ? 'plan' : day}, ${done} of ${total}, ${usageRows} usage records`, false),
  });
  onProgress(
    `${summary.usageRows} usage records, ${summary.faults} faults, ${summary.lookalikes} look-alikes`,
    true,
  );
  return summary;
}

/** Compares a run of a data folder (the newest, unless named) with the truth of its sample. Throws RunNotFound. */
export async function scoreRun(options: {
  readonly home: string;
  readonly truth: string;
  readonly runId: string | undefined;
}): Promise<ScoreReport & { readonly runId: string; readonly residual: string }> {
  const stores = await openStores(options.home);
  try {
    const run = requireRun(await listRuns(stores), options.runId);
    const folder = join(runsFolder(options.home), 'runs', run.runId);
    const report = await score({
      truthDir: options.truth,
      violationsParquet: join(folder, RUN_FILES.violations),
      findingsJson: join(folder, RUN_FILES.findings),
    });
    return { runId: run.runId, residual: run.conservation.residual, ...report };
  } finally {
    await stores.close();
  }
}

/** The sample operator's billing department posts what stands in the outbox. Returns how many it posted and refused. */
export async function runBilling(
  home: string,
  feedsDir: string,
): Promise<{
  readonly posted: number;
  readonly refused: number;
  readonly reasons: string;
  readonly file: string | null;
}> {
  await mkdir(outboxFolder(home), { recursive: true });
  const result = await postAdjustments({ outboxMessages: outboxFolder(home), feedsDir });
  const reasons = [...new Set(result.refused.map(({ reason }) => reason))].sort().join(', ');
  return { posted: result.posted, refused: result.refused.length, reasons, file: result.file };
}
