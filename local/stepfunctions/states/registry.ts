/** The behaviour of every state type. */
import type { State, StateType } from '../definition/model.ts';
import type { Behaviour } from './behaviour.ts';
import { choiceState } from './choice.ts';
import { failStateBehaviour } from './fail.ts';
import { mapState } from './map.ts';
import { parallelState } from './parallel.ts';
import { passState } from './pass.ts';
import { succeedState } from './succeed.ts';
import { taskState } from './task.ts';
import { waitState } from './wait.ts';

const BEHAVIOURS: { readonly [T in StateType]: Behaviour<Extract<State, { Type: T }>> } = {
  Pass: passState,
  Task: taskState,
  Choice: choiceState,
  Wait: waitState,
  Succeed: succeedState,
  Fail: failStateBehaviour,
  Parallel: parallelState,
  Map: mapState,
};

/** The behaviour of a state. The cast is sound: the table is keyed by the state's own type. */
export function behaviourOf(state: State): Behaviour<State> {
  return BEHAVIOURS[state.Type] as unknown as Behaviour<State>;
}
