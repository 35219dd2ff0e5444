/** TestState: runs one state alone, with a mock or with its real handler, and shows what it did. */
import { AwsError, validation } from '../../wire/aws-error.ts';
import type { JsonObject } from '../../wire/protocols.ts';
import { invalidDefinitionMessage } from '../definition/diagnostics.ts';
import { machineOf, type State, type TaskState } from '../definition/model.ts';
import { checkStateAlone } from '../definition/validate.ts';
import { runState } from '../engine/advance.ts';
import { attempt, exitOf, exitState } from '../engine/leave.ts';
import { Step } from '../engine/step.ts';
import { newThread } from '../engine/thread.ts';
import { type Execution, ExecutionStatus, Phase, ROOT, type Thread } from '../engine/types.ts';
import { type Failure, StateFailure } from '../errors.ts';
import { failureOf } from '../integrations/invoker.ts';
import { taskFailed, taskSucceeded } from '../states/task.ts';
import type { ApiContext, Operations } from './context.ts';
import { jsonPayload, optional, required } from './input.ts';

export function testStateOperations(context: ApiContext): Operations {
  return { TestState: (input) => testState(context, input) };
}

interface Mock {
  readonly result?: unknown;
  readonly failure?: Failure;
}

async function testState(context: ApiContext, input: JsonObject): Promise<unknown> {
  const state = stateOf(context, input);
  const mock = mockOf(input);
  const { step, thread } = prepare(context, input, state);
  const retried = (input.stateConfiguration as { retrierRetryCount?: number } | undefined)?.retrierRetryCount;
  if (retried !== undefined && 'Retry' in state) {
    thread.retryCount = retried;
    for (const index of (state.Retry ?? []).keys()) thread.retries[String(index)] = retried;
  }
  const container = state.Type === 'Map' || state.Type === 'Parallel';
  if (container && mock === undefined) throw validation(`TestState needs a mock for a ${state.Type} state.`);
  if (container) {
    attempt(step, thread, () => {
      if (mock?.failure !== undefined) throw new StateFailure(mock.failure);
      exitState(step, thread, exitOf(state, mock?.result, { value: mock?.result }));
    });
  } else {
    runState(step, thread);
    if (thread.phase === Phase.Task) await finishTask(context, step, thread, state as TaskState, mock);
  }
  return reply(step, thread, state, input);
}

async function finishTask(
  context: ApiContext,
  step: Step,
  thread: Thread,
  state: TaskState,
  mock: Mock | undefined,
): Promise<void> {
  let outcome: Mock;
  if (mock !== undefined) outcome = mock;
  else {
    outcome = await context.invoker.once(step.execution, thread).then(
      (result) => ({ result }),
      (thrown: unknown) => ({ failure: failureOf(thrown) }),
    );
  }
  attempt(step, thread, () => {
    if (outcome.failure === undefined) taskSucceeded(step, thread, state, outcome.result);
    else taskFailed(step, thread, state, outcome.failure);
  });
}

/** The state to test: the definition is the state itself, or a machine of which `stateName` names one. */
function stateOf(context: ApiContext, input: JsonObject): State {
  const text = required(input, 'definition');
  const name = optional(input, 'stateName', 80);
  const { diagnostics, state } = checkStateAlone(
    text,
    name,
    input.mock === undefined ? context.canRun : () => true,
  );
  if (diagnostics.errors.length > 0 || state === undefined) {
    throw new AwsError('InvalidDefinition', invalidDefinitionMessage(diagnostics.errors));
  }
  return state;
}

function mockOf(input: JsonObject): Mock | undefined {
  const mock = input.mock as
    | { result?: string; errorOutput?: { error?: string; cause?: string } }
    | undefined;
  if (mock === undefined) return undefined;
  if ((mock.result === undefined) === (mock.errorOutput === undefined)) {
    throw validation('A mock has exactly one of result and errorOutput.');
  }
  if (mock.errorOutput !== undefined) return { failure: { ...mock.errorOutput } };
  return { result: jsonPayload(String(mock.result), 'InvalidOutput') };
}

const NAME = 'TestState';

type Given = Readonly<Record<string, unknown>>;

/** A step whose context object holds what the caller gave, over what a run would give. */
class TestStep extends Step {
  given: Given = {};

