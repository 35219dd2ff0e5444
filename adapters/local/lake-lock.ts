import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PlumblineError } from '#core/domain/errors.ts';

/**
 * The right to write to the lake. A transaction on a database of its own, so that the system lets go of it when the
 * process dies, however it dies.
 */
export class LakeLock {
  readonly #db: DatabaseSync;

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Throws DataFolderInUse when another process, or another ingest of this one, is writing. */
  static acquire(home: string): LakeLock {
    mkdirSync(home, { recursive: true });
    const db = new DatabaseSync(join(home, 'lake.lock'));
    try {
      db.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE');
      return new LakeLock(db);
    } catch (cause) {
      db.close();
      throw new PlumblineError(
        'DataFolderInUse',
        {
          what: 'Another ingest is writing to this data folder',
          where: home,
          next: 'wait until it has ended, then type the same command again',
          retryable: true,
        },
        { cause },
      );
    }
  }

  release(): void {
    this.#db.exec('ROLLBACK');
    this.#db.close();
  }
}
