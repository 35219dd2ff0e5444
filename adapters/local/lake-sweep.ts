import { readdir, rm } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** Folder under the lake in which files are written before they are moved to their place. */
export const STAGING = '.staging';

/**
 * Deletes what an ingest that died has left in the lake folder: everything staged, and files in place that no
 * transaction registered. Only for the holder of the lake's lock. Returns the number of files deleted.
 */
export async function sweepOrphans(lakeFolder: string, registered: ReadonlySet<string>): Promise<number> {
  let swept = 0;
  for (const path of await filesUnder(lakeFolder)) {
    const name = relative(lakeFolder, path).split(sep).join('/');
    if (registered.has(name)) continue;
    await rm(path, { force: true });
    swept += 1;
  }
  await rm(join(lakeFolder, STAGING), { recursive: true, force: true });
  return swept;
}

/** All files under a folder, in order of their paths; none where the folder does not exist. */
export async function filesUnder(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
