/** Buses, rules, targets, schedules and deliveries in SQLite. */
import type { DatabaseSync } from 'node:sqlite';
import type { InputChoice } from './target-input.ts';

export interface RuleDoc {
  readonly Name: string;
  readonly Arn: string;
  readonly EventBusName: string;
  readonly EventPattern?: string;
  readonly ScheduleExpression?: string;
  readonly State: 'ENABLED' | 'DISABLED';
  readonly Description?: string;
  readonly RoleArn?: string;
}

export interface TargetDoc extends InputChoice {
  readonly Id: string;
  readonly Arn: string;
  readonly RoleArn?: string;
  readonly RetryPolicy?: {
    readonly MaximumRetryAttempts?: number;
    readonly MaximumEventAgeInSeconds?: number;
  };
}

export interface BusDoc {
  readonly Name: string;
  readonly Arn: string;
  readonly Description?: string;
  readonly createdAt: number;
}

/** When a rule or a schedule is due. Times in milliseconds since the epoch. */
export interface ScheduleRow {
  readonly key: string;
  readonly expression: string;
  readonly timeZone: string;
  readonly startedAt: number;
  readonly notBefore: number | null;
  readonly notAfter: number | null;
  /** Occurrences up to here are done. */
  readonly doneUntil: number;
  readonly enabled: 0 | 1;
}

