/** Task: sends a request out, and takes in what comes back. */
import type { TaskState } from '../definition/model.ts';
import { exitOf, exitState, failState } from '../engine/leave.ts';
import { jsonBytes, Quota } from '../engine/quotas.ts';
import type { Step } from '../engine/step.ts';
import { encodeToken } from '../engine/token.ts';
import { type PendingTask, Phase, type Thread } from '../engine/types.ts';
import { EvaluationError, type Failure, StateFailure, StatesError } from '../errors.ts';
import { Pattern, parseResource, type TaskResource } from '../integrations/resource.ts';
import { evaluateTemplate, evaluateTyped } from '../jsonata/evaluator.ts';
import type { Behaviour } from './behaviour.ts';

export const taskState: Behaviour<TaskState> = {
  run: (step, thread, state) => {
    const resource = resourceOf(state);
    const token = encodeToken(step.execution.id, thread.id, step.environment.nonce());
    // The token must be in the context while Arguments are evaluated; elsewhere the context has no Task.
    const withToken = { ...thread, task: { token } as PendingTask };
    const scope = step.scope(resource.pattern === Pattern.Callback ? withToken : thread);
    const payload =
      state.Arguments === undefined ? thread.input : evaluateTemplate(state.Arguments, 'Arguments', scope);
    const credentials =
      state.Credentials === undefined ? undefined : evaluateTemplate(state.Credentials, 'Credentials', scope);
    if (jsonBytes(payload) > Quota.payloadBytes) {
      const cause = `The state/task '${nameOf(resource)}' was given an input with a size exceeding the maximum number of bytes service limit.`;
      throw new StateFailure({ error: StatesError.DataLimitExceeded, cause });
    }
    const timeout = seconds(step, thread, state, 'TimeoutSeconds');
    const heartbeat = seconds(step, thread, state, 'HeartbeatSeconds');
    const scheduledId = scheduled(step, thread, resource, payload, { timeout, heartbeat, credentials });
    thread.phase = Phase.Task;
    thread.task = {
      token,
      scheduledId,
      resource: state.Resource,
      payload,
      attempt: thread.retryCount + 1,
      ...(timeout === undefined ? {} : { deadline: step.now + timeout * 1000 }),
      ...(heartbeat === undefined || resource.pattern !== Pattern.Callback
        ? {}
        : { heartbeatSeconds: heartbeat, beatBy: step.now + heartbeat * 1000 }),
    };
    step.touch(thread);
    step.later.push(() => {
      if (thread.task?.token === token) started(step, thread, resource);
    });
    step.effects.push({ kind: 'invoke', thread: thread.id, token });
  },
  due: (step, thread, state) => {
    const task = thread.task;
    if (task === undefined) return;
    const overdue = task.deadline !== undefined && task.deadline <= step.now;
    const error = overdue ? StatesError.Timeout : StatesError.HeartbeatTimeout;
    timedOut(step, thread, resourceOf(state), error);
  },
};

function resourceOf(state: TaskState): TaskResource {
  const resource = parseResource(state.Resource);
  if (resource === undefined) throw new Error(`unknown resource ${state.Resource}`);
  return resource;
}

/** What AWS calls the task in the cause of a data limit. */
function nameOf(resource: TaskResource): string {
  return resource.pattern === Pattern.Function ? resource.arn : resource.resourceType;
}

function names(resource: TaskResource) {
  return { resourceType: resource.resourceType, resource: resource.resource };
}

function seconds(step: Step, thread: Thread, state: TaskState, field: 'TimeoutSeconds' | 'HeartbeatSeconds') {
  if (state[field] === undefined) return undefined;
  const value = evaluateTyped(state[field], field, 'integer', step.scope(thread)) as number;
  if (value < 1 || value > 99_999_999) {
    throw new EvaluationError(field, `The ${field} field must be between 1 and 99999999: ${value}`);
  }
  return value;
}

function started(step: Step, thread: Thread, resource: TaskResource): void {
  if (resource.pattern === Pattern.Function) step.event(thread, 'LambdaFunctionStarted');
  else step.event(thread, 'TaskStarted', { taskStartedEventDetails: names(resource) });
}

