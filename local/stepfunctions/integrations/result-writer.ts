/** Writes the results of a distributed Map to S3: result files and a manifest. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Journal } from '../journal/store.ts';
import type { MapRunPlan } from '../states/map-distributed.ts';
import { type BucketFolders, objectPath } from './buckets.ts';

interface ChildRow {
  readonly arn: string;
  readonly machine: string;
  readonly name: string;
  readonly status: string;
  readonly input: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly started: number;
  readonly stopped: number | null;
}

const GROUPS = {
  SUCCEEDED: ['SUCCEEDED'],
  FAILED: ['FAILED', 'TIMED_OUT', 'ABORTED'],
  PENDING: ['PENDING', 'RUNNING'],
} as const;

/** @returns the state's result: where the manifest stands. */
export async function writeResults(
  journal: Journal,
  buckets: BucketFolders,
  arn: string,
  plan: MapRunPlan,
  to: { readonly bucket: string; readonly prefix: string },
): Promise<unknown> {
  const id = arn.slice(arn.lastIndexOf(':') + 1);
  const prefix = to.prefix === '' ? id : `${to.prefix.replace(/\/$/, '')}/${id}`;
  const put = async (key: string, text: string) => {
    const path = objectPath(buckets, to.bucket, key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return { Key: key, Size: Buffer.byteLength(text) };
  };
  const ResultFiles: Record<string, unknown[]> = { FAILED: [], PENDING: [], SUCCEEDED: [] };
  const lines = plan.outputType === 'JSONL';
  for (const [group, statuses] of Object.entries(GROUPS)) {
    const rows = childrenOf(journal, arn, statuses);
    if (rows.length === 0) continue;
    const entries = resultEntries(rows, plan.transformation);
    const text = lines
      ? entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
      : JSON.stringify(entries);
    ResultFiles[group]?.push(await put(`${prefix}/${group}_0.json`, text));
  }
  const Key = `${prefix}/manifest.json`;
  await put(Key, JSON.stringify({ DestinationBucket: to.bucket, MapRunArn: arn, ResultFiles }));
  return { MapRunArn: arn, ResultWriterDetails: { Bucket: to.bucket, Key } };
}

function childrenOf(journal: Journal, arn: string, statuses: readonly string[]): ChildRow[] {
  const marks = statuses.map(() => '?').join(', ');
  const sql = `select arn, machine, name, status, input, output, error, cause, started, stopped from executions where map_run = ? and status in (${marks}) order by item_index`;
  return journal.all<ChildRow>(sql, arn, ...statuses);
}

/** The state's output where a WriterConfig without a place to write to shapes it: all children in the order of the items. */
export function resultsOf(journal: Journal, arn: string, transformation: string): unknown[] {
  return resultEntries(childrenOf(journal, arn, Object.values(GROUPS).flat()), transformation);
}

/** A child that failed looks the same under every transformation: it has no output that could be shaped. */
function resultEntries(rows: readonly ChildRow[], transformation: string): unknown[] {
  if (transformation === 'NONE') return rows.map(describe);
  return rows.flatMap((row) => {
    if (row.output === null) return [describe(row)];
    const output = JSON.parse(row.output) as unknown;
    return transformation === 'FLATTEN' && Array.isArray(output) ? output : [output];
  });
}

function describe(row: ChildRow): unknown {
  return {
    ExecutionArn: row.arn,
    Input: row.input,
    InputDetails: { Included: true },
    Name: row.name,
    ...(row.output === null ? {} : { Output: row.output, OutputDetails: { Included: true } }),
    ...(row.error === null ? {} : { Error: row.error }),
    ...(row.cause === null ? {} : { Cause: row.cause }),
    RedriveCount: 0,
    StartDate: new Date(row.started).toISOString(),
    StateMachineArn: row.machine,
    Status: row.status,
    ...(row.stopped === null ? {} : { StopDate: new Date(row.stopped).toISOString() }),
  };
}
