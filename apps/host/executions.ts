import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionAlreadyExists,
  ListExecutionsCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { PlumblineError } from '#core/domain/errors.ts';
import { LOCAL_ACCOUNT, LOCAL_REGION, STATE_MACHINES, stateMachineArn } from './machines.ts';

/** One execution, as lists and waits show it. */
export interface ExecutionView {
  readonly executionArn: string;
  readonly stateMachine: string;
  readonly name: string;
  readonly status: string;
  readonly startedAt: string;
  readonly stoppedAt: string | null;
}

/** Starts an execution under a name of its own choosing; when that name was used already, it is that execution. */
export async function startExecution(
  sfn: SFNClient,
  stateMachine: string,
  name: string,
  input: unknown,
): Promise<string> {
  try {
    const started = await sfn.send(
      new StartExecutionCommand({
        stateMachineArn: stateMachineArn(stateMachine),
        name,
        input: JSON.stringify(input),
      }),
    );
    if (!started.executionArn) throw new TypeError('StartExecution answered without an execution ARN');
    return started.executionArn;
  } catch (error) {
    if (!(error instanceof ExecutionAlreadyExists)) throw error;
    return `arn:aws:states:${LOCAL_REGION}:${LOCAL_ACCOUNT}:execution:${stateMachine}:${name}`;
  }
}

/** Describes an execution until it ends. `onPoll` is called between looks, for progress. */
export async function awaitExecution(
  sfn: SFNClient,
  executionArn: string,
  onPoll?: () => Promise<void>,
): Promise<DescribeExecutionCommandOutput> {
  let pause = 20;
  for (;;) {
    const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status !== 'RUNNING') return execution;
    await onPoll?.();
    await new Promise((resolve) => setTimeout(resolve, pause));
    pause = Math.min(pause * 1.5, 250);
  }
}

/** The output of an execution that succeeded. Throws ControlFailed with the execution's error and cause otherwise. */
export function outputOf(execution: DescribeExecutionCommandOutput): Record<string, unknown> {
  if (execution.status === 'SUCCEEDED') return JSON.parse(execution.output ?? '{}');
  throw new PlumblineError('ControlFailed', {
    what: `The execution ended ${execution.status}${execution.error ? ` with ${execution.error}` : ''}`,
    where: execution.executionArn,
    why: execution.cause,
    next: `plumbline runs show ${execution.name}`,
  });
}

/** Executions of all state machines, newest first. */
export async function listExecutions(sfn: SFNClient, status?: 'RUNNING'): Promise<ExecutionView[]> {
  const views: ExecutionView[] = [];
  for (const stateMachine of STATE_MACHINES) {
    let nextToken: string | undefined;
    do {
      const page = await sfn.send(
        new ListExecutionsCommand({
          stateMachineArn: stateMachineArn(stateMachine),
          statusFilter: status,
          nextToken,
        }),
      );
      for (const execution of page.executions ?? []) {
        views.push({
          executionArn: execution.executionArn ?? '',
          stateMachine,
          name: execution.name ?? '',
          status: execution.status ?? '',
          startedAt: execution.startDate?.toISOString() ?? '',
          stoppedAt: execution.stopDate?.toISOString() ?? null,
        });
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }
  return views.sort((a, b) => (a.startedAt < b.startedAt ? 1 : a.startedAt > b.startedAt ? -1 : 0));
}
