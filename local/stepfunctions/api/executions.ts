/** Start, stop, describe and list executions, and read their history. */
import { randomUUID } from 'node:crypto';
import { AwsError, validation } from '../../wire/aws-error.ts';
import type { JsonObject } from '../../wire/protocols.ts';
import type { ExecutionRow } from '../engine/records.ts';
import { executionArn, type MachineRow, startExecution } from '../engine/start.ts';
import { type ExecutionFacts, ExecutionStatus } from '../engine/types.ts';
import { type ApiContext, executionRow, machineRow, type Operations } from './context.ts';
import {
  checkArn,
  checkName,
  epochSeconds,
  jsonPayload,
  nextToken,
  optional,
  pageOf,
  required,
} from './input.ts';
import type { MachineBody } from './machines.ts';

export function executionOperations(context: ApiContext): Operations {
  return {
    StartExecution: (input) => start(context, input),
    StopExecution: (input) => stop(context, input),
    DescribeExecution: (input) =>
      describe(executionRow(context, checkArn(required(input, 'executionArn', 256), ['execution']))),
    ListExecutions: (input) => list(context, input),
    GetExecutionHistory: (input) => history(context, input),
  };
}

async function start(context: ApiContext, input: JsonObject): Promise<unknown> {
  const machine = machineRow(context, checkArn(required(input, 'stateMachineArn', 256), ['stateMachine']));
  const name = checkName(optional(input, 'name') ?? randomUUID());
  const text = optional(input, 'input') ?? '{}';
  const value = jsonPayload(text, 'InvalidExecutionInput');
  return startNamed(context, machine, name, value, { inputText: text });
}

/** Starts an execution, or finds the running one of the same name and input. */
export async function startNamed(
  context: ApiContext,
  machine: MachineRow,
  name: string,
  input: unknown,
  starter: { readonly inputText?: string; readonly startedBy?: string; readonly waitedFor?: boolean } = {},
): Promise<{ executionArn: string; startDate: number }> {
  const arn = executionArn(context.engine, machine.name, name);
  context.engine.journal.flush();
  const old = context.engine.journal.get<ExecutionRow>('select * from executions where arn = ?', arn);
  if (old !== undefined) {
    if (
      old.status === ExecutionStatus.Running &&
      JSON.stringify(JSON.parse(old.input)) === JSON.stringify(input)
    ) {
      return { executionArn: arn, startDate: epochSeconds(old.started) };
    }
    throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
  }
  const { roleArn } = JSON.parse(machine.body) as MachineBody;
  const request = { machine, roleArn, name, input, ...starter };
  return new Promise((resolve) => {
    const execution = startExecution(context.engine, context.ids, request, () =>
      resolve({ executionArn: arn, startDate: epochSeconds(execution.started) }),
    );
  });
}

async function stop(context: ApiContext, input: JsonObject): Promise<unknown> {
  const arn = checkArn(required(input, 'executionArn', 256), ['execution']);
  const error = optional(input, 'error', 256);
  const cause = optional(input, 'cause', 32_768);
  const row = executionRow(context, arn);
  const loaded = row.status === ExecutionStatus.Running ? context.engine.load(row.id) : undefined;
  if (loaded === undefined) return { stopDate: epochSeconds(row.stopped ?? context.engine.clock.now()) };
  const failure = { ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) };
  await new Promise<void>((resolve) => context.engine.stop(loaded, failure, resolve));
  return { stopDate: epochSeconds(loaded.execution.stopped ?? context.engine.clock.now()) };
}

/** DescribeExecution's reply. */
export function describe(row: ExecutionRow): Record<string, unknown> {
  const facts = JSON.parse(row.body) as ExecutionFacts;
  const isFinal = row.status !== ExecutionStatus.Running && row.status !== ExecutionStatus.Pending;
  const failed = isFinal && row.status !== ExecutionStatus.Succeeded;
  return {
    executionArn: row.arn,
    stateMachineArn: row.machine,
    name: row.name,
    status: row.status,
    startDate: epochSeconds(row.started),
    ...(row.stopped === null ? {} : { stopDate: epochSeconds(row.stopped) }),
    input: row.input,
    inputDetails: { included: true },
    ...(row.output === null ? {} : { output: row.output, outputDetails: { included: true } }),
    ...(row.error === null ? {} : { error: row.error }),
    ...(row.cause === null ? {} : { cause: row.cause }),
    ...(row.map_run === null ? {} : { mapRunArn: row.map_run }),
    redriveCount: facts.redriveCount,
    ...(facts.redriveDate === undefined ? {} : { redriveDate: epochSeconds(facts.redriveDate) }),
    ...redriveStatus(row, failed),
  };
}