/** Something that must reach a target. */
export interface Delivery {
  readonly id: number;
  /** The same for every attempt, so that a target can tell a repetition. */
  readonly name: string;
  readonly source: string;
  readonly targetArn: string;
  readonly input: string;
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly createdAt: number;
  readonly maxAttempts: number;
  readonly maxAgeSeconds: number;
  readonly error: string | null;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS events_bus (name TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS events_rule (
    bus TEXT NOT NULL, name TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (bus, name)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS events_target (
    bus TEXT NOT NULL, rule TEXT NOT NULL, id TEXT NOT NULL, arn TEXT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (bus, rule, id)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS events_tag (
    arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (arn, key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS events_schedule (
    key TEXT PRIMARY KEY, expression TEXT NOT NULL, time_zone TEXT NOT NULL, started_at INTEGER NOT NULL,
    not_before INTEGER, not_after INTEGER, done_until INTEGER NOT NULL, enabled INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS events_scheduler (name TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS events_delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, source TEXT NOT NULL, target_arn TEXT NOT NULL,
    input TEXT NOT NULL, attempts INTEGER NOT NULL, next_attempt_at INTEGER NOT NULL, created_at INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL, max_age_seconds INTEGER NOT NULL, error TEXT, failed INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS events_delivery_due ON events_delivery (failed, next_attempt_at, id);
`;

const DELIVERY_COLUMNS = `id, name, source, target_arn AS targetArn, input, attempts,
  next_attempt_at AS nextAttemptAt, created_at AS createdAt, max_attempts AS maxAttempts,
  max_age_seconds AS maxAgeSeconds, error`;

const SCHEDULE_COLUMNS = `key, expression, time_zone AS timeZone, started_at AS startedAt, not_before AS notBefore,
  not_after AS notAfter, done_until AS doneUntil, enabled`;

export type EventStore = ReturnType<typeof openEventStore>;

/** Opens the store in a database of the caller, creating its tables where they are missing. */
export function openEventStore(db: DatabaseSync) {
  db.exec(SCHEMA);
  const docs = <T>(sql: string, ...values: string[]) =>
    (db.prepare(sql).all(...values) as unknown as { doc: string }[]).map((row) => JSON.parse(row.doc) as T);
  const run = (sql: string, ...values: (string | number | null)[]) => void db.prepare(sql).run(...values);
  return {
    buses: {
      get: (name: string) => docs<BusDoc>('SELECT doc FROM events_bus WHERE name = ?', name)[0],
      all: () => docs<BusDoc>('SELECT doc FROM events_bus ORDER BY name'),
      put: (bus: BusDoc) =>
        run(
          'INSERT INTO events_bus VALUES (?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc',
          bus.Name,
          JSON.stringify(bus),
        ),
      remove: (name: string) => run('DELETE FROM events_bus WHERE name = ?', name),
    },
    rules: {
      get: (bus: string, name: string) =>
        docs<RuleDoc>('SELECT doc FROM events_rule WHERE bus = ? AND name = ?', bus, name)[0],
      all: (bus: string) => docs<RuleDoc>('SELECT doc FROM events_rule WHERE bus = ? ORDER BY name', bus),
      put: (rule: RuleDoc) =>
        run(
          'INSERT INTO events_rule VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc',
          rule.EventBusName,
          rule.Name,
          JSON.stringify(rule),
        ),
      remove: (bus: string, name: string) =>
        run('DELETE FROM events_rule WHERE bus = ? AND name = ?', bus, name),
    },
    targets: {
      of: (bus: string, rule: string) =>
        docs<TargetDoc>('SELECT doc FROM events_target WHERE bus = ? AND rule = ? ORDER BY id', bus, rule),
      rulesOf: (bus: string, arn: string) =>
        (
          db
            .prepare('SELECT DISTINCT rule FROM events_target WHERE bus = ? AND arn = ? ORDER BY rule')
            .all(bus, arn) as unknown as { rule: string }[]
        ).map((row) => row.rule),
      put: (bus: string, rule: string, target: TargetDoc) =>
        run(
          `INSERT INTO events_target VALUES (?, ?, ?, ?, ?)
           ON CONFLICT DO UPDATE SET arn = excluded.arn, doc = excluded.doc`,
          bus,
          rule,
          target.Id,
          target.Arn,
          JSON.stringify(target),
        ),
      remove: (bus: string, rule: string, id: string) =>
        run('DELETE FROM events_target WHERE bus = ? AND rule = ? AND id = ?', bus, rule, id),
    },
    tags: tagTable(db, run),
    schedules: scheduleTable(db, run),
    scheduler: {
      get: <T>(name: string) => docs<T>('SELECT doc FROM events_scheduler WHERE name = ?', name)[0],
      all: <T>() => docs<T>('SELECT doc FROM events_scheduler ORDER BY name'),
      put: (name: string, doc: unknown) =>
        run(
          'INSERT INTO events_scheduler VALUES (?, ?) ON CONFLICT DO UPDATE SET doc = excluded.doc',
          name,
          JSON.stringify(doc),
        ),
      remove: (name: string) => run('DELETE FROM events_scheduler WHERE name = ?', name),
    },
    deliveries: deliveryTable(db, run),
    /** Runs `work` in one transaction: all of it or nothing. `work` must be synchronous. */
    atomic<T>(work: () => T): T {
      db.exec('SAVEPOINT events');
      try {
        const result = work();
        db.exec('RELEASE events');
        return result;
      } catch (error) {
        db.exec('ROLLBACK TO events; RELEASE events');
        throw error;
      }
    },
  };
}

type Run = (sql: string, ...values: (string | number | null)[]) => void;

const tagTable = (db: DatabaseSync, run: Run) => ({
  of: (arn: string) =>
    db
      .prepare('SELECT key AS Key, value AS Value FROM events_tag WHERE arn = ? ORDER BY key')
      .all(arn) as unknown as {
      Key: string;
      Value: string;
    }[],
  put: (arn: string, key: string, value: string) =>
    run(
      'INSERT INTO events_tag VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
      arn,
      key,
      value,
    ),
  remove: (arn: string, key: string) => run('DELETE FROM events_tag WHERE arn = ? AND key = ?', arn, key),
  removeAll: (arn: string) => run('DELETE FROM events_tag WHERE arn = ?', arn),
});

const scheduleTable = (db: DatabaseSync, run: Run) => ({
  get: (key: string) =>
    db.prepare(`SELECT ${SCHEDULE_COLUMNS} FROM events_schedule WHERE key = ?`).get(key) as unknown as
      | ScheduleRow
      | undefined,
  enabled: () =>
    db
      .prepare(`SELECT ${SCHEDULE_COLUMNS} FROM events_schedule WHERE enabled = 1 ORDER BY key`)
      .all() as unknown as ScheduleRow[],
  put: (row: ScheduleRow) =>
    run(
      'INSERT OR REPLACE INTO events_schedule VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      ...[row.key, row.expression, row.timeZone, row.startedAt],
      ...[row.notBefore, row.notAfter, row.doneUntil, row.enabled],
    ),
  done: (key: string, until: number) =>
    run('UPDATE events_schedule SET done_until = ? WHERE key = ?', until, key),
  remove: (key: string) => run('DELETE FROM events_schedule WHERE key = ?', key),
});

const deliveryTable = (db: DatabaseSync, run: Run) => ({
  add: (delivery: Omit<Delivery, 'id' | 'attempts' | 'error'>) =>
    run(
      `INSERT INTO events_delivery
         (name, source, target_arn, input, attempts, next_attempt_at, created_at, max_attempts, max_age_seconds, failed)
       VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, 0)`,
      ...[delivery.name, delivery.source, delivery.targetArn, delivery.input],
      ...[delivery.nextAttemptAt, delivery.createdAt, delivery.maxAttempts, delivery.maxAgeSeconds],
    ),
  /** Writes down what could not even be tried, with the reason. */
  addFailed: (delivery: Pick<Delivery, 'name' | 'source' | 'targetArn' | 'createdAt' | 'error'>) =>
    run(
      `INSERT INTO events_delivery
         (name, source, target_arn, input, attempts, next_attempt_at, created_at, max_attempts, max_age_seconds,
          error, failed)
       VALUES (?, ?, ?, '', 0, ?, ?, 0, 0, ?, 1)`,
      ...[delivery.name, delivery.source, delivery.targetArn],
      ...[delivery.createdAt, delivery.createdAt, delivery.error],
    ),
  due: (now: number, limit: number) =>
    db
      .prepare(
        `SELECT ${DELIVERY_COLUMNS} FROM events_delivery WHERE failed = 0 AND next_attempt_at <= ? ORDER BY id LIMIT ?`,
      )
      .all(now, limit) as unknown as Delivery[],
  nextAttemptAt: () =>
    (
      db.prepare('SELECT min(next_attempt_at) AS at FROM events_delivery WHERE failed = 0').get() as {
        at: number | null;
      }
    ).at,
  failed: () =>
    db
      .prepare(`SELECT ${DELIVERY_COLUMNS} FROM events_delivery WHERE failed = 1 ORDER BY id`)
      .all() as unknown as Delivery[],
  retry: (id: number, attempts: number, at: number, error: string) =>
    run(
      'UPDATE events_delivery SET attempts = ?, next_attempt_at = ?, error = ? WHERE id = ?',
      attempts,
      at,
      error,
      id,
    ),
  fail: (id: number, attempts: number, error: string) =>
    run('UPDATE events_delivery SET attempts = ?, failed = 1, error = ? WHERE id = ?', attempts, error, id),
  remove: (id: number) => run('DELETE FROM events_delivery WHERE id = ?', id),
});
