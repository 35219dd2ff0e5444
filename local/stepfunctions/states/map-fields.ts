/** Fields that both kinds of Map evaluate when they start. */
import type { MapState } from '../definition/model.ts';
import type { Step } from '../engine/step.ts';
import type { Thread } from '../engine/types.ts';
import { EvaluationError } from '../errors.ts';
import { evaluateTemplate, evaluateTyped, jsonType } from '../jsonata/evaluator.ts';

export interface MapLimits {
  readonly maxConcurrency: number;
  readonly toleratedCount: number | undefined;
  readonly toleratedPercentage: number | undefined;
}

/** The array to iterate over: Items, or the state's input. */
export function mapItems(step: Step, thread: Thread, state: MapState): unknown[] {
  if (state.Items !== undefined) {
    return evaluateTyped(state.Items, 'Items', 'array', step.scope(thread)) as unknown[];
  }
  if (Array.isArray(thread.input)) return thread.input;
  const was = `Expected 'array', but was '${jsonType(thread.input)}'`;
  throw new EvaluationError('Items', `The input of the Map state is not an array. ${was}`);
}

export function mapLimits(step: Step, thread: Thread, state: MapState): MapLimits {
  const scope = step.scope(thread);
  const whole = (field: 'MaxConcurrency' | 'ToleratedFailureCount') => {
    if (state[field] === undefined) return undefined;
    const value = evaluateTyped(state[field], field, 'integer', scope) as number;
    if (value < 0) throw new EvaluationError(field, `The ${field} field must not be negative: ${value}`);
    return value;
  };
  const percentage =
    state.ToleratedFailurePercentage === undefined
      ? undefined
      : (evaluateTyped(
          state.ToleratedFailurePercentage,
          'ToleratedFailurePercentage',
          'number',
          scope,
        ) as number);
  if (percentage !== undefined && (percentage < 0 || percentage > 100)) {
    const message = `The ToleratedFailurePercentage field must be between 0 and 100: ${percentage}`;
    throw new EvaluationError('ToleratedFailurePercentage', message);
  }
  return {
    maxConcurrency: whole('MaxConcurrency') ?? 0,
    toleratedCount: whole('ToleratedFailureCount'),
    toleratedPercentage: percentage,
  };
}

/** Input of one iteration: the item, or what ItemSelector makes of it. */
export function selectItem(
  step: Step,
  thread: Thread,
  state: MapState,
  index: number,
  item: unknown,
): unknown {
  if (state.ItemSelector === undefined) return item;
  const scope = step.scope(thread);
  const context = { ...(scope.states.context as object), Map: { Item: { Index: index, Value: item } } };
  return evaluateTemplate(state.ItemSelector, 'ItemSelector', {
    ...scope,
    states: { ...scope.states, context },
  });
}
