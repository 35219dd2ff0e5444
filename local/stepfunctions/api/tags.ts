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
  const tags = input.tags;
  if (!Array.isArray(tags)) throw validation("1 validation error detected: Value at 'tags' must be a list");
  const keys = new Set(tagsOf(context, arn).map(({ key }) => key));
  for (const { key } of tags as { key: string }[]) keys.add(key);
  if (keys.size > MAX_TAGS) throw new AwsError('TooManyTags', `A resource has at most ${MAX_TAGS} tags.`);
  const sql = 'insert or replace into tags (arn, key, value) values (?, ?, ?)';
  await commit(
    context,
    ...(tags as { key: string; value?: string }[]).map(({ key, value }) => ({
      sql,
      values: [arn, key, value ?? ''],
    })),
  );
  return {};
}

async function untag(context: ApiContext, input: JsonObject): Promise<unknown> {
  const arn = resource(context, input);
  const keys = Array.isArray(input.tagKeys) ? input.tagKeys.map(String) : [];
  const sql = 'delete from tags where arn = ? and key = ?';
  await commit(context, ...keys.map((key) => ({ sql, values: [arn, key] })));
  return {};
}
