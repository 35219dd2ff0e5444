import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seeded } from './random.ts';

const LONG = process.env.PLUMBLINE_LONG !== undefined && process.env.PLUMBLINE_LONG !== '';
const KILLS = LONG ? 50 : 3;
const CHILD = fileURLToPath(new URL('./kill-child.ts', import.meta.url));
const ROUNDS = 10;
const EFFECTS_PER_ROUND = 7;

interface Ended {
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs the child; kills it with SIGKILL so many milliseconds after it began its work, unless it ends before. */
function run(folder: string, killAfterMs: number | undefined): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CHILD, join(folder, 'data'), join(folder, 'ledger')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
    });
    let output = '';
    let errors = '';
    let timer: NodeJS.Timeout | undefined;
    child.stdout.on('data', (chunk) => {
      output += String(chunk);
      if (killAfterMs !== undefined) timer ??= setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    });
    child.stderr.on('data', (chunk) => {
      errors += String(chunk);
    });
    child.on('close', (_code, signal) => {
      clearTimeout(timer);
      resolve({ signal, output, errors });
    });
  });
}

test(`an execution killed ${KILLS} times ends as if it had not been`, async () => {
  const random = seeded(7);
  let kills = 0;
  // An execution may end before it was killed often enough; then the next one goes on.
  while (kills < KILLS) {
    const folder = mkdtempSync(join(tmpdir(), 'kill-'));
    try {
      for (let tries = 0; tries < 8 && kills < KILLS; tries += 1) {
        const killed = await run(folder, 10 + Math.floor(random() * 250));
        if (killed.signal !== 'SIGKILL') break;
        kills += 1;
      }
      check(await run(folder, undefined), folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  expect(kills).toBe(KILLS);
}, 300_000);

interface Result {
  readonly status: string;
  readonly history: { readonly events: readonly { readonly id: number; readonly type: string }[] };
}

function check(last: Ended, folder: string): void {
  expect(last.errors).toBe('');
  const result = JSON.parse(last.output.slice(last.output.indexOf('\n'))) as Result;
  expect(result.status).toBe('SUCCEEDED');
  const { events } = result.history;
  expect(events.map((event) => event.id)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter((event) => event.type === 'LambdaFunctionScheduled')).toHaveLength(ROUNDS * 4);
  expect(events.filter((event) => event.type === 'LambdaFunctionSucceeded')).toHaveLength(ROUNDS * 4);
  const lines = readFileSync(join(folder, 'ledger'), 'utf8')
    .split('\n')
    .filter((line) => line.endsWith(';'));
  const effects = lines.map((line) => line.slice(line.indexOf(' ') + 1));
  expect(effects).toHaveLength(ROUNDS * EFFECTS_PER_ROUND);
  expect(new Set(effects).size).toBe(ROUNDS * EFFECTS_PER_ROUND);
}
