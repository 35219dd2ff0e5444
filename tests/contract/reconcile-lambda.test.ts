import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Context } from 'aws-lambda';
import { onAws } from '#adapters/lambda/on-aws.ts';
import { ingestPath } from '#adapters/local/ingest.ts';
import type { KyselyCaseStore } from '#adapters/store/kysely-case-store.ts';
import { openSqliteCaseStore } from '#adapters/store/sqlite.ts';
import { definitionOf, functionArn, RUNS_BUCKET } from '#apps/host/machines.ts';
import { generateSample } from '#apps/host/sample.ts';
import { openStores, SYSTEM_CLOCK } from '#apps/host/stores.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { parseDay } from '#core/domain/period.ts';
import { type Finding, type PartitionPlan, type RunManifest, runKey } from '#core/domain/run.ts';
import { mergeRun } from '#core/reconcile/merge-run.ts';
import { planRun as writePlan } from '#core/reconcile/plan.ts';
import { reconcilePartition } from '#core/reconcile/reconcile-partition.ts';
import { type LocalCloud, startLocalCloud } from '#local/index.ts';
import { LAKE, openS3World, type S3World } from '#tests/support/s3-client.ts';
import { copyLake } from '#tests/support/s3-lake.ts';
import { handlerWith as closeUnfoundWith } from '#tools/close-unfound/handler.ts';
import { handler as mergeHandler } from '#tools/merge-run/handler.ts';
import { handler as planHandler } from '#tools/plan-run/handler.ts';
import { handler as reconcileHandler } from '#tools/reconcile/handler.ts';

const PERIOD = process.env.PLUMBLINE_LONG ? '2026-10' : '2026-10-14';
const MACHINE = 'usage-reconciliation';
/** So much that no finding is material: what follows a finding is not the matter here. */
const MATERIAL_FROM = '100000000';
const BUCKETS = [1, 4];
const folder = mkdtempSync(join(tmpdir(), 'plumbline-reconcile-lambda-'));
/** What the functions of this file, and no others on the machine, take for the temporary folder. */
const temporary = join(folder, 'tmp');
mkdirSync(temporary);
process.env.TMPDIR = temporary;
const homeOf = (buckets: number) => join(folder, `home-${buckets}`);

/** A run without a cloud: one lake, one process, one bucket. */
let single: { readonly manifest: RunManifest; readonly findings: readonly Finding[] };
let world: S3World;
let cases: KyselyCaseStore;
let cloud: LocalCloud;
let sfn: SFNClient;
const invoked: string[] = [];
/** Functions whose next invocation finds that S3 does not answer. */
const cutOff = new Set<string>();

beforeAll(async () => {
  const out = join(folder, 'sample');
  await generateSample({ out, seed: 5, subscribers: 100, days: 31, onProgress: () => {} });
  for (const buckets of BUCKETS) {
    const path = join(out, 'feeds');
    await ingestPath({ home: homeOf(buckets), path, buckets, asOf: parseDay('2026-11-04') });
  }
  const stores = await openStores(homeOf(1));
  const plan = await writePlan({ stateMachine: MACHINE, period: PERIOD }, stores);
  for (const partition of plan.partitions) await reconcilePartition(partition, stores);
  single = await mergeRun(plan.runId, MATERIAL_FROM, stores);
  await stores.close();
  world = await openS3World();
  Object.assign(process.env, environmentOf(world));
  cases = await openSqliteCaseStore({ file: join(folder, 'cases.db'), clock: SYSTEM_CLOCK });
  cloud = await startLocalCloud({
    port: 0,
    buckets: { [RUNS_BUCKET]: join(world.folder, 's3', RUNS_BUCKET) },
    tasks: {
      [functionArn('plan-run')]: task('plan-run', planHandler),
      [functionArn('reconcile')]: task('reconcile', reconcileHandler),
      [functionArn('merge-run')]: task('merge-run', mergeHandler),
      [functionArn('close-unfound')]: task('close-unfound', (event, context) =>
        onAws((ports) => closeUnfoundWith({ ...ports, cases })(event, context)),
      ),
      [functionArn('open-case')]: () => {
        throw new Error('No finding is material');
      },
    },
  });
  sfn = new SFNClient({
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'l', secretAccessKey: 'l' },
  });
  await sfn.send(
    new CreateStateMachineCommand({
      name: MACHINE,
      definition: await definitionOf(MACHINE),
      roleArn: 'arn:aws:iam::000000000000:role/contract',
    }),
  );
}, 180_000);
afterAll(async () => {
  sfn?.destroy();
  await cloud?.close();
  await cases?.close();
  await world?.close();
  rmSync(folder, { recursive: true });
});

/** What the configuration of the functions sets. */
function environmentOf({ server }: S3World): Record<string, string> {
  return {
    PLUMBLINE_LAKE_BUCKET: LAKE,
    PLUMBLINE_RUNS_BUCKET: RUNS_BUCKET,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '1024',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_S3: server.endpoint,
  };
}

function task(functionName: string, handler: (event: unknown, context: Context) => Promise<unknown>) {
  return async (event: unknown) => {
    invoked.push(functionName);
    if (cutOff.delete(functionName))
      throw new PlumblineError('EndpointUnreachable', { what: 'S3 does not answer' });
    return handler(event, { functionName, awsRequestId: 'r', memoryLimitInMB: '1024' } as Context);
  };
}

