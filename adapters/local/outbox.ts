import { constants } from 'node:fs';
import { access, link, mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PlumblineError } from '#core/domain/errors.ts';
import { canonicalJson } from '#core/domain/hash.ts';
import type { Outbox, OutboxMessage } from '#core/ports/outbox.ts';
import { PARTIAL_PREFIX, partialPath, syncFolder } from './atomic-file.ts';

const KEY = /^[A-Za-z0-9][A-Za-z0-9_-]{0,199}$/;

/** Messages to other systems as files `<idempotency key>.json` in a folder. A file is written once and never changed. */
export class LocalOutbox implements Outbox {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Writes a message whole and flushed to disk. Throws EffectInDoubt when the key stands there with another
   * content: one key is one message.
   */
  async put(message: OutboxMessage): Promise<boolean> {
    const path = this.#pathOf(message.idempotencyKey);
    const text = `${canonicalJson(message)}\n`;
    if (await isThere(path)) return this.#assertSame(path, text, message);
    await mkdir(dirname(path), { recursive: true });
    const partial = partialPath(path);
    try {
      await writeFlushed(partial, text);
      // A link, unlike a rename, fails when the name is taken: of two writers at once one wins.
      await link(partial, path);
      await syncFolder(dirname(path));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return await this.#assertSame(path, text, message);
    } finally {
      await rm(partial, { force: true });
    }
  }

  /** Messages in order of their key. Files that are still being written are not among them. */
  async list(caseId?: string): Promise<OutboxMessage[]> {
    const names = await namesIn(this.#folder);
    const messages = await Promise.all(
      names.map(
        async (name) => JSON.parse(await readFile(join(this.#folder, name), 'utf8')) as OutboxMessage,
      ),
    );
    return messages.filter((message) => caseId === undefined || message.caseId === caseId);
  }

  async #assertSame(path: string, text: string, message: OutboxMessage): Promise<false> {
    if ((await readFile(path, 'utf8')) === text) return false;
    throw new PlumblineError('EffectInDoubt', {
      what: `Message ${message.idempotencyKey} was written before with another content`,
      where: path,
      next: 'compare both before anything is sent again',
    });
  }

  #pathOf(key: string): string {
    if (KEY.test(key)) return join(this.#folder, `${key}.json`);
    throw new PlumblineError('UsageError', {
      what: `"${key}" is not an idempotency key`,
      why: 'it is also a file name: letters, digits, - and _ only, at most 200',
    });
  }
}

async function writeFlushed(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => name.endsWith('.json') && !name.startsWith(PARTIAL_PREFIX)).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}
