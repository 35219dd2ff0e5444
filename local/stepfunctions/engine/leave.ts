/** How a thread leaves a state: successfully, or through retry, catch and failure. */
import type { Catcher, Retrier, State } from '../definition/model.ts';
import { EvaluationError, type Failure, StateFailure, StatesError } from '../errors.ts';
import { evaluateTemplate } from '../jsonata/evaluator.ts';
import { jsonBytes, Quota } from './quotas.ts';
import { evaluationCause, type Step } from './step.ts';
import { Phase, type Thread } from './types.ts';

/** How a state leaves: where to, and with which Assign and Output. */
export interface Exit {
  readonly next: string | undefined;
  readonly assign?: Readonly<Record<string, unknown>>;
  /** Template of the output; without it the output is `passed`. */
  readonly output?: unknown;
  readonly hasOutput: boolean;
  readonly passed: unknown;
  readonly result?: unknown;
  readonly hasResult?: boolean;
  readonly errorOutput?: unknown;
}

/** Evaluates Assign and Output and moves the thread on. Throws EvaluationError or StateFailure. */
export function exitState(step: Step, thread: Thread, exit: Exit, prefix = ''): void {
  const extra = {
    ...(exit.hasResult === true ? { result: exit.result } : {}),
    ...(exit.errorOutput === undefined ? {} : { errorOutput: exit.errorOutput }),
  };
  const scope = step.scope(thread, extra);
  const assigned =
    exit.assign === undefined
      ? undefined
      : (evaluateTemplate(exit.assign, `${prefix}Assign`, scope) as Record<string, unknown>);
  const output = exit.hasOutput ? evaluateTemplate(exit.output, `${prefix}Output`, scope) : exit.passed;
  checkSize(thread.state, output);
  if (assigned !== undefined) assignVariables(step, thread, assigned);
  leave(step, thread, exit.next, output, assigned);
}

/** Exit of an ordinary state from its own fields. */
export function exitOf(state: State, passed: unknown, result?: { readonly value: unknown }): Exit {
  const { Assign, Output } = state as { Assign?: Record<string, unknown>; Output?: unknown };
  return {
    next: (state as { Next?: string }).Next,
    ...(Assign === undefined ? {} : { assign: Assign }),
    output: Output,
    hasOutput: Output !== undefined,
    passed,
    ...(result === undefined ? {} : { result: result.value, hasResult: true }),
  };
}

function assignVariables(step: Step, thread: Thread, assigned: Record<string, unknown>): void {
  if (jsonBytes(assigned) > Quota.assignBytes) throw tooLarge(thread.state);
  thread.variables = { ...thread.variables, ...assigned };
  if (jsonBytes(thread.variables) > Quota.variablesBytes) throw tooLarge(thread.state);
  step.touch(thread);
}

function tooLarge(name: string): StateFailure {
  const cause = `The state/task '${name}' returned a result with a size exceeding the maximum number of bytes service limit.`;
  return new StateFailure({ error: StatesError.DataLimitExceeded, cause });
}

/** Throws AWS's data-limit failure when a value is over 256 KiB. */
export function checkSize(name: string, value: unknown): void {
  if (jsonBytes(value) > Quota.payloadBytes) throw tooLarge(name);
}

function leave(
  step: Step,
  thread: Thread,
  next: string | undefined,
  output: unknown,
  assigned: Readonly<Record<string, unknown>> | undefined,
): void {
  const { Type } = step.state(thread);
  const variables = Object.entries(assigned ?? {}).map(([name, value]) => [name, JSON.stringify(value)]);
  const stateExitedEventDetails = {
    name: thread.state,
    output: JSON.stringify(output),
    outputDetails: { truncated: false },
    ...(assigned === undefined
      ? {}
      : { assignedVariables: Object.fromEntries(variables), assignedVariablesDetails: { truncated: false } }),
  };
  step.event(thread, `${Type}StateExited`, { stateExitedEventDetails });
  clearWaits(thread);
  if (next === undefined) {
    thread.phase = Phase.Done;
    thread.output = output;
    step.settled.push({ thread });
    return;
  }
  thread.phase = Phase.Ready;
  thread.state = next;
  thread.input = output;
  thread.retries = {};
  thread.retryCount = 0;
  step.ready.unshift(thread);
}

function clearWaits(thread: Thread): void {
  thread.task = undefined;
  thread.due = undefined;
  thread.total = undefined;
  thread.limit = undefined;
  thread.items = undefined;
  thread.mapRun = undefined;
}

/**
 * Runs the body of a state; whatever it throws becomes the state's failure.
 * @param failedEvent event between the error and its consequences, such as `MapStateFailed`.
 */
