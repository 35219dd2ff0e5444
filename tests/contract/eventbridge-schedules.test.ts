import { DatabaseSync } from 'node:sqlite';
import {
  DisableRuleCommand,
  EnableRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';

import { type Cloud, HOUR, MACHINE, startEvents } from './eventbridge-harness.ts';

describe('rules that run on a schedule', () => {
  const schedule = async (cloud: Cloud, ScheduleExpression: string) => {
    await cloud.client.send(new PutRuleCommand({ Name: 'settlement', ScheduleExpression }));
    await cloud.client.send(
      new PutTargetsCommand({ Rule: 'settlement', Targets: [{ Id: 'm', Arn: MACHINE }] }),
    );
  };
  const times = (cloud: Cloud) => cloud.started.map((request) => JSON.parse(request.input).time);

  test('each occurrence starts once, with the time it was due', async () => {
    await using cloud = await startEvents();
    await schedule(cloud, 'cron(30 6 * * ? *)');
    for (const hours of [6, 1, 0, 24]) {
      cloud.clock.ms += hours * HOUR;
      await cloud.service.settle();
    }
    expect(times(cloud)).toEqual(['2026-01-01T06:30:00Z', '2026-01-02T06:30:00Z']);
    expect(JSON.parse(cloud.started[0]?.input ?? '')).toMatchObject({
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      resources: ['arn:aws:events:us-east-1:000000000000:rule/settlement'],
      detail: {},
    });
  });

  test.each([
    [
      'all that were missed',
      100,
      3,
      ['2026-01-01T06:00:00Z', '2026-01-02T06:00:00Z', '2026-01-03T06:00:00Z'],
    ],
    ['the latest, where they are too many', 2, 2, ['2026-01-02T06:00:00Z', '2026-01-03T06:00:00Z']],
  ])('after a downtime: %s', async (_name, maxCatchUp, _count, expected) => {
    const db = new DatabaseSync(':memory:');
    {
      await using cloud = await startEvents({ db });
      await schedule(cloud, 'cron(0 6 * * ? *)');
    }
    await using cloud = await startEvents({ db, maxCatchUp, ms: Date.parse('2026-01-03T12:00:00Z') });
    await cloud.service.settle();
    await cloud.service.settle();
    expect(times(cloud)).toEqual(expected);
  });

  test('a year of downtime of a rule of every minute is caught up at once', async () => {
    await using cloud = await startEvents({ maxCatchUp: 3 });
    await schedule(cloud, 'cron(* * * * ? *)');
    cloud.clock.ms += 365 * 24 * HOUR;
    const began = performance.now();
    await cloud.service.settle();
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(times(cloud)).toEqual(['2026-12-31T23:58:00Z', '2026-12-31T23:59:00Z', '2027-01-01T00:00:00Z']);
  });

  test('nothing is caught up for the time in which a rule was disabled', async () => {
    await using cloud = await startEvents();
    await schedule(cloud, 'rate(1 hour)');
    await cloud.client.send(new DisableRuleCommand({ Name: 'settlement' }));
    cloud.clock.ms += 5 * HOUR;
    await cloud.client.send(new EnableRuleCommand({ Name: 'settlement' }));
    cloud.clock.ms += HOUR;
    await cloud.service.settle();
    expect(times(cloud)).toEqual(['2026-01-01T06:00:00Z']);
  });

  test('the clockwork starts it by itself when it is due', async () => {
    await using cloud = await startEvents();
    cloud.service.start();
    await schedule(cloud, 'rate(1 minute)');
    cloud.clock.ms += 61_000;
    const deadline = Date.now() + 3_000;
    while (cloud.started.length === 0 && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(times(cloud)).toEqual(['2026-01-01T00:01:00Z']);
  });
});

describe('EventBridge Scheduler', () => {
  const SCHEDULE: CreateScheduleCommandInput = {
    Name: 'settlement',
    ScheduleExpression: 'cron(0 6 * * ? *)',
    ScheduleExpressionTimezone: 'Europe/Vienna',
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: MACHINE,
      RoleArn: 'arn:aws:iam::000000000000:role/s',
      Input: '{"at":"<aws.scheduler.scheduled-time>"}',
    },
  };

  test('a schedule runs at the local time of its zone', async () => {
    await using cloud = await startEvents({ ms: Date.parse('2026-03-28T00:00:00Z') });
    await cloud.schedules.send(new CreateScheduleCommand(SCHEDULE));
    for (let hour = 0; hour < 36; hour += 1) {
      cloud.clock.ms += HOUR;
      await cloud.service.settle();
    }
    expect(cloud.started.map((request) => JSON.parse(request.input))).toEqual([
      { at: '2026-03-28T05:00:00Z' },
      { at: '2026-03-29T04:00:00Z' },
    ]);
  });

  test('a start, an end, and once', async () => {
    await using cloud = await startEvents();
    const day = (n: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + n * 24 * HOUR);
    await cloud.schedules.send(
      new CreateScheduleCommand({ ...SCHEDULE, StartDate: day(1), EndDate: day(3) }),
    );
    await cloud.schedules.send(
      new CreateScheduleCommand({
        ...SCHEDULE,
        Name: 'once',
        ScheduleExpression: 'at(2026-01-02T00:00:00)',
        ScheduleExpressionTimezone: 'UTC',
        ActionAfterCompletion: 'DELETE',
      }),
    );
    cloud.clock.ms += 10 * 24 * HOUR;
    await cloud.service.settle();
    const at = cloud.started.map((request) => JSON.parse(request.input).at).sort();
    expect(at).toEqual(['2026-01-02T00:00:00Z', '2026-01-02T05:00:00Z', '2026-01-03T05:00:00Z']);
    await expect(cloud.schedules.send(new GetScheduleCommand({ Name: 'once' }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('read, list, change, delete', async () => {
    await using cloud = await startEvents();
    const { schedules } = cloud;
    const { ScheduleArn } = await schedules.send(new CreateScheduleCommand(SCHEDULE));
    await expect(schedules.send(new CreateScheduleCommand(SCHEDULE))).rejects.toMatchObject({
      name: 'ConflictException',
    });
    expect(await schedules.send(new GetScheduleCommand({ Name: 'settlement' }))).toMatchObject({
      Arn: ScheduleArn,
      ScheduleExpressionTimezone: 'Europe/Vienna',
      State: 'ENABLED',
      CreationDate: new Date(cloud.clock.ms),
      Target: SCHEDULE.Target,
    });
    await schedules.send(new UpdateScheduleCommand({ ...SCHEDULE, State: 'DISABLED' }));
    cloud.clock.ms += 48 * HOUR;
    await cloud.service.settle();
    expect(cloud.started).toEqual([]);
    expect((await schedules.send(new ListSchedulesCommand({}))).Schedules).toMatchObject([
      { Name: 'settlement', State: 'DISABLED' },
    ]);
    await schedules.send(new DeleteScheduleCommand({ Name: 'settlement' }));
    expect((await schedules.send(new ListSchedulesCommand({}))).Schedules).toEqual([]);
  });

  test.each<[string, Partial<CreateScheduleCommandInput>, string, RegExp]>([
    [
      'an unknown time zone',
      { ScheduleExpressionTimezone: 'Mars/Base' },
      'ValidationException',
      /not a time zone/,
    ],
    [
      'a flexible window',
      { FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 5 } },
      'ValidationException',
      /must be OFF/,
    ],
    ['another group', { GroupName: 'mine' }, 'ResourceNotFoundException', /group mine/],
    [
      'a queue',
      { Target: { Arn: 'arn:aws:sqs:us-east-1:000000000000:q', RoleArn: 'r' } },
      'ValidationException',
      /cannot invoke/,
    ],
    [
      'a dead-letter queue',
      {
        Target: {
          Arn: MACHINE,
          RoleArn: 'r',
          DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:000000000000:q' },
        },
      },
      'ValidationException',
      /DeadLetterConfig/,
    ],
  ])('%s is refused', async (_name, input, name, message) => {
    await using cloud = await startEvents();
    const sent = cloud.schedules.send(
      new CreateScheduleCommand({ ...SCHEDULE, ...input } as CreateScheduleCommandInput),
    );
    await expect(sent).rejects.toMatchObject({ name, message: expect.stringMatching(message) });
  });
});