function redriveStatus(row: ExecutionRow, failed: boolean): Record<string, string> {
  if (failed && row.map_run === null) return { redriveStatus: 'REDRIVABLE' };
  const reason = failed
    ? 'Child executions are run again with their Map state'
    : `Execution is ${row.status}`;
  return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: `${reason} and cannot be redriven` };
}

const STATUSES: ReadonlySet<string> = new Set(Object.values(ExecutionStatus));

function list(context: ApiContext, input: JsonObject): unknown {
  const machine = optional(input, 'stateMachineArn', 256);
  const mapRun = optional(input, 'mapRunArn', 2_000);
  if ((machine === undefined) === (mapRun === undefined)) {
    throw validation('Exactly one of stateMachineArn and mapRunArn must be given.');
  }
  if (machine !== undefined) machineRow(context, checkArn(machine, ['stateMachine']));
  if (mapRun !== undefined && context.mapRuns.row(mapRun) === undefined) {
    throw new AwsError('ResourceNotFound', `Resource not found: '${mapRun}'`);
  }
  const status = optional(input, 'statusFilter');
  if (status !== undefined && !STATUSES.has(status)) throw validation(`Unknown statusFilter '${status}'.`);
  const { size, offset } = pageOf(input, 1_000);
  context.engine.journal.flush();
  const owner = machine === undefined ? 'map_run = ?' : 'machine = ? and map_run is null';
  const filter = status === undefined ? "status <> 'PENDING'" : 'status = ?';
  const sql = `select * from executions where ${owner} and ${filter} order by started desc, id desc limit ? offset ?`;
  const values = [machine ?? mapRun ?? '', ...(status === undefined ? [] : [status]), size + 1, offset];
  const rows = context.engine.journal.all<ExecutionRow>(sql, ...values);
  return {
    executions: rows.slice(0, size).map(listed),
    ...(rows.length > size ? { nextToken: nextToken(offset + size) } : {}),
  };
}

function listed(row: ExecutionRow): unknown {
  return {
    executionArn: row.arn,
    stateMachineArn: row.machine,
    name: row.name,
    status: row.status,
    startDate: epochSeconds(row.started),
    ...(row.stopped === null ? {} : { stopDate: epochSeconds(row.stopped) }),
    ...(row.map_run === null ? {} : { mapRunArn: row.map_run, itemCount: 1 }),
    redriveCount: (JSON.parse(row.body) as ExecutionFacts).redriveCount,
  };
}

interface HistoryRow {
  readonly id: number;
  readonly previous: number;
  readonly at: number;
  readonly type: string;
  readonly details: string;
}

/** Members of event details that carry data, left out when the caller does not want it. */
const DATA_MEMBERS = ['input', 'output', 'parameters', 'assignedVariables'];

function history(context: ApiContext, input: JsonObject): unknown {
  const { id } = executionRow(context, checkArn(required(input, 'executionArn', 256), ['execution']));
  const { size, offset } = pageOf(input, 1_000);
  const direction = input.reverseOrder === true ? 'desc' : 'asc';
  const sql = `select id, previous, at, type, details from history where execution = ? order by id ${direction} limit ? offset ?`;
  const rows = context.engine.journal.all<HistoryRow>(sql, id, size + 1, offset);
  const withData = input.includeExecutionData !== false;
  return {
    events: rows.slice(0, size).map((row) => ({
      timestamp: epochSeconds(row.at),
      type: row.type,
      id: row.id,
      previousEventId: row.previous,
      ...detailsOf(row.details, withData),
    })),
    ...(rows.length > size ? { nextToken: nextToken(offset + size) } : {}),
  };
}

function detailsOf(text: string, withData: boolean): Record<string, unknown> {
  const details = JSON.parse(text) as Record<string, Record<string, unknown>>;
  if (withData) return details;
  for (const members of Object.values(details)) for (const member of DATA_MEMBERS) delete members[member];
  return details;
}
