/** What the operations of EventBridge share. */
import { AwsError } from '../wire/aws-error.ts';
import type { BusDoc, EventStore, RuleDoc } from './store.ts';

export interface EventsPlane {
  readonly store: EventStore;
  readonly region: string;
  readonly account: string;
  /** Whether a function may be a target. */
  readonly canInvoke: (arn: string) => boolean;
  readonly now: () => number;
  readonly newId: () => string;
  /** Called when there may be something to deliver or another time to wait for. */
  readonly wake: () => void;
}

export type Input = Readonly<Record<string, unknown>>;

export const DEFAULT_BUS = 'default';

export const invalid = (message: string): AwsError => new AwsError('ValidationException', message);
export const notFound = (message: string): AwsError => new AwsError('ResourceNotFoundException', message);

export function text(input: Input, name: string, pattern: RegExp): string {
  const value = optionalText(input, name, pattern);
  if (value === undefined) throw invalid(`Parameter ${name} must be given.`);
  return value;
}

export function optionalText(input: Input, name: string, pattern: RegExp): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || !pattern.test(value)) throw invalid(`Parameter ${name} is not valid.`);
  return value;
}

export const NAME = /^[.\-_A-Za-z0-9]{1,64}$/;
export const BUS_NAME = /^[/.\-_A-Za-z0-9]{1,256}$/;
export const ANY = /^[\s\S]{0,4096}$/;

export const busArn = (plane: EventsPlane, name: string): string =>
  `arn:aws:events:${plane.region}:${plane.account}:event-bus/${name}`;

export const ruleArn = (plane: EventsPlane, bus: string, name: string): string =>
  `arn:aws:events:${plane.region}:${plane.account}:rule/${bus === DEFAULT_BUS ? '' : `${bus}/`}${name}`;

/** The bus that a request names, by name or ARN; the default bus where it names none. */
export function busOf(plane: EventsPlane, input: Input, field = 'EventBusName'): BusDoc {
  const given = optionalText(input, field, /^[/.\-_A-Za-z0-9:]{1,1600}$/) ?? DEFAULT_BUS;
  const name = given.replace(/^arn:aws[a-z-]*:events:[^:]+:\d*:event-bus\//, '');
  const bus = plane.store.buses.get(name);
  if (bus === undefined) throw notFound(`Event bus ${name} does not exist.`);
  return bus;
}

export function ruleOf(plane: EventsPlane, input: Input, field = 'Name'): RuleDoc {
  const bus = busOf(plane, input);
  const name = text(input, field, NAME);
  const rule = plane.store.rules.get(bus.Name, name);
  if (rule === undefined) throw notFound(`Rule ${name} does not exist on EventBus ${bus.Name}.`);
  return rule;
}

/** A page of a list that fits in memory. */
export function page<T>(
  items: readonly T[],
  input: Input,
): { readonly items: readonly T[]; readonly NextToken?: string } {
  const limit = input.Limit ?? 100;
  if (!Number.isInteger(limit) || (limit as number) < 1 || (limit as number) > 100) {
    throw invalid('Parameter Limit must be between 1 and 100.');
  }
  const start = Number(optionalText(input, 'NextToken', /^\d{1,12}$/) ?? '0');
  const end = start + (limit as number);
  return { items: items.slice(start, end), ...(end < items.length ? { NextToken: String(end) } : {}) };
}
