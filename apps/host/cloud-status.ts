import { openHost } from '../host.ts';
import { type ExecutionView, listExecutions } from './executions.ts';

/** Executions of a data folder, whoever owns it. */
export async function readCloudStatus(
  home: string,
): Promise<{ readonly endpoint: string | null; readonly executions: readonly ExecutionView[] }> {
  const host = await openHost({ home });
  try {
    // An endpoint of this process is gone when the command ends: nobody serves the folder then.
    return { endpoint: host.ownsCloud ? null : host.endpoint, executions: await listExecutions(host.sfn) };
  } finally {
    await host.close();
  }
}
