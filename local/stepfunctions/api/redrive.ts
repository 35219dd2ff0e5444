/** RedriveExecution: goes on from the state in which an execution failed, timed out or was stopped. */
import { AwsError } from '../../wire/aws-error.ts';
import type { JsonObject } from '../../wire/protocols.ts';
import { runState } from '../engine/advance.ts';
import { Quota } from '../engine/quotas.ts';
import type { Step } from '../engine/step.ts';
import { ExecutionStatus, Phase, ROOT } from '../engine/types.ts';
import { type ApiContext, executionRow, type Operations } from './context.ts';
import { checkArn, epochSeconds, optional, required } from './input.ts';

const REDRIVABLE_DAYS = 14;
const DAY_MS = 86_400_000;
const MAX_REDRIVES = 1_000;

export function redriveOperations(context: ApiContext): Operations {
  return { RedriveExecution: (input) => redrive(context, input) };
}

async function redrive(context: ApiContext, input: JsonObject): Promise<unknown> {
  const { engine } = context;
  const row = executionRow(context, checkArn(required(input, 'executionArn', 256), ['execution']));
  const token = optional(input, 'clientToken', 64);
  const loaded = engine.load(row.id);
  if (loaded === undefined)
    throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${row.arn}'`);
  const { execution } = loaded;
  const { facts } = execution;
  if (token !== undefined && facts.redriveToken === token && facts.redriveDate !== undefined) {
    return { redriveDate: epochSeconds(facts.redriveDate) };
  }
  const refusal = whyNot(execution.status, execution.mapRun, execution.nextEventId, facts.redriveCount);
  const age = engine.clock.now() - (execution.stopped ?? 0);
  if (refusal !== undefined) throw new AwsError('ExecutionNotRedrivable', refusal);
  if (age > REDRIVABLE_DAYS * DAY_MS) {
    throw new AwsError('ExecutionNotRedrivable', `The redrivable period of ${REDRIVABLE_DAYS} days is over`);
  }
  const now = engine.clock.now();
  const again = (step: Step) => {
    const root = step.execution.threads.get(ROOT);
    if (root === undefined)
      throw new AwsError('ExecutionNotRedrivable', 'The failed state is not known any more');
    Object.assign(execution, {
      status: ExecutionStatus.Running,
      stopped: undefined,
      output: undefined,
      failure: undefined,
    });
    facts.redriveCount += 1;
    facts.redriveDate = now;
    if (token !== undefined) facts.redriveToken = token;
    if (facts.timeoutSeconds !== undefined) facts.deadline = now + facts.timeoutSeconds * 1000;
    const { redriveCount } = facts;
    step.event(root, 'ExecutionRedriven', { executionRedrivenEventDetails: { redriveCount } });
    root.phase = Phase.Retry;
    step.guarded(() => runState(step, root));
  };
  await new Promise<void>((resolve) => engine.step(loaded, again, resolve));
  return { redriveDate: epochSeconds(now) };
}

function whyNot(
  status: string,
  mapRun: string | undefined,
  nextEventId: number,
  count: number,
): string | undefined {
  if (
    status === ExecutionStatus.Running ||
    status === ExecutionStatus.Succeeded ||
    status === ExecutionStatus.Pending
  ) {
    return `Execution is ${status} and cannot be redriven`;
  }
  if (mapRun !== undefined) return 'A child execution of a Map Run is run again with its Map state';
  if (nextEventId >= Quota.historyEvents - 1) return 'The execution history is full';
  return count >= MAX_REDRIVES ? `The execution was redriven ${MAX_REDRIVES} times` : undefined;
}
