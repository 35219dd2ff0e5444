/** Starts the embedded cloud: AWS's own protocols on one local port, with executions that survive a restart. */
import { randomUUID } from 'node:crypto';
import type { GuardrailDefinition } from './bedrock/guardrails/definition.ts';
import type { AgentModel } from './bedrock/model.ts';
import type { LoopLimits } from './bedrock/run.ts';
import { createBedrockService } from './bedrock/service.ts';
import { type Clock, realClock, virtualClock } from './clock.ts';
import { createEventsService } from './events/service.ts';
import type { BucketFolders } from './stepfunctions/integrations/buckets.ts';
import type { Tasks } from './stepfunctions/integrations/handlers.ts';
import type { Integration } from './stepfunctions/integrations/invoker.ts';
import { putEvents } from './stepfunctions/integrations/put-events.ts';
import { Journal } from './stepfunctions/journal/store.ts';
import { createStepFunctions } from './stepfunctions/service.ts';
import type { Service } from './wire/router.ts';
import { listen } from './wire/server.ts';

export interface LocalCloudOptions {
  /** 0 picks a free port. */
  readonly port: number;
  /** Folder of the journal. Without it everything is forgotten when the process ends. */
  readonly dataDir?: string;
  /** Folder by S3 bucket name. */
  readonly buckets?: BucketFolders;
  /** Handlers by ARN; see `Tasks`. */
  readonly tasks: Tasks;
  /** Models that agents may name as their foundation model, by model id. */
  readonly models?: Readonly<Record<string, AgentModel>>;
  /** Guardrails that agents may name, by id. */
  readonly guardrails?: Readonly<Record<string, GuardrailDefinition>>;
  /** Limits of every turn of an agent: model calls, tokens, seconds. */
  readonly agentLimits?: Partial<LoopLimits>;
  /** `virtual` makes waits, retries and timeouts elapse at once. */
  readonly clock?: 'real' | 'virtual' | Clock;
}

export interface LocalCloud {
  /** What to set `AWS_ENDPOINT_URL` to. */
  readonly endpoint: string;
  /** Stops listening and leaves unfinished executions in the journal, where the next start finds them. */
  close(): Promise<void>;
}

function clockOf(clock: LocalCloudOptions['clock']): Clock {
  if (clock === 'virtual') return virtualClock();
  return clock === undefined || clock === 'real' ? realClock() : clock;
}

/**
 * Starts the embedded cloud on 127.0.0.1. Unfinished executions of the data folder go on by themselves.
 * Throws DataFolderInUse when another process works on the folder.
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const clock = clockOf(options.clock);
  const journal = new Journal(options.dataDir === undefined ? {} : { dataDir: options.dataDir });
  const integrations = new Map<string, Integration>();
  const stepFunctions = createStepFunctions({
    journal,
    clock,
    tasks: options.tasks,
    integrations,
    ...(options.buckets === undefined ? {} : { buckets: options.buckets }),
  });
  const { invoker } = stepFunctions.context;
  const invokeFunction = (arn: string, payload: unknown, idempotencyKey: string) =>
    invoker.invokeFunction(arn, payload, { execution: '', state: '', attempt: 1, idempotencyKey });
  const events = createEventsService({
    db: journal.db,
    clock,
    startExecution: async (request) => stepFunctions.operations.StartExecution?.({ ...request }),
    // The name of a delivery is the same for each attempt.
    invokeFunction: (arn, payload, name) => invokeFunction(arn, payload, name),
    hasFunction: (arn) => invoker.hasFunction(arn),
  });
  integrations.set('events:putEvents', async (parameters) => putEvents(events, parameters));
  const bedrock = createBedrockService({
    db: journal.db,
    clock,
    models: options.models ?? {},
    invokeFunction: (arn, payload) => invokeFunction(arn, payload, randomUUID()),
    hasFunction: (arn) => invoker.hasFunction(arn),
    ...(options.guardrails === undefined ? {} : { guardrails: options.guardrails }),
    ...(options.agentLimits === undefined ? {} : { limits: options.agentLimits }),
    ...(options.buckets === undefined ? {} : { buckets: options.buckets }),
  });
  const services: Service[] = [stepFunctions.service, bedrock, events];
  try {
    const server = await listen(options.port, services);
    stepFunctions.resume();
    events.start();
    return {
      endpoint: server.endpoint,
      close: async () => {
        await server.close();
        for (const service of services) await service.close?.();
        await stepFunctions.close();
        journal.close();
      },
    };
  } catch (thrown) {
    await stepFunctions.close();
    journal.close();
    throw thrown;
  }
}
