import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { plumbline, start, temporaryFolder } from './cli.ts';

const folder = temporaryFolder();
const home = join(folder.path, 'home');
const sample = join(folder.path, 'sample');
let server: ChildProcess;

beforeAll(async () => {
  await plumbline(
    folder.path,
    'generate',
    '--out',
    sample,
    '--seed',
    '2',
    '--subscribers',
    '60',
    '--days',
    '31',
  );
  server = start(home, ['local', '--port', '0']);
  await until(() => existsSync(join(home, 'endpoint')));
}, 60_000);
afterAll(async () => {
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('close', resolve));
  folder.remove();
});

describe('a process that serves the data folder', () => {
  test('is talked to by others, and refuses a second one', async () => {
    const status = await plumbline(home, 'local', 'status', '--json');
    expect(status.json()).toMatchObject({ ok: true, executions: [] });
    const second = await plumbline(home, 'local', '--port', '0', '--json');
    expect([second.code, second.json().error.name]).toEqual([6, 'DataFolderInUse']);
  }, 30_000);

  test('reconciles a month by itself as soon as its feeds are complete, and can be watched', async () => {
    const ingested = await plumbline(home, 'ingest', join(sample, 'feeds'), '--json');
    expect(ingested.json()).toMatchObject({ ok: true, closedPeriods: ['2026-10'] });
    await until(async () => (await executions()).some((e) => e.stateMachine === 'usage-reconciliation'));
    const run = (await executions()).find((e) => e.stateMachine === 'usage-reconciliation');
    const watched = await plumbline(home, 'local', 'watch', run?.name ?? '');
    expect(watched.stdout).toMatch(/TaskStateEntered +PlanPartitions/);
    expect(watched.stdout).toMatch(/usage-reconciliation .*: SUCCEEDED/);
    expect((await plumbline(home, 'runs', 'list', '--json')).json().runs).toMatchObject([
      { period: '2026-10' },
    ]);
  }, 120_000);

  test('is not started again by files that change nothing', async () => {
    const before = (await executions()).length;
    const again = await plumbline(home, 'ingest', join(sample, 'feeds'), '--json');
    expect(again.json()).toMatchObject({ ingested: 0, closedPeriods: [] });
    expect((await executions()).length).toBe(before);
  }, 60_000);
});

async function executions(): Promise<{ name: string; stateMachine: string; status: string }[]> {
  return (await plumbline(home, 'local', 'status', '--json')).json().executions;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('It did not happen within 10 s');
}
