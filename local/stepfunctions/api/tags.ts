/** Tags of state machines. */
import { AwsError, validation } from '../../wire/aws-error.ts';
import type { JsonObject } from '../../wire/protocols.ts';
import { type ApiContext, commit, findMachine, type Operations } from './context.ts';
import { required } from './input.ts';

const MAX_TAGS = 50;

export function tagOperations(context: ApiContext): Operations {
  return {
    TagResource: (input) => tag(context, input),
    UntagResource: (input) => untag(context, input),
    ListTagsForResource: (input) => ({ tags: tagsOf(context, resource(context, input)) }),
  };
}

function resource(context: ApiContext, input: JsonObject): string {
  const arn = required(input, 'resourceArn', 256);
  if (findMachine(context, arn) === undefined)
    throw new AwsError('ResourceNotFound', `Resource not found: '${arn}'`);
  return arn;
}

function tagsOf(context: ApiContext, arn: string): { key: string; value: string }[] {
  context.engine.journal.flush();
  return context.engine.journal.all('select key, value from tags where arn = ? order by key', arn);
}

async function tag(context: ApiContext, input: JsonObject): Promise<unknown> {
  const arn = resource(context, input);
  const tags = checkTags(input.tags);
  const keys = new Set(tagsOf(context, arn).map(({ key }) => key));
  for (const { key } of tags) keys.add(key);
  if (keys.size > MAX_TAGS) throw new AwsError('TooManyTags', `A resource has at most ${MAX_TAGS} tags.`);
  const sql = 'insert or replace into tags (arn, key, value) values (?, ?, ?)';
  await commit(
    context,
    ...tags.map(({ key, value }) => ({
      sql,
      values: [arn, key, value],
    })),
  );
  return {};
}

async function untag(context: ApiContext, input: JsonObject): Promise<unknown> {
  const arn = resource(context, input);
  const keys = input.tagKeys;
  if (!Array.isArray(keys)) throw invalidTag('tagKeys', 'Member must be a list');
  for (const [index, key] of keys.entries()) checkKey(key, `tagKeys.${index + 1}.member`);
  const sql = 'delete from tags where arn = ? and key = ?';
  await commit(context, ...(keys as string[]).map((key) => ({ sql, values: [arn, key] })));
  return {};
}

/** Letters, digits, spaces and these marks, as AWS takes them in keys and values. */
const TAG_TEXT = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const KEY_LENGTH = 128;
const VALUE_LENGTH = 256;

function invalidTag(member: string, text: string): AwsError {
  return validation(
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${text}`,
  );
}

function checkKey(key: unknown, member: string): string {
  if (typeof key !== 'string') throw invalidTag(member, 'Member must be a string');
  if (key.length < 1 || key.length > KEY_LENGTH) {
    throw invalidTag(member, `Member must have length between 1 and ${KEY_LENGTH}`);
  }
  if (!TAG_TEXT.test(key))
    throw invalidTag(member, `Member must satisfy regular expression pattern: ${TAG_TEXT.source}`);
  return key;
}

/**
 * Tags of a request.
 * @throws AwsError ValidationException when the list, a key or a value is not as AWS takes it.
 */
export function checkTags(tags: unknown): { readonly key: string; readonly value: string }[] {
  if (!Array.isArray(tags)) throw invalidTag('tags', 'Member must be a list');
  return tags.map((tag: unknown, index) => {
    const member = `tags.${index + 1}.member`;
    if (tag === null || typeof tag !== 'object') throw invalidTag(member, 'Member must be a structure');
    const { key, value = '' } = tag as { key?: unknown; value?: unknown };
    const checked = checkKey(key, `${member}.key`);
    if (checked.toLowerCase().startsWith('aws:'))
      throw invalidTag(`${member}.key`, "Member must not begin with 'aws:'");
    if (typeof value !== 'string' || value.length > VALUE_LENGTH || !TAG_TEXT.test(value)) {
      throw invalidTag(
        `${member}.value`,
        `Member must be text of at most ${VALUE_LENGTH} letters, digits, spaces and _.:/=+-@`,
      );
    }
    return { key: checked, value };
  });
}
