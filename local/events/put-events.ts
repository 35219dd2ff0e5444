/** PutEvents, and the way of an event from its bus to deliveries. */
import { createHash } from 'node:crypto';
import { compilePattern, type EventTest } from './pattern.ts';
import { busOf, type EventsPlane, type Input, invalid } from './plane.ts';
import type { RuleDoc, TargetDoc } from './store.ts';
import { targetInput } from './target-input.ts';

/** An event as rules and targets see it. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  /** RFC 3339, whole seconds. */
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: { readonly [key: string]: never };
}

const MAX_ENTRIES = 10;
/** Size of all entries of one request. */
const MAX_BYTES = 256 * 1024;
/** EventBridge's defaults: 24 hours, 185 times. */
const RETRY = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };
/** An event that buses pass on to each other is dropped after so many of them. */
const MAX_HOPS = 5;

export const wholeSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export function putEvents(plane: EventsPlane, input: Input): unknown {
  const entries = input.Entries;
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > MAX_ENTRIES) {
    throw invalid(`Parameter Entries must hold 1 to ${MAX_ENTRIES} entries.`);
  }
  if (input.EndpointId !== undefined) throw invalid('Global endpoints are not supported by this runtime.');
  const bytes = entries.reduce((sum: number, entry) => sum + entrySize(entry as Input), 0);
  if (bytes > MAX_BYTES) throw invalid('Total size of the entries in the request is over the limit.');
  const results = plane.store.atomic(() => entries.map((entry) => putEntry(plane, entry as Input)));
  plane.wake();
  return { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results };
}

/** How AWS counts: 14 bytes for a time, and the UTF-8 bytes of the texts. */
function entrySize(entry: Input): number {
  const texts = [
    entry.Source,
    entry.DetailType,
    entry.Detail,
    ...(Array.isArray(entry.Resources) ? entry.Resources : []),
  ];
  const bytes = texts.reduce<number>((sum, text) => sum + Buffer.byteLength(String(text ?? '')), 0);
  return bytes + (entry.Time === undefined ? 0 : 14);
}

type EntryResult =
  | { readonly EventId: string }
  | { readonly ErrorCode: string; readonly ErrorMessage: string };

/** A wrong entry is reported in its place; the others go on. */
function putEntry(plane: EventsPlane, entry: Input): EntryResult {
  const { Source, DetailType, Detail, Resources, Time } = entry;
  const wrong = (ErrorCode: string, ErrorMessage: string): EntryResult => ({ ErrorCode, ErrorMessage });
  if (typeof Source !== 'string' || Source === '')
    return wrong('InvalidArgument', 'Parameter Source is not valid. Reason: Source is a required argument.');
  if (typeof DetailType !== 'string' || DetailType === '')
    return wrong(
      'InvalidArgument',
      'Parameter DetailType is not valid. Reason: DetailType is a required argument.',
    );
  if (typeof Detail !== 'string' || Detail === '')
    return wrong('InvalidArgument', 'Parameter Detail is not valid. Reason: Detail is a required argument.');
  if (Source.startsWith('aws.'))
    return wrong('NotAuthorizedForSource', `Not authorized for the source ${Source}.`);
  const detail = parseDetail(Detail);
  if (detail === undefined) return wrong('MalformedDetail', 'Detail is malformed.');
  let bus: string;
  try {
    bus = busOf(plane, entry).Name;
  } catch (error) {
    return wrong('ResourceNotFoundException', error instanceof Error ? error.message : String(error));
  }
  const id = plane.newId();
  route(plane, bus, {
    version: '0',
    id,
    'detail-type': DetailType,
    source: Source,
    account: plane.account,
    time: wholeSeconds(typeof Time === 'number' ? Time * 1_000 : plane.now()),
    region: plane.region,
    resources: Array.isArray(Resources) ? Resources.map(String) : [],
    detail,
  });
  return { EventId: id };
}

function parseDetail(text: string): BusEvent['detail'] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as BusEvent['detail'])
      : undefined;
  } catch {
    return undefined;
  }
}

const compiled = new Map<string, EventTest>();

function testOf(pattern: string): EventTest {
  let test = compiled.get(pattern);
  if (test === undefined) {
    test = compilePattern(pattern);
    compiled.set(pattern, test);
  }
  return test;
}

/** Writes a delivery for every target of every enabled rule that matches. */
export function route(plane: EventsPlane, bus: string, event: BusEvent): void {
  for (const rule of plane.store.rules.all(bus)) {
    if (rule.State !== 'ENABLED' || rule.EventPattern === undefined) continue;
    if (testOf(rule.EventPattern)({ ...event })) addDeliveries(plane, rule, event);
  }
}

/** Writes a delivery for every target of a rule. */
export function addDeliveries(plane: EventsPlane, rule: RuleDoc, event: BusEvent): void {
  for (const target of plane.store.targets.of(rule.EventBusName, rule.Name)) {
    const context = { ruleArn: rule.Arn, ruleName: rule.Name, ingestionTime: wholeSeconds(plane.now()) };
    addDelivery(plane, target, `${rule.Arn} ${target.Id}`, event.id, () =>
      target.Arn.includes(':event-bus/') ? JSON.stringify(event) : targetInput(target, event, context),
    );
  }
}

/**
 * Writes down one delivery. Its name is made of the event and where it goes, so that repetitions have the same one.
 * An input that cannot be made is a delivery that failed, not a reason to refuse the event.
 */
export function addDelivery(
  plane: EventsPlane,
  target: Pick<TargetDoc, 'Arn' | 'RetryPolicy'>,
  source: string,
  eventId: string,
  makeInput: () => string,
): void {
  const now = plane.now();
  let input: string;
  try {
    input = makeInput();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    plane.store.deliveries.addFailed({
      name: eventId,
      source,
      targetArn: target.Arn,
      createdAt: now,
      error: reason,
    });
    return;
  }
  plane.store.deliveries.add({
    name: `${eventId}_${createHash('sha256').update(source).digest('hex').slice(0, 16)}`,
    source,
    targetArn: target.Arn,
    input,
    nextAttemptAt: now,
    createdAt: now,
    maxAttempts: target.RetryPolicy?.MaximumRetryAttempts ?? RETRY.MaximumRetryAttempts,
    maxAgeSeconds: target.RetryPolicy?.MaximumEventAgeInSeconds ?? RETRY.MaximumEventAgeInSeconds,
  });
}

/** Puts an event that came from a rule of another bus. Throws ResourceNotFoundException where the bus is gone. */
export function putOnBus(plane: EventsPlane, busArn: string, input: string): void {
  const bus = busOf(plane, { EventBusName: busArn });
  const event = JSON.parse(input) as BusEvent & { readonly 'hop-count'?: number };
  const hops = (event['hop-count'] ?? 0) + 1;
  if (hops > MAX_HOPS) throw invalid(`Event ${event.id} was passed on by ${MAX_HOPS} buses.`);
  plane.store.atomic(() => route(plane, bus.Name, { ...event, ...{ 'hop-count': hops } }));
}
