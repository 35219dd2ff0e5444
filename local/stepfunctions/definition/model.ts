/** A state machine definition after validation: the fields of Amazon States Language that this runtime executes. */

export const StateType = {
  Pass: 'Pass',
  Task: 'Task',
  Choice: 'Choice',
  Wait: 'Wait',
  Succeed: 'Succeed',
  Fail: 'Fail',
  Parallel: 'Parallel',
  Map: 'Map',
} as const;
export type StateType = (typeof StateType)[keyof typeof StateType];

export type Template = unknown;
export type Assignments = Readonly<Record<string, Template>>;

export interface Retrier {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
}

export interface Catcher {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly Assign?: Assignments;
  readonly Output?: Template;
}

interface Base {
  readonly Comment?: string;
  readonly Assign?: Assignments;
  readonly Output?: Template;
  readonly Next?: string;
  readonly End?: boolean;
}

interface Recoverable {
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
}

export interface PassState extends Base {
  readonly Type: 'Pass';
}

export interface TaskState extends Base, Recoverable {
  readonly Type: 'Task';
  readonly Resource: string;
  readonly Arguments?: Template;
  /** `{ RoleArn }`: shown in the history; nothing is assumed here. */
  readonly Credentials?: Template;
  readonly TimeoutSeconds?: number | string;
  readonly HeartbeatSeconds?: number | string;
}

export interface ChoiceRule {
  readonly Condition: string | boolean;
  readonly Next: string;
  readonly Assign?: Assignments;
  readonly Output?: Template;
}

export interface ChoiceState extends Base {
  readonly Type: 'Choice';
  readonly Choices: readonly ChoiceRule[];
  readonly Default?: string;
}

export interface WaitState extends Base {
  readonly Type: 'Wait';
  readonly Seconds?: number | string;
  readonly Timestamp?: string;
}

export interface SucceedState extends Base {
  readonly Type: 'Succeed';
}

export interface FailState extends Base {
  readonly Type: 'Fail';
  readonly Error?: string;
  readonly Cause?: string;
}

export interface ParallelState extends Base, Recoverable {
  readonly Type: 'Parallel';
  readonly Branches: readonly Region[];
  readonly Arguments?: Template;
}

export interface ItemReader {
  readonly Resource: string;
  readonly Arguments?: Template;
  readonly ReaderConfig?: {
    readonly InputType?: 'CSV' | 'JSON' | 'JSONL' | 'MANIFEST';
    readonly CSVHeaderLocation?: 'FIRST_ROW' | 'GIVEN';
    readonly CSVHeaders?: readonly string[];
    readonly CSVDelimiter?: 'COMMA' | 'PIPE' | 'SEMICOLON' | 'SPACE' | 'TAB';
    readonly MaxItems?: number | string;
    readonly ItemsPointer?: string;
  };
}

export interface ResultWriter {
  readonly Resource?: string;
  readonly Arguments?: Template;
  readonly WriterConfig?: {
    readonly Transformation?: 'NONE' | 'COMPACT' | 'FLATTEN';
    readonly OutputType?: 'JSON' | 'JSONL';
  };
}

export interface ItemBatcher {
  readonly BatchInput?: Template;
  readonly MaxItemsPerBatch?: number | string;
  readonly MaxInputBytesPerBatch?: number | string;
}

export interface MapState extends Base, Recoverable {
  readonly Type: 'Map';
  readonly ItemProcessor: Region & {
    readonly ProcessorConfig?: {
      readonly Mode?: 'INLINE' | 'DISTRIBUTED';
      readonly ExecutionType?: 'STANDARD' | 'EXPRESS';
    };
  };
  readonly Items?: Template;
  readonly ItemSelector?: Template;
  readonly ItemReader?: ItemReader;
  readonly ItemBatcher?: ItemBatcher;
  readonly ResultWriter?: ResultWriter;
  readonly MaxConcurrency?: number | string;
  readonly ToleratedFailureCount?: number | string;
  readonly ToleratedFailurePercentage?: number | string;
  readonly Label?: string;
}

export type State =
  | PassState
  | TaskState
  | ChoiceState
  | WaitState
  | SucceedState
  | FailState
  | ParallelState
  | MapState;

/** A machine, a branch of a Parallel, or the processor of a Map. */
export interface Region {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
}

export interface Definition extends Region {
  readonly Comment?: string;
  readonly TimeoutSeconds?: number;
}

/** A definition with every state by name; names are unique in the whole machine. */
export interface Machine {
  readonly definition: Definition;
  readonly states: ReadonlyMap<string, State>;
}

/** Indexes a validated definition. */
export function machineOf(definition: Definition): Machine {
  const states = new Map<string, State>();
  const add = (region: Region) => {
    for (const [name, state] of Object.entries(region.States)) {
      states.set(name, state);
      if (state.Type === StateType.Parallel) state.Branches.forEach(add);
      if (state.Type === StateType.Map) add(state.ItemProcessor);
    }
  };
  add(definition);
  return { definition, states };
}

/** Whether a Map runs each item as an execution of its own. */
export function isDistributed(state: MapState): boolean {
  return state.ItemProcessor.ProcessorConfig?.Mode === 'DISTRIBUTED';
}
