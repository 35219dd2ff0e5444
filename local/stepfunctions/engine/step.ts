/**
 * One step of one execution: from a stimulus to the next point where every thread waits for something.
 *
 * A step is synchronous and touches nothing outside the execution. What it collects (events, changed threads,
 * effects) is committed to the journal as a whole, and only then are the effects carried out.
 */
import type { Clock } from '../../clock.ts';
import type { Machine, State } from '../definition/model.ts';
import { EvaluationError, type Failure, StatesError } from '../errors.ts';
import type { Write } from '../journal/store.ts';
import type { Scope } from '../jsonata/evaluator.ts';
import { Quota } from './quotas.ts';
import { newThread } from './thread.ts';
import {
  type Execution,
  ExecutionStatus,
  type HistoryEvent,
  Phase,
  parentId,
  ROOT,
  type Thread,
} from './types.ts';

/** What has to happen in the outside world once a step is durable. */
export type Effect =
  | { readonly kind: 'invoke'; readonly thread: string; readonly token: string }
  | { readonly kind: 'startMapRun'; readonly mapRun: string }
  | { readonly kind: 'abortMapRun'; readonly mapRun: string }
  | { readonly kind: 'taskGone'; readonly token: string }
  | { readonly kind: 'ended' };

/** A map run that a step created. */
export interface NewMapRun {
  readonly arn: string;
  readonly thread: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface StepEnvironment {
  readonly clock: Clock;
  readonly region: string;
  readonly account: string;
  /** Uniform in [0, 1); for jitter. */
  readonly random: () => number;
  /** Unguessable part of a task token. */
  readonly nonce: () => string;
  readonly uuid: () => string;
}

/** Thrown when the history is full; ends the execution. */
class HistoryFull extends Error {}

/** Bookkeeping of the children of a waiting thread; rebuilt from the threads when an execution is loaded. */
export interface ChildCount {
  started: number;
  running: number;
}

export class Step {
  readonly execution: Execution;
  readonly machine: Machine;
  readonly environment: StepEnvironment;
  readonly now: number;
  readonly events: HistoryEvent[] = [];
  readonly effects: Effect[] = [];
  readonly mapRuns: NewMapRun[] = [];
  /** Further statements that must be committed together with the step. */
  readonly writes: Write[] = [];
  readonly dirty = new Set<string>();
  readonly removed = new Set<string>();
  /** Threads that reached the end of their region, successfully or not, and that their parent has to take in. */
  readonly settled: { readonly thread: Thread; readonly failure?: Failure }[] = [];
  readonly ready: Thread[] = [];
  /** Events that come once every thread waits: on AWS a request is started after all of them are scheduled. */
  readonly later: (() => void)[] = [];
  readonly children: Map<string, ChildCount>;

  constructor(
    execution: Execution,
    machine: Machine,
    environment: StepEnvironment,
    children: Map<string, ChildCount>,
  ) {
    this.execution = execution;
    this.machine = machine;
    this.environment = environment;
    this.children = children;
    this.now = environment.clock.now();
  }

  /** Takes up threads that were left ready: at the start, after a full budget, and after a restart. */
  collectReady(): void {
    for (const thread of this.execution.threads.values())
      if (thread.phase === Phase.Ready) this.ready.push(thread);
  }

  get running(): boolean {
    return this.execution.status === ExecutionStatus.Running;
  }

  state(thread: Thread): State {
    const state = this.machine.states.get(thread.state);
    if (state === undefined) throw new Error(`state ${thread.state} is not in the definition`);
    return state;
  }

  /** Adds a history event. `previous` is the thread's last event unless given. Returns the event's id. */
  event(
    thread: Thread,
    type: string,
    details: Readonly<Record<string, unknown>> = {},
    options: { readonly previous?: number; readonly keepLast?: boolean } = {},
  ): number {
    const id = this.execution.nextEventId;
    if (id >= Quota.historyEvents && !type.startsWith('Execution')) throw new HistoryFull();
    this.execution.nextEventId = id + 1;
    this.events.push({ id, previous: options.previous ?? thread.lastId, at: this.now, type, details });
    if (options.keepLast !== true) thread.lastId = id;
    this.touch(thread);
    return id;
  }

  touch(thread: Thread): void {
    this.dirty.add(thread.id);
  }

  add(thread: Thread): void {
    this.execution.threads.set(thread.id, thread);
    this.removed.delete(thread.id);
    this.touch(thread);
    if (thread.phase === Phase.Ready) this.ready.push(thread);
  }

  /** Takes a thread and everything below it out of the execution; running tasks below it are forgotten. */
  removeBelow(id: string): void {
    if (!this.children.has(id)) return;
    const gone: Thread[] = [];
    const prefix = `${id}/`;
    for (const thread of this.execution.threads.values()) {
      if (thread.id.startsWith(prefix)) gone.push(thread);
    }
    for (const thread of gone) this.remove(thread);
    this.children.delete(id);
  }

