/** Sends tasks out and brings their results back to the engine. */

import { createHash } from 'node:crypto';
import type { TaskState } from '../definition/model.ts';
import type { Engine } from '../engine/engine.ts';
import { attempt } from '../engine/leave.ts';
import { type Execution, ExecutionStatus, type PendingTask, type Thread } from '../engine/types.ts';
import type { Failure } from '../errors.ts';
import { jobEnded, taskFailed, taskSubmitted, taskSucceeded } from '../states/task.ts';
import { isStartExecution } from './built-in.ts';
import { findHandler, functionHandler, type TaskContext, type TaskHandler, type Tasks } from './handlers.ts';
import { lambdaReply } from './lambda.ts';
import { Pattern, parseResource, type TaskResource } from './resource.ts';
import { WorkerPool } from './worker-pool.ts';

/** An integration the host adds by `service:action`, such as `events:putEvents`. */
export type Integration = (parameters: unknown, context: TaskContext) => Promise<unknown>;

/** Starts a nested execution. `sync` ones report their end by themselves. */
export type NestedStart = (
  parameters: unknown,
  resource: TaskResource,
  task: PendingTask,
  from: TaskFrom,
) => Promise<unknown>;

export interface TaskFrom {
  readonly execution: number;
  readonly thread: string;
}

/** A nested execution that was started and will report its end itself. */
export const LATER = Symbol('later');

export interface InvokerOptions {
  readonly engine: Engine;
  readonly tasks: Tasks;
  readonly integrations: ReadonlyMap<string, Integration>;
  readonly nested: NestedStart;
}

export class Invoker {
  readonly #options: InvokerOptions;
  readonly #workers = new WorkerPool();
  /** Calls that are under way, by token; what ends the count of each. */
  readonly #underWay = new Map<string, () => void>();

  constructor(options: InvokerOptions) {
    this.#options = options;
  }

  /** Sends one task; its result becomes a stimulus of the execution. */
  invoke(execution: Execution, thread: Thread): void {
    const { task } = thread;
    const { engine } = this.#options;
    if (task === undefined) return;
    const resource = parseResource(task.resource);
    if (resource === undefined) return;
    const { token } = task;
    const end = engine.begin();
    const done = () => {
      this.#underWay.delete(token);
      end();
    };
    this.#underWay.set(token, done);
    const from: TaskFrom = { execution: execution.id, thread: thread.id };
    const context = contextOf(execution, thread, task);
    this.#call(resource, task, from, context)
      .then(
        (value) => {
          if (value !== LATER) this.#returned(from, task.token, resource, normalised(value));
        },
        (thrown: unknown) => this.returnFailure(from, task.token, failureOf(thrown)),
      )
      .finally(done);
  }

  /** Nobody waits for the task any more: a handler that goes on, or never settles, holds up no virtual time. */
  forget(token: string): void {
    this.#underWay.get(token)?.();
  }

