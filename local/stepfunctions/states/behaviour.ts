/** What the engine asks of a state type. */
import type { State } from '../definition/model.ts';
import type { Step } from '../engine/step.ts';
import type { Thread } from '../engine/types.ts';
import type { Failure } from '../errors.ts';

/**
 * Behaviour of one state type. `run` is called after the Entered event, and again for each retry. A method may throw
 * EvaluationError or StateFailure; the engine turns both into retry, catch or failure.
 */
export interface Behaviour<S extends State> {
  run(step: Step, thread: Thread, state: S): void;
  /** The time in `thread.due`, or a deadline of its task, has come. */
  due?(step: Step, thread: Thread, state: S): void;
  /** A child thread reached its end. */
  childDone?(step: Step, thread: Thread, state: S, child: Thread): void;
  /** A child thread failed. */
  childFailed?(step: Step, thread: Thread, state: S, child: Thread, failure: Failure): void;
}
