/** Distributed Map: hands its items to a map run, which starts an execution for each item or batch. */
import type { MapState } from '../definition/model.ts';
import { exitOf, exitState, failState } from '../engine/leave.ts';
import type { Step } from '../engine/step.ts';
import { Phase, type Thread } from '../engine/types.ts';
import { EvaluationError, type Failure } from '../errors.ts';
import { evaluateTemplate, evaluateTyped } from '../jsonata/evaluator.ts';
import type { Behaviour } from './behaviour.ts';
import { type MapLimits, mapItems, mapLimits } from './map-fields.ts';

/** Everything a map run needs that the state's expressions decide; stands in the journal. */
export interface MapRunPlan extends MapLimits {
  /** Items known at once; without them the reader supplies them. */
  readonly items?: readonly unknown[];
  readonly reader?: {
    readonly resource: string;
    readonly bucket: string;
    readonly key: string;
    readonly prefix: string;
  };
  readonly readerConfig?: Readonly<Record<string, unknown>>;
  readonly maxItems?: number;
  readonly batch?: { readonly maxItems?: number; readonly maxBytes?: number; readonly input?: unknown };
  readonly writer?: { readonly bucket: string; readonly prefix: string };
  /** The state's own output has the form of a WriterConfig although nothing is written. */
  readonly shaped?: boolean;
  readonly transformation: string;
  readonly outputType: string;
}

export const distributedMap: Behaviour<MapState> = {
  run: (step, thread, state) => {
    const plan = planOf(step, thread, state);
    const length = plan.items?.length ?? 0;
    step.event(thread, 'MapStateStarted', { mapStateStartedEventDetails: { length } });
    const { region, account } = step.environment;
    const label = state.Label ?? thread.state;
    const machine = step.execution.facts.machineName;
    const arn = `arn:aws:states:${region}:${account}:mapRun:${machine}/${encodeURIComponent(label)}:${step.environment.uuid()}`;
    thread.phase = Phase.MapRun;
    thread.mapRun = arn;
    step.mapRuns.push({ arn, thread: thread.id, body: { ...plan } });
    step.event(thread, 'MapRunStarted', { mapRunStartedEventDetails: { mapRunArn: arn } });
    step.effects.push({ kind: 'startMapRun', mapRun: arn });
  },
};

function planOf(step: Step, thread: Thread, state: MapState): MapRunPlan {
  const limits = mapLimits(step, thread, state);
  const { ItemReader: reader, ItemBatcher: batcher, ResultWriter: writer } = state;
  const scope = step.scope(thread);
  const whole = (template: unknown, field: string) =>
    template === undefined ? undefined : (evaluateTyped(template, field, 'integer', scope) as number);
  const positive = (template: unknown, field: string) => {
    const value = whole(template, field);
    if (value !== undefined && value < 1)
      throw new EvaluationError(field, `The ${field} field must be positive: ${value}`);
    return value;
  };
  const config = writer?.WriterConfig;
  const transformation = config?.Transformation ?? 'NONE';
  const outputType = config?.OutputType ?? 'JSON';
  const maxItems = whole(reader?.ReaderConfig?.MaxItems, 'ItemReader/ReaderConfig/MaxItems');
  return {
    ...limits,
    transformation,
    outputType,
    ...(maxItems === undefined ? {} : { maxItems }),
    ...(reader === undefined
      ? { items: mapItems(step, thread, state) }
      : {
          reader: { resource: reader.Resource, ...location(reader.Arguments, 'ItemReader/Arguments', scope) },
          readerConfig: { ...reader.ReaderConfig },
        }),
    ...(batcher === undefined
      ? {}
      : {
          batch: definedOnly({
            maxItems: positive(batcher.MaxItemsPerBatch, 'ItemBatcher/MaxItemsPerBatch'),
            maxBytes: positive(batcher.MaxInputBytesPerBatch, 'ItemBatcher/MaxInputBytesPerBatch'),
            input:
              batcher.BatchInput === undefined
                ? undefined
                : evaluateTemplate(batcher.BatchInput, 'ItemBatcher/BatchInput', scope),
          }),
        }),
    ...(writer?.Arguments === undefined
      ? { ...(config === undefined ? {} : { shaped: true }) }
      : { writer: location(writer.Arguments, 'ResultWriter/Arguments', scope) }),
  };
}

function definedOnly<T extends Record<string, unknown>>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

function location(template: unknown, field: string, scope: Parameters<typeof evaluateTemplate>[2]) {
  const value = evaluateTyped(template, field, 'object', scope) as Record<string, unknown>;
  const text = (name: string) => (value[name] === undefined ? '' : String(value[name]));
  return { bucket: text('Bucket'), key: text('Key'), prefix: text('Prefix') };
}

/** How a map run ended. */
export type MapRunOutcome =
  | { readonly kind: 'succeeded'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** The map run of a waiting thread ended: closes the state. */
export function mapRunEnded(step: Step, thread: Thread, state: MapState, outcome: MapRunOutcome): void {
  if (outcome.kind === 'failed') {
    step.event(thread, 'MapRunFailed', { mapRunFailedEventDetails: { ...outcome.failure } });
    thread.mapRun = undefined;
    step.event(thread, 'MapStateFailed');
    failState(step, thread, outcome.failure);
    return;
  }
  step.event(thread, 'MapRunSucceeded');
  thread.mapRun = undefined;
  step.event(thread, 'MapStateSucceeded');
  exitState(step, thread, exitOf(state, outcome.result, { value: outcome.result }));
}
