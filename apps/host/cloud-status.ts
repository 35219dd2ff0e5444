import { openHost } from '../host.ts';
import { type ExecutionView, listExecutions } from './executions.ts';

/** Executions of a data folder, whoever owns it. */
export async function readCloudStatus(
  home: string,
): Promise<{ readonly endpoint: string; readonly executions: readonly ExecutionView[] }> {
  const host = await openHost({ home });
  try {
    return { endpoint: host.endpoint, executions: await listExecutions(host.sfn) };
  } finally {
    await host.close();
  }
}
