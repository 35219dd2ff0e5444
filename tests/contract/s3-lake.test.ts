import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { S3Lake } from '#adapters/aws/lake.ts';
import type { BatchEntry } from '#adapters/aws/lake-entry.ts';
import { CHECKPOINT_EVERY, LakeLog } from '#adapters/aws/lake-log.ts';
import { S3LakeWriter } from '#adapters/aws/lake-writer.ts';
import { Workspace } from '#adapters/aws/workspace.ts';
import { LocalLake } from '#adapters/local/lake.ts';
import { ingest } from '#apps/host/ingest.ts';
import { generateSample } from '#apps/host/sample.ts';
import { DATASET_NAMES } from '#core/domain/datasets.ts';
import { sha256 } from '#core/domain/hash.ts';
import { parseDay } from '#core/domain/period.ts';
import type { LakeFile } from '#core/domain/run.ts';
import { LAKE, openS3World, type S3World } from '#tests/support/s3-client.ts';
import { copyLake } from '#tests/support/s3-lake.ts';
import type { Fault } from '#tests/support/s3-server.ts';

let fault: ((request: { method: string; key: string }) => Fault | undefined) | undefined;
let world: S3World;
let workspace: Workspace;
beforeEach(async () => {
  fault = undefined;
  world = await openS3World({ maxKeys: 50, fault: (request) => fault?.(request) });
  workspace = await Workspace.open(world.folder);
});
afterEach(() => world.close());

const FIRST = parseDay('2026-10-01');
const LAST = parseDay('2026-10-31');
const HOLE = parseDay('2026-10-07');

describe('the lake of a small operator, in a folder and in a bucket', () => {
  const home = mkdtempSync(join(tmpdir(), 'plumbline-s3-lake-'));
  beforeAll(async () => {
    const out = join(home, 'sample');
    await generateSample({ out, seed: 3, subscribers: 60, days: 31, onProgress: () => {} });
    // A day of rated items and an hour of usage never came.
    const gone = /rated_20261007|usage_20261009_0[45]/;
    const feeds = join(out, 'feeds');
    for (const name of readdirSync(feeds, { recursive: true, encoding: 'utf8' })) {
      if (gone.test(name)) rmSync(join(feeds, name), { recursive: true });
    }
    await ingest({ home, path: feeds, keepData: false, onProgress: () => {} });
  }, 60_000);
  afterAll(() => rmSync(home, { recursive: true }));

  test('answers every question alike', async () => {
    await copyLake(home, world.lake);
    const local = new LocalLake(home);
    const s3 = new S3Lake(world.lake, workspace);
    expect(await s3.buckets()).toBe(await local.buckets());
    let files = 0;
    let missing = 0;
    for (const dataset of DATASET_NAMES) {
      const pairs = await Promise.all(
        [local, s3].map(async (lake) => ({
          references: await lake.referenceFiles(dataset),
          events: await Promise.all(
            [parseDay('2026-09-30'), HOLE, LAST].map((day) => lake.eventFiles(dataset, day, 0)),
          ),
          month: await lake.coverage(dataset, FIRST, LAST),
          day: await lake.coverage(dataset, HOLE, HOLE),
          missing: [...(await lake.missingSlots(dataset, FIRST, LAST))],
          quarantined: await lake.quarantined(dataset, FIRST, LAST),
        })),
      );
      expect(pairs[1]).toEqual(pairs[0]);
      files += pairs[0]?.events.flat().length ?? 0;
      missing += pairs[0]?.missing.length ?? 0;
    }
    // The comparison was not one of nothing with nothing.
    expect([files > 5, missing > 0]).toEqual([true, true]);
    const [file] = await local.eventFiles('usage', HOLE, 0);
    const copy = await s3.localPath(file as LakeFile);
    expect(readFileSync(copy).equals(readFileSync(await local.localPath(file as LakeFile)))).toBe(true);
    await s3.close();
    local.close();
  }, 60_000);

  test('copied again, it is the same lake', async () => {
    await copyLake(home, world.lake);
    const before = await world.lake.list('');
    await copyLake(home, world.lake);
    expect(await world.lake.list('')).toEqual(before);
  }, 60_000);
});

const SNAPSHOT = '2026-11-04';
const batchOf = (id: string, text: string, over: Partial<BatchEntry> = {}) => ({
  batch: id,
  sources: [],
  objects: [
    {
      path: `tariff/dt=${SNAPSHOT}/bucket=00/${id}.parquet`,
      kind: 'rows' as const,
      dt: SNAPSHOT,
      bucket: 0,
      rows: 1,
      sha256: sha256(text),
    },
  ],
  snapshot: SNAPSHOT,
  ...over,
});

/** Registers one snapshot of the tariff whose object holds this text. */
async function register(id: string, text: string): Promise<LakeFile> {
  const path = join(world.folder, `${id}.parquet`);
  writeFileSync(path, text);
  await new S3LakeWriter(world.lake).register('tariff', batchOf(id, text), () => path);
  const [file] = await new S3Lake(world.lake, workspace).referenceFiles('tariff');
  return file as LakeFile;
}