/** Runs the state machine over what stands in the bucket of the lake, to its end. */
async function runMachine(): Promise<Record<string, unknown>> {
  const { executionArn } = await sfn.send(
    new StartExecutionCommand({
      stateMachineArn: `arn:aws:states:us-east-1:000000000000:stateMachine:${MACHINE}`,
      input: JSON.stringify({ period: PERIOD, materialFrom: MATERIAL_FROM }),
    }),
  );
  for (;;) {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status === 'SUCCEEDED') return JSON.parse(execution.output ?? '');
    if (execution.status !== 'RUNNING')
      throw new Error(`${execution.status}: ${execution.error} ${execution.cause}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function fill(buckets: number): Promise<void> {
  for (const Key of await world.lake.list('')) {
    await world.client.send(new DeleteObjectCommand({ Bucket: LAKE, Key }));
  }
  await copyLake(homeOf(buckets), world.lake);
}

async function read<T>(runId: string, file: 'manifest' | 'findings' | 'plan'): Promise<T> {
  return JSON.parse((await world.runs.readText(runKey(runId, file))) ?? '') as T;
}

const withoutRun = (findings: readonly Finding[]) => findings.map(({ runId: _, ...finding }) => finding);
const countFiles = (manifest: RunManifest) => manifest.inputs.map(({ dataset, rows }) => ({ dataset, rows }));

describe.each(BUCKETS)('usage-reconciliation over a lake on S3 in %d bucket(s)', (buckets) => {
  let output: Record<string, unknown>;
  let manifest: RunManifest;
  beforeAll(async () => {
    await fill(buckets);
    invoked.length = 0;
    output = await runMachine();
    manifest = await read(String(output.runId), 'manifest');
  }, 600_000);

  test('reconciles each partition by one invocation', async () => {
    const plan = await read<PartitionPlan[]>(manifest.runId, 'plan');
    const days = PERIOD.length === 7 ? 31 : 1;
    expect(plan.filter(({ kind }) => kind === 'usage-day')).toHaveLength(days * buckets);
    expect(invoked).toEqual(['plan-run', ...plan.map(() => 'reconcile'), 'merge-run', 'close-unfound']);
  });

  test('finds what a single run over one lake in a folder finds, to the last digit', async () => {
    expect([output.digest, manifest.digest]).toEqual([single.manifest.digest, single.manifest.digest]);
    expect(manifest.conservation).toEqual(single.manifest.conservation);
    expect(manifest.controls).toEqual(single.manifest.controls);
    expect(manifest.coverage).toEqual(single.manifest.coverage);
    expect(countFiles(manifest)).toEqual(countFiles(single.manifest));
    expect(withoutRun(await read(manifest.runId, 'findings'))).toEqual(withoutRun(single.findings));
    // There was something to find.
    expect(single.findings.length).toBeGreaterThan(0);
    expect(manifest.conservation.sessions).toBeGreaterThan(100);
  });

  test('says what is needed to repeat it', () => {
    expect(manifest).toMatchObject({
      stateMachine: MACHINE,
      period: PERIOD,
      engineVersion: expect.stringMatching(/\S/),
      database: expect.stringMatching(/^DuckDB v\d+\.\d+\.\d+$/),
      currency: 'EUR',
    });
    expect(Object.keys(manifest.ruleVersions)).toEqual(manifest.controls.map(({ controlId }) => controlId));
    for (const { sha256, files, rows } of manifest.inputs) {
      expect([sha256, files > 0, rows > 0]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), true, true]);
    }
  });

  test('has one id with the run in a folder exactly where the files are the same', () => {
    expect(manifest.runId === single.manifest.runId).toBe(buckets === 1);
  });

  test.each(['plan-run', 'reconcile', 'merge-run', 'close-unfound'])(
    'is not lost when S3 fails to answer %s once',
    async (name) => {
      cutOff.add(name);
      invoked.length = 0;
      expect(await runMachine()).toEqual(output);
      expect([cutOff.size, invoked.filter((called) => called === name).length > 1]).toEqual([0, true]);
    },
  );

  test('run again, writes nothing anew', async () => {
    const before = await world.runs.list('');
    const again = await runMachine();
    expect(again).toEqual(output);
    expect(await world.runs.list('')).toEqual(before);
  }, 600_000);

  test('leaves nothing in the temporary folder', () => {
    const left = readdirSync(temporary).filter((name) => name.startsWith('plumbline-function-'));
    expect(left).toEqual([]);
  });
});

test('an object that was replaced since the plan fails its partition by name', async () => {
  const [planned] = await world.runs.list('runs/');
  const runId = planned?.split('/')[1] ?? '';
  const [partition] = await read<{ files: { path: string; sha256: string }[] }[]>(runId, 'plan');
  const files = partition?.files.map((file) => ({ ...file, sha256: '0'.repeat(64) }));
  const event = { ...partition, files };
  await expect(task('reconcile', reconcileHandler)(event)).rejects.toMatchObject({
    name: expect.stringMatching(/^(FileChanged|FileNotReadable)$/),
  });
});
