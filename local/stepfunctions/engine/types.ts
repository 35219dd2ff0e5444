/** What an execution is made of while it runs. Everything here is JSON and stands in the journal. */
import type { Failure } from '../errors.ts';

export const ExecutionStatus = {
  Pending: 'PENDING',
  Running: 'RUNNING',
  Succeeded: 'SUCCEEDED',
  Failed: 'FAILED',
  TimedOut: 'TIMED_OUT',
  Aborted: 'ABORTED',
  PendingRedrive: 'PENDING_REDRIVE',
} as const;
export type ExecutionStatus = (typeof ExecutionStatus)[keyof typeof ExecutionStatus];

/** What a thread waits for. `ready` is the only phase in which the engine itself moves it on. */
export const Phase = {
  Ready: 'ready',
  Task: 'task',
  Wait: 'wait',
  Retry: 'retry',
  Children: 'children',
  MapRun: 'mapRun',
  Done: 'done',
  Failed: 'failed',
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** A task that was sent and is not finished. */
export interface PendingTask {
  /** Same token on every re-send; for callbacks it is also what the outside world answers with. */
  readonly token: string;
  readonly scheduledId: number;
  readonly resource: string;
  readonly payload: unknown;
  readonly attempt: number;
  readonly deadline?: number;
  readonly heartbeatSeconds?: number;
  /** Next heartbeat is due then. */
  beatBy?: number;
  /** The callback task's request was accepted: only the token can finish it now. */
  submitted?: boolean;
  /** A callback that came before the request was accepted. */
  early?: { readonly output?: unknown; readonly failure?: Failure };
}

/** One line of control: the machine itself, a branch of a Parallel, or an iteration of a Map. */
export interface Thread {
  /** `r` for the machine, `r/0` for its first branch or iteration, and so on. */
  readonly id: string;
  readonly index: number;
  /** Name of the state it is in, or was in last. */
  state: string;
  phase: Phase;
  input: unknown;
  /** Variables assigned in this scope; outer ones are found through the parent. */
  variables: Record<string, unknown>;
  enteredId: number;
  enteredPrevious: number;
  enteredAt: number;
  lastId: number;
  /** Tries used, by index of the retrier. */
  retries: Record<string, number>;
  retryCount: number;
  /** The item of a Map iteration. */
  item?: unknown;
  hasItem?: boolean;
  /** When a wait or a retry is over. */
  due?: number;
  task?: PendingTask;
  /** Parallel and inline Map: how many threads there are in all, and how many may run at once. */
  total?: number;
  limit?: number;
  items?: unknown[];
  mapRun?: string;
  output?: unknown;
}

/** The part of an execution that stays the same while it runs. */
export interface ExecutionFacts {
  readonly roleArn: string;
  readonly machineName: string;
  readonly stateMachineArn: string;
  /** State whose ItemProcessor this child of a distributed Map runs; the whole machine without it. */
  readonly mapState?: string;
  /** Token of the task that started it; a task that is sent again finds its execution by it. */
  readonly startedBy?: string;
  /** That task waits for its end; when nobody waits any more it is stopped. */
  readonly waitedFor?: true;
  redriveCount: number;
  redriveDate?: number;
  /** Makes a repeated redrive request one and the same. */
  redriveToken?: string;
  /** When the whole execution times out. */
  deadline?: number;
  timeoutSeconds?: number;
}

export interface HistoryEvent {
  readonly id: number;
  readonly previous: number;
  readonly at: number;
  readonly type: string;
  /** The details member with its name, such as `{ stateEnteredEventDetails: {…} }`; `{}` for none. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Execution {
  readonly id: number;
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly definition: number;
  status: ExecutionStatus;
  readonly input: unknown;
  /** The input as the caller wrote it; a number of many digits is not what it is in `input`. */
  readonly inputText?: string;
  readonly started: number;
  stopped?: number;
  output?: unknown;
  failure?: Failure;
  readonly facts: ExecutionFacts;
  readonly mapRun?: string;
  readonly itemIndex?: number;
  readonly threads: Map<string, Thread>;
  nextEventId: number;
}

/** Id of the thread that stands for the whole machine. */
export const ROOT = 'r';

export function parentId(id: string): string | undefined {
  const cut = id.lastIndexOf('/');
  return cut < 0 ? undefined : id.slice(0, cut);
}
