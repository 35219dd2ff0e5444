import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const RUNTIME = fileURLToPath(new URL('../contract/fixtures/lambda-runtime.mjs', import.meta.url));

/** What became of the events, and what the process took in all. */
export interface LambdaProcess {
  readonly outcomes: readonly {
    readonly result?: unknown;
    readonly errorType?: string;
    readonly errorMessage?: string;
  }[];
  readonly usage: { readonly cpuSeconds: number; readonly peakMegabytes: number };
}

/** Starts a fresh process on a bundled function as Lambda does: its own folder, this environment and nothing else. */
export function invokeInProcess(
  folder: string,
  events: readonly unknown[],
  environment: Readonly<Record<string, string>>,
): Promise<LambdaProcess> {
  const parameters = [RUNTIME, 'index.mjs', ...events.map((event) => JSON.stringify(event))];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, parameters, { cwd: folder, env: environment }, (error, stdout, stderr) => {
      if (error) reject(new Error(`${error.message}\n${stderr}`));
      else resolve(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));
    });
  });
}
