/** Rules and their targets. */
import { AwsError } from '../wire/aws-error.ts';
import { targetKind } from './delivery.ts';
import { compilePattern } from './pattern.ts';
import {
  ANY,
  busOf,
  DEFAULT_BUS,
  type EventsPlane,
  type Input,
  invalid,
  NAME,
  optionalText,
  page,
  ruleArn,
  ruleOf,
  text,
} from './plane.ts';
import { parseSchedule } from './schedule.ts';
import type { RuleDoc, TargetDoc } from './store.ts';
import { putTags } from './tags.ts';
import { checkInput, type InputTransformer } from './target-input.ts';

const MAX_RULES = 300;
const MAX_TARGETS = 5;

export const ruleKey = (bus: string, name: string): string => `rule/${bus}/${name}`;

export function putRule(plane: EventsPlane, input: Input): unknown {
  const bus = busOf(plane, input);
  const name = text(input, 'Name', NAME);
  const pattern = optionalText(input, 'EventPattern', /^[\s\S]+$/);
  const expression = optionalText(input, 'ScheduleExpression', /^.{1,256}$/);
  if (pattern === undefined && expression === undefined) {
    throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  }
  if (expression !== undefined && bus.Name !== DEFAULT_BUS) {
    throw invalid('ScheduleExpression is supported only on the default event bus.');
  }
  if (pattern !== undefined) compilePattern(pattern);
  const state = optionalText(input, 'State', /^(ENABLED|DISABLED)$/) ?? 'ENABLED';
  const rule: RuleDoc = {
    Name: name,
    Arn: ruleArn(plane, bus.Name, name),
    EventBusName: bus.Name,
    State: state as RuleDoc['State'],
    ...given('EventPattern', pattern),
    ...given('ScheduleExpression', expression),
    ...given('Description', optionalText(input, 'Description', /^[\s\S]{0,512}$/)),
    ...given('RoleArn', optionalText(input, 'RoleArn', ANY)),
  };
  const existing = plane.store.rules.all(bus.Name);
  const known = existing.some((other) => other.Name === name);
  if (!known && existing.length >= MAX_RULES) {
    throw new AwsError('LimitExceededException', `An event bus may have ${MAX_RULES} rules.`);
  }
  plane.store.rules.put(rule);
  if (!known) putTags(plane, rule.Arn, input.Tags);
  keepSchedule(plane, rule);
  plane.wake();
  return { RuleArn: rule.Arn };
}

const given = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value });

/** A changed or newly enabled schedule counts from now; an unchanged one goes on where it was. */
function keepSchedule(plane: EventsPlane, rule: RuleDoc): void {
  const key = ruleKey(rule.EventBusName, rule.Name);
  const before = plane.store.schedules.get(key);
  const expression = rule.ScheduleExpression;
  if (expression === undefined) {
    plane.store.schedules.remove(key);
    return;
  }
  if (expression.startsWith('at('))
    throw invalid('Parameter ScheduleExpression is not valid: rules take rate and cron.');
  const now = plane.now();
  const startedAt = before?.expression === expression ? before.startedAt : now;
  try {
    parseSchedule(expression, { timeZone: 'UTC', startedAt });
  } catch (error) {
    throw invalid(
      `Parameter ScheduleExpression is not valid: ${error instanceof Error ? error.message : error}`,
    );
  }
  const enabled = rule.State === 'ENABLED' ? 1 : 0;
  const goesOn = before?.expression === expression && before.enabled === 1;
  plane.store.schedules.put({
    key,
    expression,
    timeZone: 'UTC',
    startedAt,
    notBefore: null,
    notAfter: null,
    doneUntil: goesOn ? before.doneUntil : now,
    enabled,
  });
}

export const describeRule = (plane: EventsPlane, input: Input): unknown => ({
  ...ruleOf(plane, input),
  CreatedBy: plane.account,
});

export function listRules(plane: EventsPlane, input: Input): unknown {
  const bus = busOf(plane, input);
  const prefix = optionalText(input, 'NamePrefix', NAME) ?? '';
  const { items, ...rest } = page(
    plane.store.rules.all(bus.Name).filter((rule) => rule.Name.startsWith(prefix)),
    input,
  );
  return { Rules: items, ...rest };
}

export function setState(state: RuleDoc['State']) {
  return (plane: EventsPlane, input: Input): unknown => {
    const rule = { ...ruleOf(plane, input), State: state };
    plane.store.rules.put(rule);
    keepSchedule(plane, rule);
    plane.wake();
    return {};
  };
}

