/** What workers of callback tasks send. */
import { AwsError } from '../../wire/aws-error.ts';
import type { JsonObject } from '../../wire/protocols.ts';
import type { TaskState } from '../definition/model.ts';
import { attempt } from '../engine/leave.ts';
import type { Step } from '../engine/step.ts';
import { decodeToken } from '../engine/token.ts';
import { ExecutionStatus, type Thread } from '../engine/types.ts';
import { Pattern, parseResource } from '../integrations/resource.ts';
import { taskFailed, taskSucceeded } from '../states/task.ts';
import type { ApiContext, Operations } from './context.ts';
import { jsonPayload, optional, required } from './input.ts';

export function taskOperations(context: ApiContext): Operations {
  return {
    SendTaskSuccess: async (input) => {
      const output = jsonPayload(required(input, 'output'), 'InvalidOutput');
      await answer(context, input, (step, thread, state) => {
        if (thread.task?.submitted !== true) {
          thread.task = { ...pending(thread), early: { output } };
          step.touch(thread);
        } else taskSucceeded(step, thread, state, output);
      });
      return {};
    },
    SendTaskFailure: async (input) => {
      const error = optional(input, 'error', 256);
      const cause = optional(input, 'cause', 32_768);
      const failure = {
        ...(error === undefined ? {} : { error }),
        ...(cause === undefined ? {} : { cause }),
      };
      await answer(context, input, (step, thread, state) => {
        if (thread.task?.submitted !== true) {
          thread.task = { ...pending(thread), early: { failure } };
          step.touch(thread);
        } else taskFailed(step, thread, state, failure);
      });
      return {};
    },
    SendTaskHeartbeat: async (input) => {
      await answer(context, input, (step, thread) => {
        const task = pending(thread);
        if (task.heartbeatSeconds !== undefined) task.beatBy = step.now + task.heartbeatSeconds * 1000;
        step.touch(thread);
      });
      return {};
    },
  };
}

function pending(thread: Thread) {
  if (thread.task === undefined) throw gone();
  return thread.task;
}

function gone(): AwsError {
  return new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
}

/** Finds the task of a token and acts on it; resolves when that is durable. */
function answer(
  context: ApiContext,
  input: JsonObject,
  act: (step: Step, thread: Thread, state: TaskState) => void,
): Promise<void> {
  const token = required(input, 'taskToken', 2_048);
  const parts = decodeToken(token);
  if (parts === undefined) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'");
  const loaded = context.engine.load(parts.execution);
  if (loaded === undefined)
    throw new AwsError('TaskDoesNotExist', "Task Does Not Exist: 'Provided task does not exist'");
  if (loaded.execution.status !== ExecutionStatus.Running) throw gone();
  const thread = loaded.execution.threads.get(parts.thread);
  const { task } = thread ?? {};
  if (thread === undefined || task?.token !== token || task.early !== undefined) throw gone();
  if (parseResource(task.resource)?.pattern !== Pattern.Callback) throw gone();
  return new Promise((resolve) => {
    context.engine.step(
      loaded,
      (step) => {
        step.guarded(() => attempt(step, thread, () => act(step, thread, step.state(thread) as TaskState)));
      },
      resolve,
    );
  });
}
