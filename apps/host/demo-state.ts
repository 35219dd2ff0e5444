import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlumblineError } from '#core/domain/errors.ts';

/** What the demo was asked to do, and how far it is. Kept in the data folder so that a killed demo can be resumed. */
export interface DemoState {
  readonly seed: number;
  readonly subscribers: number;
  readonly days: number;
  /** False while what an earlier demo left is still being cleared away. */
  readonly cleared: boolean;
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
 * Throws a UsageError when the folder holds anything that no demo made: data of the user's own, or other files. The
 * demo starts by clearing its folder, so it must be its own.
 */
export async function requireDemoFolder(home: string): Promise<void> {
  if (!existsSync(home)) return;
  const entries = await readdir(home);
  if (entries.length === 0) return;
  if (!existsSync(join(home, OWN_DATA_FILE)) && entries.includes(STATE_FILE)) return;
  throw new PlumblineError('UsageError', {
    what: 'This data folder holds data that the demo did not make',
    where: home,
    why: 'the demo starts by clearing its folder',
    next: 'plumbline demo --home <another folder>',
  });
}

/**
 * Clears what an earlier demo left and notes the new one. The state is written before and after, so that a demo
 * that is killed meanwhile is cleared again when it is resumed, and never continues on half of the old data.
 */
export async function beginDemo(
  home: string,
  parameters: Pick<DemoState, 'seed' | 'subscribers' | 'days'>,
): Promise<DemoState> {
  await mkdir(home, { recursive: true });
  const state: DemoState = { ...parameters, cleared: false, complete: false };
  await writeDemoState(home, state);
  for (const entry of (await readdir(home)).filter((name) => name !== STATE_FILE)) {
    await rm(join(home, entry), { recursive: true, force: true });
  }
  const cleared = { ...state, cleared: true };
  await writeDemoState(home, cleared);
  return cleared;
}
