/** Puts the Step Functions service together: journal, engine, integrations and the API in front of them. */
import type { Clock } from '../clock.ts';
import { awsJsonService } from '../wire/protocols.ts';
import type { Service } from '../wire/router.ts';
import type { ApiContext, Operations } from './api/context.ts';
import { executionOperations } from './api/executions.ts';
import { machineOperations } from './api/machines.ts';
import { mapRunOperations } from './api/map-runs.ts';
import { redriveOperations } from './api/redrive.ts';
import { tagOperations } from './api/tags.ts';
import { taskOperations } from './api/tasks.ts';
import { testStateOperations } from './api/test-state.ts';
import type { CanRun } from './definition/check.ts';
import { Engine, type EngineOptions } from './engine/engine.ts';
import { MapRuns } from './engine/map-runs.ts';
import { ExecutionIds } from './engine/start.ts';
import type { BucketFolders } from './integrations/buckets.ts';
import { canRun, type Tasks } from './integrations/handlers.ts';
import { type Integration, Invoker } from './integrations/invoker.ts';
import { NestedExecutions } from './integrations/nested.ts';
import { parseResource } from './integrations/resource.ts';
import type { Journal } from './journal/store.ts';

export interface StepFunctionsOptions extends Pick<EngineOptions, 'random' | 'nonce' | 'uuid'> {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly tasks: Tasks;
  readonly buckets?: BucketFolders;
  readonly region?: string;
  readonly account?: string;
  /** Integrations by `service:action` that other services of the cloud carry out. */
  readonly integrations?: ReadonlyMap<string, Integration>;
}

export interface StepFunctions {
  readonly service: Service;
  readonly context: ApiContext;
  /** The API's operations by name, for callers inside the process. */
  readonly operations: Operations;
  /** Takes up unfinished executions; call it once every integration is in place. */
  resume(): void;
  close(): Promise<void>;
}

export function createStepFunctions(options: StepFunctionsOptions): StepFunctions {
  const { journal, clock, tasks, buckets = {}, region = 'us-east-1', account = '000000000000' } = options;
  const integrations = options.integrations ?? new Map<string, Integration>();
  const { random, nonce, uuid } = options;
  const engine = new Engine({
    journal,
    clock,
    region,
    account,
    ...(random === undefined ? {} : { random }),
    ...(nonce === undefined ? {} : { nonce }),
    ...(uuid === undefined ? {} : { uuid }),
  });
  const ids = new ExecutionIds(engine);
  const mapRuns = new MapRuns(engine, ids, buckets);
  const nested = new NestedExecutions(() => context);
  const invoker = new Invoker({
    engine,
    tasks,
    integrations,
    nested: (parameters, resource, task, from) => nested.start(parameters, resource, task, from),
  });
  const check: CanRun = (arn, functionName) => {
    const resource = parseResource(arn);
    const prefix = `arn:aws:lambda:${region}:${account}`;
    return (
      resource !== undefined && canRun(tasks, resource, functionName, prefix, new Set(integrations.keys()))
    );
  };
  const context: ApiContext = { engine, ids, mapRuns, invoker, canRun: check };
  engine.connect({
    invoke: (execution, thread) => invoker.invoke(execution, thread),
    startMapRun: (arn) => mapRuns.start(arn),
    abortMapRun: (arn) => mapRuns.abort(arn),
    taskGone: (token) => {
      nested.stop(token);
      invoker.forget(token);
    },
    sweep: () => {
      mapRuns.sweep();
      nested.sweep();
    },
    ended: (execution) => {
      mapRuns.childEnded(execution);
      nested.ended(execution);
    },
  });
  const operations = {
    ...machineOperations(context),
    ...executionOperations(context),
    ...taskOperations(context),
    ...redriveOperations(context),
    ...mapRunOperations(context),
    ...tagOperations(context),
    ...testStateOperations(context),
  };
  const service = awsJsonService({
    name: 'AWS Step Functions',
    targetPrefix: 'AWSStepFunctions',
    version: '1.0',
    operations,
  });
  return {
    service,
    context,
    operations,
    resume: () => engine.resume(),
    close: async () => {
      engine.close();
      await invoker.close();
    },
  };
}
