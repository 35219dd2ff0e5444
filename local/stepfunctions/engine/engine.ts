/**
 * Runs executions: takes stimuli, lets a step work them out, commits the step, carries out its effects.
 *
 * An execution that only waits for a timer or a token takes no memory: it is loaded from the journal when its
 * stimulus comes.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import { AwsError } from '../../wire/aws-error.ts';
import { type Definition, type Machine, machineOf } from '../definition/model.ts';
import type { Failure } from '../errors.ts';
import type { Journal, Write } from '../journal/store.ts';
import { advance, elapse } from './advance.ts';
import { type Loaded, loadExecution, mustBeSent, writesOf } from './records.ts';
import { type Effect, Step, type StepEnvironment } from './step.ts';
import { Timers } from './timers.ts';
import { type Execution, ExecutionStatus, Phase, ROOT, type Thread } from './types.ts';

/** Executions kept in memory although they only wait. */
const IDLE_KEPT = 256;

/** What the engine needs from its surroundings. */
export interface EngineOptions {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly region: string;
  readonly account: string;
  readonly random?: () => number;
  readonly nonce?: () => string;
  readonly uuid?: () => string;
}

/** Carries out the effects of steps; set once, before anything runs. */
export interface EffectHandlers {
  invoke(execution: Execution, thread: Thread): void;
  startMapRun(arn: string): void;
  abortMapRun(arn: string): void;
  /** A task was timed out or stopped before its result came. */
  taskGone(token: string): void;
  ended(execution: Execution): void;
  /** Stops what a former process left running for tasks and Maps that wait no more; before anything goes on. */
  sweep(): void;
}

export class Engine {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly environment: StepEnvironment;
  readonly #loaded = new Map<number, Loaded>();
  readonly #machines = new Map<number, Machine>();
  /** Number of batches on their way to the journal, by execution. */
  readonly #pending = new Map<number, number>();
  readonly #waiters = new Map<number, (() => void)[]>();
  #handlers: EffectHandlers | undefined;
  readonly #timers: Timers;
  #closed = false;

  constructor(options: EngineOptions) {
    this.journal = options.journal;
    this.clock = options.clock;
    this.#timers = new Timers(options.journal, options.clock, (executions) => this.#elapse(executions));
    this.environment = {
      clock: options.clock,
      region: options.region,
      account: options.account,
      random: options.random ?? Math.random,
      nonce: options.nonce ?? (() => randomBytes(18).toString('base64url')),
      uuid: options.uuid ?? randomUUID,
    };
  }

  connect(handlers: EffectHandlers): void {
    this.#handlers = handlers;
  }

  get closed(): boolean {
    return this.#closed;
  }

  get busy(): boolean {
    return this.#timers.busy;
  }

  /** Counts work outside the journal while it lasts; returns the function that ends it. */
  begin(): () => void {
    return this.#timers.begin();
  }

