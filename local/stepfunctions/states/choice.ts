/** Choice: the first rule whose condition is true decides; without one the Default. */
import type { ChoiceState } from '../definition/model.ts';
import { exitOf, exitState } from '../engine/leave.ts';
import { StateFailure, StatesError } from '../errors.ts';
import { evaluateTyped } from '../jsonata/evaluator.ts';
import type { Behaviour } from './behaviour.ts';

export const choiceState: Behaviour<ChoiceState> = {
  run: (step, thread, state) => {
    const scope = step.scope(thread);
    for (const [index, rule] of state.Choices.entries()) {
      const field = `Choices[${index}]/Condition`;
      if (evaluateTyped(rule.Condition, field, 'boolean', scope) !== true) continue;
      const { Next: next, Assign: assign, Output: output } = rule;
      const chosen = { next, output, hasOutput: output !== undefined, passed: thread.input };
      exitState(step, thread, assign === undefined ? chosen : { ...chosen, assign }, `Choices[${index}]/`);
      return;
    }
    if (state.Default === undefined) {
      const where = `An error occurred while executing the state '${thread.state}' (entered at the event id #${thread.enteredId}).`;
      const cause = `${where} Failed to transition out of the state. The state does not point to a next state.`;
      throw new StateFailure({ error: StatesError.Runtime, cause });
    }
    exitState(step, thread, { ...exitOf(state, thread.input), next: state.Default });
  },
};
