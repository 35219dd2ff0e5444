import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BIN = fileURLToPath(new URL('../../apps/cli/bin.mjs', import.meta.url));

/** What a command left. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as one JSON value. */
  // biome-ignore lint/suspicious/noExplicitAny: the tests look into it field by field
  json(): any;
}

/** Runs the CLI as a user does: a process of its own, without a terminal. */
export function plumbline(home: string, ...args: readonly string[]): Promise<CliResult> {
  return finished(start(home, args));
}

/** Starts the CLI and kills it the hard way as soon as its progress matches. Resolves when it is gone. */
export async function killedAt(
  home: string,
  progress: RegExp,
  ...args: readonly string[]
): Promise<CliResult> {
  const child = start(home, args);
  let seen = '';
  child.stderr?.on('data', (chunk) => {
    seen += String(chunk);
    if (progress.test(seen)) child.kill('SIGKILL');
  });
  return finished(child);
}

/** Starts the CLI and leaves it running. */
export function start(home: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [BIN, ...args, '--home', home], {
    env: { ...process.env, NO_COLOR: '1', PLUMBLINE_USER: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A folder for one test, and how to get rid of it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'plumbline-e2e-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function finished(child: ChildProcess): Promise<CliResult> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    stderr += String(chunk);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr, json: () => JSON.parse(stdout) }));
  });
}