export function deleteRule(plane: EventsPlane, input: Input): unknown {
  const bus = busOf(plane, input);
  const name = text(input, 'Name', NAME);
  const rule = plane.store.rules.get(bus.Name, name);
  // Deleting what does not exist succeeds, as at AWS.
  if (rule === undefined) return {};
  if (plane.store.targets.of(bus.Name, name).length > 0)
    throw invalid("Rule can't be deleted since it has targets.");
  plane.store.rules.remove(bus.Name, name);
  plane.store.schedules.remove(ruleKey(bus.Name, name));
  plane.store.tags.removeAll(rule.Arn);
  return {};
}

const UNSUPPORTED = [
  'KinesisParameters',
  'RunCommandParameters',
  'EcsParameters',
  'BatchParameters',
  'SqsParameters',
  'HttpParameters',
  'RedshiftDataParameters',
  'SageMakerPipelineParameters',
  'DeadLetterConfig',
  'AppSyncParameters',
];

function readTarget(plane: EventsPlane, value: unknown): TargetDoc {
  const target = value as Input;
  const arn = text(target, 'Arn', /^.{1,1600}$/);
  const kind = targetKind(arn);
  if (kind === undefined || (kind === 'function' && !plane.canInvoke(arn))) {
    throw invalid(`Parameter Arn is not valid: this runtime cannot send events to ${arn}.`);
  }
  for (const name of UNSUPPORTED) {
    if (target[name] !== undefined)
      throw invalid(`Target parameter ${name} is not supported by this runtime.`);
  }
  const choice = {
    ...given('Input', optionalText(target, 'Input', /^[\s\S]{0,8192}$/)),
    ...given('InputPath', optionalText(target, 'InputPath', /^.{0,256}$/)),
    ...(target.InputTransformer === undefined
      ? {}
      : { InputTransformer: target.InputTransformer as InputTransformer }),
  };
  checkInput(choice);
  const retry = target.RetryPolicy as TargetDoc['RetryPolicy'];
  return {
    Id: text(target, 'Id', NAME),
    Arn: arn,
    ...given('RoleArn', optionalText(target, 'RoleArn', ANY)),
    ...choice,
    ...(retry === undefined ? {} : { RetryPolicy: retry }),
  };
}

export function putTargets(plane: EventsPlane, input: Input): unknown {
  const rule = ruleOf(plane, input, 'Rule');
  if (!Array.isArray(input.Targets) || input.Targets.length === 0)
    throw invalid('Parameter Targets must be given.');
  const targets = input.Targets.map((target) => readTarget(plane, target));
  const ids = new Set(
    [...plane.store.targets.of(rule.EventBusName, rule.Name), ...targets].map(({ Id }) => Id),
  );
  if (ids.size > MAX_TARGETS)
    throw new AwsError('LimitExceededException', `A rule may have ${MAX_TARGETS} targets.`);
  for (const target of targets) plane.store.targets.put(rule.EventBusName, rule.Name, target);
  return { FailedEntryCount: 0, FailedEntries: [] };
}

export function removeTargets(plane: EventsPlane, input: Input): unknown {
  const rule = ruleOf(plane, input, 'Rule');
  const known = new Set(plane.store.targets.of(rule.EventBusName, rule.Name).map((target) => target.Id));
  const ids = Array.isArray(input.Ids) ? input.Ids.map(String) : [];
  const failed = ids.filter((id) => !known.has(id));
  for (const id of ids) plane.store.targets.remove(rule.EventBusName, rule.Name, id);
  return {
    FailedEntryCount: failed.length,
    FailedEntries: failed.map((TargetId) => ({
      TargetId,
      ErrorCode: 'ResourceNotFoundException',
      ErrorMessage: `Target ${TargetId} does not exist.`,
    })),
  };
}

export function listTargetsByRule(plane: EventsPlane, input: Input): unknown {
  const rule = ruleOf(plane, input, 'Rule');
  const { items, ...rest } = page(plane.store.targets.of(rule.EventBusName, rule.Name), input);
  return { Targets: items, ...rest };
}

export function listRuleNamesByTarget(plane: EventsPlane, input: Input): unknown {
  const bus = busOf(plane, input);
  const { items, ...rest } = page(
    plane.store.targets.rulesOf(bus.Name, text(input, 'TargetArn', /^.{1,1600}$/)),
    input,
  );
  return { RuleNames: items, ...rest };
}

/** Fields that AWS asks for in the event of TestEventPattern. */
const EVENT_FIELDS = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

export function testEventPattern(_plane: EventsPlane, input: Input): unknown {
  const test = compilePattern(text(input, 'EventPattern', /^[\s\S]+$/));
  let event: Record<string, never>;
  try {
    event = JSON.parse(text(input, 'Event', /^[\s\S]+$/));
  } catch {
    throw invalid('Parameter Event is not valid JSON.');
  }
  const absent = EVENT_FIELDS.find((field) => event[field] === undefined);
  if (absent !== undefined) throw invalid(`Parameter Event is not valid: ${absent} is missing.`);
  return { Result: test(event) };
}
