import { findHandler, functionHandler, type Tasks } from './handlers.ts';
import { parseResource, type TaskResource } from './resource.ts';

const PREFIX = 'arn:aws:lambda:us-east-1:000000000000';
const known = () => 'known';
const whole = () => 'whole';
const tasks: Tasks = {
  [`${PREFIX}:function:known`]: known,
  'arn:aws:states:::lambda:invoke.waitForTaskToken': whole,
};
const resource = (arn: string) => parseResource(arn) as TaskResource;

test.each([
  ['its ARN', `${PREFIX}:function:known`, known],
  ['its ARN with a version', `${PREFIX}:function:known:$LATEST`, known],
  ['its name', 'known', known],
  ['its name with an alias', 'known:live', known],
  ['another name', 'other', undefined],
  ['a name that every object has', 'constructor', undefined],
])('a function is found by %s', (_name, functionName, expected) => {
  expect(functionHandler(tasks, functionName, PREFIX)).toBe(expected);
});

test('a handler of the resource goes before the function, and its value is the raw result', () => {
  const callback = resource('arn:aws:states:::lambda:invoke.waitForTaskToken');
  expect(findHandler(tasks, callback, `${PREFIX}:function:known`, PREFIX)).toEqual({
    handler: whole,
    raw: true,
  });
  const invoke = resource('arn:aws:states:::lambda:invoke');
  expect(findHandler(tasks, invoke, `${PREFIX}:function:known`, PREFIX)).toEqual({
    handler: known,
    raw: false,
  });
});

test('handlers are looked up by ARN only, so that a Proxy without keys serves', () => {
  const asked: string[] = [];
  const proxy = new Proxy({} as Tasks, {
    get: (_target, arn) => {
      asked.push(String(arn));
      return known;
    },
    ownKeys: () => {
      throw new Error('keys must not be listed');
    },
    has: () => {
      throw new Error('keys must not be tested');
    },
  });
  expect(findHandler(proxy, resource(`${PREFIX}:function:x`), undefined, PREFIX)).toEqual({
    handler: known,
    raw: true,
  });
  expect(asked).toEqual([`${PREFIX}:function:x`]);
});

test.each([
  [
    'arn:aws:states:::states:startExecution.sync:2',
    { pattern: 'sync', resourceType: 'states', resource: 'startExecution.sync:2' },
  ],
  [
    'arn:aws:states:::aws-sdk:s3:getObject',
    { pattern: 'requestResponse', resourceType: 'aws-sdk:s3', resource: 'getObject' },
  ],
  ['arn:aws:states:::sqs:sendMessage.waitForTaskToken', { pattern: 'waitForTaskToken', resourceType: 'sqs' }],
  ['arn:aws:lambda:us-east-1:000000000000:function:f', { pattern: 'function' }],
])('%s is understood', (arn, expected) => {
  expect(parseResource(arn)).toMatchObject(expected);
});

test.each([
  ['arn:aws:states:us-east-1:000000000000:activity:a'],
  ['arn:aws:s3:::bucket'],
  ['lambda'],
  [`$\{FunctionArn}`],
])('%s is no resource of a task', (arn) => {
  expect(parseResource(arn)).toBeUndefined();
});
