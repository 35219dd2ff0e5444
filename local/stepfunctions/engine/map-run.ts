/** The parts of a map run: its row, its progress in this process, its children. */
import { randomUUID } from 'node:crypto';
import type { MapState } from '../definition/model.ts';
import type { Write } from '../journal/store.ts';
import type { MapRunPlan } from '../states/map-distributed.ts';
import type { Engine } from './engine.ts';
import { type ExecutionIds, insertOf } from './start.ts';
import { type Execution, type ExecutionFacts, ExecutionStatus } from './types.ts';

export interface MapRunRow {
  readonly arn: string;
  readonly execution: number;
  readonly thread: string;
  readonly body: string;
  readonly status: string;
  readonly started: number;
  readonly stopped: number | null;
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly aborted: number;
  readonly timed_out: number;
}

/** A map run that is going on in this process. */
export interface ActiveRun {
  readonly arn: string;
  readonly plan: MapRunPlan;
  readonly parent: { readonly execution: number; readonly thread: string };
  readonly limit: number;
  total: number;
  running: number;
  ended: number;
  failures: number;
  /** Pending children, as ids still to be started; filled from the journal in slices. */
  queue: number[];
  lastQueued: number;
  over: boolean;
}

/** The pending execution of one item or batch. */
export function childOf(
  engine: Engine,
  ids: ExecutionIds,
  run: ActiveRun,
  parent: Execution,
  stateName: string,
  state: MapState,
  input: unknown,
  index: number,
): Write {
  const { region, account } = engine.environment;
  const label = `${parent.facts.machineName}/${encodeURIComponent(state.Label ?? stateName)}`;
  const name = randomUUID();
  const facts: ExecutionFacts = {
    roleArn: parent.facts.roleArn,
    machineName: label,
    stateMachineArn: `arn:aws:states:${region}:${account}:stateMachine:${label}`,
    mapState: stateName,
    redriveCount: 0,
  };
  return insertOf({
    id: ids.take(),
    arn: `arn:aws:states:${region}:${account}:execution:${label}:${name}`,
    name,
    machineArn: facts.stateMachineArn,
    definition: parent.definition,
    status: ExecutionStatus.Pending,
    input,
    started: engine.clock.now(),
    facts,
    mapRun: run.arn,
    itemIndex: index,
    threads: new Map(),
    nextEventId: 1,
  });
}

/** Whether more children failed than the state tolerates. */
export function exceedsTolerance(run: ActiveRun): boolean {
  const { toleratedCount, toleratedPercentage } = run.plan;
  if (run.failures === 0) return false;
  if (toleratedCount === undefined && toleratedPercentage === undefined) return true;
  if (toleratedCount !== undefined && run.failures > toleratedCount) return true;
  return (
    toleratedPercentage !== undefined && (run.failures / Math.max(1, run.total)) * 100 > toleratedPercentage
  );
}
