/** EventBridge Scheduler: schedules with a time zone, a start and an end, and one target. */
import { AwsError } from '../wire/aws-error.ts';
import { targetKind } from './delivery.ts';
import { ANY, type EventsPlane, type Input, invalid, NAME, notFound, optionalText, text } from './plane.ts';
import { addDelivery } from './put-events.ts';
import { parseSchedule } from './schedule.ts';
import { occurrenceId } from './ticker.ts';

/** A schedule as GetSchedule shows it; times in seconds since the epoch. */
interface SchedulerDoc {
  readonly Arn: string;
  readonly Name: string;
  readonly GroupName: 'default';
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone: string;
  readonly StartDate?: number;
  readonly EndDate?: number;
  readonly State: 'ENABLED' | 'DISABLED';
  readonly Description?: string;
  readonly ActionAfterCompletion: 'NONE' | 'DELETE';
  readonly FlexibleTimeWindow: { readonly Mode: 'OFF' };
  readonly Target: SchedulerTarget;
  readonly ClientToken?: string;
  readonly CreationDate: number;
  readonly LastModificationDate: number;
}

interface SchedulerTarget {
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly Input?: string;
  readonly RetryPolicy?: {
    readonly MaximumRetryAttempts?: number;
    readonly MaximumEventAgeInSeconds?: number;
  };
}

export const schedulerKey = (name: string): string => `schedule/default/${name}`;

function readTarget(plane: EventsPlane, value: unknown): SchedulerTarget {
  const target = (value ?? {}) as Input;
  const arn = text(target, 'Arn', /^.{1,1600}$/);
  const kind = targetKind(arn);
  if (kind === undefined || kind === 'bus' || (kind === 'function' && !plane.canInvoke(arn))) {
    throw invalid(`Target.Arn is not valid: this runtime cannot invoke ${arn}.`);
  }
  const known = ['Arn', 'RoleArn', 'Input', 'RetryPolicy'];
  const other = Object.keys(target).find((name) => !known.includes(name) && target[name] !== undefined);
  if (other !== undefined) throw invalid(`Target.${other} is not supported by this runtime.`);
  const constant = optionalText(target, 'Input', /^[\s\S]{1,262144}$/);
  return {
    Arn: arn,
    RoleArn: text(target, 'RoleArn', ANY),
    ...(constant === undefined ? {} : { Input: constant }),
    ...(target.RetryPolicy === undefined
      ? {}
      : { RetryPolicy: target.RetryPolicy as SchedulerTarget['RetryPolicy'] }),
  } as SchedulerTarget;
}

function readSchedule(plane: EventsPlane, name: string, input: Input, created: number): SchedulerDoc {
  const group = optionalText(input, 'GroupName', NAME);
  if (group !== undefined && group !== 'default') throw notFound(`Schedule group ${group} does not exist.`);
  const mode = (input.FlexibleTimeWindow as Input | undefined)?.Mode;
  if (mode !== 'OFF') throw invalid('FlexibleTimeWindow.Mode must be OFF: this runtime starts on time.');
  const description = optionalText(input, 'Description', /^[\s\S]{0,512}$/);
  const clientToken = optionalText(input, 'ClientToken', /^[a-zA-Z0-9-_]{1,64}$/);
  return {
    Arn: `arn:aws:scheduler:${plane.region}:${plane.account}:schedule/default/${name}`,
    Name: name,
    GroupName: 'default',
    ScheduleExpression: text(input, 'ScheduleExpression', /^.{1,256}$/),
    ScheduleExpressionTimezone: optionalText(input, 'ScheduleExpressionTimezone', /^.{1,50}$/) ?? 'UTC',
    ...(typeof input.StartDate === 'number' ? { StartDate: input.StartDate } : {}),
    ...(typeof input.EndDate === 'number' ? { EndDate: input.EndDate } : {}),
    State: (optionalText(input, 'State', /^(ENABLED|DISABLED)$/) ?? 'ENABLED') as SchedulerDoc['State'],
    ...(description === undefined ? {} : { Description: description }),
    ActionAfterCompletion: (optionalText(input, 'ActionAfterCompletion', /^(NONE|DELETE)$/) ??
      'NONE') as SchedulerDoc['ActionAfterCompletion'],
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: readTarget(plane, input.Target),
    ...(clientToken === undefined ? {} : { ClientToken: clientToken }),
    CreationDate: created,
    LastModificationDate: plane.now() / 1_000,
  };
}

