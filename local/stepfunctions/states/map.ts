/** Map: inline, or each item as an execution of its own. */
import { isDistributed, type MapState } from '../definition/model.ts';
import type { Behaviour } from './behaviour.ts';
import { distributedMap } from './map-distributed.ts';
import { inlineMap } from './map-inline.ts';

const pick = (state: MapState): Behaviour<MapState> => (isDistributed(state) ? distributedMap : inlineMap);

export const mapState: Behaviour<MapState> = {
  run: (step, thread, state) => pick(state).run(step, thread, state),
  childDone: (step, thread, state, child) => pick(state).childDone?.(step, thread, state, child),
  childFailed: (step, thread, state, child, failure) =>
    pick(state).childFailed?.(step, thread, state, child, failure),
};
