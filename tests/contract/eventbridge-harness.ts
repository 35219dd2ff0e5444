/** An EventBridge service on a free port and the unmodified SDK clients in front of it, for the contract tests. */
import { DatabaseSync } from 'node:sqlite';
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { StartExecutionRequest } from '#local/events/delivery.ts';
import { createEventsService, type EventsOptions } from '#local/events/service.ts';
import { listen } from '#local/wire/server.ts';

export const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:usage';
export const HOUR = 3_600_000;

interface HarnessOptions extends Pick<EventsOptions, 'maxCatchUp' | 'invokeFunction' | 'hasFunction'> {
  readonly db?: DatabaseSync;
  readonly ms?: number;
  readonly fail?: (request: StartExecutionRequest, attempt: number) => Error | undefined;
}

/** Starts the service. `clock.ms` is its time and may be moved. Close it with `await using`. */
export async function startEvents(options: HarnessOptions = {}) {
  const db = options.db ?? new DatabaseSync(':memory:');
  const clock = { ms: options.ms ?? Date.parse('2026-01-01T00:00:00Z'), now: () => clock.ms };
  const started: StartExecutionRequest[] = [];
  const attempts: StartExecutionRequest[] = [];
  const service = createEventsService({
    db,
    clock,
    ...(options.maxCatchUp === undefined ? {} : { maxCatchUp: options.maxCatchUp }),
    ...(options.invokeFunction === undefined ? {} : { invokeFunction: options.invokeFunction }),
    ...(options.hasFunction === undefined ? {} : { hasFunction: options.hasFunction }),
    startExecution: async (request) => {
      attempts.push(request);
      const error = options.fail?.(request, attempts.length);
      if (error !== undefined) throw error;
      started.push(request);
    },
  });
  const server = await listen(0, [service]);
  const config = {
    endpoint: server.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  };
  const client = new EventBridgeClient(config);
  const schedules = new SchedulerClient(config);
  return {
    client,
    schedules,
    service,
    clock,
    started,
    attempts,
    async [Symbol.asyncDispose]() {
      client.destroy();
      schedules.destroy();
      await server.close();
      await service.close();
    },
  };
}

export type Cloud = Awaited<ReturnType<typeof startEvents>>;

export const CLOSED: PutEventsRequestEntry = {
  Source: 'lake',
  DetailType: 'Partition Closed',
  Detail: '{"dataset":"usage","day":"2026-01-01"}',
};

/** A rule `closed` with one target. */
export async function rule(
  cloud: Cloud,
  target: Partial<Target> = {},
  pattern: object = { source: ['lake'] },
) {
  await cloud.client.send(new PutRuleCommand({ Name: 'closed', EventPattern: JSON.stringify(pattern) }));
  await cloud.client.send(
    new PutTargetsCommand({ Rule: 'closed', Targets: [{ Id: 'machine', Arn: MACHINE, ...target }] }),
  );
}
export const put = (cloud: Cloud, ...Entries: PutEventsRequestEntry[]) =>
  cloud.client.send(new PutEventsCommand({ Entries }));
