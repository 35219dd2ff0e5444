/** What is refused or bounded: sizes, depths, numbers from expressions, tags, workers that died. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ListTagsForResourceCommand,
  StartExecutionCommand,
  TagResourceCommand,
  TestStateCommand,
} from '@aws-sdk/client-sfn';
import { FUNCTION, ROLE, startTestCloud, type TestCloud } from './stepfunctions-cloud.ts';

const folder = mkdtempSync(join(tmpdir(), 'limits-'));
const module = new URL('./fixtures/worker-handlers.mjs', import.meta.url);
let at: TestCloud;
let called = 0;

beforeAll(async () => {
  writeFileSync(join(folder, 'items.json'), '[1,2]');
  at = await startTestCloud({
    buckets: { lake: folder },
    tasks: {
      [`${FUNCTION}worker`]: { module, timeoutSeconds: 20, memoryMb: 48 },
      [`${FUNCTION}slow`]: async () => {
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        return 'done';
      },
      [`${FUNCTION}count`]: () => {
        called += 1;
        return {};
      },
    },
  });
});
afterAll(async () => {
  await at.close();
  rmSync(folder, { recursive: true, force: true });
});

const one = (state: Record<string, unknown>) => ({ StartAt: 'S', States: { S: { End: true, ...state } } });
const each = (more: Record<string, unknown>, state: Record<string, unknown> = { Type: 'Pass' }) =>
  one({
    Type: 'Map',
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: 'I',
      States: { I: { End: true, ...state } },
    },
    ...more,
  });
const reading = (MaxItems: string) => ({
  ItemReader: {
    Resource: 'arn:aws:states:::s3:getObject',
    ReaderConfig: { InputType: 'JSON', MaxItems },
    Arguments: { Bucket: 'lake', Key: 'items.json' },
  },
});
const refusal = (error: string, cause: RegExp) => ({
  status: 'FAILED',
  error,
  cause: expect.stringMatching(cause),
});
const QUERY = 'States.QueryEvaluationError';

test.each([
  [
    'MaxItems of -1',
    reading('{% -1 %}'),
    refusal('States.ItemReaderFailed', /^field MaxItems must be positive$/),
  ],
  [
    'MaxItems of 0',
    reading('{% 0 %}'),
    refusal('States.ItemReaderFailed', /^field MaxItems must be positive$/),
  ],
  [
    'MaxItemsPerBatch of 0',
    { Items: [1], ItemBatcher: { MaxItemsPerBatch: '{% 0 %}' } },
    refusal(QUERY, /MaxItemsPerBatch/),
  ],
  [
    'MaxInputBytesPerBatch of -1',
    { Items: [1], ItemBatcher: { MaxInputBytesPerBatch: '{% -1 %}' } },
    refusal(QUERY, /MaxInputBytesPerBatch/),
  ],
])('%s from an expression fails', async (_name, more, expected) => {
  expect(await at.run(each(more))).toMatchObject(expected);
});

test('virtual time does not pass over a handler that waits for something real', async () => {
  const slow = one({ Type: 'Task', Resource: `${FUNCTION}slow`, TimeoutSeconds: 60 });
  expect(await at.run(slow)).toMatchObject({ status: 'SUCCEEDED', output: '"done"' });
});

test('a payload over 256 KiB is not sent', async () => {
  const Arguments = { text: "{% $pad('x', 262145) %}" };
  const task = one({ Type: 'Task', Resource: `${FUNCTION}count`, Arguments });
  expect(await at.run(task)).toMatchObject(refusal('States.DataLimitExceeded', /exceeding the maximum/));
  expect(called).toBe(0);
});

const WRITER = (Transformation: string) => ({
  Items: [1, 2],
  ToleratedFailurePercentage: 100,
  ResultWriter: { WriterConfig: { Transformation, OutputType: 'JSON' } },
});
const lists = {
  Type: 'Pass',
  Output: "{% $states.input = 1 ? [1, 10] : $error('no') %}",
};
const failed = { Status: 'FAILED', Input: '2', Error: QUERY };

test.each([
  ['FLATTEN', [1, 10, failed]],
  ['COMPACT', [[1, 10], failed]],
  ['NONE', [{ Status: 'SUCCEEDED', Input: '1', Output: '[1,10]' }, failed]],
])('without a place to write to, %s shapes the output', async (transformation, expected) => {
  const { output } = await at.run(each(WRITER(transformation), lists));
  const results = JSON.parse(String(output)) as unknown[];
  expect(results).toHaveLength(expected.length);
  for (const [index, entry] of expected.entries()) {
    if (typeof entry === 'object' && !Array.isArray(entry)) expect(results[index]).toMatchObject(entry);
    else expect(results[index]).toEqual(entry);
  }
});

test('a worker that ends while it is idle is not handed out again', async () => {
  const call = (what: string) =>
    at.run(one({ Type: 'Task', Resource: `${FUNCTION}worker`, Arguments: { do: what } }));
  expect(await call('die later')).toMatchObject({ status: 'SUCCEEDED' });
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(await call('next')).toMatchObject({ status: 'SUCCEEDED', output: '{"did":"next"}' });
});

test.each(['buffers', 'buffers in one go'])(
  'a worker that takes %s outside its heap runs out of memory',
  async (what) => {
    const task = one({ Type: 'Task', Resource: `${FUNCTION}worker`, Arguments: { do: what } });
    expect(await at.run(task)).toMatchObject({ status: 'FAILED', error: 'Runtime.OutOfMemory' });
  },
);

const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;

test('an input that nests too deep is refused', async () => {
  const stateMachineArn = await at.create(one({ Type: 'Pass' }));
  const start = new StartExecutionCommand({ stateMachineArn, input: deep });
  await expect(at.client.send(start)).rejects.toMatchObject({ name: 'InvalidExecutionInput' });
});

test('a request that nests too deep is refused', async () => {
  const response = await fetch(at.cloud.endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': 'AWSStepFunctions.TagResource', 'content-type': 'application/x-amz-json-1.0' },
    body: `{"tags":${deep}}`,
  });
  expect([response.status, await response.json()]).toMatchObject([400, { __type: 'ValidationException' }]);
});

test('the input is described as it was written', async () => {
  const input = '{ "n": 12345678901234567890 }';
  const stateMachineArn = await at.create(one({ Type: 'Pass' }));
  const { executionArn } = await at.client.send(new StartExecutionCommand({ stateMachineArn, input }));
  expect((await at.ended(String(executionArn))).input).toBe(input);
});

test('a nested execution with an input that is not JSON fails by its name', async () => {
  const StateMachineArn = await at.create(one({ Type: 'Pass' }));
  const Resource = 'arn:aws:states:::states:startExecution';
  const outer = one({ Type: 'Task', Resource, Arguments: { StateMachineArn, Input: 'not json' } });
  expect(await at.run(outer)).toMatchObject({ error: 'StepFunctions.InvalidExecutionInputException' });
});

test.each([
  ['null', null],
  ['no key', { value: 'v' }],
  ['an empty key', { key: '', value: 'v' }],
  ['a long key', { key: 'k'.repeat(129), value: 'v' }],
  ['a long value', { key: 'k', value: 'v'.repeat(257) }],
  ['the prefix of AWS', { key: 'aws:k', value: 'v' }],
  ['another mark', { key: 'k;', value: 'v' }],
])('a tag with %s is refused', async (_name, tag) => {
  const resourceArn = await at.create(one({ Type: 'Pass' }));
  const response = await fetch(at.cloud.endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': 'AWSStepFunctions.TagResource', 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({ resourceArn, tags: [tag] }),
  });
  expect([response.status, await response.json()]).toMatchObject([400, { __type: 'ValidationException' }]);
  await at.client.send(new TagResourceCommand({ resourceArn, tags: [{ key: 'k', value: 'v' }] }));
  const { tags } = await at.client.send(new ListTagsForResourceCommand({ resourceArn }));
  expect(tags).toEqual([{ key: 'k', value: 'v' }]);
});

const testState = (Output: string, context?: string) =>
  at.client.send(
    new TestStateCommand({
      definition: JSON.stringify({ QueryLanguage: 'JSONata', Type: 'Pass', Output, End: true }),
      roleArn: ROLE,
      ...(context === undefined ? {} : { context }),
    }),
  );

test('TestState sees the context it is given', async () => {
  const output = '{% $states.context.Execution.Name & $states.context.State.Name %}';
  expect((await testState(output, '{"Execution":{"Name":"given"}}')).output).toMatch(/^"given./);
});

test('TestState gives the bare cause', async () => {
  expect((await testState('{% $none %}')).cause).toMatch(/^The JSONata expression '\$none'/);
});

test.each([
  ['2026-01-01T24:00:00Z', false],
  ['2020-01-01t00:00:00z', true],
])('the timestamp %s is taken: %s', async (Timestamp, taken) => {
  const running = at.run(one({ Type: 'Wait', Timestamp })).then(({ status }) => status);
  if (taken) expect(await running).toBe('SUCCEEDED');
  else await expect(running).rejects.toMatchObject({ name: 'InvalidDefinition' });
});
