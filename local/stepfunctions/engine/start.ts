/** Creates executions: from the API, from another machine, and as children of a distributed Map. */

import type { MapState } from '../definition/model.ts';
import type { Write } from '../journal/store.ts';
import type { Engine } from './engine.ts';
import type { Loaded } from './records.ts';
import type { Step } from './step.ts';
import { newThread } from './thread.ts';
import { type Execution, type ExecutionFacts, ExecutionStatus, ROOT } from './types.ts';

export interface MachineRow {
  readonly arn: string;
  readonly name: string;
  readonly body: string;
  readonly definition: number;
  readonly created: number;
  readonly updated: number;
  readonly revision: string;
}

export interface NewExecution {
  readonly machine: MachineRow;
  readonly roleArn: string;
  readonly name: string;
  readonly input: unknown;
  /** The input as its caller wrote it. */
  readonly inputText?: string;
  readonly startedBy?: string;
  readonly waitedFor?: boolean;
}

const INSERT =
  "insert into executions (id, arn, machine, definition, name, status, input, started, body, map_run, item_index) values (?, ?, ?, ?, ?, 'PENDING', ?, ?, ?, ?, ?)";

/** Ids are handed out here, so that a batch can refer to rows that are not committed yet. */
export class ExecutionIds {
  #next: number;

  constructor(engine: Engine) {
    const row = engine.journal.get<{ last: number | null }>('select max(id) as last from executions');
    this.#next = (row?.last ?? 0) + 1;
  }

  take(): number {
    const id = this.#next;
    this.#next += 1;
    return id;
  }
}

export function executionArn(engine: Engine, machineName: string, name: string): string {
  const { region, account } = engine.environment;
  return `arn:aws:states:${region}:${account}:execution:${machineName}:${name}`;
}

/** Starts an execution. `durable` is called once it is in the journal. */
export function startExecution(
  engine: Engine,
  ids: ExecutionIds,
  request: NewExecution,
  durable: () => void,
): Execution {
  const { machine } = request;
  const { definition } = engine.machine(machine.definition);
  const started = engine.clock.now();
  const facts: ExecutionFacts = {
    roleArn: request.roleArn,
    machineName: machine.name,
    stateMachineArn: machine.arn,
    redriveCount: 0,
    ...(request.startedBy === undefined ? {} : { startedBy: request.startedBy }),
    ...(request.waitedFor === true ? { waitedFor: true as const } : {}),
    ...(definition.TimeoutSeconds === undefined
      ? {}
      : { deadline: started + definition.TimeoutSeconds * 1000, timeoutSeconds: definition.TimeoutSeconds }),
  };
  const execution: Execution = {
    id: ids.take(),
    arn: executionArn(engine, machine.name, request.name),
    name: request.name,
    machineArn: machine.arn,
    definition: machine.definition,
    status: ExecutionStatus.Pending,
    input: request.input,
    ...(request.inputText === undefined ? {} : { inputText: request.inputText }),
    started,
    facts,
    threads: new Map(),
    nextEventId: 1,
  };
  const loaded: Loaded = { execution, children: new Map(), resume: true, saved: '' };
  engine.keep(loaded);
  engine.step(loaded, begin, durable, [insertOf(execution)]);
  return execution;
}

/** The row of a new execution. */
export function insertOf(execution: Execution): Write {
  const { id, arn, machineArn, definition, name, started, facts, mapRun, itemIndex } = execution;
  const input = textOf(execution);
  const body = JSON.stringify(facts);
  return {
    sql: INSERT,
    values: [id, arn, machineArn, definition, name, input, started, body, mapRun ?? null, itemIndex ?? null],
  };
}

function textOf({ input, inputText }: Execution): string {
  return inputText ?? JSON.stringify(input);
}

/** First step of a pending execution: the ExecutionStarted event and the machine's thread. */
export function begin(step: Step): void {
  const { execution } = step;
  execution.status = ExecutionStatus.Running;
  const { mapState } = execution.facts;
  const region =
    mapState === undefined
      ? step.machine.definition
      : (step.machine.states.get(mapState) as MapState).ItemProcessor;
  const root = newThread(ROOT, 0, region.StartAt, execution.input, 0);
  const executionStartedEventDetails = {
    input: textOf(execution),
    inputDetails: { truncated: false },
    roleArn: execution.facts.roleArn,
  };
  step.add(root);
  step.event(root, 'ExecutionStarted', { executionStartedEventDetails }, { keepLast: true });
}
