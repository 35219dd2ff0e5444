import { DatabaseSync } from 'node:sqlite';
import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  DescribeEventBusCommand,
  DescribeRuleCommand,
  DisableRuleCommand,
  EnableRuleCommand,
  ListEventBusesCommand,
  ListRuleNamesByTargetCommand,
  ListRulesCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  type PutEventsRequestEntry,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
  type Target,
  TestEventPatternCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-eventbridge';
import type { StartExecutionRequest } from '#local/events/delivery.ts';

import { CLOSED, type Cloud, MACHINE, put, rule, startEvents } from './eventbridge-harness.ts';

describe('PutEvents', () => {
  test('an event that matches starts the machine with the event', async () => {
    await using cloud = await startEvents();
    await rule(cloud);
    const reply = await put(cloud, {
      ...CLOSED,
      Time: new Date('2026-01-01T06:00:00.400Z'),
      Resources: ['r1'],
    });
    expect(reply.FailedEntryCount).toBe(0);
    await cloud.service.settle();
    expect(cloud.started).toHaveLength(1);
    const [{ name, stateMachineArn, input }] = cloud.started as [StartExecutionRequest];
    const id = reply.Entries?.[0]?.EventId;
    expect(name).toMatch(new RegExp(`^${id}_[0-9a-f]{16}$`));
    expect(name.length).toBeLessThanOrEqual(80);
    expect(stateMachineArn).toBe(MACHINE);
    expect(JSON.parse(input)).toEqual({
      version: '0',
      id,
      'detail-type': 'Partition Closed',
      source: 'lake',
      account: '000000000000',
      time: '2026-01-01T06:00:00Z',
      region: 'us-east-1',
      resources: ['r1'],
      detail: { dataset: 'usage', day: '2026-01-01' },
    });
  });

  test.each<[string, Partial<Target>, object, number]>([
    ['no rule matches', {}, { source: ['sea'] }, 0],
    ['a path', { InputPath: '$.detail' }, { source: ['lake'] }, 1],
    [
      'a template',
      { InputTransformer: { InputPathsMap: { day: '$.detail.day' }, InputTemplate: '{"day":<day>}' } },
      { detail: { dataset: [{ prefix: 'us' }] } },
      1,
    ],
  ])('%s', async (_name, target, pattern, count) => {
    await using cloud = await startEvents();
    await rule(cloud, target, pattern);
    await put(cloud, CLOSED);
    await cloud.service.settle();
    expect(cloud.started).toHaveLength(count);
    if (count > 0) expect(JSON.parse(cloud.started[0]?.input ?? '').day).toBe('2026-01-01');
  });

  test.each<[string, PutEventsRequestEntry, string]>([
    ['no source', { ...CLOSED, Source: undefined }, 'InvalidArgument'],
    ['no detail', { ...CLOSED, Detail: undefined }, 'InvalidArgument'],
    ['a detail that is no object', { ...CLOSED, Detail: '[1]' }, 'MalformedDetail'],
    ['the source of AWS', { ...CLOSED, Source: 'aws.s3' }, 'NotAuthorizedForSource'],
    ['an unknown bus', { ...CLOSED, EventBusName: 'sea' }, 'ResourceNotFoundException'],
  ])('%s fails alone', async (_name, entry, code) => {
    await using cloud = await startEvents();
    await rule(cloud);
    const reply = await put(cloud, entry, CLOSED);
    expect(reply.FailedEntryCount).toBe(1);
    expect(reply.Entries?.[0]?.ErrorCode).toBe(code);
    await cloud.service.settle();
    expect(cloud.started).toHaveLength(1);
  });

  test.each<[string, PutEventsRequestEntry[], RegExp]>([
    ['no entry', [], /1 to 10/],
    ['eleven entries', Array.from({ length: 11 }, () => CLOSED), /1 to 10/],
    [
      'more than 256 KB',
      [{ ...CLOSED, Detail: JSON.stringify({ x: 'x'.repeat(262_144) }) }],
      /over the limit/,
    ],
  ])('%s is refused', async (_name, entries, message) => {
    await using cloud = await startEvents();
    await expect(put(cloud, ...entries)).rejects.toThrow(message);
  });

  test('a disabled rule passes nothing on, an enabled one does again', async () => {
    await using cloud = await startEvents();
    await rule(cloud);
    await cloud.client.send(new DisableRuleCommand({ Name: 'closed' }));
    await put(cloud, CLOSED);
    await cloud.service.settle();
    expect(cloud.started).toEqual([]);
    await cloud.client.send(new EnableRuleCommand({ Name: 'closed' }));
    await put(cloud, CLOSED);
    await cloud.service.settle();
    expect(cloud.started).toHaveLength(1);
  });

  test('a global endpoint is refused', async () => {
    await using cloud = await startEvents();
    const sent = cloud.service.putEvents.bind(cloud.service);
    expect(() => sent({ Entries: [CLOSED], EndpointId: 'abc.123' })).toThrow(/Global endpoints/);
  });

  test('deliveries are made in the order of the events', async () => {
    await using cloud = await startEvents();
    await rule(cloud, { InputPath: '$.detail.n' });
    const entries = Array.from({ length: 10 }, (_, n) => ({ ...CLOSED, Detail: JSON.stringify({ n }) }));
    await Promise.all([put(cloud, ...entries), cloud.service.settle()]);
    await cloud.service.settle();
    expect(cloud.started.map((request) => request.input)).toEqual(entries.map((_, n) => String(n)));
  });

  test('a bus passes events on to another bus, and a circle ends', async () => {
    await using cloud = await startEvents();
    const { EventBusArn } = await cloud.client.send(new CreateEventBusCommand({ Name: 'other' }));
    await rule(cloud, { Arn: EventBusArn });
    await cloud.client.send(
      new PutRuleCommand({ Name: 'back', EventBusName: 'other', EventPattern: '{"source":["lake"]}' }),
    );
    const Targets = [
      { Id: 'm', Arn: MACHINE },
      { Id: 'b', Arn: EventBusArn?.replace('other', 'default') },
    ] as Target[];
    await cloud.client.send(new PutTargetsCommand({ Rule: 'back', EventBusName: 'other', Targets }));
    await put(cloud, CLOSED);
    await cloud.service.settle();
    expect(cloud.started).toHaveLength(3);
    expect(cloud.service.failedDeliveries()).toMatchObject([
      { error: expect.stringMatching(/passed on by 5/) },
    ]);
  });
});

