/** Moves an execution on: enters states, runs them, and takes in threads that ended. */
import type { Failure } from '../errors.ts';
import { behaviourOf } from '../states/registry.ts';
import { attempt } from './leave.ts';
import type { Step } from './step.ts';
import { ExecutionStatus, Phase, parentId, ROOT, type Thread } from './types.ts';

/** States entered in one step at most, so that a loop without waits does not hold up other executions. */
export const STATES_PER_STEP = 100;

/**
 * Runs until every thread waits.
 * @returns false when the budget ran out first and the step has to be continued.
 */
export function advance(step: Step): boolean {
  let finished = true;
  step.guarded(() => {
    let budget = STATES_PER_STEP;
    while (step.running) {
      const settled = step.settled.shift();
      if (settled !== undefined) {
        settle(step, settled.thread, settled.failure);
        continue;
      }
      const thread = step.ready.shift();
      if (thread === undefined) {
        for (const act of step.later.splice(0)) act();
        return;
      }
      if (step.execution.threads.get(thread.id) !== thread || thread.phase !== Phase.Ready) continue;
      if (budget === 0) {
        finished = false;
        for (const act of step.later.splice(0)) act();
        return;
      }
      budget -= 1;
      enter(step, thread);
    }
  });
  return finished;
}

function enter(step: Step, thread: Thread): void {
  const state = step.state(thread);
  thread.enteredPrevious = thread.lastId;
  thread.enteredAt = step.now;
  const stateEnteredEventDetails = {
    name: thread.state,
    input: JSON.stringify(thread.input),
    inputDetails: { truncated: false },
  };
  thread.enteredId = step.event(thread, `${state.Type}StateEntered`, { stateEnteredEventDetails });
  runState(step, thread);
}

/** Runs the body of the state a thread is in; also for a retry, which has no Entered event. */
export function runState(step: Step, thread: Thread): void {
  const state = step.state(thread);
  attempt(step, thread, () => behaviourOf(state).run(step, thread, state));
}

function settle(step: Step, thread: Thread, failure: Failure | undefined): void {
  const outer = parentId(thread.id);
  if (outer === undefined) {
    endExecution(step, thread, failure);
    return;
  }
  const parent = step.execution.threads.get(outer);
  if (parent === undefined || step.execution.threads.get(thread.id) !== thread) return;
  const state = step.state(parent);
  const behaviour = behaviourOf(state);
  attempt(step, parent, () => {
    if (failure === undefined) behaviour.childDone?.(step, parent, state, thread);
    else behaviour.childFailed?.(step, parent, state, thread, failure);
  });
}

function endExecution(step: Step, root: Thread, failure: Failure | undefined): void {
  if (failure !== undefined) {
    step.event(root, 'ExecutionFailed', { executionFailedEventDetails: { ...failure } });
    step.end(ExecutionStatus.Failed, { failure });
    return;
  }
  const executionSucceededEventDetails = {
    output: JSON.stringify(root.output),
    outputDetails: { truncated: false },
  };
  step.event(root, 'ExecutionSucceeded', { executionSucceededEventDetails });
  step.end(ExecutionStatus.Succeeded, { output: root.output });
}

/** Everything whose time has come by now: waits, retries, task deadlines, and the execution's own. */
export function elapse(step: Step): void {
  const { execution } = step;
  step.guarded(() => {
    const deadline = execution.facts.deadline;
    if (deadline !== undefined && deadline <= step.now) {
      timeOut(step);
      return;
    }
    for (const thread of [...execution.threads.values()]) {
      if (execution.threads.get(thread.id) !== thread || !step.running) continue;
      if ((dueOf(thread)?.due ?? Number.POSITIVE_INFINITY) > step.now) continue;
      if (thread.phase === Phase.Retry) {
        thread.due = undefined;
        step.touch(thread);
        runState(step, thread);
      } else {
        const state = step.state(thread);
        attempt(step, thread, () => behaviourOf(state).due?.(step, thread, state));
      }
    }
  });
}

function timeOut(step: Step): void {
  const root = step.execution.threads.get(ROOT);
  const failure = { error: 'States.Timeout' };
  if (root !== undefined) step.event(root, 'ExecutionTimedOut', { executionTimedOutEventDetails: failure });
  step.end(ExecutionStatus.TimedOut, { failure });
}

/** When a thread has to be looked at again, and what it waits for. */
export function dueOf(thread: Thread): { readonly due: number; readonly isCallback: boolean } | undefined {
  if (thread.phase === Phase.Wait || thread.phase === Phase.Retry) {
    return thread.due === undefined ? undefined : { due: thread.due, isCallback: false };
  }
  const { task } = thread;
  if (thread.phase !== Phase.Task || task === undefined) return undefined;
  const due = Math.min(task.deadline ?? Number.POSITIVE_INFINITY, task.beatBy ?? Number.POSITIVE_INFINITY);
  return Number.isFinite(due) ? { due, isCallback: true } : undefined;
}
