/** Event buses. */
import { AwsError } from '../wire/aws-error.ts';
import {
  BUS_NAME,
  busArn,
  busOf,
  DEFAULT_BUS,
  type EventsPlane,
  type Input,
  invalid,
  optionalText,
  page,
  text,
} from './plane.ts';
import type { BusDoc } from './store.ts';
import { putTags } from './tags.ts';

/** The default bus exists from the start. */
export function ensureDefaultBus(plane: EventsPlane): void {
  if (plane.store.buses.get(DEFAULT_BUS) !== undefined) return;
  plane.store.buses.put({ Name: DEFAULT_BUS, Arn: busArn(plane, DEFAULT_BUS), createdAt: plane.now() });
}

export function createEventBus(plane: EventsPlane, input: Input): unknown {
  const name = text(input, 'Name', BUS_NAME);
  if (plane.store.buses.get(name) !== undefined) {
    throw new AwsError('ResourceAlreadyExistsException', `Event bus ${name} already exists.`);
  }
  if (input.EventSourceName !== undefined)
    throw invalid('Partner event sources are not supported by this runtime.');
  const description = optionalText(input, 'Description', /^[\s\S]{0,512}$/);
  const bus: BusDoc = {
    Name: name,
    Arn: busArn(plane, name),
    ...(description === undefined ? {} : { Description: description }),
    createdAt: plane.now(),
  };
  plane.store.buses.put(bus);
  putTags(plane, bus.Arn, input.Tags);
  return { EventBusArn: bus.Arn };
}

const described = ({ createdAt, ...bus }: BusDoc) => ({ ...bus, CreationTime: createdAt / 1_000 });

export const describeEventBus = (plane: EventsPlane, input: Input): unknown =>
  described(busOf(plane, input, 'Name'));

export function listEventBuses(plane: EventsPlane, input: Input): unknown {
  const prefix = optionalText(input, 'NamePrefix', BUS_NAME) ?? '';
  const { items, ...rest } = page(
    plane.store.buses.all().filter((bus) => bus.Name.startsWith(prefix)),
    input,
  );
  return { EventBuses: items.map(described), ...rest };
}

export function deleteEventBus(plane: EventsPlane, input: Input): unknown {
  const name = text(input, 'Name', BUS_NAME);
  if (name === DEFAULT_BUS) throw invalid('Cannot delete event bus default.');
  const bus = plane.store.buses.get(name);
  if (bus === undefined) return {};
  if (plane.store.rules.all(name).length > 0) throw invalid(`Cannot delete event bus ${name}: it has rules.`);
  plane.store.buses.remove(name);
  plane.store.tags.removeAll(bus.Arn);
  return {};
}
