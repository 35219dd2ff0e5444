/** Succeed: ends its region with its Output or its input. */
import type { SucceedState } from '../definition/model.ts';
import { exitOf, exitState } from '../engine/leave.ts';
import type { Behaviour } from './behaviour.ts';

export const succeedState: Behaviour<SucceedState> = {
  run: (step, thread, state) => exitState(step, thread, { ...exitOf(state, thread.input), next: undefined }),
};