  machine(definition: number): Machine {
    let machine = this.#machines.get(definition);
    if (machine === undefined) {
      const row = this.journal.get<{ text: string }>('select text from definitions where id = ?', definition);
      if (row === undefined) throw new Error(`definition ${definition} is not in the journal`);
      machine = machineOf(JSON.parse(row.text) as Definition);
      if (this.#machines.size > 1_000) this.#machines.clear();
      this.#machines.set(definition, machine);
    }
    return machine;
  }

  /** The execution, from memory or from the journal. */
  load(id: number): Loaded | undefined {
    const known = this.#loaded.get(id);
    if (known !== undefined) {
      this.#loaded.delete(id);
      this.#loaded.set(id, known);
      return known;
    }
    if (this.#pending.has(id)) this.journal.flush();
    const loaded = loadExecution(this.journal, id);
    if (loaded !== undefined) this.keep(loaded);
    return loaded;
  }

  keep(loaded: Loaded): void {
    this.#loaded.set(loaded.execution.id, loaded);
  }

  get inMemory(): number {
    return this.#loaded.size;
  }

  /**
   * Does one step of an execution.
   * @param act changes threads before the execution is moved on; it may throw an AwsError to refuse the stimulus.
   * @param first statements that go in front of the step's own, such as the row of a new execution.
   * @param durable called when the step is committed.
   */
  step(loaded: Loaded, act: (step: Step) => void, durable?: () => void, first: readonly Write[] = []): void {
    if (this.#closed) return;
    const { execution } = loaded;
    const step = new Step(execution, this.machine(execution.definition), this.environment, loaded.children);
    let finished: boolean;
    try {
      act(step);
      finished = advance(step);
    } catch (thrown) {
      // What is in memory may be half changed; the journal is right.
      this.#loaded.delete(execution.id);
      if (thrown instanceof AwsError) throw thrown;
      this.#broken(execution.id, thrown);
      if (durable !== undefined) throw thrown;
      return;
    }
    this.#commit(loaded, step, finished, durable, first);
  }

  #commit(
    loaded: Loaded,
    step: Step,
    finished: boolean,
    durable: (() => void) | undefined,
    first: readonly Write[],
  ): void {
    const { execution } = loaded;
    const writes = [...first, ...writesOf(step, loaded)];
    this.#timers.disarm();
    this.#pending.set(execution.id, (this.#pending.get(execution.id) ?? 0) + 1);
    this.journal.append({
      writes,
      durable: () => {
        const left = (this.#pending.get(execution.id) ?? 1) - 1;
        if (left === 0) this.#pending.delete(execution.id);
        else this.#pending.set(execution.id, left);
        durable?.();
        for (const effect of step.effects) this.#carryOut(loaded, effect);
        if (!finished) this.continue(execution.id);
        this.#release(loaded);
        this.#timers.arm();
      },
    });
  }

  /** A fault of the runtime itself ends the execution it hit, and no other. */
  #broken(id: number, thrown: unknown): void {
    const loaded = this.load(id);
    const root = loaded?.execution.threads.get(ROOT);
    if (loaded?.execution.status !== ExecutionStatus.Running || root === undefined) return;
    const failure = { error: 'States.Runtime', cause: `The runtime failed: ${String(thrown)}` };
    const step = new Step(
      loaded.execution,
      this.machine(loaded.execution.definition),
      this.environment,
      new Map(),
    );
    step.event(root, 'ExecutionFailed', { executionFailedEventDetails: failure });
    step.end(ExecutionStatus.Failed, { failure });
    this.#commit(loaded, step, true, undefined, []);
  }

  /** Goes on with threads that are ready. */
  continue(id: number): void {
    setImmediate(() => {
      const loaded = this.#closed ? undefined : this.load(id);
      if (loaded?.execution.status === ExecutionStatus.Running)
        this.step(loaded, (step) => step.collectReady());
    });
  }

  #release(loaded: Loaded): void {
    const { execution } = loaded;
    if (execution.status !== ExecutionStatus.Running) {
      this.#loaded.delete(execution.id);
      return;
    }
    // A few at a time, oldest first; what cannot go yet moves to the end of the line.
    let looks = 4;
    for (const [id, kept] of this.#loaded) {
      if (this.#loaded.size <= IDLE_KEPT || looks === 0) return;
      looks -= 1;
      this.#loaded.delete(id);
      if (kept.resume || this.#pending.has(id)) this.#loaded.set(id, kept);
    }
  }

  #carryOut(loaded: Loaded, effect: Effect): void {
    const handlers = this.#handlers;
    if (handlers === undefined || this.#closed) return;
    const { execution } = loaded;
    switch (effect.kind) {
      case 'invoke': {
        const thread = execution.threads.get(effect.thread);
        if (thread?.task?.token === effect.token) handlers.invoke(execution, thread);
        return;
      }
      case 'startMapRun':
        handlers.startMapRun(effect.mapRun);
        return;
      case 'abortMapRun':
        handlers.abortMapRun(effect.mapRun);
        return;
      case 'taskGone':
        handlers.taskGone(effect.token);
        return;
      case 'ended':
        handlers.ended(execution);
        this.#wake(execution.id);
        return;
    }
  }

  /** Resolves when the execution has ended. */
  whenEnded(id: number): Promise<void> {
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(id) ?? [];
      waiters.push(resolve);
      this.#waiters.set(id, waiters);
    });
  }

  #wake(id: number): void {
    for (const waiter of this.#waiters.get(id) ?? []) waiter();
    this.#waiters.delete(id);
  }

  /** Ends an execution from outside. */
  stop(loaded: Loaded, failure: Failure, durable?: () => void): void {
    this.step(
      loaded,
      (step) => {
        const root = step.execution.threads.get(ROOT);
        if (root !== undefined)
          step.event(root, 'ExecutionAborted', { executionAbortedEventDetails: { ...failure } });
        step.end(ExecutionStatus.Aborted, { failure });
      },
      durable,
    );
  }

  /** Takes up everything a former process left unfinished. Timers are found by the alarm. */
  resume(): void {
    // The step that ended a parent may have been committed by a process that died before it acted on it.
    this.#handlers?.sweep();
    this.journal.flush();
    const rows = this.journal.all<{ id: number }>('select id from executions where resume = 1 order by id');
    for (const { id } of rows) {
      const loaded = this.load(id);
      if (loaded === undefined) continue;
      const { execution } = loaded;
      for (const thread of execution.threads.values()) {
        const { task } = thread;
        if (task !== undefined && mustBeSent(thread)) {
          this.#carryOut(loaded, { kind: 'invoke', thread: thread.id, token: task.token });
        }
        if (thread.phase === Phase.MapRun && thread.mapRun !== undefined) {
          this.#carryOut(loaded, { kind: 'startMapRun', mapRun: thread.mapRun });
        }
      }
      if ([...execution.threads.values()].some((thread) => thread.phase === Phase.Ready)) this.continue(id);
    }
    this.#timers.arm();
  }

  #elapse(executions: readonly number[]): void {
    for (const id of executions) {
      const loaded = this.load(id);
      if (loaded?.execution.status === ExecutionStatus.Running) this.step(loaded, elapse);
    }
  }

  /** Stops at once: nothing more is started, and what is queued is written. */
  close(): void {
    this.#timers.close();
    this.#closed = true;
  }
}
