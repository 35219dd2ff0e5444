import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The file that says where the process that owns the data folder answers. */
const ENDPOINT_FILE = 'endpoint';

/** Publishes the address of the embedded cloud of this process. */
export async function publishEndpoint(home: string, endpoint: string): Promise<void> {
  await mkdir(home, { recursive: true });
  await writeFile(join(home, ENDPOINT_FILE), `${endpoint}\n`);
}

/** The published address, or undefined. The process that wrote it may be gone: try it before relying on it. */
export async function readEndpoint(home: string): Promise<string | undefined> {
  try {
    return (await readFile(join(home, ENDPOINT_FILE), 'utf8')).trim();
  } catch {
    return undefined;
  }
}

/** Takes the address back when this process stops. */
export async function withdrawEndpoint(home: string, endpoint: string): Promise<void> {
  if ((await readEndpoint(home)) === endpoint) await rm(join(home, ENDPOINT_FILE), { force: true });
}