/** Keeps the schedule. Unchanged times go on where they were; changed or newly enabled ones count from now. */
function keep(plane: EventsPlane, doc: SchedulerDoc): void {
  const key = schedulerKey(doc.Name);
  const before = plane.store.schedules.get(key);
  const same =
    before?.expression === doc.ScheduleExpression && before.timeZone === doc.ScheduleExpressionTimezone;
  const startedAt = doc.StartDate === undefined ? doc.CreationDate * 1_000 : doc.StartDate * 1_000;
  try {
    parseSchedule(doc.ScheduleExpression, { timeZone: doc.ScheduleExpressionTimezone, startedAt });
  } catch (error) {
    throw invalid(
      `Invalid Schedule Expression ${doc.ScheduleExpression}. ${error instanceof Error ? error.message : error}`,
    );
  }
  plane.store.scheduler.put(doc.Name, doc);
  plane.store.schedules.put({
    key,
    expression: doc.ScheduleExpression,
    timeZone: doc.ScheduleExpressionTimezone,
    startedAt,
    notBefore: doc.StartDate === undefined ? null : doc.StartDate * 1_000,
    notAfter: doc.EndDate === undefined ? null : doc.EndDate * 1_000,
    doneUntil: same && before.enabled === 1 ? before.doneUntil : plane.now(),
    enabled: doc.State === 'ENABLED' ? 1 : 0,
  });
  plane.wake();
}

function existing(plane: EventsPlane, name: string): SchedulerDoc {
  const doc = plane.store.scheduler.get<SchedulerDoc>(name);
  if (doc === undefined)
    throw new AwsError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
  return doc;
}

export function createSchedule(plane: EventsPlane, name: string, input: Input): unknown {
  if (!NAME.test(name)) throw invalid('Name is not valid.');
  const before = plane.store.scheduler.get<SchedulerDoc>(name);
  if (before !== undefined) {
    if (before.ClientToken !== undefined && before.ClientToken === input.ClientToken)
      return { ScheduleArn: before.Arn };
    throw new AwsError('ConflictException', `Schedule ${name} already exists.`, 409);
  }
  const doc = readSchedule(plane, name, input, plane.now() / 1_000);
  keep(plane, doc);
  return { ScheduleArn: doc.Arn };
}

export function updateSchedule(plane: EventsPlane, name: string, input: Input): unknown {
  const doc = readSchedule(plane, name, input, existing(plane, name).CreationDate);
  keep(plane, doc);
  return { ScheduleArn: doc.Arn };
}

export function getSchedule(plane: EventsPlane, name: string): unknown {
  const { ClientToken: _token, ...doc } = existing(plane, name);
  return doc;
}

export function deleteSchedule(plane: EventsPlane, name: string): unknown {
  existing(plane, name);
  plane.store.scheduler.remove(name);
  plane.store.schedules.remove(schedulerKey(name));
  return {};
}

export function listSchedules(plane: EventsPlane, query: URLSearchParams): unknown {
  const prefix = query.get('NamePrefix') ?? '';
  const state = query.get('State');
  const docs = plane.store.scheduler
    .all<SchedulerDoc>()
    .filter((doc) => doc.Name.startsWith(prefix) && (state === null || doc.State === state));
  const start = Number(query.get('NextToken') ?? '0');
  const end = start + Number(query.get('MaxResults') ?? '100');
  return {
    Schedules: docs.slice(start, end).map((doc) => ({
      Arn: doc.Arn,
      Name: doc.Name,
      GroupName: doc.GroupName,
      State: doc.State,
      Target: { Arn: doc.Target.Arn },
      CreationDate: doc.CreationDate,
      LastModificationDate: doc.LastModificationDate,
    })),
    ...(end < docs.length ? { NextToken: String(end) } : {}),
  };
}

/** Writes the delivery of one occurrence; context attributes such as `<aws.scheduler.scheduled-time>` are filled in. */
export function scheduleOccurred(plane: EventsPlane, key: string, due: number): void {
  const name = key.slice(schedulerKey('').length);
  const doc = plane.store.scheduler.get<SchedulerDoc>(name);
  if (doc === undefined) return;
  const id = occurrenceId(key, due);
  const attributes: Readonly<Record<string, string>> = {
    'schedule-arn': doc.Arn,
    'scheduled-time': new Date(due).toISOString().replace('.000Z', 'Z'),
    'execution-id': id,
    'attempt-number': '1',
  };
  addDelivery(plane, doc.Target, doc.Arn, id, () =>
    (doc.Target.Input ?? '{}').replaceAll(
      /<aws\.scheduler\.([a-z-]+)>/g,
      (whole, attribute: string) => attributes[attribute] ?? whole,
    ),
  );
  const row = plane.store.schedules.get(key);
  const over =
    row === undefined ||
    parseSchedule(row.expression, { timeZone: row.timeZone, startedAt: row.startedAt }).next(due) ===
      undefined;
  if (over && doc.ActionAfterCompletion === 'DELETE') deleteSchedule(plane, name);
}