  remove(thread: Thread): void {
    this.execution.threads.delete(thread.id);
    this.children.delete(thread.id);
    this.dirty.delete(thread.id);
    this.removed.add(thread.id);
    if (thread.mapRun !== undefined) this.effects.push({ kind: 'abortMapRun', mapRun: thread.mapRun });
    if (thread.task !== undefined) this.effects.push({ kind: 'taskGone', token: thread.task.token });
  }

  /** What expressions of the thread's current state see. */
  scope(thread: Thread, extra: { readonly result?: unknown; readonly errorOutput?: unknown } = {}): Scope {
    return {
      states: { input: thread.input, context: this.context(thread), ...extra },
      variables: this.variables(thread),
      now: this.now,
    };
  }

  /** Variables visible in the thread: its own, and those of the scopes around it. */
  variables(thread: Thread): Record<string, unknown> {
    const outer = parentId(thread.id);
    const parent = outer === undefined ? undefined : this.execution.threads.get(outer);
    return parent === undefined ? thread.variables : { ...this.variables(parent), ...thread.variables };
  }

  /** The context object, `$states.context`. */
  context(thread: Thread): Record<string, unknown> {
    const { execution } = this;
    const { facts } = execution;
    const item = this.#item(thread);
    return {
      Execution: {
        Id: execution.arn,
        Input: execution.input,
        StartTime: new Date(execution.started).toISOString(),
        Name: execution.name,
        RoleArn: facts.roleArn,
        RedriveCount: facts.redriveCount,
        ...(facts.redriveDate === undefined
          ? {}
          : { RedriveTime: new Date(facts.redriveDate).toISOString() }),
      },
      StateMachine: { Id: facts.stateMachineArn, Name: facts.machineName },
      State: {
        Name: thread.state,
        EnteredTime: new Date(thread.enteredAt).toISOString(),
        ...(RETRIABLE.has(this.machine.states.get(thread.state)?.Type ?? '')
          ? { RetryCount: thread.retryCount }
          : {}),
      },
      ...(thread.task === undefined ? {} : { Task: { Token: thread.task.token } }),
      ...(item === undefined ? {} : { Map: { Item: { Index: item.index, Value: item.item } } }),
    };
  }

  /** The nearest Map iteration this thread is part of. */
  #item(thread: Thread): Thread | undefined {
    let at: Thread | undefined = thread;
    while (at !== undefined) {
      if (at.hasItem === true) return at;
      const outer = parentId(at.id);
      at = outer === undefined ? undefined : this.execution.threads.get(outer);
    }
    return undefined;
  }

  /**
   * Ends the execution. Its threads are dropped; tasks that still run are ignored when they return. After a failure
   * the machine's own thread is kept: a redrive goes on from the state it was in.
   */
  end(status: ExecutionStatus, details: { readonly output?: unknown; readonly failure?: Failure }): void {
    const { execution } = this;
    const root = execution.threads.get(ROOT);
    execution.status = status;
    execution.stopped = this.now;
    execution.output = details.output;
    execution.failure = details.failure;
    for (const thread of [...execution.threads.values()]) this.remove(thread);
    if (status !== ExecutionStatus.Succeeded && root !== undefined) this.#keepForRedrive(root);
    this.ready.length = 0;
    this.settled.length = 0;
    this.effects.push({ kind: 'ended' });
  }

  #keepForRedrive(root: Thread): void {
    this.removed.delete(ROOT);
    this.execution.threads.set(ROOT, {
      ...newThread(ROOT, 0, root.state, root.input, root.lastId),
      variables: root.variables,
      enteredId: root.enteredId,
      enteredPrevious: root.enteredPrevious,
      enteredAt: root.enteredAt,
      phase: Phase.Failed,
    });
    this.dirty.add(ROOT);
  }

  /**
   * Runs part of a step; a full history ends the execution as AWS does.
   * Evaluation errors and state failures are the caller's business.
   */
  guarded(run: () => void): void {
    try {
      run();
    } catch (thrown) {
      if (!(thrown instanceof HistoryFull)) throw thrown;
      const root = this.execution.threads.get(ROOT);
      const failure = { error: StatesError.Runtime, cause: HISTORY_FULL };
      if (root !== undefined) this.event(root, 'ExecutionFailed', { executionFailedEventDetails: failure });
      this.end(ExecutionStatus.Failed, { failure });
    }
  }
}

/** States that can be retried; only they have a retry count. */
const RETRIABLE: ReadonlySet<string> = new Set(['Task', 'Parallel', 'Map']);

const HISTORY_FULL = `The execution reached the maximum number of history events (${Quota.historyEvents}).`;

/** Adds what AWS puts in front of the message of an evaluation error. */
export function evaluationCause(thread: Thread, error: EvaluationError): string {
  return `An error occurred while executing the state '${thread.state}' (entered at the event id #${thread.enteredId}). ${error.message}`;
}

export function isEvaluationError(thrown: unknown): thrown is EvaluationError {
  return thrown instanceof EvaluationError;
}
