/** How fast the embedded Step Functions runs, and what a waiting execution costs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { realClock } from '#local/clock.ts';
import { Journal } from '#local/stepfunctions/journal/store.ts';
import { createStepFunctions, type StepFunctions } from '#local/stepfunctions/service.ts';
import type { Benchmark, Measurement } from './benchmark.ts';

const FUNCTION = 'arn:aws:lambda:us-east-1:000000000000:function:echo';
const ROLE = 'arn:aws:iam::000000000000:role/bench';
const EXECUTIONS = 100;
const ROUNDS = 50;
const STATES_PER_ROUND = 3;
const WAITING = 20_000;

interface Cloud {
  readonly sfn: StepFunctions;
  call(operation: string, input: unknown): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/** The runtime without the wire: the port costs under a millisecond a call and is measured by nobody here. */
function open(dataDir: string | undefined): Cloud {
  const journal = new Journal(dataDir === undefined ? {} : { dataDir });
  const tasks = { [FUNCTION]: async (payload: unknown) => payload };
  const sfn = createStepFunctions({ journal, clock: realClock(), tasks });
  return {
    sfn,
    call: async (operation, input) => {
      const run = sfn.operations[operation];
      if (run === undefined) throw new Error(`no operation ${operation}`);
      return (await run(input as Record<string, unknown>)) as Record<string, unknown>;
    },
    close: async () => {
      await sfn.close();
      journal.close();
    },
  };
}

async function withCloud<T>(durable: boolean, work: (cloud: Cloud) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const cloud = open(durable ? folder : undefined);
  try {
    return await work(cloud);
  } finally {
    await cloud.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function create(cloud: Cloud, definition: Record<string, unknown>): Promise<string> {
  const text = JSON.stringify({ QueryLanguage: 'JSONata', ...definition });
  const { stateMachineArn } = await cloud.call('CreateStateMachine', {
    name: 'bench',
    roleArn: ROLE,
    definition: text,
  });
  return String(stateMachineArn);
}

/** Starts executions and waits until all have ended; seconds. */
async function runAll(cloud: Cloud, stateMachineArn: string, inputs: readonly unknown[]): Promise<number> {
  const { engine } = cloud.sfn.context;
  const started = performance.now();
  const all = inputs.map(async (input, index) => {
    await cloud.call('StartExecution', { stateMachineArn, name: `e${index}`, input: JSON.stringify(input) });
    const row = engine.journal.get<{ id: number; status: string }>(
      'select id, status from executions where name = ?',
      `e${index}`,
    );
    if (row?.status === 'RUNNING') await engine.whenEnded(row.id);
  });
  await Promise.all(all);
  return (performance.now() - started) / 1000;
}

const LOOP = {
  StartAt: 'Call',
  States: {
    Call: { Type: 'Task', Resource: FUNCTION, Arguments: { n: '{% $states.input.n %}' }, Next: 'Count' },
    Count: { Type: 'Pass', Output: { n: '{% $states.input.n - 1 %}' }, Next: 'More' },
    More: {
      Type: 'Choice',
      Choices: [{ Condition: '{% $states.input.n > 0 %}', Next: 'Call' }],
      Default: 'Done',
    },
    Done: { Type: 'Succeed' },
  },
};

async function transitionsPerSecond(durable: boolean): Promise<number> {
  return withCloud(durable, async (cloud) => {
    const arn = await create(cloud, LOOP);
    const seconds = await runAll(
      cloud,
      arn,
      Array.from({ length: EXECUTIONS }, () => ({ n: ROUNDS })),
    );
    return (EXECUTIONS * (ROUNDS * STATES_PER_ROUND + 1)) / seconds;
  });
}

async function mapSeconds(items: number): Promise<number> {
  return withCloud(true, async (cloud) => {
    const processor = {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'One',
      States: { One: { Type: 'Task', Resource: FUNCTION, End: true } },
    };
    const map = {
      Type: 'Map',
      Items: `{% [1..${items}] %}`,
      ItemProcessor: processor,
      Output: '{% $count($states.result) %}',
      End: true,
    };
    return runAll(cloud, await create(cloud, { StartAt: 'Map', States: { Map: map } }), [{}]);
  });
}

/** Bytes of memory per execution that waits for a token. */
async function bytesPerWaiting(): Promise<number> {
  return withCloud(true, async (cloud) => {
    const token = { token: '{% $states.context.Task.Token %}' };
    const ask = {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: FUNCTION, Payload: token },
      TimeoutSeconds: 1_209_600,
      End: true,
    };
    const arn = await create(cloud, { StartAt: 'Ask', States: { Ask: ask } });
    const memory = async () => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      globalThis.gc?.();
      return process.memoryUsage().rss;
    };
    const before = await memory();
    for (let start = 0; start < WAITING; start += 500) {
      const names = Array.from({ length: 500 }, (_, index) => `w${start + index}`);
      await Promise.all(
        names.map((name) =>
          cloud.call('StartExecution', { stateMachineArn: arn, name, input: '{"case":"C-1"}' }),
        ),
      );
    }
    return Math.max(0, ((await memory()) - before) / WAITING);
  });
}

export const benchmark: Benchmark = {
  name: 'Embedded Step Functions',
  run: async (progress): Promise<readonly Measurement[]> => {
    const alone = { baseline: null };
    progress('state transitions');
    const durable = await transitionsPerSecond(true);
    const memory = await transitionsPerSecond(false);
    progress('distributed Map');
    const small = await mapSeconds(1_000);
    const large = await mapSeconds(10_000);
    progress('waiting executions');
    const bytes = await bytesPerWaiting();
    return [
      { work: 'State transitions, durable journal', ...alone, value: durable, unit: '/s', goal: '>= 1,000' },
      {
        work: 'State transitions, journal in memory',
        ...alone,
        value: memory,
        unit: '/s',
        goal: '>= 10,000',
      },
      { work: 'Distributed Map of 10,000 items', ...alone, value: large, unit: 's', goal: 'completes' },
      {
        work: 'Distributed Map, 10,000 items',
        baseline: '10 x the time of 1,000 items',
        value: large / (small * 10),
        unit: 'x',
        goal: '<= 2',
      },
      {
        work: `Memory of one of ${WAITING.toLocaleString('en-US')} executions that wait for a token`,
        ...alone,
        value: bytes / 1024,
        unit: 'KiB',
        goal: '< 20',
      },
    ];
  },
};
