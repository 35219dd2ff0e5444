/** What executions do, as their histories tell it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FUNCTION, startTestCloud, type TestCloud } from './stepfunctions-cloud.ts';

const folder = mkdtempSync(join(tmpdir(), 'behaviour-'));
const module = new URL('./fixtures/worker-handlers.mjs', import.meta.url);
let at: TestCloud;

beforeAll(async () => {
  mkdirSync(join(folder, 'in'));
  writeFileSync(join(folder, 'in', 'items.json'), '[{"n":1},{"n":2}]');
  writeFileSync(join(folder, 'in', 'nested.json'), '{"data":{"rows":[5,6]}}');
  writeFileSync(join(folder, 'in', 'items.jsonl'), '{"n":1}\n\n{"n":2}\n');
  writeFileSync(join(folder, 'in', 'items.csv'), 'id,text\n1,"a, ""b"""\r\n2,c\n');
  at = await startTestCloud({
    buckets: { lake: folder },
    tasks: { [`${FUNCTION}worker`]: { module, timeoutSeconds: 1, memoryMb: 48 } },
  });
});
afterAll(async () => {
  await at.close();
  rmSync(folder, { recursive: true, force: true });
});

const one = (state: Record<string, unknown>) => ({ StartAt: 'S', States: { S: { End: true, ...state } } });
const call = (name: string, more: Record<string, unknown> = {}) => ({
  Type: 'Task',
  Resource: FUNCTION + name,
  ...more,
});
const invoke = (name: string, payload: unknown, more: Record<string, unknown> = {}) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: FUNCTION + name, Payload: payload },
  ...more,
});
const branch = (name: string, state: Record<string, unknown>) => ({
  StartAt: name,
  States: { [name]: { End: true, ...state } },
});
const refused = call('fail', { Arguments: { name: 'Refused' } });
const caught = { StartAt: 'S', States: { S: {}, E: { Type: 'Pass', End: true } } };
const catching = (state: Record<string, unknown>, errors: string[]) => ({
  ...caught,
  States: {
    S: { ...state, Catch: [{ ErrorEquals: errors, Next: 'E' }], End: true },
    E: { Type: 'Pass', End: true },
  },
});

/** Definition, input, expected status with output or error, and the types of events between the first and the last. */
const HISTORIES: readonly [string, Record<string, unknown>, Record<string, unknown>, string][] = [
  [
    'a function is its own result',
    one(call('echo', { Arguments: { a: 1 } })),
    { status: 'SUCCEEDED', output: '{"a":1}' },
    'TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionSucceeded TaskStateExited',
  ],
  [
    'lambda:invoke wraps the reply',
    one(invoke('echo', { a: 1 }, { Output: '{% $states.result.StatusCode %}' })),
    { status: 'SUCCEEDED', output: '200' },
    'TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited',
  ],
  [
    'a handler of the whole integration is the raw result',
    one({
      Type: 'Task',
      Resource: 'arn:aws:states:::sqs:sendMessage',
      Arguments: { QueueUrl: 'q', MessageBody: 'm' },
      Output: '{% $states.result.MessageId %}',
    }),
    { status: 'SUCCEEDED', output: '"m-1"' },
    'TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited',
  ],
  [
    'a retry has no event of its own',
    one(
      call('flaky', {
        Arguments: { failures: 2 },
        Retry: [{ ErrorEquals: ['Flaky'], IntervalSeconds: 3600 }],
      }),
    ),
    { status: 'SUCCEEDED', output: '{"tries":3}' },
    'TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionFailed LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionFailed LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionSucceeded TaskStateExited',
  ],
  [
    'no attempts left',
    one(
      call('flaky', { Arguments: { failures: 9 }, Retry: [{ ErrorEquals: ['States.ALL'], MaxAttempts: 0 }] }),
    ),
    { status: 'FAILED', error: 'Flaky', cause: 'try 1' },
    'TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionFailed',
  ],
  [
    'a catch gets error and cause',
    catching(refused, ['States.TaskFailed']),
    { status: 'SUCCEEDED', output: '{"Error":"Refused","Cause":"no reason"}' },
    'TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionFailed TaskStateExited PassStateEntered PassStateExited',
  ],
  [
    'a timeout escapes States.TaskFailed',
    catching(call('never', { TimeoutSeconds: 300 }), ['States.TaskFailed']),
    { status: 'FAILED', error: 'States.Timeout' },
    'TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionTimedOut',
  ],
  [
    'States.Runtime escapes States.ALL',
    catching(
      {
        Type: 'Parallel',
        Branches: [
          {
            StartAt: 'C',
            States: {
              C: { Type: 'Choice', Choices: [{ Condition: false, Next: 'D' }] },
              D: { Type: 'Pass', End: true },
            },
          },
        ],
      },
      ['States.ALL'],
    ),
    { status: 'FAILED', error: 'States.Runtime' },
    'ParallelStateEntered ParallelStateStarted ChoiceStateEntered ParallelStateFailed',
  ],
  [
    'a result over the limit can be caught',
    catching(call('big'), ['States.ALL']),
    { status: 'SUCCEEDED' },
    'TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionFailed TaskStateExited PassStateEntered PassStateExited',
  ],
  [
    'an error in Output can be caught',
    catching(call('echo', { Output: '{% $none %}' }), ['States.QueryEvaluationError']),
    { status: 'SUCCEEDED' },
    'TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionSucceeded EvaluationFailed TaskStateExited PassStateEntered PassStateExited',
  ],
  [
    'a branch that fails aborts the one that waits',
    one({ Type: 'Parallel', Branches: [branch('W', { Type: 'Wait', Seconds: 60 }), branch('F', refused)] }),
    { status: 'FAILED', error: 'Refused' },
    'ParallelStateEntered ParallelStateStarted WaitStateEntered TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionFailed WaitStateAborted ParallelStateFailed',
  ],
  [
    'a retried Parallel starts again',
    one({
      Type: 'Parallel',
      Branches: [branch('F', call('flaky', { Arguments: { failures: 1 } }))],
      Retry: [{ ErrorEquals: ['Flaky'] }],
    }),
    { status: 'SUCCEEDED' },
    'ParallelStateEntered ParallelStateStarted TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionFailed ParallelStateFailed ParallelStateStarted TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted LambdaFunctionSucceeded TaskStateExited ParallelStateSucceeded ParallelStateExited',
  ],
  [
    'an iteration that fails fails the Map',
    one({
      Type: 'Map',
      Items: [1],
      ItemProcessor: branch('F', { Type: 'Fail', Error: 'E', End: undefined }),
    }),
    { status: 'FAILED', error: 'E' },
    'MapStateEntered MapStateStarted MapIterationStarted FailStateEntered MapIterationFailed MapStateFailed',
  ],
  [
    'the machine times out',
    { ...one(call('never')), TimeoutSeconds: 600 },
    { status: 'TIMED_OUT', error: 'States.Timeout' },
    'TaskStateEntered LambdaFunctionScheduled LambdaFunctionStarted',
  ],
  [
    'an event is put on the bus',
    one({
      Type: 'Task',
      Resource: 'arn:aws:states:::events:putEvents',
      Arguments: { Entries: [{ Source: 'test', DetailType: 'd', Detail: { a: 1 } }] },
      Output: '{% $states.result.FailedEntryCount %}',
    }),
    { status: 'SUCCEEDED', output: '0' },
    'TaskStateEntered TaskScheduled TaskStarted TaskSucceeded TaskStateExited',
  ],
];

