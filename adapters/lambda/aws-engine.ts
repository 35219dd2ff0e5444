import { tmpdir } from 'node:os';
import { S3Client } from '@aws-sdk/client-s3';
import { S3Lake } from '#adapters/aws/lake.ts';
import { S3RunStore } from '#adapters/aws/run-store.ts';
import { S3Bucket } from '#adapters/aws/s3-bucket.ts';
import { Workspace } from '#adapters/aws/workspace.ts';
import { readSqlFile } from '#adapters/local/read-sql.ts';
import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { Warehouse } from '#core/ports/warehouse.ts';
import { literal } from '#core/reconcile/load.ts';
import type { AwsEnginePorts } from './on-aws.ts';

/** What the process holds beside DuckDB's own memory: Node, the SDK, what DuckDB does not count. In MB. */
const HEADROOM_MB = 400;
/** The least that DuckDB works with. */
const LEAST_MB = 112;
/** Lambda gives one processor per so much memory. */
const MB_PER_PROCESSOR = 1769;

/** What the environment of a function says. */
export interface EngineSettings {
  readonly lakeBucket: string;
  readonly runsBucket: string;
  /** DuckDB's limit: the function's memory without the headroom. */
  readonly memoryLimitMb: number;
  readonly threads: number;
  /** Where private folders are made: Lambda's only writable place. */
  readonly tempRoot: string;
  /** True where another endpoint than AWS's own is set: such servers know no bucket by its host name. */
  readonly pathStyle: boolean;
}

/** Reads the settings. Throws UsageError when a bucket is not named or the memory is too small. */
export function engineSettings(environment: Readonly<Record<string, string | undefined>>): EngineSettings {
  const memoryMb = Number(environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 1024);
  if (!(memoryMb - HEADROOM_MB >= LEAST_MB)) {
    throw new PlumblineError('UsageError', {
      what: `${environment.AWS_LAMBDA_FUNCTION_MEMORY_SIZE} MB of memory is too little`,
      why: `the process takes ${HEADROOM_MB} MB beside what DuckDB may hold`,
      next: `give the function at least ${HEADROOM_MB + LEAST_MB} MB`,
    });
  }
  return {
    lakeBucket: bucketOf(environment, 'PLUMBLINE_LAKE_BUCKET'),
    runsBucket: bucketOf(environment, 'PLUMBLINE_RUNS_BUCKET'),
    memoryLimitMb: memoryMb - HEADROOM_MB,
    threads: Math.max(1, Math.floor(memoryMb / MB_PER_PROCESSOR)),
    tempRoot: tmpdir(),
    pathStyle: (environment.AWS_ENDPOINT_URL_S3 ?? environment.AWS_ENDPOINT_URL) !== undefined,
  };
}

function bucketOf(environment: Readonly<Record<string, string | undefined>>, name: string): string {
  const bucket = environment[name];
  if (bucket) return bucket;
  throw new PlumblineError('UsageError', {
    what: `${name} is not set`,
    why: 'the function does not know its bucket',
    next: `set ${name} in the environment of the function`,
  });
}

/** What lives as long as the process of a function: the S3 client. Everything else is made for one invocation. */
export class AwsEngine {
  readonly #settings: EngineSettings;
  readonly #client: S3Client;

  /** The client takes region, credentials and endpoint from the environment, as every AWS client does. */
  constructor(settings: EngineSettings, client?: S3Client) {
    this.#settings = settings;
    this.#client =
      client ?? new S3Client({ forcePathStyle: settings.pathStyle, maxAttempts: 6, retryMode: 'standard' });
  }

  /** Loads the engine and runs a first query, so that no invocation waits for it. */
  async warm(): Promise<void> {
    const workspace = await Workspace.open(this.#settings.tempRoot);
    try {
      const session = await this.#warehouse(workspace).open();
      await session.query('SELECT 1 AS one');
      await session.close();
    } finally {
      await workspace.remove();
    }
  }

  /** Does the work with ports of its own, then removes every copy and spill file that it left. */
  async invoke<T>(work: (ports: AwsEnginePorts) => Promise<T>): Promise<T> {
    const { lakeBucket, runsBucket, tempRoot } = this.#settings;
    const workspace = await Workspace.open(tempRoot);
    const lake = new S3Lake(new S3Bucket(this.#client, lakeBucket), workspace);
    try {
      return await work({
        lake,
        runs: new S3RunStore(new S3Bucket(this.#client, runsBucket), workspace),
        warehouse: this.#warehouse(workspace),
        readSql: readSqlFile,
      });
    } finally {
      await lake.close();
      await workspace.remove();
    }
  }

  #warehouse(workspace: Workspace): Warehouse {
    const { memoryLimitMb, threads } = this.#settings;
    const inner = new LocalWarehouse({ memoryLimitMb, threads, tempRoot: workspace.folder });
    return {
      open: async () => {
        const session = await inner.open();
        // A Lambda has no HOME, without which DuckDB fails as soon as anything makes it look for an extension.
        const folder = literal(workspace.folder);
        await session.run(`SET home_directory = ${folder}; SET extension_directory = ${folder}`);
        return session;
      },
    };
  }
}