describe('deliveries', () => {
  const named = (name: string) => Object.assign(new Error('no'), { name });

  test('a failed start is repeated later under the same name', async () => {
    await using cloud = await startEvents({
      fail: (_request, attempt) => (attempt < 3 ? named('ThrottlingException') : undefined),
    });
    await rule(cloud);
    await put(cloud, CLOSED);
    for (const seconds of [0, 1, 2]) {
      cloud.clock.ms += seconds * 1_000;
      await cloud.service.settle();
    }
    expect(cloud.attempts).toHaveLength(3);
    expect(new Set(cloud.attempts.map((request) => request.name)).size).toBe(1);
    expect(cloud.started).toHaveLength(1);
    expect(cloud.service.failedDeliveries()).toEqual([]);
  });

  test.each<[string, string, Partial<Target>, number, number]>([
    ['a machine that does not exist is not tried again', 'StateMachineDoesNotExist', {}, 1, 1],
    [
      'the number of attempts is limited',
      'ThrottlingException',
      { RetryPolicy: { MaximumRetryAttempts: 2 } },
      3,
      1,
    ],
    ['the age is limited', 'ThrottlingException', { RetryPolicy: { MaximumEventAgeInSeconds: 60 } }, 6, 1],
    ['an execution that exists was started by an earlier attempt', 'ExecutionAlreadyExists', {}, 1, 0],
  ])('%s', async (_name, error, target, attempts, failed) => {
    await using cloud = await startEvents({ fail: () => named(error) });
    await rule(cloud, target);
    await put(cloud, CLOSED);
    for (let hour = 0; hour < 20; hour += 1) {
      await cloud.service.settle();
      cloud.clock.ms = cloud.clock.ms + 1_000 * 2 ** Math.min(hour, 12);
    }
    expect(cloud.attempts).toHaveLength(attempts);
    expect(cloud.service.failedDeliveries()).toHaveLength(failed);
  });

  test('an event outlives a restart before it was delivered', async () => {
    const db = new DatabaseSync(':memory:');
    {
      await using cloud = await startEvents({ db, fail: () => named('ThrottlingException') });
      await rule(cloud);
      await put(cloud, CLOSED);
      await cloud.service.settle();
    }
    await using cloud = await startEvents({ db, ms: Date.parse('2026-01-01T01:00:00Z') });
    cloud.service.start();
    while (cloud.started.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(cloud.started).toHaveLength(1);
  });

  test('a template that gives no JSON fails its delivery and no other', async () => {
    await using cloud = await startEvents();
    await rule(cloud, { InputTransformer: { InputTemplate: '{oops}' } });
    await cloud.client.send(
      new PutTargetsCommand({ Rule: 'closed', Targets: [{ Id: 'good', Arn: MACHINE }] }),
    );
    await put(cloud, CLOSED);
    await cloud.service.settle();
    expect(cloud.started).toHaveLength(1);
    expect(cloud.service.failedDeliveries()).toMatchObject([
      { error: expect.stringMatching(/not valid JSON/) },
    ]);
  });

  test('a function is a target where functions can be invoked', async () => {
    const invoked: unknown[] = [];
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:notify';
    await using cloud = await startEvents({
      invokeFunction: async (_arn, event) => void invoked.push(event),
    });
    await rule(cloud, { Arn: arn, InputPath: '$.detail.day' });
    await put(cloud, CLOSED);
    await cloud.service.settle();
    expect(invoked).toEqual(['2026-01-01']);
    await using without = await startEvents({
      invokeFunction: async () => undefined,
      hasFunction: () => false,
    });
    await expect(rule(without, { Arn: arn })).rejects.toThrow(/cannot send events to/);
  });
});

test('rules and targets: read, list, change, delete', async () => {
  await using cloud = await startEvents();
  const { client } = cloud;
  await rule(cloud);
  const { RuleArn } = await client.send(
    new PutRuleCommand({
      Name: 'daily',
      ScheduleExpression: 'rate(1 day)',
      State: 'DISABLED',
      Description: 'd',
    }),
  );
  expect(await client.send(new DescribeRuleCommand({ Name: 'daily' }))).toMatchObject({
    Arn: RuleArn,
    State: 'DISABLED',
    Description: 'd',
    EventBusName: 'default',
  });
  const listed = await client.send(new ListRulesCommand({}));
  expect(listed.Rules?.map((item) => item.Name)).toEqual(['closed', 'daily']);
  const page = await client.send(new ListRulesCommand({ Limit: 1 }));
  const next = await client.send(new ListRulesCommand({ Limit: 1, NextToken: page.NextToken }));
  expect([...(page.Rules ?? []), ...(next.Rules ?? [])].map((item) => item.Name)).toEqual([
    'closed',
    'daily',
  ]);
  expect((await client.send(new ListTargetsByRuleCommand({ Rule: 'closed' }))).Targets).toEqual([
    { Id: 'machine', Arn: MACHINE },
  ]);
  expect((await client.send(new ListRuleNamesByTargetCommand({ TargetArn: MACHINE }))).RuleNames).toEqual([
    'closed',
  ]);
  await expect(client.send(new DeleteRuleCommand({ Name: 'closed' }))).rejects.toThrow(/has targets/);
  const removed = await client.send(new RemoveTargetsCommand({ Rule: 'closed', Ids: ['machine', 'none'] }));
  expect(removed.FailedEntries).toMatchObject([{ TargetId: 'none', ErrorCode: 'ResourceNotFoundException' }]);
  await client.send(new DeleteRuleCommand({ Name: 'closed' }));
  await expect(client.send(new DescribeRuleCommand({ Name: 'closed' }))).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  await client.send(
    new TagResourceCommand({
      ResourceARN: RuleArn,
      Tags: [
        { Key: 'a', Value: '1' },
        { Key: 'b', Value: '2' },
      ],
    }),
  );
  await client.send(new UntagResourceCommand({ ResourceARN: RuleArn, TagKeys: ['a'] }));
  expect((await client.send(new ListTagsForResourceCommand({ ResourceARN: RuleArn }))).Tags).toEqual([
    { Key: 'b', Value: '2' },
  ]);
});

test('event buses: create, read, list, delete', async () => {
  await using cloud = await startEvents();
  const { client } = cloud;
  await client.send(new CreateEventBusCommand({ Name: 'partners', Description: 'd' }));
  await expect(client.send(new CreateEventBusCommand({ Name: 'partners' }))).rejects.toMatchObject({
    name: 'ResourceAlreadyExistsException',
  });
  expect(await client.send(new DescribeEventBusCommand({ Name: 'partners' }))).toMatchObject({
    Description: 'd',
    CreationTime: new Date(cloud.clock.ms),
  });
  expect((await client.send(new ListEventBusesCommand({}))).EventBuses?.map((bus) => bus.Name)).toEqual([
    'default',
    'partners',
  ]);
  await client.send(new DeleteEventBusCommand({ Name: 'partners' }));
  await expect(client.send(new DeleteEventBusCommand({ Name: 'default' }))).rejects.toThrow(/Cannot delete/);
});

test('TestEventPattern', async () => {
  await using cloud = await startEvents();
  const Event = JSON.stringify({
    id: '1',
    account: '0',
    source: 'lake',
    time: 't',
    region: 'r',
    resources: [],
    'detail-type': 'd',
  });
  const send = (EventPattern: string, event = Event) =>
    cloud.client.send(new TestEventPatternCommand({ EventPattern, Event: event }));
  expect((await send('{"source":["lake"]}')).Result).toBe(true);
  expect((await send('{"source":["sea"]}')).Result).toBe(false);
  await expect(send('{"source":"lake"}')).rejects.toMatchObject({ name: 'InvalidEventPatternException' });
  await expect(send('{"source":["lake"]}', '{}')).rejects.toThrow(/id is missing/);
});

describe('what is refused', () => {
  const putRule = (input: object) => (c: Cloud) => c.client.send(new PutRuleCommand({ Name: 'r', ...input }));
  const putTarget = (target: object) => async (c: Cloud) => {
    await putRule({ ScheduleExpression: 'rate(1 day)' })(c);
    return c.client.send(
      new PutTargetsCommand({ Rule: 'r', Targets: [{ Id: 't', Arn: MACHINE, ...target }] }),
    );
  };
  test.each<[string, (cloud: Cloud) => Promise<unknown>, string, RegExp]>([
    ['a rule without pattern and schedule', putRule({}), 'ValidationException', /must be specified/],
    [
      'a malformed name',
      putRule({ Name: 'a b', ScheduleExpression: 'rate(1 day)' }),
      'ValidationException',
      /Name/,
    ],
    [
      'a malformed schedule',
      putRule({ ScheduleExpression: 'rate(1 days)' }),
      'ValidationException',
      /singular/,
    ],
    [
      'at() in a rule',
      putRule({ ScheduleExpression: 'at(2026-01-01T00:00:00)' }),
      'ValidationException',
      /rate and cron/,
    ],
    [
      'a malformed pattern',
      putRule({ EventPattern: '{"a":[]}' }),
      'InvalidEventPatternException',
      /empty arrays/,
    ],
    [
      'an unknown bus',
      putRule({ EventBusName: 'sea', EventPattern: '{"a":[1]}' }),
      'ResourceNotFoundException',
      /sea/,
    ],
    [
      'targets of an unknown rule',
      (c) => c.client.send(new PutTargetsCommand({ Rule: 'none', Targets: [{ Id: 't', Arn: MACHINE }] })),
      'ResourceNotFoundException',
      /none/,
    ],
    [
      'a queue as target',
      putTarget({ Arn: 'arn:aws:sqs:us-east-1:000000000000:q' }),
      'ValidationException',
      /cannot send events to/,
    ],
    [
      'a dead-letter queue',
      putTarget({ DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:000000000000:q' } }),
      'ValidationException',
      /DeadLetterConfig/,
    ],
    [
      'parameters of a queue',
      putTarget({ SqsParameters: { MessageGroupId: 'g' } }),
      'ValidationException',
      /SqsParameters/,
    ],
    ['a filter in a path', putTarget({ InputPath: '$.detail[?(@.x)]' }), 'ValidationException', /not a path/],
    ['two kinds of input', putTarget({ Input: '{}', InputPath: '$' }), 'ValidationException', /Only one/],
    [
      'six targets',
      async (c) => {
        await putTarget({})(c);
        return c.client.send(
          new PutTargetsCommand({
            Rule: 'r',
            Targets: Array.from({ length: 6 }, (_, n) => ({ Id: `t${n}`, Arn: MACHINE })),
          }),
        );
      },
      'LimitExceededException',
      /5 targets/,
    ],
  ])('%s', async (_name, send, name, message) => {
    await using cloud = await startEvents();
    await expect(send(cloud)).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });
});