export function attempt(step: Step, thread: Thread, run: () => void): void {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof EvaluationError) evaluationFailed(step, thread, thrown);
    else if (thrown instanceof StateFailure) failState(step, thread, thrown.failure);
    else throw thrown;
  }
}

function evaluationFailed(step: Step, thread: Thread, error: EvaluationError): void {
  const failure = recordEvaluationFailure(step, thread, error);
  const { Type } = step.state(thread);
  // A container whose own fields fail has a failed event of its own.
  if (Type === 'Map' || Type === 'Parallel') step.event(thread, `${Type}StateFailed`);
  failState(step, thread, failure);
}

function recordEvaluationFailure(step: Step, thread: Thread, error: EvaluationError): Failure {
  const cause = evaluationCause(thread, error);
  const failure = { error: StatesError.QueryEvaluationError, cause };
  // AWS hangs an error of a state's first evaluation on the event before the state was entered.
  const previous =
    thread.lastId === thread.enteredId && error.location !== 'Timestamp'
      ? { previous: thread.enteredPrevious }
      : {};
  const evaluationFailedEventDetails = { ...failure, location: error.location, state: thread.state };
  step.event(thread, 'EvaluationFailed', { evaluationFailedEventDetails }, previous);
  return failure;
}

/** Retries, catches, or gives the failure to the scope around the thread. */
export function failState(step: Step, thread: Thread, failure: Failure): void {
  step.removeBelow(thread.id);
  const state = step.state(thread) as State & { Retry?: readonly Retrier[]; Catch?: readonly Catcher[] };
  if (retry(step, thread, state.Retry ?? [], failure)) return;
  const index = (state.Catch ?? []).findIndex((catcher) => matches(catcher.ErrorEquals, failure.error));
  const catcher = state.Catch?.[index];
  if (catcher === undefined) {
    giveUp(step, thread, failure);
    return;
  }
  try {
    catchFailure(step, thread, catcher, failure, `Catch[${index}]/`);
  } catch (thrown) {
    if (thrown instanceof EvaluationError)
      giveUp(step, thread, recordEvaluationFailure(step, thread, thrown));
    else if (thrown instanceof StateFailure) giveUp(step, thread, thrown.failure);
    else throw thrown;
  }
}

function giveUp(step: Step, thread: Thread, failure: Failure): void {
  clearWaits(thread);
  thread.phase = Phase.Failed;
  step.touch(thread);
  step.settled.push({ thread, failure });
}

function catchFailure(step: Step, thread: Thread, catcher: Catcher, failure: Failure, prefix: string): void {
  const errorOutput = { Error: failure.error ?? '', Cause: failure.cause ?? '' };
  exitState(
    step,
    thread,
    {
      next: catcher.Next,
      ...(catcher.Assign === undefined ? {} : { assign: catcher.Assign }),
      output: catcher.Output,
      hasOutput: catcher.Output !== undefined,
      passed: errorOutput,
      errorOutput,
    },
    prefix,
  );
}

/** Whether a Retry or Catch names the error. Timeouts and runtime errors escape the wildcards as on AWS. */
export function matches(names: readonly string[], error: string | undefined): boolean {
  for (const name of names) {
    if (name === error) return true;
    if (name === StatesError.All && error !== StatesError.Runtime) return true;
    const isTimeout = error === StatesError.Timeout || error === StatesError.HeartbeatTimeout;
    if (name === StatesError.Timeout && isTimeout) return true;
    if (name === StatesError.TaskFailed && !isTimeout && error !== StatesError.Runtime) return true;
  }
  return false;
}

function retry(step: Step, thread: Thread, retriers: readonly Retrier[], failure: Failure): boolean {
  const index = retriers.findIndex((retrier) => matches(retrier.ErrorEquals, failure.error));
  const retrier = retriers[index];
  if (retrier === undefined) return false;
  const used = thread.retries[String(index)] ?? 0;
  if (used >= (retrier.MaxAttempts ?? 3)) return false;
  thread.retries = { ...thread.retries, [String(index)]: used + 1 };
  thread.retryCount += 1;
  clearWaits(thread);
  thread.phase = Phase.Retry;
  thread.due = step.now + Math.round(delaySeconds(retrier, used, step.environment.random) * 1000);
  step.touch(thread);
  return true;
}

/** Seconds before the next try: interval × rate^tries, at most MaxDelaySeconds, then jittered. */
export function delaySeconds(retrier: Retrier, used: number, random: () => number): number {
  const { IntervalSeconds = 1, BackoffRate = 2, MaxDelaySeconds = Number.POSITIVE_INFINITY } = retrier;
  const delay = Math.min(IntervalSeconds * BackoffRate ** used, MaxDelaySeconds, 31_622_400);
  return retrier.JitterStrategy === 'FULL' ? delay * random() : delay;
}
