import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeMapRunCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListMapRunsCommand,
  ListStateMachinesCommand,
  ListTagsForResourceCommand,
  RedriveExecutionCommand,
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StopExecutionCommand,
  TagResourceCommand,
  TestStateCommand,
  UntagResourceCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn';
import { FUNCTION, MACHINE, ROLE, startTestCloud, type TestCloud } from './stepfunctions-cloud.ts';

let at: TestCloud;
beforeAll(async () => {
  at = await startTestCloud();
});
afterAll(async () => {
  await at.close();
});

const pass = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };
const ask = {
  StartAt: 'Ask',
  States: {
    Ask: {
      Type: 'Task',
      Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken',
      Arguments: { FunctionName: `${FUNCTION}ask`, Payload: { token: '{% $states.context.Task.Token %}' } },
      End: true,
    },
  },
};
const task = (name: string, more: Record<string, unknown> = {}) => ({
  StartAt: 'T',
  States: { T: { Type: 'Task', Resource: FUNCTION + name, End: true, ...more } },
});
const jsonata = (definition: Record<string, unknown>) =>
  JSON.stringify({ QueryLanguage: 'JSONata', ...definition });
const GONE = 'arn:aws:states:us-east-1:000000000000:execution:nobody:nothing';

describe('state machines', () => {
  test('create is idempotent for the same definition and refuses another one under the same name', async () => {
    const create = (definition: string) =>
      at.client.send(new CreateStateMachineCommand({ name: 'same', roleArn: ROLE, definition }));
    const first = await create(jsonata(pass));
    expect(await create(jsonata(pass))).toMatchObject({
      stateMachineArn: first.stateMachineArn,
      creationDate: first.creationDate,
    });
    await expect(create(jsonata(ask))).rejects.toMatchObject({ name: 'StateMachineAlreadyExists' });
  });

  test('describe gives back the definition byte for byte, and update replaces it', async () => {
    const stateMachineArn = await at.create(pass);
    const before = await at.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(before).toMatchObject({
      definition: jsonata(pass),
      status: 'ACTIVE',
      type: 'STANDARD',
      roleArn: ROLE,
    });
    const updated = await at.client.send(
      new UpdateStateMachineCommand({ stateMachineArn, definition: jsonata(ask) }),
    );
    expect(updated.updateDate).toBeInstanceOf(Date);
    const after = await at.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(after).toMatchObject({ definition: jsonata(ask), revisionId: updated.revisionId });
  });

  test('a running execution keeps the definition it was started with', async () => {
    const stateMachineArn = await at.create(ask);
    const executionArn = await at.start(stateMachineArn);
    const token = await at.token();
    await at.client.send(new UpdateStateMachineCommand({ stateMachineArn, definition: jsonata(pass) }));
    const used = await at.client.send(new DescribeStateMachineForExecutionCommand({ executionArn }));
    expect(used.definition).toBe(jsonata(ask));
    await at.client.send(new SendTaskSuccessCommand({ taskToken: token, output: '"ok"' }));
    expect(await at.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '"ok"' });
  });

  test('list pages through all machines', async () => {
    await at.create(pass);
    const names: (string | undefined)[] = [];
    let nextToken: string | undefined;
    do {
      const page = await at.client.send(new ListStateMachinesCommand({ maxResults: 2, nextToken }));
      names.push(...(page.stateMachines ?? []).map((machine) => machine.name));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('same');
  });

  test('delete stops its executions, and deleting again succeeds', async () => {
    const stateMachineArn = await at.create(ask);
    const executionArn = await at.start(stateMachineArn);
    await at.token();
    await at.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
    expect(await at.ended(executionArn)).toMatchObject({ status: 'ABORTED' });
    await at.client.send(new DeleteStateMachineCommand({ stateMachineArn }));
    const describe = at.client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    await expect(describe).rejects.toMatchObject({ name: 'StateMachineDoesNotExist' });
  });

  test('tags are kept, listed and removed', async () => {
    const resourceArn = await at.create(pass);
    await at.client.send(
      new TagResourceCommand({
        resourceArn,
        tags: [
          { key: 'a', value: '1' },
          { key: 'b', value: '2' },
        ],
      }),
    );
    await at.client.send(new UntagResourceCommand({ resourceArn, tagKeys: ['a'] }));
    const { tags } = await at.client.send(new ListTagsForResourceCommand({ resourceArn }));
    expect(tags).toEqual([{ key: 'b', value: '2' }]);
  });

  test('validate reports what is wrong, where, and why', async () => {
    const definition = jsonata({
      StartAt: 'P',
      States: { P: { Type: 'Pass', Output: '{% phone %}', End: true } },
    });
    const reply = await at.client.send(new ValidateStateMachineDefinitionCommand({ definition }));
    expect(reply.result).toBe('FAIL');
    expect(reply.diagnostics).toEqual([
      {
        severity: 'ERROR',
        code: 'UNSUPPORTED_JSONATA_EXPRESSION',
        message: "Reference to 'phone' at the top level is not supported.",
        location: '/States/P/Output',
      },
    ]);
    const good = await at.client.send(
      new ValidateStateMachineDefinitionCommand({ definition: jsonata(pass) }),
    );
    expect(good).toMatchObject({ result: 'OK', diagnostics: [] });
  });
});

