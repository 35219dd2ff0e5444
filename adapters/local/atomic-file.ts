import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Prefix of files that are being written. A file with it was left by a process that died: nobody reads it. */
export const PARTIAL_PREFIX = '.partial-';

/**
 * Writes a file whole or not at all, and so that it survives a power cut: a temporary file beside it is written,
 * flushed and renamed, and the folder is flushed.
 */
export async function writeFileAtomically(path: string, data: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = partialPath(path);
  const handle = await open(partial, 'wx');
  try {
    await handle.writeFile(data);
    await handle.sync();
  } catch (error) {
    await closeAndRemove(handle, partial);
    throw error;
  }
  await handle.close();
  await rename(partial, path);
  await syncFolder(dirname(path));
}

/** Moves a finished file to its place, flushed to disk first. Both must be on one file system. */
export async function moveFileAtomically(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await syncFile(from);
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** A name beside the file that no other writer uses. */
export function partialPath(path: string): string {
  return join(dirname(path), `${PARTIAL_PREFIX}${randomUUID().slice(0, 8)}-${basename(path)}`);
}

/** Flushes the content of a file to disk. */
export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Flushes the entries of a folder to disk, so that a rename in it survives a power cut. */
export async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder as a file and orders renames itself.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function closeAndRemove(handle: FileHandle, path: string): Promise<void> {
  await handle.close();
  await rm(path, { force: true });
}
