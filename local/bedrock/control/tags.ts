/** TagResource, UntagResource, ListTagsForResource. */
import { invalid } from '../errors.ts';
import { optionalTextMap } from '../fields.ts';
import type { AgentDoc, AliasDoc, ControlPlane, Operation } from './resources.ts';
import { missing } from './resources.ts';

const MAX_TAGS = 50;

export const TAG_SCHEMA = `
  CREATE TABLE IF NOT EXISTS bedrock_tag (
    arn TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (arn, key)
  ) STRICT;
`;

export function tagsOf(plane: ControlPlane, arn: string): Record<string, string> {
  const rows = plane.store.db
    .prepare('SELECT key, value FROM bedrock_tag WHERE arn = ? ORDER BY key')
    .all(arn);
  return Object.fromEntries(
    (rows as unknown as { key: string; value: string }[]).map((row) => [row.key, row.value]),
  );
}

/** Adds tags or gives them new values. Throws ValidationException above 50 tags. */
export function setTags(plane: ControlPlane, arn: string, tags: Readonly<Record<string, string>>): void {
  const count = Object.keys({ ...tagsOf(plane, arn), ...tags }).length;
  if (count > MAX_TAGS) throw invalid(`a resource may have ${MAX_TAGS} tags; ${arn} would have ${count}`);
  const insert = plane.store.db.prepare(
    'INSERT INTO bedrock_tag VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
  );
  for (const [key, value] of Object.entries(tags)) insert.run(arn, key, value);
}

export function removeTags(plane: ControlPlane, arn: string): void {
  plane.store.db.prepare('DELETE FROM bedrock_tag WHERE arn = ?').run(arn);
}

function existing(plane: ControlPlane, arn: string | undefined): string {
  const match = /^arn:aws:bedrock:[^:]+:\d*:(agent|agent-alias|knowledge-base)\/([^/]+)(?:\/([^/]+))?$/.exec(
    arn ?? '',
  );
  if (arn === undefined || match === null) throw invalid(`${arn} is not the ARN of a resource that has tags`);
  const [, kind, id = '', child = ''] = match;
  const doc =
    kind === 'agent'
      ? plane.store.get<AgentDoc>('agent', '', id)
      : kind === 'agent-alias'
        ? plane.store.get<AliasDoc>('alias', id, child)
        : plane.store.get('knowledge-base', '', id);
  if (doc === undefined) throw missing('resource', arn);
  return arn;
}

export const tagResource: Operation = (plane, params, body) => {
  setTags(plane, existing(plane, params.resourceArn), optionalTextMap(body, 'tags') ?? {});
  return {};
};

export const untagResource: Operation = (plane, params, _body, query) => {
  const arn = existing(plane, params.resourceArn);
  const remove = plane.store.db.prepare('DELETE FROM bedrock_tag WHERE arn = ? AND key = ?');
  for (const key of query.getAll('tagKeys')) remove.run(arn, key);
  return {};
};

export const listTagsForResource: Operation = (plane, params) => ({
  tags: tagsOf(plane, existing(plane, params.resourceArn)),
});
