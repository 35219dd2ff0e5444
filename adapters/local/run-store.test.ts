import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalRunStore } from './run-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-runs-'));
const store = new LocalRunStore(folder);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('what was written is read back, as text and as bytes', async () => {
  await store.write('r1/plan.json', '{"a":"ü"}');
  await store.write('r1/partitions/2026-10-14.b00/result.bin', new Uint8Array([1, 2, 3]));
  expect(await store.readText('r1/plan.json')).toBe('{"a":"ü"}');
  expect(statSync(await store.localPath('r1/partitions/2026-10-14.b00/result.bin')).size).toBe(3);
});

test('writing the same bytes again leaves the file as it is; other bytes replace it', async () => {
  await store.write('r2/manifest.json', 'one');
  const before = statSync(await store.localPath('r2/manifest.json'));
  await store.write('r2/manifest.json', 'one');
  expect(statSync(await store.localPath('r2/manifest.json')).ino).toBe(before.ino);
  await store.write('r2/manifest.json', 'two');
  expect(await store.readText('r2/manifest.json')).toBe('two');
});

test('a missing key is RunNotFound and names the key', async () => {
  await expect(store.readText('r9/manifest.json')).rejects.toMatchObject({
    name: 'RunNotFound',
    message: expect.stringContaining('r9/manifest.json'),
  });
  expect(await store.exists('r9/manifest.json')).toBe(false);
  expect(await store.exists('r2/manifest.json')).toBe(true);
});

test('list yields the keys under a prefix in order, without files that are being written', async () => {
  await store.write('r3/b.json', '1');
  await store.write('r3/a/x.json', '1');
  await store.write('r30/c.json', '1');
  writeFileSync(join(folder, 'r3', '.partial-dead-b.json'), 'half');
  expect(await store.list('r3/')).toEqual(['r3/a/x.json', 'r3/b.json']);
  expect(await store.list('r3')).toEqual(['r3/a/x.json', 'r3/b.json', 'r30/c.json']);
  expect(await store.list('nothing/')).toEqual([]);
});

test('publish moves a file that the warehouse wrote', async () => {
  const outside = join(mkdtempSync(join(tmpdir(), 'plumbline-out-')), 'v.parquet');
  writeFileSync(outside, 'PAR1');
  await store.publish(outside, 'r4/violations.parquet');
  expect(await store.readText('r4/violations.parquet')).toBe('PAR1');
  expect(existsSync(outside)).toBe(false);
});

test('publish of a file that is in place already keeps it', async () => {
  const place = await store.localPath('r5/population.parquet');
  writeFileSync(place, 'PAR1');
  await store.publish(place, 'r5/population.parquet');
  expect(await store.readText('r5/population.parquet')).toBe('PAR1');
});

test.each([
  ['parent folder', '../secrets.json'],
  ['parent folder inside', 'r1/../../secrets.json'],
  ['absolute path', '/etc/passwd'],
  ['empty', ''],
])('a key that leaves the folder is refused: %s', async (_condition, key) => {
  await expect(store.write(key, 'x')).rejects.toMatchObject({ name: 'UsageError' });
});
