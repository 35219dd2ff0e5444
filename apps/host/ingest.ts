import { type IngestRequest, ingestPath } from '#adapters/local/ingest.ts';
import type { IngestSummary } from '#adapters/local/ingest-summary.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import { type Day, parseDay } from '#core/domain/period.ts';
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

export type { IngestSummary };

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

/** True when billed items arrived: remedies that wait for a bill run can be verified then. */
export function billedArrived(summary: IngestSummary): boolean {
  return summary.files.some((file) => file.dataset === 'billed' && file.outcome === 'ingested');
}

function today(): Day {
  return parseDay(new Date(SYSTEM_CLOCK.now()).toISOString().slice(0, 10));
}