describe('executions', () => {
  test('the same name and input while running is the same execution; otherwise it exists already', async () => {
    const stateMachineArn = await at.create(ask);
    const start = (input: string) =>
      at.client.send(new StartExecutionCommand({ stateMachineArn, name: 'one', input }));
    const first = await start('{}');
    expect(await start('{}')).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
    await expect(start('{"other":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await at.client.send(new SendTaskSuccessCommand({ taskToken: await at.token(), output: '{}' }));
    await at.ended(first.executionArn ?? '');
    await expect(start('{}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  test('stop without error and cause leaves both out', async () => {
    const executionArn = await at.start(await at.create(ask));
    await at.token();
    await at.client.send(new StopExecutionCommand({ executionArn }));
    const description = await at.ended(executionArn);
    expect(description.status).toBe('ABORTED');
    expect(description).not.toHaveProperty('error');
    expect((await at.events(executionArn)).at(-1)).toMatchObject({
      type: 'ExecutionAborted',
      executionAbortedEventDetails: {},
    });
  });

  test('history pages forwards and backwards, with and without data', async () => {
    const description = await at.run(task('echo'), { n: 1 });
    const { executionArn } = description;
    const page = await at.client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 3 }));
    expect(page.events?.map((event) => event.id)).toEqual([1, 2, 3]);
    const rest = await at.client.send(
      new GetExecutionHistoryCommand({ executionArn, nextToken: page.nextToken }),
    );
    expect(rest.events?.map((event) => event.id)).toEqual([4, 5, 6, 7]);
    const back = await at.client.send(
      new GetExecutionHistoryCommand({
        executionArn,
        reverseOrder: true,
        maxResults: 1,
        includeExecutionData: false,
      }),
    );
    expect(back.events?.[0]).toMatchObject({ type: 'ExecutionSucceeded' });
    expect(back.events?.[0]?.executionSucceededEventDetails?.output).toBeUndefined();
  });

  test('list filters by status, newest first', async () => {
    const stateMachineArn = await at.create(pass);
    for (const n of [1, 2]) await at.ended(await at.start(stateMachineArn, { n }));
    const { executions } = await at.client.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: 'SUCCEEDED' }),
    );
    expect(executions).toHaveLength(2);
    const failed = await at.client.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: 'FAILED' }),
    );
    expect(failed.executions).toEqual([]);
  });

  test('redrive goes on from the failed state and counts', async () => {
    const definition = {
      StartAt: 'Before',
      States: {
        Before: { Type: 'Pass', Assign: { kept: 5 }, Next: 'T' },
        T: {
          Type: 'Task',
          Resource: `${FUNCTION}flaky`,
          Arguments: { failures: 1 },
          Output: '{% $kept %}',
          End: true,
        },
      },
    };
    const failed = await at.run(definition);
    expect(failed).toMatchObject({ status: 'FAILED', error: 'Flaky', redriveStatus: 'REDRIVABLE' });
    const { executionArn = '' } = failed;
    await at.client.send(new RedriveExecutionCommand({ executionArn }));
    expect(await at.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '5', redriveCount: 1 });
    const types = (await at.events(executionArn)).map((event) => event.type);
    expect(types.filter((type) => type === 'PassStateEntered')).toHaveLength(1);
    expect(types).toContain('ExecutionRedriven');
    const again = at.client.send(new RedriveExecutionCommand({ executionArn }));
    await expect(again).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
  });
});

