import { constants } from 'node:fs';
import { access, copyFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { PlumblineError } from '#core/domain/errors.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import {
  moveFileAtomically,
  PARTIAL_PREFIX,
  partialPath,
  syncFile,
  writeFileAtomically,
} from './atomic-file.ts';

/** The files of runs in a folder. */
export class LocalRunStore implements RunStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async write(key: string, data: string | Uint8Array): Promise<void> {
    const path = this.#pathOf(key);
    if (await holds(path, data)) return;
    await writeFileAtomically(path, data);
  }

  async readText(key: string): Promise<string> {
    try {
      return await readFile(this.#pathOf(key), 'utf8');
    } catch (error) {
      if (!isMissing(error)) throw error;
      throw this.#notFound(key);
    }
  }

  async exists(key: string): Promise<boolean> {
    try {
      await access(this.#pathOf(key), constants.R_OK);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** Keys that start with the prefix, in order; files that are still being written are not among them. */
  async list(prefix: string): Promise<string[]> {
    const folder = join(this.#folder, prefix.slice(0, prefix.lastIndexOf('/') + 1));
    try {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => entry.isFile() && !entry.name.startsWith(PARTIAL_PREFIX))
        .map((entry) => relative(this.#folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
        .filter((key) => key.startsWith(prefix))
        .sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  /** The file itself. It need not exist, but its folder does afterwards. */
  async localPath(key: string): Promise<string> {
    const path = this.#pathOf(key);
    await mkdir(dirname(path), { recursive: true });
    return path;
  }

  async publish(localPath: string, key: string): Promise<void> {
    const path = this.#pathOf(key);
    if (resolve(localPath) === resolve(path)) return syncFile(path);
    await mkdir(dirname(path), { recursive: true });
    // A copy first: the local path may be on another file system, where a rename is not possible.
    const partial = partialPath(path);
    await copyFile(localPath, partial);
    await moveFileAtomically(partial, path);
    await rm(localPath, { force: true });
  }

  #pathOf(key: string): string {
    const parts = key.split('/');
    if (key === '' || parts.some((part) => part === '' || part === '.' || part === '..')) {
      throw new PlumblineError('UsageError', {
        what: `"${key}" is not a key of a run`,
        why: 'keys are relative paths with forward slashes and without . or ..',
      });
    }
    return join(this.#folder, ...parts);
  }

  #notFound(key: string): PlumblineError {
    return new PlumblineError('RunNotFound', {
      what: `There is no ${key}`,
      where: this.#folder,
      why: 'no run wrote it, or the data folder is another one',
      next: 'plumbline runs',
    });
  }
}

async function holds(path: string, data: string | Uint8Array): Promise<boolean> {
  try {
    return Buffer.from(data).equals(await readFile(path));
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
