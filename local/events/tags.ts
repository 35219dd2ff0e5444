/** Tags of rules and buses. */
import { type EventsPlane, type Input, invalid, notFound, text } from './plane.ts';

const MAX_TAGS = 50;

/** Adds tags given as `[{ Key, Value }]`. Throws ValidationException for another shape or above 50 tags. */
export function putTags(plane: EventsPlane, arn: string, tags: unknown): void {
  if (tags === undefined || tags === null) return;
  if (!Array.isArray(tags)) throw invalid('Parameter Tags must be a list.');
  for (const tag of tags as { Key?: unknown; Value?: unknown }[]) {
    if (typeof tag?.Key !== 'string' || typeof tag.Value !== 'string')
      throw invalid('Parameter Tags is not valid.');
    plane.store.tags.put(arn, tag.Key, tag.Value);
  }
  if (plane.store.tags.of(arn).length > MAX_TAGS) throw invalid(`A resource may have ${MAX_TAGS} tags.`);
}

function existing(plane: EventsPlane, input: Input): string {
  const arn = text(input, 'ResourceARN', /^.{1,1600}$/);
  const [kind = '', ...path] = (arn.split(':')[5] ?? '').split('/');
  const name = path.pop() ?? '';
  const found =
    kind === 'rule'
      ? plane.store.rules.get(path.join('/') || 'default', name)
      : kind === 'event-bus'
        ? plane.store.buses.get([...path, name].join('/'))
        : undefined;
  if (found === undefined) throw notFound(`Resource ${arn} does not exist.`);
  return arn;
}

export function tagResource(plane: EventsPlane, input: Input): unknown {
  putTags(plane, existing(plane, input), input.Tags);
  return {};
}

export function untagResource(plane: EventsPlane, input: Input): unknown {
  const arn = existing(plane, input);
  for (const key of Array.isArray(input.TagKeys) ? input.TagKeys : [])
    plane.store.tags.remove(arn, String(key));
  return {};
}

export const listTagsForResource = (plane: EventsPlane, input: Input): unknown => ({
  Tags: plane.store.tags.of(existing(plane, input)),
});
