import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlumblineError } from '#core/domain/errors.ts';

/** What the demo was asked to do, and how far it is. Kept in the data folder so that a killed demo can be resumed. */
export interface DemoState {
  readonly seed: number;
  readonly subscribers: number;
  readonly days: number;
  readonly complete: boolean;
}

const STATE_FILE = 'demo.json';
/** Written when somebody brings in data of their own: from then on the demo does not clear the folder. */
const OWN_DATA_FILE = 'own-data';

/** The demo of this data folder, or undefined. */
export async function readDemoState(home: string): Promise<DemoState | undefined> {
  try {
    return JSON.parse(await readFile(join(home, STATE_FILE), 'utf8'));
  } catch {
    return undefined;
  }
}

/** Writes the state whole or not at all. */
export async function writeDemoState(home: string, state: DemoState): Promise<void> {
  const file = join(home, STATE_FILE);
  await writeFile(`${file}.partial`, `${JSON.stringify(state)}\n`);
  await rename(`${file}.partial`, file);
}

/** Notes that the data folder holds data that the demo did not make. */
export async function markOwnData(home: string): Promise<void> {
  await mkdir(home, { recursive: true });
  await writeFile(join(home, OWN_DATA_FILE), '');
}

/**
 * Clears what an earlier demo left, so that each demo starts fresh. Refuses to touch a folder that holds anything
 * else: data of the user's own, or files that no demo wrote.
 */
export async function clearForDemo(home: string): Promise<void> {
  if (!existsSync(home)) return;
  const entries = await readdir(home);
  if (entries.length === 0) return;
  if (existsSync(join(home, OWN_DATA_FILE)) || !entries.includes(STATE_FILE)) {
    throw new PlumblineError('UsageError', {
      what: 'This data folder holds data that the demo did not make',
      where: home,
      why: 'the demo starts by clearing its folder',
      next: 'plumbline demo --home <another folder>',
    });
  }
  for (const entry of entries.filter((name) => name !== STATE_FILE)) {
    await rm(join(home, entry), { recursive: true, force: true });
  }
  await rm(join(home, STATE_FILE));
}