describe('callback tasks', () => {
  test('a token works once', async () => {
    const executionArn = await at.start(await at.create(ask));
    const taskToken = await at.token();
    await at.client.send(new SendTaskSuccessCommand({ taskToken, output: '{"ok":true}' }));
    expect(await at.ended(executionArn)).toMatchObject({ output: '{"ok":true}' });
    const again = at.client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
    await expect(again).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  test('a failure carries its error and cause', async () => {
    const executionArn = await at.start(await at.create(ask));
    const taskToken = await at.token();
    await at.client.send(new SendTaskFailureCommand({ taskToken, error: 'Refused', cause: 'by hand' }));
    expect(await at.ended(executionArn)).toMatchObject({
      status: 'FAILED',
      error: 'Refused',
      cause: 'by hand',
    });
  });

  test('a token after its timeout is refused, and the task failed with States.Timeout', async () => {
    const state = { ...ask.States.Ask, TimeoutSeconds: 60 };
    const executionArn = await at.start(await at.create({ StartAt: 'Ask', States: { Ask: state } }));
    const taskToken = await at.token();
    expect(await at.ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    const late = at.client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
    await expect(late).rejects.toMatchObject({ name: 'TaskTimedOut' });
  });

  test('heartbeats that stay away fail the task', async () => {
    const state = { ...ask.States.Ask, TimeoutSeconds: 6000, HeartbeatSeconds: 60 };
    const executionArn = await at.start(await at.create({ StartAt: 'Ask', States: { Ask: state } }));
    await at.client.send(new SendTaskHeartbeatCommand({ taskToken: await at.token() }));
    expect(await at.ended(executionArn)).toMatchObject({
      status: 'FAILED',
      error: 'States.HeartbeatTimeout',
    });
  });
});

describe('map runs', () => {
  const spread = (processor: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
    StartAt: 'M',
    States: {
      M: {
        Type: 'Map',
        Items: [1, 2, 3],
        ItemProcessor: {
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'C',
          States: { C: processor },
        },
        End: true,
        ...more,
      },
    },
  });
  const failsOnTwo = { Type: 'Task', Resource: `${FUNCTION}fail`, Arguments: { name: 'Two' }, End: true };

  test('a map run is described and its children are listed', async () => {
    const description = await at.run(spread({ Type: 'Pass', Output: '{% $states.input * 10 %}', End: true }));
    expect(description).toMatchObject({ status: 'SUCCEEDED', output: '[10,20,30]' });
    const { executionArn } = description;
    const { mapRuns } = await at.client.send(new ListMapRunsCommand({ executionArn }));
    const mapRunArn = mapRuns?.[0]?.mapRunArn;
    const run = await at.client.send(new DescribeMapRunCommand({ mapRunArn }));
    expect(run).toMatchObject({
      status: 'SUCCEEDED',
      executionArn,
      itemCounts: { total: 3, succeeded: 3, failed: 0 },
    });
    const { executions } = await at.client.send(new ListExecutionsCommand({ mapRunArn }));
    expect(executions?.map((execution) => execution.status)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  });

  test('one failure more than is tolerated fails the state', async () => {
    const description = await at.run(spread(failsOnTwo, { ToleratedFailureCount: 2 }));
    expect(description).toMatchObject({
      status: 'FAILED',
      error: 'States.ExceedToleratedFailureThreshold',
      cause: 'The specified tolerated failure threshold was exceeded',
    });
    const types = (await at.events(description.executionArn ?? '')).map((event) => event.type);
    expect(types.slice(-4)).toEqual(['MapRunStarted', 'MapRunFailed', 'MapStateFailed', 'ExecutionFailed']);
  });

  test('as many failures as are tolerated do not', async () => {
    const description = await at.run(spread(failsOnTwo, { ToleratedFailurePercentage: 100 }));
    expect(description).toMatchObject({ status: 'SUCCEEDED', output: '[]' });
  });

  test('stopping the execution stops its map run and the children', async () => {
    const never = { Type: 'Task', Resource: `${FUNCTION}never`, End: true };
    const executionArn = await at.start(await at.create(spread(never, { MaxConcurrency: 2 })));
    let mapRunArn: string | undefined;
    let running = 0;
    while (running < 2) {
      const { mapRuns } = await at.client.send(new ListMapRunsCommand({ executionArn }));
      mapRunArn = mapRuns?.[0]?.mapRunArn;
      if (mapRunArn === undefined) continue;
      const { executionCounts } = await at.client.send(new DescribeMapRunCommand({ mapRunArn }));
      running = executionCounts?.running ?? 0;
    }
    await at.client.send(new StopExecutionCommand({ executionArn }));
    const run = await at.client.send(new DescribeMapRunCommand({ mapRunArn }));
    expect(run).toMatchObject({ status: 'ABORTED', executionCounts: { aborted: 3, running: 0, pending: 0 } });
  });
});

describe('TestState', () => {
  const state = (more: Record<string, unknown>) =>
    JSON.stringify({
      QueryLanguage: 'JSONata',
      Type: 'Task',
      Resource: `${FUNCTION}echo`,
      Next: 'Other',
      ...more,
    });
  test.each([
    ['a state that works', {}, undefined, { status: 'SUCCEEDED', nextState: 'Other', output: '{"n":1}' }],
    ['a mocked result', {}, { result: '{"mocked":2}' }, { status: 'SUCCEEDED', output: '{"mocked":2}' }],
    [
      'a mocked error',
      {},
      { errorOutput: { error: 'E', cause: 'c' } },
      { status: 'FAILED', error: 'E', cause: 'c' },
    ],
    [
      'an error that is retried',
      { Retry: [{ ErrorEquals: ['E'] }] },
      { errorOutput: { error: 'E' } },
      { status: 'RETRIABLE', error: 'E' },
    ],
    [
      'an error that is caught',
      { Catch: [{ ErrorEquals: ['E'], Next: 'Mend' }] },
      { errorOutput: { error: 'E' } },
      { status: 'CAUGHT_ERROR', nextState: 'Mend' },
    ],
  ])('%s', async (_name, more, mock, expected) => {
    const definition = state(more);
    const command = new TestStateCommand({
      definition,
      roleArn: ROLE,
      input: '{"n":1}',
      ...(mock === undefined ? {} : { mock }),
    });
    expect(await at.client.send(command)).toMatchObject(expected);
  });
});

describe('refusals have the names AWS gives them', () => {
  const machine = { StartAt: 'P', States: { P: { Type: 'Pass', End: true } } };
  const big = JSON.stringify('x'.repeat(262_145));
  test.each([
    [
      'a machine name with a space',
      new CreateStateMachineCommand({ name: 'a b', roleArn: ROLE, definition: jsonata(machine) }),
      'InvalidName',
    ],
    [
      'a machine name of 81 characters',
      new CreateStateMachineCommand({ name: 'a'.repeat(81), roleArn: ROLE, definition: jsonata(machine) }),
      'InvalidName',
    ],
    [
      'a definition that is not JSON',
      new CreateStateMachineCommand({ name: 'x', roleArn: ROLE, definition: '{' }),
      'InvalidDefinition',
    ],
    [
      'a JSONPath state',
      new CreateStateMachineCommand({ name: 'x', roleArn: ROLE, definition: JSON.stringify(machine) }),
      'InvalidDefinition',
    ],
    [
      'a definition over 1 MiB',
      new CreateStateMachineCommand({
        name: 'x',
        roleArn: ROLE,
        definition: jsonata({ ...machine, Comment: 'x'.repeat(1_048_577) }),
      }),
      'ValidationException',
    ],
    [
      'an express machine',
      new CreateStateMachineCommand({
        name: 'x',
        roleArn: ROLE,
        definition: jsonata(machine),
        type: 'EXPRESS',
      }),
      'StateMachineTypeNotSupported',
    ],
    [
      'describing a machine that is not there',
      new DescribeStateMachineCommand({ stateMachineArn: `${MACHINE}none` }),
      'StateMachineDoesNotExist',
    ],
    ['an ARN of another kind', new DescribeStateMachineCommand({ stateMachineArn: GONE }), 'InvalidArn'],
    [
      'updating nothing',
      new UpdateStateMachineCommand({ stateMachineArn: `${MACHINE}same` }),
      'MissingRequiredParameter',
    ],
    [
      'starting a machine that is not there',
      new StartExecutionCommand({ stateMachineArn: `${MACHINE}none` }),
      'StateMachineDoesNotExist',
    ],
    [
      'input that is not JSON',
      new StartExecutionCommand({ stateMachineArn: `${MACHINE}same`, input: '{' }),
      'InvalidExecutionInput',
    ],
    [
      'input over 256 KiB',
      new StartExecutionCommand({ stateMachineArn: `${MACHINE}same`, input: big }),
      'ValidationException',
    ],
    [
      'an execution name with a slash',
      new StartExecutionCommand({ stateMachineArn: `${MACHINE}same`, name: 'a/b' }),
      'InvalidName',
    ],
    [
      'describing an execution that is not there',
      new DescribeExecutionCommand({ executionArn: GONE }),
      'ExecutionDoesNotExist',
    ],
    [
      'stopping an execution that is not there',
      new StopExecutionCommand({ executionArn: GONE }),
      'ExecutionDoesNotExist',
    ],
    [
      'redriving an execution that is not there',
      new RedriveExecutionCommand({ executionArn: GONE }),
      'ExecutionDoesNotExist',
    ],
    [
      'history of an execution that is not there',
      new GetExecutionHistoryCommand({ executionArn: GONE }),
      'ExecutionDoesNotExist',
    ],
    ['listing executions of nothing', new ListExecutionsCommand({}), 'ValidationException'],
    [
      'a page token that was not given out',
      new ListStateMachinesCommand({ nextToken: '%%%' }),
      'InvalidToken',
    ],
    [
      'a task token that was not given out',
      new SendTaskSuccessCommand({ taskToken: 'nonsense', output: '{}' }),
      'InvalidToken',
    ],
    [
      'a task output that is not JSON',
      new SendTaskSuccessCommand({ taskToken: 'nonsense', output: '{' }),
      'InvalidOutput',
    ],
    [
      'an error name of 257 characters',
      new SendTaskFailureCommand({ taskToken: 'x', error: 'e'.repeat(257) }),
      'ValidationException',
    ],
    [
      'a task token of 2,049 characters',
      new SendTaskHeartbeatCommand({ taskToken: 't'.repeat(2_049) }),
      'ValidationException',
    ],
    [
      'a map run that is not there',
      new DescribeMapRunCommand({ mapRunArn: 'arn:aws:states:us-east-1:000000000000:mapRun:m/l:u' }),
      'ResourceNotFound',
    ],
    [
      'tags of a machine that is not there',
      new ListTagsForResourceCommand({ resourceArn: `${MACHINE}none` }),
      'ResourceNotFound',
    ],
  ])('%s: %#', async (_what, command, name) => {
    await expect(at.client.send(command as DescribeExecutionCommand)).rejects.toMatchObject({ name });
  });
});
