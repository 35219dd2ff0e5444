/** EventBridge and EventBridge Scheduler behind the wire, with the clockwork that drives schedules and deliveries. */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import {
  awsJsonService,
  type JsonOperation,
  parseJsonBody,
  type RestRoute,
  restJsonService,
  sendJson,
} from '../wire/protocols.ts';
import type { Service } from '../wire/router.ts';
import * as buses from './buses.ts';
import { deliverDue, type StartExecutionRequest, type Targets } from './delivery.ts';
import type { EventsPlane, Input } from './plane.ts';
import { putEvents, putOnBus } from './put-events.ts';
import * as rules from './rules.ts';
import * as scheduler from './scheduler.ts';
import { type Delivery, openEventStore } from './store.ts';
import * as tags from './tags.ts';
import { ticker } from './ticker.ts';

export interface EventsOptions {
  /** Where rules, schedules and deliveries are kept; the caller opens, configures and closes it. */
  readonly db: DatabaseSync;
  readonly clock: { now(): number };
  /**
   * Starts a state machine that a rule or schedule names. It may be called again with the same name, after a
   * failure or a crash; an error named ExecutionAlreadyExists then says that the first call arrived.
   */
  readonly startExecution: (request: StartExecutionRequest) => Promise<unknown>;
  /**
   * Invokes a function that a rule or schedule names; without it functions are refused as targets. `name` is the
   * same for each attempt of one delivery.
   */
  readonly invokeFunction?: (arn: string, event: unknown, name: string) => Promise<unknown>;
  /** Says whether an ARN can be invoked, so that a target without a handler is refused when it is put. */
  readonly hasFunction?: (arn: string) => boolean;
  /** How many missed occurrences of one schedule are run after a downtime: the latest ones. */
  readonly maxCatchUp?: number;
  readonly region?: string;
  readonly account?: string;
}

export interface EventsService extends Service {
  /** PutEvents from inside the process, for the Step Functions integration. */
  putEvents(input: Readonly<Record<string, unknown>>): unknown;
  /** Starts the clockwork: first what was missed or left over, then everything when it is due. */
  start(): void;
  /** Handles everything that is due now and resolves when it is delivered or put off. */
  settle(): Promise<void>;
  /** Deliveries that were given up, with the last error. */
  failedDeliveries(): readonly Delivery[];
  close(): Promise<void>;
}

/** The clockwork looks at the clock at least this often, because a virtual clock may jump. */
const LONGEST_SLEEP_MS = 1_000;
const DEFAULT_CATCH_UP = 100;

type Operation = (plane: EventsPlane, input: Input) => unknown;

/** Every operation of EventBridge that is answered here. */
export const EVENT_OPERATIONS: Readonly<Record<string, Operation>> = {
  PutEvents: putEvents,
  PutRule: rules.putRule,
  DescribeRule: rules.describeRule,
  ListRules: rules.listRules,
  EnableRule: rules.setState('ENABLED'),
  DisableRule: rules.setState('DISABLED'),
  DeleteRule: rules.deleteRule,
  PutTargets: rules.putTargets,
  RemoveTargets: rules.removeTargets,
  ListTargetsByRule: rules.listTargetsByRule,
  ListRuleNamesByTarget: rules.listRuleNamesByTarget,
  TestEventPattern: rules.testEventPattern,
  CreateEventBus: buses.createEventBus,
  DescribeEventBus: buses.describeEventBus,
  ListEventBuses: buses.listEventBuses,
  DeleteEventBus: buses.deleteEventBus,
  TagResource: tags.tagResource,
  UntagResource: tags.untagResource,
  ListTagsForResource: tags.listTagsForResource,
};

/** Every operation of EventBridge Scheduler that is answered here. */
export const SCHEDULER_OPERATIONS = [
  'CreateSchedule',
  'UpdateSchedule',
  'GetSchedule',
  'DeleteSchedule',
  'ListSchedules',
] as const;