  override context(thread: Thread): Record<string, unknown> {
    const context = super.context(thread);
    for (const [name, value] of Object.entries(this.given)) {
      const known = context[name];
      context[name] = isObject(known) && isObject(value) ? { ...known, ...value } : value;
    }
    return context;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** There is no execution here, so nothing that an execution puts in front of a cause. */
const IN_EXECUTION =
  /^An error occurred while executing the state '.*?' \(entered at the event id #\d+\)\. /s;

function prepare(context: ApiContext, input: JsonObject, state: State): { step: Step; thread: Thread } {
  const { environment } = context.engine;
  const value = jsonPayload(optional(input, 'input') ?? '{}', 'InvalidExecutionInput');
  const name = optional(input, 'stateName', 80) ?? NAME;
  const execution: Execution = {
    id: 0,
    arn: `arn:aws:states:${environment.region}:${environment.account}:express:${NAME}:${NAME}`,
    name: NAME,
    machineArn: '',
    definition: 0,
    status: ExecutionStatus.Running,
    input: value,
    started: environment.clock.now(),
    facts: {
      roleArn: optional(input, 'roleArn', 256) ?? '',
      machineName: NAME,
      stateMachineArn: '',
      redriveCount: 0,
    },
    threads: new Map(),
    nextEventId: 1,
  };
  const step = new TestStep(
    execution,
    machineOf({ StartAt: name, States: { [name]: state } }),
    environment,
    new Map(),
  );
  step.given = jsonPayload(optional(input, 'context') ?? '{}', 'InvalidExecutionInput') as Given;
  const thread = newThread(ROOT, 0, name, value, 0);
  thread.variables = jsonPayload(optional(input, 'variables') ?? '{}', 'InvalidExecutionInput') as Record<
    string,
    unknown
  >;
  thread.enteredAt = step.now;
  thread.phase = Phase.Wait;
  execution.threads.set(ROOT, thread);
  thread.enteredId = step.event(thread, `${state.Type}StateEntered`);
  return { step, thread };
}

function reply(step: Step, thread: Thread, state: State, input: JsonObject): unknown {
  const last = step.events.at(-1);
  const settled = step.settled.at(-1);
  const failure = settled?.failure ?? lastFailure(step);
  const exited = last?.type.endsWith('StateExited') === true;
  const inspection = input.inspectionLevel === 'DEBUG' || input.inspectionLevel === 'TRACE';
  const inspectionData = inspection
    ? {
        inspectionData: {
          input: JSON.stringify(step.execution.input),
          ...inspected(step),
          variables: JSON.stringify(thread.variables),
        },
      }
    : {};
  const errors = {
    ...(failure?.error === undefined ? {} : { error: failure.error }),
    ...(failure?.cause === undefined ? {} : { cause: failure.cause.replace(IN_EXECUTION, '') }),
  };
  if (thread.phase === Phase.Retry) return { status: 'RETRIABLE', ...errors, ...inspectionData };
  if (settled?.failure !== undefined) return { status: 'FAILED', ...errors, ...inspectionData };
  // A Wait does not wait here.
  const output = JSON.stringify(exited ? outputOf(last?.details) : thread.input);
  const caught = exited && failure !== undefined;
  const next = exited
    ? settled === undefined
      ? thread.state
      : undefined
    : (state as { Next?: string }).Next;
  return {
    status: caught ? 'CAUGHT_ERROR' : 'SUCCEEDED',
    output,
    ...(next === undefined ? {} : { nextState: next }),
    ...(caught ? errors : {}),
    ...inspectionData,
  };
}

function outputOf(details: Readonly<Record<string, unknown>> | undefined): unknown {
  const exited = details?.stateExitedEventDetails as { output: string } | undefined;
  return exited === undefined ? undefined : (JSON.parse(exited.output) as unknown);
}

function lastFailure(step: Step): Failure | undefined {
  for (const event of step.events.toReversed()) {
    if (!/Failed$|TimedOut$/.test(event.type)) continue;
    const details = Object.values(event.details)[0] as Failure | undefined;
    if (details !== undefined) return details;
  }
  return undefined;
}

function inspected(step: Step): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { details } of step.events) {
    const scheduled = (details.taskScheduledEventDetails ?? details.lambdaFunctionScheduledEventDetails) as
      | { parameters?: string; input?: string }
      | undefined;
    const succeeded = (details.taskSucceededEventDetails ?? details.lambdaFunctionSucceededEventDetails) as
      | { output?: string }
      | undefined;
    if (scheduled !== undefined) found.afterArguments = scheduled.parameters ?? scheduled.input ?? '';
    if (succeeded !== undefined) found.result = succeeded.output ?? '';
  }
  return found;
}
