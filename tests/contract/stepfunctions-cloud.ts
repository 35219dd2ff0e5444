/** An embedded cloud with a few functions, and an unmodified SDK client in front of it. */
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '#local/index.ts';

export const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:';
export const ROLE = 'arn:aws:iam::000000000000:role/contract';
export const MACHINE = 'arn:aws:states:us-east-1:000000000000:stateMachine:';

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

export interface TestCloud {
  readonly cloud: LocalCloud;
  readonly client: SFNClient;
  /** Tokens that functions were called with, oldest first. */
  readonly tokens: string[];
  create(definition: Record<string, unknown>): Promise<string>;
  start(machineArn: string, input?: unknown): Promise<string>;
  /** Creates a machine, runs it to its end and gives back what became of it. */
  run(definition: Record<string, unknown>, input?: unknown): Promise<DescribeExecutionCommandOutput>;
  ended(executionArn: string): Promise<DescribeExecutionCommandOutput>;
  events(executionArn: string): Promise<HistoryEvent[]>;
  token(): Promise<string>;
  close(): Promise<void>;
}

/** How long an execution is asked for at short intervals. */
const EAGER_MS = 3_000;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export async function startTestCloud(options: Partial<LocalCloudOptions> = {}): Promise<TestCloud> {
  const tokens: string[] = [];
  const flaky = new Map<string, number>();
  const tasks = {
    [`${FUNCTION}echo`]: (payload: unknown) => payload,
    [`${FUNCTION}ask`]: (payload: unknown) => {
      tokens.push((payload as { token: string }).token);
      return {};
    },
    [`${FUNCTION}fail`]: (payload: unknown) => {
      throw named((payload as { name?: string }).name ?? 'Refused', 'no reason');
    },
    [`${FUNCTION}flaky`]: (payload: unknown, context: { execution: string }) => {
      const tries = (flaky.get(context.execution) ?? 0) + 1;
      flaky.set(context.execution, tries);
      if (tries <= (payload as { failures: number }).failures) throw named('Flaky', `try ${tries}`);
      return { tries };
    },
    [`${FUNCTION}context`]: (_payload: unknown, context: unknown) => context,
    [`${FUNCTION}big`]: () => 'x'.repeat(262_145),
    [`${FUNCTION}never`]: () => new Promise(() => {}),
    'arn:aws:states:::sqs:sendMessage': (payload: unknown) => ({ MessageId: 'm-1', sent: payload }),
    ...options.tasks,
  };
  const cloud = await startLocalCloud({ port: 0, clock: 'virtual', ...options, tasks });
  const client = new SFNClient({
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    disableHostPrefix: true,
    maxAttempts: 1,
  });
  let machines = 0;
  const self: TestCloud = {
    cloud,
    client,
    tokens,
    create: async (definition) => {
      machines += 1;
      const text = JSON.stringify({ QueryLanguage: 'JSONata', ...definition });
      const command = new CreateStateMachineCommand({
        name: `machine-${machines}`,
        roleArn: ROLE,
        definition: text,
      });
      return (await client.send(command)).stateMachineArn ?? '';
    },
    start: async (stateMachineArn, input = {}) => {
      const command = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) });
      return (await client.send(command)).executionArn ?? '';
    },
    run: async (definition, input) => self.ended(await self.start(await self.create(definition), input)),
    ended: async (executionArn) => {
      // Asking ever more rarely: a caller that keeps a slow machine busy would hold up virtual time, which passes
      // a running handler's deadline only once the process does nothing.
      const since = Date.now();
      for (;;) {
        const description = await client.send(new DescribeExecutionCommand({ executionArn }));
        if (description.status !== 'RUNNING') return description;
        await pause(Date.now() - since < EAGER_MS ? 3 : 400);
      }
    },
    events: async (executionArn) => {
      const reply = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
      return reply.events ?? [];
    },
    token: async () => {
      while (tokens.length === 0) await pause(3);
      // The request has to be recorded as submitted before a worker would normally answer.
      await pause(10);
      return tokens.shift() ?? '';
    },
    close: async () => {
      client.destroy();
      await cloud.close();
    },
  };
  return self;
}
