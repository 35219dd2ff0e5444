/** Inline Map: iterations are threads of the same execution and share its history. */
import type { MapState } from '../definition/model.ts';
import { exitOf, exitState, failState } from '../engine/leave.ts';
import { Quota } from '../engine/quotas.ts';
import type { Step } from '../engine/step.ts';
import { newThread } from '../engine/thread.ts';
import { Phase, type Thread } from '../engine/types.ts';
import type { Behaviour } from './behaviour.ts';
import { mapItems, mapLimits, selectItem } from './map-fields.ts';
import { collectOutputs } from './parallel.ts';

export const inlineMap: Behaviour<MapState> = {
  run: (step, thread, state) => {
    const items = mapItems(step, thread, state);
    const { maxConcurrency } = mapLimits(step, thread, state);
    const asked = maxConcurrency === 0 ? Quota.inlineConcurrency : maxConcurrency;
    const started = step.event(thread, 'MapStateStarted', {
      mapStateStartedEventDetails: { length: items.length },
    });
    thread.phase = Phase.Children;
    thread.items = items;
    thread.total = items.length;
    thread.limit = Math.min(asked, Quota.inlineConcurrency);
    step.children.set(thread.id, { started: 0, running: 0 });
    if (items.length === 0) finish(step, thread, state, started);
    else startIterations(step, thread, state, started);
  },
  childDone: (step, thread, state, child) => {
    const count = step.children.get(thread.id);
    if (count === undefined) return;
    const last = child.lastId;
    const details = { mapIterationSucceededEventDetails: { name: thread.state, index: child.index } };
    const succeeded = step.event(child, 'MapIterationSucceeded', details);
    count.running -= 1;
    if (count.running === 0 && count.started === thread.total) finish(step, thread, state, succeeded);
    else startIterations(step, thread, state, last);
  },
  childFailed: (step, thread, _state, child, failure) => {
    const details = { name: thread.state, index: child.index };
    step.event(child, 'MapIterationFailed', { mapIterationFailedEventDetails: details });
    thread.lastId = child.lastId;
    abortOthers(step, thread, child);
    step.event(thread, 'MapStateFailed');
    failState(step, thread, failure);
  },
};

function startIterations(step: Step, thread: Thread, state: MapState, previous: number): void {
  const count = step.children.get(thread.id);
  const items = thread.items ?? [];
  while (count !== undefined && count.started < items.length && count.running < (thread.limit ?? 1)) {
    const index = count.started;
    const item = items[index];
    const input = selectItem(step, thread, state, index, item);
    const mapIterationStartedEventDetails = { name: thread.state, index };
    const child = newThread(`${thread.id}/${index}`, index, state.ItemProcessor.StartAt, input, previous);
    child.item = item;
    child.hasItem = true;
    step.event(child, 'MapIterationStarted', { mapIterationStartedEventDetails });
    step.add(child);
    count.started += 1;
    count.running += 1;
  }
}

function finish(step: Step, thread: Thread, state: MapState, last: number): void {
  const results = collectOutputs(step, thread);
  step.event(thread, 'MapStateSucceeded', {}, { previous: last });
  thread.lastId = last;
  step.removeBelow(thread.id);
  exitState(step, thread, exitOf(state, results, { value: results }));
}

function abortOthers(step: Step, thread: Thread, failed: Thread): void {
  const count = step.children.get(thread.id);
  for (let index = 0; index < (count?.started ?? 0); index += 1) {
    const child = step.execution.threads.get(`${thread.id}/${index}`);
    if (child === undefined || child === failed || child.phase === Phase.Done) continue;
    const mapIterationAbortedEventDetails = { name: thread.state, index };
    step.event(child, 'MapIterationAborted', { mapIterationAbortedEventDetails });
    thread.lastId = child.lastId;
  }
}
