/** Fail: ends its region with an error and a cause; it has no Exited event. */
import type { FailState } from '../definition/model.ts';
import { StateFailure } from '../errors.ts';
import { evaluateTyped } from '../jsonata/evaluator.ts';
import type { Behaviour } from './behaviour.ts';

export const failStateBehaviour: Behaviour<FailState> = {
  run: (step, thread, state) => {
    const scope = step.scope(thread);
    const text = (field: 'Error' | 'Cause') =>
      state[field] === undefined
        ? undefined
        : (evaluateTyped(state[field], field, 'string', scope) as string);
    const error = text('Error');
    const cause = text('Cause');
    throw new StateFailure({
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    });
  },
};
