/** Executions to and from the rows of the journal. */
import { Pattern, parseResource } from '../integrations/resource.ts';
import type { Journal, Write } from '../journal/store.ts';
import { dueOf } from './advance.ts';
import type { ChildCount, Step } from './step.ts';
import { type Execution, type ExecutionFacts, ExecutionStatus, Phase, type Thread } from './types.ts';

export interface ExecutionRow {
  readonly id: number;
  readonly arn: string;
  readonly machine: string;
  readonly definition: number;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly input: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly cause: string | null;
  readonly started: number;
  readonly stopped: number | null;
  readonly body: string;
  readonly map_run: string | null;
  readonly item_index: number | null;
  readonly resume: number;
}

/** An execution in memory, with what was last written of it. */
export interface Loaded {
  readonly execution: Execution;
  readonly children: Map<string, ChildCount>;
  /** Whether something of it runs in this process; then it must stay in memory. */
  resume: boolean;
  saved: string;
}

export function loadExecution(journal: Journal, id: number): Loaded | undefined {
  const row = journal.get<ExecutionRow>('select * from executions where id = ?', id);
  if (row === undefined) return undefined;
  const threads = new Map<string, Thread>();
  for (const { body } of journal.all<{ body: string }>('select body from threads where execution = ?', id)) {
    const thread = JSON.parse(body) as Thread;
    threads.set(thread.id, thread);
  }
  const last = journal.get<{ last: number | null }>(
    'select max(id) as last from history where execution = ?',
    id,
  );
  const execution: Execution = {
    id,
    arn: row.arn,
    name: row.name,
    machineArn: row.machine,
    definition: row.definition,
    status: row.status,
    input: JSON.parse(row.input),
    started: row.started,
    ...(row.stopped === null ? {} : { stopped: row.stopped }),
    facts: JSON.parse(row.body) as ExecutionFacts,
    ...(row.map_run === null ? {} : { mapRun: row.map_run }),
    ...(row.item_index === null ? {} : { itemIndex: row.item_index }),
    threads,
    nextEventId: (last?.last ?? 0) + 1,
  };
  return { execution, children: countChildren(threads), resume: row.resume === 1, saved: '' };
}

function countChildren(threads: ReadonlyMap<string, Thread>): Map<string, ChildCount> {
  const counts = new Map<string, ChildCount>();
  for (const thread of threads.values()) {
    if (thread.phase !== Phase.Children) continue;
    const count: ChildCount = { started: 0, running: 0 };
    for (let index = 0; index < (thread.total ?? 0); index += 1) {
      const child = threads.get(`${thread.id}/${index}`);
      if (child === undefined) break;
      count.started += 1;
      if (child.phase !== Phase.Done) count.running += 1;
    }
    counts.set(thread.id, count);
  }
  return counts;
}

const INSERT_EVENT =
  'insert into history (execution, id, previous, at, type, details) values (?, ?, ?, ?, ?, ?)';
const UPSERT_THREAD =
  'insert into threads (execution, id, body) values (?, ?, ?) on conflict (execution, id) do update set body = excluded.body';
const UPDATE_EXECUTION =
  'update executions set status = ?, output = ?, error = ?, cause = ?, stopped = ?, body = ?, started = ?, resume = ?, due = ?, due_kind = ? where id = ?';
const INSERT_MAP_RUN =
  "insert into map_runs (arn, execution, thread, body, status, started) values (?, ?, ?, ?, 'READING', ?)";

/** Counter of map_runs that a child's end raises. */
const MAP_RUN_COUNTER: Partial<Record<ExecutionStatus, string>> = {
  SUCCEEDED: 'succeeded',
  FAILED: 'failed',
  TIMED_OUT: 'timed_out',
  ABORTED: 'aborted',
};

/** Everything a step changed, as statements of one transaction. */
export function writesOf(step: Step, loaded: Loaded): Write[] {
  const { execution } = step;
  const writes: Write[] = [];
  for (const event of step.events) {
    const details = JSON.stringify(event.details);
    writes.push({
      sql: INSERT_EVENT,
      values: [execution.id, event.id, event.previous, event.at, event.type, details],
    });
  }
  if (execution.threads.size === 0) {
    writes.push({ sql: 'delete from threads where execution = ?', values: [execution.id] });
  } else {
    for (const id of step.removed) {
      writes.push({ sql: 'delete from threads where execution = ? and id = ?', values: [execution.id, id] });
    }
    for (const id of step.dirty) {
      const thread = execution.threads.get(id);
      if (thread !== undefined) {
        writes.push({ sql: UPSERT_THREAD, values: [execution.id, id, JSON.stringify(thread)] });
      }
    }
  }
  for (const run of step.mapRuns) {
    const values = [run.arn, execution.id, run.thread, JSON.stringify(run.body), step.now];
    writes.push({ sql: INSERT_MAP_RUN, values });
  }
  writes.push(...executionWrites(step, loaded), ...step.writes);
  return writes;
}

function executionWrites(step: Step, loaded: Loaded): Write[] {
  const { execution } = step;
  const due = nextDue(execution);
  const resume = needsResume(execution);
  loaded.resume = resume;
  const values = [
    execution.status,
    execution.output === undefined ? null : JSON.stringify(execution.output),
    execution.failure?.error ?? null,
    execution.failure?.cause ?? null,
    execution.stopped ?? null,
    JSON.stringify(execution.facts),
    execution.started,
    resume ? 1 : 0,
    due?.due ?? null,
    due === undefined ? null : due.isCallback ? 'callback' : 'timer',
    execution.id,
  ];
  const key = execution.stopped === undefined ? values.join('|') : '';
  if (key !== '' && key === loaded.saved) return [];
  loaded.saved = key;
  const writes: Write[] = [{ sql: UPDATE_EXECUTION, values }];
  const counter = MAP_RUN_COUNTER[execution.status];
  if (counter !== undefined && execution.mapRun !== undefined) {
    writes.push({
      sql: `update map_runs set ${counter} = ${counter} + 1 where arn = ?`,
      values: [execution.mapRun],
    });
  }
  return writes;
}

function nextDue(execution: Execution): { due: number; isCallback: boolean } | undefined {
  if (execution.status !== ExecutionStatus.Running) return undefined;
  let next: { due: number; isCallback: boolean } | undefined;
  const { deadline } = execution.facts;
  for (const thread of execution.threads.values()) {
    const due = dueOf(thread);
    if (due !== undefined && (next === undefined || due.due < next.due)) next = due;
  }
  if (deadline !== undefined && (next === undefined || deadline < next.due)) {
    const waitsOutside = [...execution.threads.values()].some((thread) => thread.phase === Phase.Task);
    next = { due: deadline, isCallback: waitsOutside };
  }
  return next;
}

/** Whether a restart has to do something for the execution at once, rather than when a timer or a token comes. */
function needsResume(execution: Execution): boolean {
  if (execution.status !== ExecutionStatus.Running) return false;
  for (const thread of execution.threads.values()) {
    if (thread.phase === Phase.Ready || thread.phase === Phase.MapRun) return true;
    if (mustBeSent(thread)) return true;
  }
  return false;
}

/** Whether a running task has to be sent again after a restart. A nested execution is waited for anew. */
export function mustBeSent(thread: Thread): boolean {
  const { task } = thread;
  if (thread.phase !== Phase.Task || task === undefined) return false;
  return task.submitted !== true || parseResource(task.resource)?.pattern === Pattern.Sync;
}
