import { type IngestRequest, ingestPath } from '#adapters/local/ingest.ts';
import type { IngestSummary } from '#adapters/local/ingest-summary.ts';
import { type Withdrawal, withdrawFile } from '#adapters/local/ingest-withdraw.ts';
import type { LocalLake } from '#adapters/local/lake.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import { type Day, parseDay, parsePeriod } from '#core/domain/period.ts';
import { markOwnData } from './demo-state.ts';
import { SYSTEM_CLOCK } from './stores.ts';

/** What to bring in. */
export interface IngestOptions {
  readonly home: string;
  readonly path: string;
  readonly dataset?: DatasetName;
  readonly mapping?: string;
  /** IANA zone of times without an offset. */
  readonly timeZone?: string;
  /** True where a user brings data in: the demo will not clear the folder any more. */
  readonly keepData: boolean;
  readonly onProgress: (detail: string, final: boolean) => void;
}

export type { IngestSummary, Withdrawal };

/** Brings files into the lake. See `ingestPath` of the local adapter for what it throws. */
export async function ingest(options: IngestOptions): Promise<IngestSummary> {
  if (options.keepData) await markOwnData(options.home);
  const request: IngestRequest = {
    path: options.path,
    home: options.home,
    asOf: today(),
    onProgress: ({ filesDone, filesTotal, bytesDone }) =>
      options.onProgress(
        `${filesDone} of ${filesTotal} files, ${Math.round(bytesDone / 1e6)} MB`,
        filesDone === filesTotal,
      ),
    ...(options.dataset === undefined ? {} : { dataset: options.dataset }),
    ...(options.mapping === undefined ? {} : { mapping: options.mapping }),
    ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
  };
  return ingestPath(request);
}

/** Takes an ingested file out of the lake again. See `withdrawFile` of the local adapter for what it throws. */
export async function withdraw(options: {
  readonly home: string;
  readonly dataset: DatasetName;
  readonly name: string;
}): Promise<Withdrawal> {
  return withdrawFile({ ...options, onDay: today() });
}

/** True when billed items arrived: remedies that wait for a bill run can be verified then. */
export function billedArrived(summary: IngestSummary): boolean {
  return summary.files.some((file) => file.dataset === 'billed' && file.outcome === 'ingested');
}

/** Feeds that a month of usage-reconciliation cannot do without. */
const CHAIN = ['usage', 'rated', 'billed'] as const;

/** Months whose declared feeds of the usage chain are complete, lag included. A chain without declarations never closes. */
export async function closedMonths(lake: LocalLake): Promise<string[]> {
  const closed: string[] = [];
  for (const month of await lake.months('usage')) {
    const { from, to } = parsePeriod(month);
    const coverage = await Promise.all(CHAIN.map((dataset) => lake.coverage(dataset, from, to)));
    if (coverage.every(({ declared, missing }) => declared && missing.length === 0)) closed.push(month);
  }
  return closed;
}

function today(): Day {
  return parseDay(new Date(SYSTEM_CLOCK.now()).toISOString().slice(0, 10));
}