test.each(HISTORIES)(
  '%s',
  async (_name, definition, expected, types) => {
    const description = await at.run(definition);
    expect(description).toMatchObject(expected);
    const events = await at.events(description.executionArn ?? '');
    expect(
      events
        .slice(1, -1)
        .map((event) => event.type)
        .join(' '),
    ).toBe(types);
  },
  60_000,
);

test.each([
  ['JSON', 'items.json', { InputType: 'JSON' }, '[1,2]'],
  ['JSON Lines', 'items.jsonl', { InputType: 'JSONL' }, '[1,2]'],
  ['part of a JSON file', 'nested.json', { InputType: 'JSON', ItemsPointer: '/data/rows' }, '[5,6]'],
  ['CSV', 'items.csv', { InputType: 'CSV', CSVHeaderLocation: 'FIRST_ROW' }, '["a, \\"b\\"","c"]'],
  ['at most so many items', 'items.json', { InputType: 'JSON', MaxItems: 1 }, '[1]'],
])('a distributed Map reads %s', async (_name, file, ReaderConfig, output) => {
  const value =
    '{% $type($states.input) = "number" ? $states.input : $exists($states.input.n) ? $states.input.n : $states.input.text %}';
  const processor = {
    ...branch('I', { Type: 'Pass', Output: value }),
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
  };
  const reader = {
    Resource: 'arn:aws:states:::s3:getObject',
    Arguments: { Bucket: 'lake', Key: `in/${file}` },
    ReaderConfig,
  };
  expect(await at.run(one({ Type: 'Map', ItemReader: reader, ItemProcessor: processor }))).toMatchObject({
    output,
  });
});

