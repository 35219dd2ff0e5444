/** `states:startExecution`: starts another machine from a Task, and reports its end for `.sync`. */
import { createHash } from 'node:crypto';
import { AwsError } from '../../wire/aws-error.ts';
import type { ApiContext } from '../api/context.ts';
import { findMachine } from '../api/context.ts';
import { describe, startNamed } from '../api/executions.ts';
import { checkName, jsonPayload } from '../api/input.ts';
import type { ExecutionRow } from '../engine/records.ts';
import { executionArn } from '../engine/start.ts';
import { decodeToken } from '../engine/token.ts';
import { type Execution, type ExecutionFacts, ExecutionStatus, type PendingTask } from '../engine/types.ts';
import { LATER, type TaskFrom } from './invoker.ts';
import { Pattern, type TaskResource } from './resource.ts';

export class NestedExecutions {
  readonly #context: () => ApiContext;
  /** Executions that a running `.sync` task waits for, by the task's token. */
  readonly #waiting = new Map<
    string,
    { readonly id: number; readonly from: TaskFrom; readonly resource: string }
  >();

  constructor(context: () => ApiContext) {
    this.#context = context;
  }

  /** Starts the execution once: a re-sent task finds the one it started before. */
  async start(
    parameters: unknown,
    resource: TaskResource,
    task: PendingTask,
    from: TaskFrom,
  ): Promise<unknown> {
    const context = this.#context();
    const {
      StateMachineArn: machineArn,
      Name: name,
      Input: input,
    } = (parameters ?? {}) as Record<string, unknown>;
    const machine = findMachine(context, String(machineArn));
    if (machine === undefined) {
      throw failed(
        'StateMachineDoesNotExistException',
        `State Machine Does Not Exist: '${String(machineArn)}'`,
      );
    }
    const chosen = typeof name === 'string' ? checkName(name) : derivedName(task.token);
    const isSync = resource.pattern === Pattern.Sync;
    const arn = executionArn(context.engine, machine.name, chosen);
    const old = this.#row(arn);
    let startDate: number;
    if (old !== undefined && startedBy(old) === task.token) startDate = old.started / 1000;
    else {
      const value = inputOf(input);
      ({ startDate } = await startNamed(context, machine, chosen, value, {
        startedBy: task.token,
        waitedFor: isSync,
      }).catch((thrown: unknown) => {
        throw thrown instanceof AwsError ? failed(`${thrown.code}Exception`, thrown.message) : thrown;
      }));
    }
    const started = { ExecutionArn: arn, StartDate: new Date(startDate * 1000).toISOString() };
    if (!isSync) return started;
    if (task.submitted !== true) context.invoker.submitted(from, task.token, started);
    const row = this.#row(arn);
    if (row === undefined)
      throw failed('ExecutionDoesNotExistException', `Execution Does Not Exist: '${arn}'`);
    if (row.status !== ExecutionStatus.Running) this.#report(row, resource.resource, from, task.token);
    else {
      this.#waiting.set(task.token, { id: row.id, from, resource: resource.resource });
      // The task may have gone while the execution was being started.
      if (!this.#isWaitedFor(task.token)) this.stop(task.token);
    }
    return LATER;
  }

  #row(arn: string): ExecutionRow | undefined {
    const { journal } = this.#context().engine;
    journal.flush();
    return journal.get<ExecutionRow>('select * from executions where arn = ?', arn);
  }

  /** An execution ended; the tasks that wait for it end too. */
  ended(execution: Execution): void {
    for (const [token, { id, from, resource }] of this.#waiting) {
      if (id !== execution.id) continue;
      this.#waiting.delete(token);
      const row = this.#row(execution.arn);
      if (row !== undefined) this.#report(row, resource, from, token);
    }
  }

  #report(row: ExecutionRow, resource: string, from: TaskFrom, token: string): void {
    const { invoker } = this.#context();
    const result = described(row, resource.endsWith(':2'));
    if (row.status === ExecutionStatus.Succeeded) invoker.returnSuccess(from, token, result);
    else invoker.returnFailure(from, token, { error: 'States.TaskFailed', cause: JSON.stringify(result) });
  }

  /** The task that waits was stopped or timed out: so is what it waits for. */
  stop(token: string): void {
    const id = this.#waiting.get(token)?.id ?? this.#running().find((child) => child.token === token)?.id;
    if (id === undefined) return;
    this.#waiting.delete(token);
    const { engine } = this.#context();
    const loaded = engine.load(id);
    if (loaded?.execution.status === ExecutionStatus.Running) engine.stop(loaded, {});
  }

  /** Stops executions whose task went away in a process that died before it could stop them. */
  sweep(): void {
    for (const { token } of this.#running()) if (!this.#isWaitedFor(token)) this.stop(token);
  }

  /** Executions that run and that a task waits for, or waited for. */
  #running(): readonly { readonly id: number; readonly token: string }[] {
    const { journal } = this.#context().engine;
    journal.flush();
    return journal.all(
      "select id, body ->> '$.startedBy' as token from executions where status = 'RUNNING' and body ->> '$.waitedFor'",
    );
  }

  #isWaitedFor(token: string): boolean {
    const parsed = decodeToken(token);
    const loaded = parsed === undefined ? undefined : this.#context().engine.load(parsed.execution);
    if (parsed === undefined || loaded?.execution.status !== ExecutionStatus.Running) return false;
    return loaded.execution.threads.get(parsed.thread)?.task?.token === token;
  }
}

function failed(name: string, message: string): Error {
  return Object.assign(new Error(message), { name: `StepFunctions.${name}` });
}

/** Input of the execution: any JSON, or its text. */
function inputOf(input: unknown): unknown {
  if (typeof input !== 'string') return input ?? {};
  try {
    return jsonPayload(input, 'InvalidExecutionInput');
  } catch (thrown) {
    throw failed('InvalidExecutionInputException', (thrown as Error).message);
  }
}

function startedBy(row: ExecutionRow): string | undefined {
  return (JSON.parse(row.body) as ExecutionFacts).startedBy;
}

/** A name that depends on the task alone, so that sending the task again does not start a second execution. */
function derivedName(token: string): string {
  const hash = createHash('sha256').update(token).digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    hash.slice(12, 16),
    hash.slice(16, 20),
    hash.slice(20, 32),
  ].join('-');
}

/** DescribeExecution in the spelling of a service integration. `.sync:2` gives input and output as JSON, `.sync` as text. */
function described(row: ExecutionRow, asJson: boolean): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(describe(row))) {
    const name = key[0]?.toUpperCase() + key.slice(1);
    if (key === 'startDate' || key === 'stopDate') result[name] = Math.round(Number(value) * 1000);
    else if (key === 'inputDetails' || key === 'outputDetails') result[name] = { Included: true };
    else if ((key === 'input' || key === 'output') && asJson)
      result[name] = JSON.parse(String(value)) as unknown;
    else result[name] = value;
  }
  return result;
}
