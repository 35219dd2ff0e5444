/** Pass: its Assign and Output, or its input unchanged. */
import type { PassState } from '../definition/model.ts';
import { exitOf, exitState } from '../engine/leave.ts';
import type { Behaviour } from './behaviour.ts';

export const passState: Behaviour<PassState> = {
  run: (step, thread, state) => exitState(step, thread, exitOf(state, thread.input)),
};
