import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingestPath } from '#adapters/local/ingest.ts';
import { generateSample } from '#apps/host/sample.ts';
import { openStores, runsFolder } from '#apps/host/stores.ts';
import { sha256 } from '#core/domain/hash.ts';
import { parseDay } from '#core/domain/period.ts';
import { type PARTITION_FILES, partitionKey } from '#core/domain/run.ts';
import { planRun } from '#core/reconcile/plan.ts';
import { type Bundle, bundle, deployableTools, UNZIPPED_LIMIT, ZIPPED_LIMIT } from '#infra/bundle/bundle.ts';
import { machineOf } from '#infra/bundle/native.ts';
import { invokeInProcess } from '#tests/support/lambda-process.ts';
import { LAKE, openS3World, RUNS, type S3World } from '#tests/support/s3-client.ts';
import { copyLake } from '#tests/support/s3-lake.ts';
import { type ReconcileInput, reconcileInput } from '#tools/reconcile/schema.ts';
import { reconcile } from '#tools/reconcile/tool.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'x64';
const folder = mkdtempSync(join(tmpdir(), 'plumbline-bundle-'));
const scratch = join(folder, 'tmp');
let world: S3World;
let made: Bundle;
let partition: ReconcileInput;
/** What the tool answers without bundle, cloud or bucket, and the files that it wrote. */
let expected: unknown;
const home = join(folder, 'home');

beforeAll(async () => {
  mkdirSync(scratch);
  const out = join(folder, 'sample');
  await generateSample({ out, seed: 7, subscribers: 60, days: 31, onProgress: () => {} });
  await ingestPath({ home, path: join(out, 'feeds'), asOf: parseDay('2026-11-04') });
  const stores = await openStores(home);
  const plan = await planRun({ stateMachine: 'usage-reconciliation', period: '2026-10-14' }, stores);
  partition = reconcileInput.parse(plan.partitions[0]);
  expected = await reconcile(partition, stores);
  await stores.close();
  world = await openS3World();
  await copyLake(home, world.lake);
  made = await bundle('reconcile', { architecture, out: join(folder, 'functions') });
}, 180_000);
afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true });
});

/** All that a function finds in its environment: no HOME, no PATH. */
const environment = (over: Record<string, string> = {}) => ({
  AWS_LAMBDA_FUNCTION_NAME: 'reconcile',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_ENDPOINT_URL_S3: world.server.endpoint,
  PLUMBLINE_LAKE_BUCKET: LAKE,
  PLUMBLINE_RUNS_BUCKET: RUNS,
  TMPDIR: scratch,
  ...over,
});

test('the bundle in a fresh process writes what the tool writes, byte for byte, and again', async () => {
  const { outcomes, usage } = await invokeInProcess(made.folder, [partition, partition], environment());
  expect(outcomes).toEqual([{ result: expected }, { result: expected }]);
  const written = (file: keyof typeof PARTITION_FILES) => {
    const key = partitionKey(partition.runId, partition.partitionId, file);
    return [join(world.folder, 's3', RUNS, key), join(runsFolder(home), key)].map((path) =>
      readFileSync(path),
    );
  };
  for (const file of ['violations', 'population', 'hops'] as const) {
    const [bucket, local] = written(file).map((content) => sha256(content));
    expect({ file, hash: bucket }).toEqual({ file, hash: local });
  }
  // Why a control could not look may name the process that looked.
  const [bucket, local] = written('result').map((content) =>
    JSON.parse(content.toString(), (name, value) => (name === 'reason' ? undefined : value)),
  );
  expect(bucket).toEqual(local);
  expect(usage.peakMegabytes).toBeLessThan(1024);
  // Each invocation takes its copies and its spill files with it.
  expect(readdirSync(scratch)).toEqual([]);
}, 60_000);

test.each<[string, (plan: ReconcileInput) => unknown, Record<string, string>, string]>([
  ['an event that is no partition', () => ({}), {}, 'ToolInputInvalid'],
  [
    'an object that is not the planned one',
    (plan) => ({ ...plan, files: plan.files.map((file) => ({ ...file, sha256: '0'.repeat(64) })) }),
    {},
    'FileChanged',
  ],
  ['a bucket that is not named', (plan) => plan, { PLUMBLINE_LAKE_BUCKET: '' }, 'UsageError'],
  ['a bucket that does not exist', (plan) => plan, { PLUMBLINE_LAKE_BUCKET: 'nowhere' }, 'FileNotReadable'],
  ['memory for Node alone', (plan) => plan, { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256' }, 'UsageError'],
  ['no endpoint', (plan) => plan, { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }, 'EndpointUnreachable'],
])(
  '%s fails by a name that a state machine can match',
  async (_condition, eventOf, over, errorType) => {
    const { outcomes } = await invokeInProcess(made.folder, [eventOf(partition)], environment(over));
    expect(outcomes).toEqual([{ errorType, errorMessage: expect.stringMatching(/Next: /) }]);
    expect(readdirSync(scratch)).toEqual([]);
  },
  60_000,
);

test('the function fits into Lambda, and its native files are for its processor', async () => {
  expect([made.unzippedBytes < UNZIPPED_LIMIT, made.zippedBytes < ZIPPED_LIMIT]).toEqual([true, true]);
  const native = join(made.folder, `node_modules/@duckdb/node-bindings-linux-${architecture}`);
  for (const file of ['duckdb.node', 'libduckdb.so']) {
    expect(await machineOf(join(native, file))).toBe(architecture);
  }
});

test('every SQL file stands under its own path', () => {
  const modules = readdirSync(made.folder).filter((name) => name.endsWith('.mjs'));
  const code = modules.map((name) => readFileSync(join(made.folder, name), 'utf8')).join('\n');
  const named = [...code.matchAll(/new URL\("(\.\/[^"]+\.sql)"/g)].map((match) => match[1] ?? '');
  expect(new Set(named).size).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(join(made.folder, path)))).toEqual([]);
});

test('the tools of usage-reconciliation that need no case store can be deployed', () => {
  expect(deployableTools()).toEqual(['merge-run', 'plan-run', 'reconcile']);
});

test('the lock names the native package of every processor in one version', () => {
  const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));
  const versions = ['node-api', 'node-bindings', 'node-bindings-linux-x64', 'node-bindings-linux-arm64'].map(
    (name) => lock.packages[`node_modules/@duckdb/${name}`]?.version,
  );
  expect(new Set(versions)).toEqual(new Set(['1.5.5-r.5']));
});
