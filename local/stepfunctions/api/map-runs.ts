/** Describe and list the map runs of distributed Maps. */
import { AwsError } from '../../wire/aws-error.ts';
import type { JsonObject } from '../../wire/protocols.ts';
import type { MapRunRow } from '../engine/map-run.ts';
import type { MapRunPlan } from '../states/map-distributed.ts';
import { type ApiContext, executionRow, type Operations } from './context.ts';
import { checkArn, epochSeconds, nextToken, pageOf, required } from './input.ts';

export function mapRunOperations(context: ApiContext): Operations {
  return {
    DescribeMapRun: (input) => describe(context, input),
    ListMapRuns: (input) => list(context, input),
  };
}

/** A map run still reads its items before it runs them; the API knows only running. */
const STATUS: Readonly<Record<string, string>> = { READING: 'RUNNING' };

function describe(context: ApiContext, input: JsonObject): unknown {
  const arn = checkArn(required(input, 'mapRunArn', 2_000), ['mapRun']);
  context.engine.journal.flush();
  const row = context.mapRuns.row(arn);
  if (row === undefined) throw new AwsError('ResourceNotFound', `Resource not found: '${arn}'`);
  const plan = JSON.parse(row.body) as MapRunPlan;
  const counts = executionCounts(context, row);
  return {
    mapRunArn: arn,
    executionArn: parentOf(context, row).arn,
    status: STATUS[row.status] ?? row.status,
    startDate: epochSeconds(row.started),
    ...(row.stopped === null ? {} : { stopDate: epochSeconds(row.stopped) }),
    maxConcurrency: plan.maxConcurrency,
    toleratedFailurePercentage: plan.toleratedPercentage ?? 0,
    toleratedFailureCount: plan.toleratedCount ?? 0,
    itemCounts: plan.batch === undefined ? counts : itemCounts(context, row, counts),
    executionCounts: counts,
    redriveCount: 0,
  };
}

function parentOf(context: ApiContext, row: MapRunRow): { arn: string; machine: string } {
  const sql = 'select arn, machine from executions where id = ?';
  return context.engine.journal.get<{ arn: string; machine: string }>(sql, row.execution) as {
    arn: string;
    machine: string;
  };
}

const COUNT_OF: Readonly<Record<string, string>> = {
  PENDING: 'pending',
  RUNNING: 'running',
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'timedOut',
  ABORTED: 'aborted',
};

type Counts = Record<string, number>;

function emptyCounts(): Counts {
  return {
    pending: 0,
    running: 0,
    succeeded: 0,
    failed: 0,
    timedOut: 0,
    aborted: 0,
    total: 0,
    resultsWritten: 0,
  };
}

function executionCounts(context: ApiContext, row: MapRunRow): Counts {
  const counts = emptyCounts();
  const sql = 'select status, count(*) as n from executions where map_run = ? group by status';
  for (const { status, n } of context.engine.journal.all<{ status: string; n: number }>(sql, row.arn)) {
    add(counts, status, n);
  }
  if (row.status === 'SUCCEEDED') counts.resultsWritten = counts.total ?? 0;
  return counts;
}

function add(counts: Counts, status: string, n: number): void {
  const member = COUNT_OF[status] ?? 'pending';
  counts[member] = (counts[member] ?? 0) + n;
  counts.total = (counts.total ?? 0) + n;
}

/** With a batcher an execution stands for several items. */
function itemCounts(context: ApiContext, row: MapRunRow, executions: Counts): Counts {
  const counts = emptyCounts();
  const sql =
    "select status, sum(json_array_length(input, '$.Items')) as n from executions where map_run = ? group by status";
  for (const { status, n } of context.engine.journal.all<{ status: string; n: number }>(sql, row.arn)) {
    add(counts, status, n);
  }
  if (executions.resultsWritten !== 0) counts.resultsWritten = counts.total ?? 0;
  return counts;
}

function list(context: ApiContext, input: JsonObject): unknown {
  const execution = executionRow(context, checkArn(required(input, 'executionArn', 256), ['execution']));
  const { size, offset } = pageOf(input, 1_000);
  const sql = 'select * from map_runs where execution = ? order by started desc, arn limit ? offset ?';
  const rows = context.engine.journal.all<MapRunRow>(sql, execution.id, size + 1, offset);
  return {
    mapRuns: rows.slice(0, size).map((row) => ({
      executionArn: execution.arn,
      mapRunArn: row.arn,
      stateMachineArn: execution.machine,
      startDate: epochSeconds(row.started),
      ...(row.stopped === null ? {} : { stopDate: epochSeconds(row.stopped) }),
    })),
    ...(rows.length > size ? { nextToken: nextToken(offset + size) } : {}),
  };
}
