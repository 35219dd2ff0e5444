import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KEY_BYTES, SecretKey } from '#core/domain/secret-key.ts';

/**
 * The key in a file that only its owner can read (mode 0600; Windows has no such mode and keeps the folder's rights).
 * The first who asks makes it from random bytes; of several at once one wins and all read the same. Throws when the
 * file is there and does not hold a key.
 */
export async function secretKeyIn(file: string): Promise<SecretKey> {
  const bytes = (await readKey(file)) ?? (await makeKey(file));
  if (bytes.length !== KEY_BYTES) {
    throw new RangeError(`${file} does not hold a key of ${KEY_BYTES} bytes; it was changed or cut`);
  }
  return new SecretKey(bytes);
}

async function readKey(file: string): Promise<Uint8Array | undefined> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    await chmod(file, 0o600);
    return Buffer.from(text, 'hex');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Written whole beside its place and linked there, which fails when another process was first. */
async function makeKey(file: string): Promise<Uint8Array> {
  await mkdir(dirname(file), { recursive: true });
  const partial = join(dirname(file), `.partial-${randomUUID()}`);
  const handle = await open(partial, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(KEY_BYTES).toString('hex')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(partial, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(partial, { force: true });
  }
  return (await readKey(file)) ?? new Uint8Array();
}
