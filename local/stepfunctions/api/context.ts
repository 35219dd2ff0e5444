/** What the operations work on. */

import { AwsError } from '../../wire/aws-error.ts';
import type { JsonOperation } from '../../wire/protocols.ts';
import type { CanRun } from '../definition/check.ts';
import type { Engine } from '../engine/engine.ts';
import type { MapRuns } from '../engine/map-runs.ts';
import type { ExecutionRow } from '../engine/records.ts';
import type { ExecutionIds, MachineRow } from '../engine/start.ts';
import type { Invoker } from '../integrations/invoker.ts';

export interface ApiContext {
  readonly engine: Engine;
  readonly ids: ExecutionIds;
  readonly mapRuns: MapRuns;
  readonly invoker: Invoker;
  readonly canRun: CanRun;
}

export type Operations = Readonly<Record<string, JsonOperation>>;

export function machineRow(context: ApiContext, arn: string): MachineRow {
  const row = findMachine(context, arn);
  if (row === undefined)
    throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return row;
}

export function findMachine(context: ApiContext, arn: string): MachineRow | undefined {
  context.engine.journal.flush();
  return context.engine.journal.get<MachineRow>('select * from machines where arn = ?', arn);
}

export function executionRow(context: ApiContext, arn: string): ExecutionRow {
  context.engine.journal.flush();
  const row = context.engine.journal.get<ExecutionRow>('select * from executions where arn = ?', arn);
  if (row === undefined) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return row;
}

/** Statements committed on their own; resolves when they are durable. */
export function commit(
  context: ApiContext,
  ...writes: { readonly sql: string; readonly values: (string | number | null)[] }[]
): Promise<void> {
  return new Promise((durable) => context.engine.journal.append({ writes, durable }));
}
