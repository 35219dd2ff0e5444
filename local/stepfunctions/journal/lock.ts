/** Makes sure that one process at a time works on a data folder. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

export class DataFolderInUse extends Error {
  readonly code = 'DATA_FOLDER_IN_USE';

  constructor(folder: string) {
    super(
      `The data folder ${folder} is in use by another process. ` +
        'One embedded cloud works on a folder at a time; stop the other one or choose another folder.',
    );
    this.name = 'DataFolderInUse';
  }
}

export interface FolderLock {
  release(): void;
}

/**
 * Takes the folder for this process. The lock is an open SQLite write transaction, which the operating system ends
 * with the process, however it ends; so a kill never leaves a stale lock behind.
 */
export function lockFolder(folder: string): FolderLock {
  mkdirSync(folder, { recursive: true });
  const lock = new DatabaseSync(join(folder, 'lock.db'));
  try {
    lock.exec('pragma busy_timeout = 0; begin exclusive;');
  } catch (thrown) {
    lock.close();
    const busy = /locked|busy/i.test(String((thrown as { message?: unknown }).message));
    throw busy ? new DataFolderInUse(folder) : thrown;
  }
  return { release: () => lock.close() };
}
