/** Sessions: kept in the database, gone when idle for longer than the agent allows. */
import type { DatabaseSync } from 'node:sqlite';
import { conflict } from '../errors.ts';
import { EMPTY_SESSION, type SessionState } from '../run.ts';

export const SESSION_SCHEMA = `
  CREATE TABLE IF NOT EXISTS bedrock_session (
    owner TEXT NOT NULL,
    session_id TEXT NOT NULL,
    state TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (owner, session_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS bedrock_session_expiry ON bedrock_session (expires_at);
`;

export interface Sessions {
  /** The state of a session that is not expired, or an empty one. */
  load(owner: string, sessionId: string): SessionState;
  /** Keeps the state until it was idle for `ttlSeconds`. */
  save(owner: string, sessionId: string, state: SessionState, ttlSeconds: number): void;
  end(owner: string, sessionId: string): void;
  /** Holds a session for one turn. Throws ConflictException while another turn runs in it. */
  hold(owner: string, sessionId: string): Disposable;
}

/** @param now milliseconds since the epoch */
export function openSessions(db: DatabaseSync, now: () => number): Sessions {
  db.exec(SESSION_SCHEMA);
  const find = db.prepare(
    'SELECT state FROM bedrock_session WHERE owner = ? AND session_id = ? AND expires_at > ?',
  );
  const upsert = db.prepare(
    `INSERT INTO bedrock_session VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET state = excluded.state, expires_at = excluded.expires_at`,
  );
  const remove = db.prepare('DELETE FROM bedrock_session WHERE owner = ? AND session_id = ?');
  const removeExpired = db.prepare('DELETE FROM bedrock_session WHERE expires_at <= ?');
  const held = new Set<string>();
  return {
    load(owner, sessionId) {
      const row = find.get(owner, sessionId, now()) as { state: string } | undefined;
      return row === undefined ? EMPTY_SESSION : (JSON.parse(row.state) as SessionState);
    },
    save(owner, sessionId, state, ttlSeconds) {
      removeExpired.run(now());
      upsert.run(owner, sessionId, JSON.stringify(state), now() + ttlSeconds * 1_000);
    },
    end: (owner, sessionId) => void remove.run(owner, sessionId),
    hold(owner, sessionId) {
      const key = JSON.stringify([owner, sessionId]);
      if (held.has(key)) throw conflict(`Session ${sessionId} is busy with another request.`);
      held.add(key);
      return { [Symbol.dispose]: () => void held.delete(key) };
    },
  };
}
