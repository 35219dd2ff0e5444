import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { S3RunStore } from '#adapters/aws/run-store.ts';
import { Workspace } from '#adapters/aws/workspace.ts';
import { LocalRunStore } from '#adapters/local/run-store.ts';
import type { RunStore } from '#core/ports/run-store.ts';
import { openS3World, RUNS, type S3World } from '#tests/support/s3-client.ts';

let world: S3World;
let s3: S3RunStore;
let local: LocalRunStore;
beforeAll(async () => {
  world = await openS3World({ maxKeys: 2 });
  s3 = new S3RunStore(world.runs, await Workspace.open(world.folder));
  local = new LocalRunStore(join(world.folder, 'local'));
});
afterAll(() => world.close());

const file = (name: string, text: string) => {
  const path = join(world.folder, name);
  mkdirSync(world.folder, { recursive: true });
  writeFileSync(path, text);
  return path;
};

describe.each([
  ['a folder', () => local],
  ['a bucket', () => s3],
])('runs in %s', (_place, storeOf: () => RunStore) => {
  test('what is written is read, whole', async () => {
    await storeOf().write('runs/a/manifest.json', 'ü1');
    await storeOf().write('runs/a/manifest.json', 'ü1');
    expect(await storeOf().readText('runs/a/manifest.json')).toBe('ü1');
    await storeOf().write('runs/a/manifest.json', 'ü2');
    expect(await storeOf().readText('runs/a/manifest.json')).toBe('ü2');
  });

  test('what is published moves to its key, and can be read from a path', async () => {
    const path = file('violations.parquet', 'rows');
    await storeOf().publish(path, 'runs/a/partitions/p/violations.parquet');
    expect(() => readFileSync(path)).toThrow('ENOENT');
    expect(readFileSync(await storeOf().localPath('runs/a/partitions/p/violations.parquet'), 'utf8')).toBe(
      'rows',
    );
    // Again, as after a retry.
    await storeOf().publish(file('again', 'rows'), 'runs/a/partitions/p/violations.parquet');
  });

  test('keys are listed by prefix, in order', async () => {
    for (const key of ['runs/l/b', 'runs/l/a/2', 'runs/l/a/1', 'runs/m']) await storeOf().write(key, '');
    expect(await storeOf().list('runs/l/')).toEqual(['runs/l/a/1', 'runs/l/a/2', 'runs/l/b']);
    expect(await storeOf().list('nothing/')).toEqual([]);
  });

  test('a key that nobody wrote', async () => {
    expect(await storeOf().exists('runs/none')).toBe(false);
    await expect(storeOf().readText('runs/none')).rejects.toMatchObject({ name: 'RunNotFound' });
  });

  test.each(['', '/runs', 'runs//a', 'runs/../a', 'runs/./a'])('"%s" is no key', async (key) => {
    await expect(storeOf().write(key, '')).rejects.toMatchObject({ name: 'UsageError' });
  });
});

describe('written once in a bucket', () => {
  test.each<[string, (text: string, key: string) => Promise<void>, string]>([
    ['a plan', (text, key) => s3.write(key, text), 'runs/o/plan.json'],
    ['the result of a partition', (text, key) => s3.write(key, text), 'runs/o/partitions/p/result.json'],
    ['a Parquet file', (text, key) => s3.publish(file('x', text), key), 'runs/o/violations.parquet'],
  ])('%s: the same again is nothing, another content is refused', async (_what, write, key) => {
    await write('first', key);
    await write('first', key);
    await expect(write('second', key)).rejects.toMatchObject({
      name: 'FileChanged',
      facts: { where: `s3://${RUNS}/${key}` },
    });
    expect(await s3.readText(key)).toBe('first');
  });

  test('an object that something else put without a SHA-256 is compared by its content', async () => {
    const Key = 'runs/o/partitions/p/hops.parquet';
    await world.client.send(new PutObjectCommand({ Bucket: RUNS, Key, Body: 'rows' }));
    await s3.publish(file('same', 'rows'), Key);
    await expect(s3.publish(file('other', 'more'), Key)).rejects.toMatchObject({ name: 'FileChanged' });
  });

  test('a path of nothing', async () => {
    await expect(s3.localPath('runs/none')).rejects.toMatchObject({ name: 'RunNotFound' });
  });

  test('what S3 refuses is named, and says what to do', async () => {
    await expect(
      new S3RunStore(
        Object.create(world.runs, { name: { value: 'nowhere' } }),
        await Workspace.open(world.folder),
      ).readText('runs/a'),
    ).rejects.toMatchObject({
      name: 'FileNotReadable',
      facts: { why: expect.stringContaining('NoSuchBucket') },
    });
  });
});
