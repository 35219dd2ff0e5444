/** Wait: for a number of seconds, or until a point in time. */

import type { WaitState } from '../definition/model.ts';
import { isTimestamp } from '../definition/timestamp.ts';
import { exitOf, exitState } from '../engine/leave.ts';
import type { Step } from '../engine/step.ts';
import { Phase, type Thread } from '../engine/types.ts';
import { EvaluationError } from '../errors.ts';
import { evaluateTyped } from '../jsonata/evaluator.ts';
import type { Behaviour } from './behaviour.ts';

export const waitState: Behaviour<WaitState> = {
  run: (step, thread, state) => {
    const due = dueAt(step, thread, state);
    if (due <= step.now) {
      exitState(step, thread, exitOf(state, thread.input));
      return;
    }
    thread.phase = Phase.Wait;
    thread.due = due;
    step.touch(thread);
  },
  due: (step, thread, state) => exitState(step, thread, exitOf(state, thread.input)),
};

const LONGEST_SECONDS = 99_999_999;

function dueAt(step: Step, thread: Thread, state: WaitState): number {
  const scope = step.scope(thread);
  if (state.Timestamp === undefined) {
    const seconds = evaluateTyped(state.Seconds, 'Seconds', 'integer', scope) as number;
    if (seconds < 0 || seconds > LONGEST_SECONDS) {
      throw new EvaluationError(
        'Seconds',
        `The Seconds field must be between 0 and ${LONGEST_SECONDS}: ${seconds}`,
      );
    }
    return step.now + seconds * 1000;
  }
  const stamp = evaluateTyped(state.Timestamp, 'Timestamp', 'string', scope) as string;
  if (!isTimestamp(stamp)) {
    const wanted = 'an ISO-8601 extended offset date-time format string';
    throw new EvaluationError('Timestamp', `The Timestamp field cannot be parsed as ${wanted}: ${stamp}`);
  }
  return Date.parse(stamp.toUpperCase());
}