test('a reader that finds no object fails the state', async () => {
  const processor = {
    ...branch('I', { Type: 'Pass' }),
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
  };
  const reader = {
    Resource: 'arn:aws:states:::s3:getObject',
    Arguments: { Bucket: 'lake', Key: '../secret' },
    ReaderConfig: { InputType: 'JSON' },
  };
  const description = await at.run(one({ Type: 'Map', ItemReader: reader, ItemProcessor: processor }));
  expect(description).toMatchObject({ status: 'FAILED', error: 'States.ItemReaderFailed' });
});

test('results are written with a manifest', async () => {
  const processor = {
    ...branch('I', { Type: 'Pass' }),
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
  };
  const writer = {
    Resource: 'arn:aws:states:::s3:putObject',
    Arguments: { Bucket: 'lake', Prefix: 'out' },
    WriterConfig: { Transformation: 'COMPACT' },
  };
  const batcher = { MaxItemsPerBatch: 2, BatchInput: { shared: true } };
  const { output } = await at.run(
    one({
      Type: 'Map',
      Items: [1, 2, 3],
      ItemBatcher: batcher,
      ItemProcessor: processor,
      ResultWriter: writer,
    }),
  );
  const { ResultWriterDetails } = JSON.parse(output ?? '') as {
    ResultWriterDetails: { Bucket: string; Key: string };
  };
  const manifest = JSON.parse(readFileSync(join(folder, ResultWriterDetails.Key), 'utf8')) as {
    ResultFiles: { SUCCEEDED: { Key: string }[] };
  };
  const results = JSON.parse(
    readFileSync(join(folder, manifest.ResultFiles.SUCCEEDED[0]?.Key ?? ''), 'utf8'),
  );
  expect(results).toEqual(
    [
      { BatchInput: { shared: true }, Items: [1, 2] },
      { BatchInput: { shared: true }, Items: [3] },
    ].map(({ BatchInput, Items }) => ({ BatchInput, Items })),
  );
});

test.each([
  ['works', 'work', { status: 'SUCCEEDED', output: '{"did":"work"}' }],
  ['throws', 'throw', { status: 'FAILED', error: 'Refused', cause: 'from the worker' }],
  ['never ends', 'spin', { status: 'FAILED', error: 'Sandbox.Timedout' }],
  ['takes too much memory', 'fill', { status: 'FAILED', error: 'Runtime.OutOfMemory' }],
])(
  'a handler in a worker that %s',
  async (_name, what, expected) => {
    expect(await at.run(one(call('worker', { Arguments: { do: what } })))).toMatchObject(expected);
  },
  20_000,
);

test('a nested execution is waited for, and its failure fails the task', async () => {
  const inner = await at.create(one({ Type: 'Pass', Output: '{% $states.input.n * 2 %}' }));
  const bad = await at.create(one({ Type: 'Fail', Error: 'Inner', End: undefined }));
  const nested = (StateMachineArn: string, suffix: string) =>
    one({
      Type: 'Task',
      Resource: `arn:aws:states:::states:startExecution${suffix}`,
      Arguments: { StateMachineArn, Input: { n: 21 } },
      Output: '{% $states.result.Output %}',
    });
  const good = await at.run(nested(inner, '.sync:2'));
  expect(good).toMatchObject({ status: 'SUCCEEDED', output: '42' });
  const types = (await at.events(good.executionArn ?? '')).map((event) => event.type);
  expect(types.slice(2, -2)).toEqual(['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded']);
  expect(await at.run(nested(inner, '.sync'))).toMatchObject({ output: '"42"' });
  const failed = await at.run(nested(bad, '.sync:2'));
  expect(failed).toMatchObject({ status: 'FAILED', error: 'States.TaskFailed' });
  expect(JSON.parse(failed.cause ?? '')).toMatchObject({ Status: 'FAILED', Error: 'Inner' });
});

test('a handler learns where it is called from', async () => {
  const { output, executionArn } = await at.run(one(call('context')));
  expect(JSON.parse(output ?? '')).toEqual({
    execution: executionArn,
    state: 'S',
    attempt: 1,
    idempotencyKey: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('an endless expression fails its execution and disturbs no other', async () => {
  const [endless, other] = await Promise.all([
    at.run(one({ Type: 'Pass', Output: '{% ($f := function($x) { $f($x) }; $f(1)) %}' })),
    at.run(one(call('echo', { Arguments: { fine: true } }))),
  ]);
  expect(endless).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' });
  expect(other).toMatchObject({ status: 'SUCCEEDED', output: '{"fine":true}' });
}, 20_000);