  /** Sends a task without an execution behind it; resolves to its result. */
  async once(execution: Execution, thread: Thread): Promise<unknown> {
    const { task } = thread;
    const resource = task === undefined ? undefined : parseResource(task.resource);
    if (task === undefined || resource === undefined) throw new Error('the thread has no task');
    const context = contextOf(execution, thread, task);
    return normalised(await this.#call(resource, task, { execution: 0, thread: thread.id }, context));
  }

  async #call(
    resource: TaskResource,
    task: PendingTask,
    from: TaskFrom,
    context: TaskContext,
  ): Promise<unknown> {
    const { tasks, integrations, nested } = this.#options;
    const payload = task.payload as Record<string, unknown> | undefined;
    const functionName = typeof payload?.FunctionName === 'string' ? payload.FunctionName : undefined;
    const found = findHandler(tasks, resource, functionName, this.#functionPrefix());
    if (found === undefined) {
      if (isStartExecution(resource)) return nested(payload, resource, task, from);
      const integration = integrations.get(`${resource.resourceType}:${resource.action}`);
      if (integration !== undefined) return integration(payload, context);
      const message = `Function not found: ${functionName ?? resource.arn}`;
      throw Object.assign(new Error(message), { name: 'Lambda.ResourceNotFoundException' });
    }
    if (found.raw || resource.pattern === Pattern.Function)
      return this.#run(found.handler, task.payload, context);
    return lambdaReply(await this.#run(found.handler, payload?.Payload ?? {}, context));
  }

  /** Calls a function by name or ARN, for other services of the cloud. */
  async invokeFunction(functionName: string, payload: unknown, context: TaskContext): Promise<unknown> {
    const handler = functionHandler(this.#options.tasks, functionName, this.#functionPrefix());
    if (handler === undefined) {
      const message = `Function not found: ${functionName}`;
      throw Object.assign(new Error(message), { name: 'ResourceNotFoundException' });
    }
    return normalised(await this.#run(handler, payload, context));
  }

  hasFunction(functionName: string): boolean {
    return functionHandler(this.#options.tasks, functionName, this.#functionPrefix()) !== undefined;
  }

  #functionPrefix(): string {
    const { region, account } = this.#options.engine.environment;
    return `arn:aws:lambda:${region}:${account}`;
  }

  /** In place, handlers get a copy, so that they cannot change what stands in the journal. */
  async #run(handler: TaskHandler, payload: unknown, context: TaskContext): Promise<unknown> {
    if (typeof handler !== 'function') return this.#workers.call(handler, payload, context);
    const { clock } = this.#options.engine;
    const call = () => handler(payload === undefined ? undefined : structuredClone(payload), context);
    return clock.work === undefined ? call() : clock.work(call);
  }

  #returned(from: TaskFrom, token: string, resource: TaskResource, value: unknown): void {
    this.withTask(from, token, (step, thread, state) => {
      if (resource.pattern === Pattern.Callback) taskSubmitted(step, thread, state, value);
      else if (resource.pattern === Pattern.Sync) jobEnded(step, thread, state, value);
      else taskSucceeded(step, thread, state, value);
    });
  }

  /** A nested execution that the task waits for was started. */
  submitted(from: TaskFrom, token: string, value: unknown): void {
    this.withTask(from, token, (step, thread, state) => taskSubmitted(step, thread, state, value));
  }

  returnSuccess(from: TaskFrom, token: string, value: unknown): void {
    this.withTask(from, token, (step, thread, state) => taskSucceeded(step, thread, state, value));
  }

  returnFailure(from: TaskFrom, token: string, failure: Failure): void {
    this.withTask(from, token, (step, thread, state) => {
      const early = thread.task?.early;
      if (early === undefined) taskFailed(step, thread, state, failure);
      else if (early.failure === undefined) taskSucceeded(step, thread, state, early.output);
      else taskFailed(step, thread, state, early.failure);
    });
  }

  /** Does something with a task if it is still the one the token names; late answers are dropped. */
  withTask(
    from: TaskFrom,
    token: string,
    act: (step: Parameters<typeof attempt>[0], thread: Thread, state: TaskState) => void,
  ): boolean {
    const { engine } = this.#options;
    if (engine.closed) return false;
    const loaded = engine.load(from.execution);
    if (loaded?.execution.status !== ExecutionStatus.Running) return false;
    if (loaded.execution.threads.get(from.thread)?.task?.token !== token) return false;
    engine.step(loaded, (step) => {
      const thread = step.execution.threads.get(from.thread);
      if (thread?.task?.token !== token) return;
      step.guarded(() => attempt(step, thread, () => act(step, thread, step.state(thread) as TaskState)));
    });
    return true;
  }

  close(): Promise<void> {
    return this.#workers.close();
  }
}

function contextOf(execution: Execution, thread: Thread, task: PendingTask): TaskContext {
  const idempotencyKey = createHash('sha256').update(task.token).digest('hex');
  return { execution: execution.arn, state: thread.state, attempt: task.attempt, idempotencyKey };
}

/** A value as JSON carries it; undefined becomes null. */
function normalised(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value ?? null)) as unknown;
  } catch (thrown) {
    const message = `Unable to stringify response body as json: ${(thrown as Error).message}`;
    throw Object.assign(new Error(message), { name: 'Runtime.MarshalError' });
  }
}

/** A thrown Error's name is the error, its message the cause. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Error) return { error: thrown.name, cause: thrown.message };
  // Errors of another realm (a test runner's, for instance) are not instances of this one's Error.
  if (thrown !== null && typeof thrown === 'object' && 'message' in thrown) {
    const { name, message } = thrown as { name?: unknown; message: unknown };
    return { error: typeof name === 'string' ? name : 'Error', cause: String(message) };
  }
  return { error: 'Error', cause: String(thrown) };
}
