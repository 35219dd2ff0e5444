/** Makes a thread that is about to enter a state. */
import { Phase, type Thread } from './types.ts';

/** @param lastId the event it hangs on: the fork, or 0 for the machine itself. */
export function newThread(id: string, index: number, state: string, input: unknown, lastId: number): Thread {
  return {
    id,
    index,
    state,
    phase: Phase.Ready,
    input,
    variables: {},
    enteredId: 0,
    enteredPrevious: 0,
    enteredAt: 0,
    lastId,
    retries: {},
    retryCount: 0,
  };
}
