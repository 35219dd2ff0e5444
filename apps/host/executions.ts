import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  ExecutionAlreadyExists,
  GetExecutionHistoryCommand,
  type HistoryEvent,
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

/** One event of an execution's history, as a terminal shows it. */
export interface EventView {
  readonly id: number;
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** State, error or resource that the event is about. */
  readonly what: string;
}

/** Hands over each event of an execution as it happens, from the first, until the execution ends. Returns its status. */
export async function followExecution(
  sfn: SFNClient,
  executionArn: string,
  onEvent: (event: EventView) => void,
): Promise<string> {
  let seen = 0;
  let pause = 50;
  for (;;) {
    const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    const before = seen;
    let nextToken: string | undefined;
    do {
      const page = await sfn.send(new GetExecutionHistoryCommand({ executionArn, nextToken }));
      for (const event of page.events ?? []) {
        if ((event.id ?? 0) <= seen) continue;
        seen = event.id ?? seen;
        onEvent({
          id: seen,
          type: event.type ?? '',
          at: event.timestamp?.getTime() ?? 0,
          what: subjectOf(event),
        });
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    if (status !== 'RUNNING') return status ?? '';
    pause = seen > before ? 50 : Math.min(pause * 1.5, 500);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** The detail of an event that says what it is about, whatever its type: names first, then errors. */
function subjectOf(event: HistoryEvent): string {
  const details = Object.entries(event).find(([key]) => key.endsWith('EventDetails'))?.[1] as
    | Record<string, unknown>
    | undefined;
  const subject = details?.name ?? details?.error ?? details?.resource ?? details?.index ?? '';
  return String(subject);
}