function scheduled(
  step: Step,
  thread: Thread,
  resource: TaskResource,
  payload: unknown,
  more: {
    readonly timeout: number | undefined;
    readonly heartbeat: number | undefined;
    readonly credentials: unknown;
  },
): number {
  const { timeout, heartbeat } = more;
  const { RoleArn: roleArn } = (more.credentials ?? {}) as { RoleArn?: unknown };
  const role = typeof roleArn === 'string' ? { taskCredentials: { roleArn } } : {};
  const clocks = {
    ...role,
    ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
    ...(heartbeat === undefined ? {} : { heartbeatInSeconds: heartbeat }),
  };
  if (resource.pattern === Pattern.Function) {
    const lambdaFunctionScheduledEventDetails = {
      input: JSON.stringify(payload),
      inputDetails: { truncated: false },
      resource: resource.arn,
      ...(timeout === undefined ? {} : { timeoutInSeconds: timeout }),
      ...role,
    };
    return step.event(thread, 'LambdaFunctionScheduled', { lambdaFunctionScheduledEventDetails });
  }
  const taskScheduledEventDetails = {
    ...names(resource),
    region: step.environment.region,
    parameters: JSON.stringify(payload),
    ...clocks,
  };
  return step.event(thread, 'TaskScheduled', { taskScheduledEventDetails });
}

/** A handler stood for a whole `.sync` integration: the job was submitted, and ended at once. */
export function jobEnded(step: Step, thread: Thread, state: TaskState, output: unknown): void {
  taskSubmitted(step, thread, state, output);
  taskSucceeded(step, thread, state, output);
}

/** The request of a callback task was accepted; from now on only its token finishes it. */
export function taskSubmitted(step: Step, thread: Thread, state: TaskState, output: unknown): void {
  const task = thread.task;
  if (task === undefined) return;
  const resource = resourceOf(state);
  const taskSubmittedEventDetails = {
    ...names(resource),
    output: JSON.stringify(output),
    outputDetails: { truncated: false },
  };
  step.event(thread, 'TaskSubmitted', { taskSubmittedEventDetails });
  task.submitted = true;
  const { early } = task;
  if (early === undefined) return;
  if (early.failure === undefined) taskSucceeded(step, thread, state, early.output);
  else taskFailed(step, thread, state, early.failure);
}

export function taskSucceeded(step: Step, thread: Thread, state: TaskState, output: unknown): void {
  const resource = resourceOf(state);
  if (jsonBytes(output) > Quota.payloadBytes) {
    const cause = `The state/task '${nameOf(resource)}' returned a result with a size exceeding the maximum number of bytes service limit.`;
    taskFailed(step, thread, state, { error: StatesError.DataLimitExceeded, cause });
    return;
  }
  const details = { output: JSON.stringify(output), outputDetails: { truncated: false } };
  if (resource.pattern === Pattern.Function) {
    step.event(thread, 'LambdaFunctionSucceeded', { lambdaFunctionSucceededEventDetails: details });
  } else {
    step.event(thread, 'TaskSucceeded', { taskSucceededEventDetails: { ...names(resource), ...details } });
  }
  thread.task = undefined;
  exitState(step, thread, exitOf(state, output, { value: output }));
}

export function taskFailed(step: Step, thread: Thread, state: TaskState, failure: Failure): void {
  const resource = resourceOf(state);
  if (resource.pattern === Pattern.Function) {
    step.event(thread, 'LambdaFunctionFailed', { lambdaFunctionFailedEventDetails: { ...failure } });
  } else {
    step.event(thread, 'TaskFailed', { taskFailedEventDetails: { ...names(resource), ...failure } });
  }
  thread.task = undefined;
  failState(step, thread, failure);
}

function timedOut(step: Step, thread: Thread, resource: TaskResource, error: string): void {
  if (resource.pattern === Pattern.Function) {
    step.event(thread, 'LambdaFunctionTimedOut', { lambdaFunctionTimedOutEventDetails: { error } });
  } else {
    step.event(thread, 'TaskTimedOut', { taskTimedOutEventDetails: { ...names(resource), error } });
  }
  if (thread.task !== undefined) step.effects.push({ kind: 'taskGone', token: thread.task.token });
  thread.task = undefined;
  failState(step, thread, { error });
}
