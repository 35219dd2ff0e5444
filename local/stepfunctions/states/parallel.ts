/** Parallel: every branch with the same input, side by side; the first failure fails all. */
import type { ParallelState } from '../definition/model.ts';
import { exitOf, exitState, failState } from '../engine/leave.ts';
import type { Step } from '../engine/step.ts';
import { newThread } from '../engine/thread.ts';
import { Phase, type Thread } from '../engine/types.ts';
import { evaluateTemplate } from '../jsonata/evaluator.ts';
import type { Behaviour } from './behaviour.ts';

export const parallelState: Behaviour<ParallelState> = {
  run: (step, thread, state) => {
    const input =
      state.Arguments === undefined
        ? thread.input
        : evaluateTemplate(state.Arguments, 'Arguments', step.scope(thread));
    const forked = step.event(thread, 'ParallelStateStarted');
    thread.phase = Phase.Children;
    thread.total = state.Branches.length;
    step.children.set(thread.id, { started: thread.total, running: thread.total });
    for (const [index, branch] of state.Branches.entries()) {
      step.add(newThread(`${thread.id}/${index}`, index, branch.StartAt, input, forked));
    }
  },
  childDone: (step, thread, state, child) => {
    const count = step.children.get(thread.id);
    if (count === undefined) return;
    count.running -= 1;
    thread.lastId = child.lastId;
    if (count.running > 0) return;
    const results = collectOutputs(step, thread);
    const ended = child.lastId;
    step.event(thread, 'ParallelStateSucceeded');
    thread.lastId = ended;
    step.removeBelow(thread.id);
    exitState(step, thread, exitOf(state, results, { value: results }));
  },
  childFailed: (step, thread, _state, child, failure) => {
    thread.lastId = child.lastId;
    abortOthers(step, thread, child);
    step.event(thread, 'ParallelStateFailed');
    failState(step, thread, failure);
  },
};

/** Outputs of all children in the order of their index. */
export function collectOutputs(step: Step, thread: Thread): unknown[] {
  return Array.from(
    { length: thread.total ?? 0 },
    (_, index) => step.execution.threads.get(`${thread.id}/${index}`)?.output ?? null,
  );
}

const ABORTABLE: ReadonlySet<string> = new Set(['Task', 'Wait', 'Parallel', 'Map']);

/** Branches that still wait when another one fails get an Aborted event. */
function abortOthers(step: Step, thread: Thread, failed: Thread): void {
  for (let index = 0; index < (thread.total ?? 0); index += 1) {
    const child = step.execution.threads.get(`${thread.id}/${index}`);
    if (child === undefined || child === failed || child.phase === Phase.Done || child.phase === Phase.Ready)
      continue;
    const { Type } = step.state(child);
    if (!ABORTABLE.has(Type)) continue;
    step.event(child, `${Type}StateAborted`);
    thread.lastId = child.lastId;
  }
}
