/**
 * The journal: every change of an execution is committed to disk before anything acts on it.
 *
 * Writers hand in a batch and what to do once it is durable. Batches of one turn of the event loop share a commit
 * (group commit), so many executions cost one fsync. Batches are committed in the order in which they came.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { type FolderLock, lockFolder } from './lock.ts';
import { JOURNAL_VERSION, PRAGMAS, SCHEMA } from './schema.ts';

/** One statement with its parameters. */
export interface Write {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
}

export interface Batch {
  readonly writes: readonly Write[];
  /** Runs after the commit; never before. */
  readonly durable: () => void;
}

/** Called around each commit; a test throws here to simulate a crash. */
export interface CommitHooks {
  beforeCommit?(batches: readonly Batch[]): void;
  afterCommit?(batches: readonly Batch[]): void;
  /** Told when a commit failed, instead of the error being thrown. Nothing is written afterwards. */
  failed?(error: unknown): void;
}

export interface JournalOptions {
  /** Without a folder the journal lives in memory and dies with the process. */
  readonly dataDir?: string;
  readonly hooks?: CommitHooks;
  /** False commits every batch by itself; then a crash can come between any two. Default true. */
  readonly group?: boolean;
}

export class Journal {
  readonly db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #hooks: CommitHooks;
  readonly #group: boolean;
  readonly #lock: FolderLock | undefined;
  #queue: Batch[] = [];
  #scheduled = false;
  #failed: unknown;
  /** Number of commits so far; benches and tests read it. */
  commits = 0;

  constructor(options: JournalOptions, db?: DatabaseSync) {
    this.#hooks = options.hooks ?? {};
    this.#group = options.group ?? true;
    if (options.dataDir !== undefined) {
      mkdirSync(options.dataDir, { recursive: true });
      this.#lock = lockFolder(options.dataDir);
    }
    this.db =
      db ??
      new DatabaseSync(options.dataDir === undefined ? ':memory:' : join(options.dataDir, 'journal.db'));
    this.db.exec(PRAGMAS);
    this.db.exec(SCHEMA);
    this.#checkVersion(options.dataDir ?? ':memory:');
  }

  #checkVersion(where: string): void {
    const row = this.get<{ value: string }>("select value from meta where key = 'version'");
    if (row === undefined) {
      this.db.prepare("insert into meta (key, value) values ('version', ?)").run(String(JOURNAL_VERSION));
    } else if (Number(row.value) !== JOURNAL_VERSION) {
      throw new Error(
        `The journal in ${where} has version ${row.value}; this runtime reads ${JOURNAL_VERSION}.`,
      );
    }
  }

  /** A prepared statement, kept. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  get<T>(sql: string, ...values: SQLInputValue[]): T | undefined {
    return this.statement(sql).get(...values) as T | undefined;
  }

  all<T>(sql: string, ...values: SQLInputValue[]): T[] {
    return this.statement(sql).all(...values) as T[];
  }

  /** Queues a batch for the next commit. */
  append(batch: Batch): void {
    if (this.#failed !== undefined) return;
    this.#queue.push(batch);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Commits what is queued, then runs what was waiting for it. */
  flush(): void {
    while (this.#queue.length > 0 && this.#failed === undefined) {
      const batches = this.#queue.splice(0, this.#group ? this.#queue.length : 1);
      try {
        this.#commit(batches);
      } catch (error) {
        this.#failed = error;
        this.#queue = [];
        if (this.#hooks.failed === undefined) throw error;
        this.#hooks.failed(error);
        return;
      }
      for (const batch of batches) batch.durable();
    }
  }

  #commit(batches: readonly Batch[]): void {
    this.#hooks.beforeCommit?.(batches);
    this.db.exec('begin immediate');
    try {
      for (const batch of batches) {
        for (const write of batch.writes) this.statement(write.sql).run(...write.values);
      }
      this.db.exec('commit');
    } catch (error) {
      this.db.exec('rollback');
      throw error;
    }
    this.commits += 1;
    this.#hooks.afterCommit?.(batches);
  }

  get idle(): boolean {
    return this.#queue.length === 0;
  }

  close(): void {
    this.flush();
    this.#failed ??= new Error('the journal is closed');
    this.#statements.clear();
    this.db.close();
    this.#lock?.release();
  }
}
