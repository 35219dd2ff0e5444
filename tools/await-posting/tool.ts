import type { TaskWaits } from '#core/ports/task-waits.ts';
import type { AwaitPostingInput, AwaitPostingOutput } from './schema.ts';

/** What await-posting works with. */
export interface AwaitPostingPorts {
  readonly waits: TaskWaits;
}

/** Notes that an execution waits for the next bill run. A repeated call replaces the token. */
export async function awaitPosting(
  input: AwaitPostingInput,
  ports: AwaitPostingPorts,
): Promise<AwaitPostingOutput> {
  await ports.waits.saveWait({ kind: 'posting', caseId: input.caseId, taskToken: input.taskToken });
  return { caseId: input.caseId, waitingFor: 'posting' };
}
