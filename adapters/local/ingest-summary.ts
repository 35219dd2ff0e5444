import type { DatasetName } from '#core/domain/datasets.ts';
import { ERROR_CODES, type ErrorName, type PlumblineError } from '#core/domain/errors.ts';

/** What became of one file. */
export interface IngestedFile {
  readonly dataset: DatasetName;
  readonly name: string;
  /** `unchanged`: the same bytes were ingested before. `refused`: nothing of it was ingested, `error` says why. */
  readonly outcome: 'ingested' | 'unchanged' | 'refused';
  readonly rows: number;
  readonly quarantined: number;
  /** Rejected records by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly error?: { readonly name: ErrorName; readonly code: string; readonly message: string };
  /** The feed is due by slots, but the file's name does not say which one it fills. */
  readonly fillsNoSlot?: boolean;
}

/** What an ingest did. */
export interface IngestSummary {
  readonly files: readonly IngestedFile[];
  readonly ingested: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly rows: number;
  readonly quarantined: number;
  readonly reasons: Readonly<Record<string, number>>;
  /** Rows per dataset. */
  readonly datasets: Readonly<
    Partial<
      Record<DatasetName, { readonly files: number; readonly rows: number; readonly quarantined: number }>
    >
  >;
  /** Files that an ingest which died had left behind, and that were deleted. */
  readonly swept: number;
  /** 0; 5 when a file was refused because its content changed; else the exit code of the first refusal. */
  readonly exitCode: number;
}

/** Adds up the files. */
export function summarize(files: readonly IngestedFile[], swept: number): IngestSummary {
  const reasons: Record<string, number> = {};
  const datasets: Record<string, { files: number; rows: number; quarantined: number }> = {};
  for (const file of files) {
    for (const [reason, count] of Object.entries(file.reasons))
      reasons[reason] = (reasons[reason] ?? 0) + count;
    const total = datasets[file.dataset];
    datasets[file.dataset] = {
      files: (total?.files ?? 0) + 1,
      rows: (total?.rows ?? 0) + file.rows,
      quarantined: (total?.quarantined ?? 0) + file.quarantined,
    };
  }
  const count = (outcome: IngestedFile['outcome']) => files.filter((file) => file.outcome === outcome).length;
  const sum = (value: (file: IngestedFile) => number) =>
    files.reduce((total, file) => total + value(file), 0);
  return {
    files,
    ingested: count('ingested'),
    unchanged: count('unchanged'),
    refused: count('refused'),
    rows: sum((file) => file.rows),
    quarantined: sum((file) => file.quarantined),
    reasons,
    datasets,
    swept,
    exitCode: exitCodeOf(files),
  };
}

/** A file that was refused. */
export function refusedFile(dataset: DatasetName, name: string, error: PlumblineError): IngestedFile {
  const { name: errorName, code, message } = error;
  return {
    dataset,
    name,
    outcome: 'refused',
    rows: 0,
    quarantined: 0,
    reasons: {},
    error: { name: errorName, code, message },
  };
}

function exitCodeOf(files: readonly IngestedFile[]): number {
  const errors = files.flatMap((file) => (file.error ? [file.error.name] : []));
  const [first] = errors;
  if (errors.includes('FileChanged')) return ERROR_CODES.FileChanged.exit;
  return first === undefined ? 0 : ERROR_CODES[first].exit;
}