describe('the log', () => {
  test('writers that register at once all stand in it, each once', async () => {
    const ids = Array.from({ length: 12 }, (_, i) => `b${i}`);
    const log = new LakeLog(world.lake);
    await Promise.all(
      ids
        .flatMap((id) => [id, id])
        .map((id) => log.append('tariff', { kind: 'batch', dataset: 'tariff', ...batchOf(id, id) })),
    );
    const entries = await log.read('tariff');
    expect(entries.map((entry) => (entry.kind === 'batch' ? entry.batch : '')).sort()).toEqual(
      [...ids].sort(),
    );
  });

  test('beyond a checkpoint reads the checkpoint and what came after', async () => {
    const log = new LakeLog(world.lake);
    for (let i = 0; i < CHECKPOINT_EVERY + 2; i += 1) {
      await log.append('tariff', {
        kind: 'batch',
        dataset: 'tariff',
        ...batchOf(`b${i}`, 'x', { objects: [] }),
      });
    }
    const before = world.server.requests.length;
    expect(await log.read('tariff')).toHaveLength(CHECKPOINT_EVERY + 2);
    const gets = world.server.requests.slice(before).filter((line) => /^GET catalog\/tariff/.test(line));
    expect(gets).toHaveLength(3);
  }, 30_000);

  test.each([
    ['an entry that is no JSON', 'catalog/tariff/log/0000000002.json', '{'],
    ['an entry behind a gap', 'catalog/tariff/log/0000000003.json', '{}'],
    ['an entry of another shape', 'catalog/tariff/log/0000000002.json', '{"kind":"batch"}'],
    ['settings of another format', 'catalog/lake.json', '{"format":2,"buckets":1}'],
  ])('%s is refused, not skipped', async (_condition, Key, Body) => {
    await register('b1', 'one');
    await world.client.send(new PutObjectCommand({ Bucket: LAKE, Key, Body }));
    const lake = new S3Lake(world.lake, workspace);
    const read = Key.endsWith('lake.json') ? lake.buckets() : lake.referenceFiles('tariff');
    await expect(read).rejects.toMatchObject({
      name: 'FileNotReadable',
      facts: { where: `s3://${LAKE}/${Key}` },
    });
  });

  test('the number of buckets is fixed for ever', async () => {
    const writer = new S3LakeWriter(world.lake);
    await writer.create(4);
    await writer.create(4);
    await expect(writer.create(8)).rejects.toMatchObject({ name: 'FileChanged' });
  });

  test('of two snapshots of a day the one registered last counts', async () => {
    await register('b1', 'one');
    expect((await register('b0', 'two')).sha256).toBe(sha256('two'));
  });
});

describe('a copy', () => {
  const text = 'x'.repeat(200_000);
  const isObject = ({ method, key }: { method: string; key: string }) =>
    method === 'GET' && key.startsWith('lake/');

  test('goes on where a transfer broke off', async () => {
    const file = await register('b1', text);
    let breaks = 2;
    fault = (request) => (isObject(request) && breaks-- > 0 ? { breakAfter: 70_000 } : undefined);
    const lake = new S3Lake(world.lake, workspace);
    expect(readFileSync(await lake.localPath(file), 'utf8')).toBe(text);
    expect(world.server.requests.filter((line) => line.startsWith('GET lake/'))).toHaveLength(3);
  });

  test.each<[string, (file: LakeFile) => Promise<LakeFile>, string]>([
    [
      'an object that was replaced',
      async (file) => {
        await world.client.send(
          new PutObjectCommand({ Bucket: LAKE, Key: `lake/${file.path}`, Body: 'other' }),
        );
        return file;
      },
      'FileChanged',
    ],
    ['an object that is gone', async (file) => ({ ...file, path: 'tariff/gone.parquet' }), 'FileNotReadable'],
    [
      'a transfer that never comes to its end',
      async (file) => {
        fault = (request) => (isObject(request) ? { breakAfter: 1 } : undefined);
        return file;
      },
      'EndpointUnreachable',
    ],
    [
      'S3 asking for patience for ever',
      async (file) => {
        fault = (request) => (isObject(request) ? { slowDown: true } : undefined);
        return file;
      },
      'EndpointUnreachable',
    ],
  ])('%s has a name, and leaves no file', async (_condition, spoil, name) => {
    const file = await spoil(await register('b1', text));
    const lake = new S3Lake(world.lake, workspace);
    await expect(lake.localPath(file)).rejects.toMatchObject({ name });
    expect(filesIn(workspace.folder)).toEqual([]);
  });

  test('that the disk cannot hold is refused before it is begun', async () => {
    const file = await register('b1', text);
    // A disk of its own size: that of the machine is written to by others meanwhile.
    const reserve = 64n << 20n;
    const narrow = await Workspace.open(world.folder, async () => reserve + 250_000n);
    const giveBack = await narrow.promise(100_000, 'everything else');
    await expect(new S3Lake(world.lake, narrow).localPath(file)).rejects.toMatchObject({
      name: 'NoTemporarySpace',
      exitCode: 6,
    });
    expect(filesIn(narrow.folder)).toEqual([]);
    giveBack();
    await expect(new S3Lake(world.lake, narrow).localPath(file)).resolves.toMatch(/parquet$/);
  });

  test('is fetched ahead and once, however often it is asked for', async () => {
    const file = await register('b1', text);
    const lake = new S3Lake(world.lake, workspace);
    lake.prefetch([file]);
    const [first, second] = await Promise.all([lake.localPath(file), lake.localPath(file)]);
    expect(second).toBe(first);
    expect(world.server.requests.filter((line) => line.startsWith('GET lake/'))).toHaveLength(1);
  });

  test('that is under way when the lake is closed leaves nothing behind', async () => {
    const file = await register('b1', text);
    const lake = new S3Lake(world.lake, workspace);
    lake.prefetch(Array.from({ length: 9 }, (_, i) => ({ ...file, path: `tariff/${i}.parquet` })));
    lake.prefetch([file]);
    await lake.close();
    expect(filesIn(workspace.folder)).toEqual([]);
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}
