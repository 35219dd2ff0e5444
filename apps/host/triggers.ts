import { readFile } from 'node:fs/promises';
import {
  type EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  ConflictException,
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  type SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { z } from 'zod';
import { LOCAL_ACCOUNT, STATE_MACHINES, stateMachineArn } from './machines.ts';

const state = z.enum(['ENABLED', 'DISABLED']);

/** `statemachines/triggers.json`: what starts state machines, for every home of the product. */
const triggers = z.strictObject({
  rules: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string(),
      state,
      eventPattern: z.record(z.string(), z.unknown()),
      stateMachine: z.enum(STATE_MACHINES),
      inputPaths: z.record(z.string(), z.string()),
      inputTemplate: z.string(),
    }),
  ),
  schedules: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string(),
      state,
      expression: z.string(),
      timeZone: z.string(),
      stateMachine: z.enum(STATE_MACHINES),
      input: z.record(z.string(), z.unknown()),
    }),
  ),
});
export type Triggers = z.infer<typeof triggers>;

const ROLE_ARN = `arn:aws:iam::${LOCAL_ACCOUNT}:role/plumbline-events`;

/** The triggers of the product. Throws a ZodError when the file does not have its form. */
export async function readTriggers(): Promise<Triggers> {
  return triggers.parse(
    JSON.parse(await readFile(new URL('../../statemachines/triggers.json', import.meta.url), 'utf8')),
  );
}

/** Puts every rule and schedule of the file to the endpoint; what is there already is brought up to date. */
export async function registerTriggers(events: EventBridgeClient, scheduler: SchedulerClient): Promise<void> {
  const { rules, schedules } = await readTriggers();
  for (const rule of rules) {
    const { name: Name, description: Description, state: State } = rule;
    await events.send(
      new PutRuleCommand({ Name, Description, State, EventPattern: JSON.stringify(rule.eventPattern) }),
    );
    await events.send(
      new PutTargetsCommand({
        Rule: Name,
        Targets: [
          {
            Id: rule.stateMachine,
            Arn: stateMachineArn(rule.stateMachine),
            RoleArn: ROLE_ARN,
            InputTransformer: { InputPathsMap: rule.inputPaths, InputTemplate: rule.inputTemplate },
          },
        ],
      }),
    );
  }
  for (const schedule of schedules) await putSchedule(scheduler, schedule);
}

/** Says that all feeds of a period are complete: the rules decide what starts. */
export async function announceClosedPeriod(events: EventBridgeClient, period: string): Promise<void> {
  await events.send(
    new PutEventsCommand({
      Entries: [
        { Source: 'plumbline.lake', DetailType: 'Period Closed', Detail: JSON.stringify({ period }) },
      ],
    }),
  );
}

async function putSchedule(
  scheduler: SchedulerClient,
  schedule: Triggers['schedules'][number],
): Promise<void> {
  const input: CreateScheduleCommandInput = {
    Name: schedule.name,
    Description: schedule.description,
    State: schedule.state,
    ScheduleExpression: schedule.expression,
    ScheduleExpressionTimezone: schedule.timeZone,
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: stateMachineArn(schedule.stateMachine),
      RoleArn: ROLE_ARN,
      Input: JSON.stringify(schedule.input),
    },
  };
  try {
    await scheduler.send(new CreateScheduleCommand(input));
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
    await scheduler.send(new UpdateScheduleCommand(input));
  }
}