/** Creates the service. Its tables are made in `db` where they are missing; nothing runs before `start`. */
export function createEventsService(options: EventsOptions): EventsService {
  const engine = createEngine(options);
  const { plane } = engine;
  const operations = Object.fromEntries(
    Object.entries(EVENT_OPERATIONS).map(([name, run]): [string, JsonOperation] => [
      name,
      (input) => plane.store.atomic(() => run(plane, input)),
    ]),
  );
  const events = awsJsonService({
    name: 'EventBridge',
    targetPrefix: 'AWSEvents',
    version: '1.1',
    operations,
  });
  const schedules = restJsonService('EventBridge Scheduler', schedulerRoutes(plane));
  return {
    name: 'EventBridge',
    match: (req) => events.match(req) || schedules.match(req),
    handle: (req, res) => (events.match(req) ? events : schedules).handle(req, res),
    putEvents: (input) => plane.store.atomic(() => putEvents(plane, input)),
    start: engine.start,
    settle: engine.settle,
    failedDeliveries: () => plane.store.deliveries.failed(),
    close: engine.close,
  };
}

function createEngine(options: EventsOptions) {
  const now = () => options.clock.now();
  let timer: NodeJS.Timeout | undefined;
  let started = false;
  let running: Promise<void> | undefined;
  const plane: EventsPlane = {
    store: openEventStore(options.db),
    region: options.region ?? 'us-east-1',
    account: options.account ?? '000000000000',
    canInvoke: (arn) => options.invokeFunction !== undefined && (options.hasFunction?.(arn) ?? true),
    now,
    newId: randomUUID,
    wake: () => schedule(0),
  };
  buses.ensureDefaultBus(plane);
  const ticks = ticker(plane, options.maxCatchUp ?? DEFAULT_CATCH_UP, (key, due) =>
    scheduler.scheduleOccurred(plane, key, due),
  );
  const targets: Targets = {
    startExecution: options.startExecution,
    ...(options.invokeFunction === undefined ? {} : { invokeFunction: options.invokeFunction }),
    putOnBus: (arn, input) => putOnBus(plane, arn, input),
  };
  /** One run at a time: a second caller waits for the first and then runs again. */
  const settle = async (): Promise<void> => {
    while (running !== undefined) await running;
    running = (async () => {
      ticks.runDue();
      await deliverDue(plane.store, targets, now);
    })().finally(() => {
      running = undefined;
    });
    await running;
  };
  const schedule = (delay: number) => {
    if (!started) return;
    clearTimeout(timer);
    // What failed here (a full disk) stands in the database still and is tried again.
    timer = setTimeout(() => void turn().catch(() => schedule(LONGEST_SLEEP_MS)), delay);
    timer.unref();
  };
  const turn = async () => {
    await settle();
    const due = [ticks.nextDue(), plane.store.deliveries.nextAttemptAt() ?? undefined].filter(
      (at) => at !== undefined,
    );
    if (due.length > 0) schedule(Math.min(LONGEST_SLEEP_MS, Math.max(0, Math.min(...due) - now())));
  };
  return {
    plane,
    settle,
    start: () => {
      started = true;
      schedule(0);
    },
    close: async () => {
      started = false;
      clearTimeout(timer);
      await running;
    },
  };
}

function schedulerRoutes(plane: EventsPlane): readonly RestRoute[] {
  const route = (
    method: string,
    path: string,
    run: (name: string, input: Input, query: URLSearchParams) => unknown,
  ): RestRoute => ({
    method,
    path,
    handle: async (params, req, res) => {
      const body = parseJsonBody(req.body);
      const answer = plane.store.atomic(() => run(params.name ?? '', body, req.query));
      sendJson(res, 200, answer, 'application/json');
    },
  });
  return [
    route('POST', '/schedules/{name}', (name, input) => scheduler.createSchedule(plane, name, input)),
    route('PUT', '/schedules/{name}', (name, input) => scheduler.updateSchedule(plane, name, input)),
    route('GET', '/schedules/{name}', (name) => scheduler.getSchedule(plane, name)),
    route('DELETE', '/schedules/{name}', (name) => scheduler.deleteSchedule(plane, name)),
    route('GET', '/schedules', (_name, _input, query) => scheduler.listSchedules(plane, query)),
  ];
}
