/** The resources of the control plane, kept as JSON documents in SQLite. */
import type { DatabaseSync } from 'node:sqlite';
import { invalid } from './errors.ts';

export type ResourceKind =
  | 'agent'
  | 'action-group'
  | 'agent-knowledge-base'
  | 'version'
  | 'prepared'
  | 'alias'
  | 'knowledge-base'
  | 'data-source'
  | 'ingestion-job';

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

export interface Store {
  readonly db: DatabaseSync;
  get<T>(kind: ResourceKind, parent: string, id: string): T | undefined;
  all<T>(kind: ResourceKind, parent: string): readonly T[];
  /** Pages in order of creation. Throws ValidationException for a token that this store did not give. */
  page<T>(kind: ResourceKind, parent: string, maxResults: number, nextToken: string | undefined): Page<T>;
  put(kind: ResourceKind, parent: string, id: string, doc: unknown): void;
  remove(kind: ResourceKind, parent: string, id: string): void;
  removeAll(kind: ResourceKind, parent: string): void;
  /** Runs `work` in one transaction: all of it or nothing. `work` must be synchronous. */
  atomic<T>(work: () => T): T;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS bedrock_resource (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    parent TEXT NOT NULL,
    id TEXT NOT NULL,
    doc TEXT NOT NULL,
    UNIQUE (kind, parent, id)
  ) STRICT;
`;

/** Opens the store in a database of the caller, creating its table where it is missing. */
export function openStore(db: DatabaseSync): Store {
  db.exec(SCHEMA);
  const getOne = db.prepare('SELECT doc FROM bedrock_resource WHERE kind = ? AND parent = ? AND id = ?');
  const getSome = db.prepare(
    'SELECT seq, doc FROM bedrock_resource WHERE kind = ? AND parent = ? AND seq > ? ORDER BY seq LIMIT ?',
  );
  const upsert = db.prepare(
    `INSERT INTO bedrock_resource (kind, parent, id, doc) VALUES (?, ?, ?, ?)
     ON CONFLICT (kind, parent, id) DO UPDATE SET doc = excluded.doc`,
  );
  const removeOne = db.prepare('DELETE FROM bedrock_resource WHERE kind = ? AND parent = ? AND id = ?');
  const removeSome = db.prepare('DELETE FROM bedrock_resource WHERE kind = ? AND parent = ?');
  const rows = (kind: string, parent: string, after: number, limit: number) =>
    getSome.all(kind, parent, after, limit) as unknown as { seq: number; doc: string }[];
  return {
    db,
    get<T>(kind: ResourceKind, parent: string, id: string) {
      const row = getOne.get(kind, parent, id) as { doc: string } | undefined;
      return row === undefined ? undefined : (JSON.parse(row.doc) as T);
    },
    all: <T>(kind: ResourceKind, parent: string) =>
      rows(kind, parent, 0, -1).map((row) => JSON.parse(row.doc) as T),
    page<T>(kind: ResourceKind, parent: string, maxResults: number, nextToken: string | undefined) {
      const found = rows(kind, parent, readToken(nextToken), maxResults + 1);
      const kept = found.slice(0, maxResults);
      const last = found.length > maxResults ? kept.at(-1)?.seq : undefined;
      return {
        items: kept.map((row) => JSON.parse(row.doc) as T),
        nextToken: last === undefined ? undefined : Buffer.from(`after:${last}`).toString('base64url'),
      };
    },
    put: (kind, parent, id, doc) => void upsert.run(kind, parent, id, JSON.stringify(doc)),
    remove: (kind, parent, id) => void removeOne.run(kind, parent, id),
    removeAll: (kind, parent) => void removeSome.run(kind, parent),
    atomic: (work) => atomic(db, work),
  };
}

function atomic<T>(db: DatabaseSync, work: () => T): T {
  db.exec('SAVEPOINT bedrock');
  try {
    const result = work();
    db.exec('RELEASE bedrock');
    return result;
  } catch (error) {
    db.exec('ROLLBACK TO bedrock; RELEASE bedrock');
    throw error;
  }
}

function readToken(token: string | undefined): number {
  if (token === undefined) return 0;
  const match = /^after:(\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  if (match === null) throw invalid('nextToken is not a token of this service');
  return Number(match[1]);
}
