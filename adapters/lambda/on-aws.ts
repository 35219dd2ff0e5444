import type { LakeFile } from '#core/domain/run.ts';
import type { EnginePorts } from '#core/reconcile/engine-ports.ts';

/** The engine's ports over buckets; the lake can be told what will be read. */
export interface AwsEnginePorts extends EnginePorts {
  readonly lake: EnginePorts['lake'] & { prefetch(files: readonly LakeFile[]): void };
}

/** Loaded when it is needed: a laptop never pays for the S3 client. */
const engine = () => import('./aws-engine.ts');
let opened: ReturnType<typeof open> | undefined;

async function open() {
  const { AwsEngine, engineSettings } = await engine();
  return new AwsEngine(engineSettings(process.env));
}

/**
 * Does a piece of work with the ports of the engine on AWS, in a private folder that is gone afterwards. Buckets,
 * region and memory are read from the environment once per process.
 */
export async function onAws<T>(work: (ports: AwsEnginePorts) => Promise<T>): Promise<T> {
  opened ??= open();
  // An environment that lacks something is reported by each invocation.
  opened.catch(() => {
    opened = undefined;
  });
  return (await opened).invoke(work);
}

// In a Lambda the engine is opened while the function starts, when it has a whole processor and no deadline.
if (process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined) {
  opened = open();
  await opened
    .then((one) => one.warm())
    .catch(() => {
      opened = undefined;
    });
}
