import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { aFinding } from '#tests/support/cases.ts';
import { openTestStores, type TestStores } from '#tests/support/stores.ts';

const WRITER = fileURLToPath(new URL('../support/store-writer.ts', import.meta.url));

let stores: TestStores;
beforeEach(async () => {
  stores = await openTestStores();
});
afterEach(() => stores.dispose());

/** Runs a writer in a process of its own; resolves to what it acknowledged. Killed after so many, if named. */
function write(caseId: string, count: number, killAfter = Number.POSITIVE_INFINITY): Promise<number> {
  const file = join(stores.folder, 'store.db');
  const writer = spawn(process.execPath, [WRITER, file, caseId, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let acknowledged = 0;
  writer.stdout.on('data', (data: Buffer) => {
    acknowledged += data.toString().split('\n').length - 1;
    if (acknowledged >= killAfter) writer.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    writer.on('error', reject);
    writer.on('close', () => resolve(acknowledged));
  });
}

test('three processes share the file, one is killed: nothing that was acknowledged is lost', async () => {
  const { case: opened } = await stores.cases.openCase(aFinding(), 'system');
  const [first, second, killed] = await Promise.all([
    write(opened.caseId, 60),
    write(opened.caseId, 60),
    write(opened.caseId, 100_000, 20),
  ]);
  expect([first, second]).toEqual([60, 60]);
  expect(killed).toBeLessThan(100_000);
  const written = ((await stores.cases.findCase(opened.caseId))?.version ?? 0) - 1;
  // The killed writer may have committed one comment that it could not acknowledge any more.
  expect(written - first - second - killed).toBeGreaterThanOrEqual(0);
  expect(written - first - second - killed).toBeLessThanOrEqual(1);
  expect(await stores.cases.verifyChain()).toMatchObject({ ok: true, events: written + 1 });
});
