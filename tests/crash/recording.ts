/** Journals as JSON, so that a journal of an earlier release can be kept in the repository and taken up again. */
import { DatabaseSync } from 'node:sqlite';
import { SCHEMA } from '#local/stepfunctions/journal/schema.ts';

const TABLES = [
  'meta',
  'definitions',
  'machines',
  'tags',
  'executions',
  'threads',
  'history',
  'map_runs',
] as const;

export type Recording = Readonly<Record<string, readonly Readonly<Record<string, string | number | null>>[]>>;

export function recordingOf(db: DatabaseSync): Recording {
  return Object.fromEntries(
    TABLES.map((table) => [table, db.prepare(`select * from ${table}`).all()]),
  ) as Recording;
}

/** The journal of a recording, in memory. Columns that are new since then take their defaults. */
export function journalOf(recording: Recording): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  db.exec(SCHEMA);
  for (const [table, rows] of Object.entries(recording)) {
    for (const row of rows) {
      const columns = Object.keys(row);
      const marks = columns.map(() => '?').join(', ');
      db.prepare(`insert into ${table} (${columns.join(', ')}) values (${marks})`).run(...Object.values(row));
    }
  }
  return db;
}
